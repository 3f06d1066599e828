#include "admin/metrics_document.hpp"

#include "unit/admin/scrape.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace followd::admin {
namespace {

const std::string of_index =
    R"({rule="logs",leader="beijing",follower="shanghai",leader_index="logs-a",follower_index="copy-a")";

TEST(MetricsDocument, TellsTheProgressOfEachShard) {
    const Scrape metrics = scrape(follower_with({shard_at(100, 120), shard_at(-1, 4)}));
    const auto of_shard = [&](const std::string& name, int shard) {
        return metrics.samples.at(name + of_index + ",shard=\"" + std::to_string(shard) + "\"}");
    };
    EXPECT_EQ(of_shard("followd_checkpoint", 0), 100);
    EXPECT_EQ(of_shard("followd_checkpoint", 1), -1);
    EXPECT_EQ(of_shard("followd_leader_checkpoint", 0), 120);
    EXPECT_EQ(of_shard("followd_lag_operations", 0), 20);
    EXPECT_EQ(of_shard("followd_lag_operations", 1), 5);
    EXPECT_EQ(of_shard("followd_lag_seconds", 0), 1.25);
}

TEST(MetricsDocument, SumsUpWhatTheShardsOfAnIndexDid) {
    const Scrape metrics = scrape(follower_with({shard_at(100, 120), shard_at(1, 4)}));
    const auto of = [&](const std::string& name) {
        return metrics.samples.at(name + of_index + "}");
    };
    EXPECT_EQ(of("followd_documents_indexed_total"), 196);
    EXPECT_EQ(of("followd_documents_removed_total"), 6);
    EXPECT_EQ(of("followd_bootstrap_documents"), 180);
    EXPECT_EQ(of("followd_bootstrap_documents_copied"), 90);
    EXPECT_EQ(of("followd_requests_total"), 14);
    EXPECT_EQ(of("followd_retries_total"), 4);
    EXPECT_EQ(of("followd_read_bytes_total"), 2000);
    EXPECT_EQ(of("followd_written_bytes_total"), 1600);
    EXPECT_EQ(metrics.value("followd_errors_total", R"(kind="timeout")"), 8);
}

TEST(MetricsDocument, HasASampleForEveryPhase) {
    const Scrape metrics = scrape(follower_with({shard_at(1, 1)}));
    for (const engine::IndexPhase phase : engine::index_phases) {
        const std::string label = "phase=\"" + std::string(to_string(phase)) + "\"";
        EXPECT_EQ(metrics.value("followd_index_phase", label),
                  phase == engine::IndexPhase::following ? 1 : 0);
    }
    for (const core::ShardPhase phase : core::shard_phases) {
        const std::string label = "phase=\"" + std::string(to_string(phase)) + "\"";
        EXPECT_EQ(metrics.value("followd_shard_phase", label),
                  phase == core::ShardPhase::tail ? 1 : 0);
    }
}

TEST(MetricsDocument, TellsWhatADisasterWouldCost) {
    StatusReport report;
    engine::FollowerStatus follower = follower_with({});
    follower.recovery =
        engine::RecoveryStatus{IndexName{"copy-a.20261130t080000z"},
                               RecoveryPoint{"s", {}, std::chrono::milliseconds{42'500}},
                               std::chrono::seconds{725},
                               std::nullopt};
    report.followers.push_back(follower);
    engine::RecoveryRuleStatus& rule = report.recoveries.emplace_back();
    rule.rule = RuleName{"logs"};
    rule.leader = ClusterName{"beijing"};
    rule.follower = ClusterName{"shanghai"};
    rule.done = 7;
    rule.failed = 2;
    rule.snapshots = 3;
    const Scrape metrics = scrape(report);
    EXPECT_EQ(metrics.samples.at("followd_recovery_age_seconds" + of_index + "}"), 725);
    EXPECT_EQ(metrics.samples.at("followd_recovery_restore_seconds" + of_index + "}"), 42.5);
    const std::string of_rule = R"({rule="logs",leader="beijing",follower="shanghai")";
    const auto runs = [&](const std::string& result) {
        return metrics.samples.at("followd_recovery_runs_total" + of_rule + ",result=\"" + result +
                                  "\"}");
    };
    EXPECT_EQ(runs("done"), 7);
    EXPECT_EQ(runs("partial"), 0);
    EXPECT_EQ(runs("failed"), 2);
    EXPECT_EQ(metrics.samples.at("followd_recovery_snapshots" + of_rule + "}"), 3);
}

TEST(MetricsDocument, OfNoGenerationHasNoAge) {
    engine::FollowerStatus follower = follower_with({});
    follower.recovery.emplace();
    const Scrape metrics = scrape(follower);
    EXPECT_FALSE(metrics.types.contains("followd_recovery_age_seconds"));
    EXPECT_FALSE(metrics.types.contains("followd_recovery_restore_seconds"));
}

TEST(MetricsDocument, LeavesOutWhatIsUnknown) {
    core::ShardStatus fresh;
    const Scrape metrics = scrape(follower_with({shard_at(1, 1), fresh}));
    EXPECT_FALSE(metrics.types.contains("followd_bootstrap_documents"));
    EXPECT_FALSE(metrics.types.contains("followd_index_error"));
    (void)metrics.value("followd_lag_seconds", R"(shard="0")");
    (void)metrics.value("followd_lag_operations", R"(shard="0")");
}

TEST(MetricsDocument, TellsWhatIsWrongByKind) {
    StatusReport report;
    engine::FollowerStatus follower = follower_with({shard_at(1, 1)});
    follower.follower_index.reset();
    follower.phase = engine::IndexPhase::refused;
    follower.last_error = core::ShardError{Failure{FailureKind::conflict, "not ours", ""}, {}};
    follower.shards[0].last_error =
        core::ShardError{Failure{FailureKind::refused, "a mapping", ""}, {}};
    report.followers.push_back(std::move(follower));
    report.clusters.push_back({ClusterName{"beijing"}, Failure{FailureKind::timeout, "", ""}});
    report.clusters.push_back({ClusterName{"shanghai"}, std::nullopt});
    const Scrape metrics = scrape(report);
    EXPECT_EQ(metrics.value("followd_index_error", R"(follower_index="",kind="conflict")"), 1);
    EXPECT_EQ(metrics.value("followd_shard_error", R"(shard="0",kind="refused")"), 1);
    EXPECT_EQ(metrics.value("followd_cluster_error", R"(cluster="beijing",kind="timeout")"), 1);
}

TEST(MetricsDocument, TellsTheTrafficWithEachCluster) {
    StatusReport report;
    report.traffic.push_back(
        {ClusterName{"beijing"},
         http::Traffic{5, 100, 900, {{200, 3}, {429, 1}}, {{FailureKind::unreachable, 1}}}});
    const Scrape metrics = scrape(report);
    EXPECT_EQ(metrics.value("followd_http_requests_total"), 5);
    EXPECT_EQ(metrics.value("followd_http_sent_bytes_total"), 100);
    EXPECT_EQ(metrics.value("followd_http_received_bytes_total"), 900);
    EXPECT_EQ(metrics.value("followd_http_responses_total", R"(code="429")"), 1);
    EXPECT_EQ(metrics.value("followd_http_failures_total", R"(kind="unreachable")"), 1);
}

TEST(MetricsDocument, TellsOfTheProcess) {
    const Scrape metrics = scrape(StatusReport{});
    EXPECT_EQ(metrics.value("followd_build_info", "version=\"" FOLLOWD_VERSION "\""), 1);
    EXPECT_EQ(metrics.value("process_cpu_seconds_total"), 1.5);
    EXPECT_EQ(metrics.types.at("process_cpu_seconds_total"), "counter");
    EXPECT_EQ(metrics.types.at("process_open_fds"), "gauge");
}

TEST(MetricsDocument, EscapesWhatStandsInALabel) {
    engine::FollowerStatus follower = follower_with({});
    follower.leader_index = IndexName{"a\"b\\c\nd"};
    (void)scrape(std::move(follower))
        .value("followd_requests_total", R"(leader_index="a\"b\\c\nd")");
}

TEST(ProcessFigures, AreThoseOfThisProcess) {
    const ProcessFigures figures = read_process_figures();
    EXPECT_GT(figures.resident_memory_bytes.value_or(0), 1e6);
    EXPECT_GE(figures.open_fds.value_or(0), 3);
    EXPECT_GT(figures.max_fds.value_or(0), figures.open_fds.value_or(0));
    EXPECT_GE(figures.cpu_seconds.value_or(-1), 0);
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    EXPECT_NEAR(figures.start_time_seconds.value_or(0), now.count(), 120);
}

}  // namespace
}  // namespace followd::admin
