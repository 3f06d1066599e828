#include "cli/check_command.hpp"

#include "followd/base/assert.hpp"

#include "cli/check_report.hpp"
#include "cli/composition.hpp"
#include "cli/exit_code.hpp"
#include "cli/followed_indices.hpp"
#include "cli/recovery_check.hpp"
#include "cli/role_names.hpp"
#include "cli/run_task.hpp"
#include "engine/real_timers.hpp"
#include "es/follower_inspection.hpp"
#include "es/privileges.hpp"
#include "es/release.hpp"
#include "es/restore_plan.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>
#include <vector>

namespace followd::cli {

namespace {

std::string tls_of(const ClusterSettings& cluster) {
    const bool has_tls = std::ranges::any_of(
        cluster.urls, [](const std::string& url) { return url.starts_with("https://"); });
    if (!has_tls) {
        return "none";
    }
    return cluster.tls.verify == TlsVerify::full ? "verified" : "not verified";
}

class CheckCommand {
public:
    CheckCommand(const CheckOptions& options,
                 Settings settings,
                 std::unique_ptr<Composition> composition,
                 std::vector<std::string> warnings)
        : options_(options),
          settings_(std::move(settings)),
          composition_(std::move(composition)),
          ports_(composition_->ports()) {
        report_.warnings = std::move(warnings);
    }

    Task<int> run() {
        for (const ClusterSettings& cluster : settings_.clusters) {
            ClusterCheck checked = co_await check_cluster(&cluster);
            report_.clusters.push_back(std::move(checked));
        }
        for (const FollowRule& rule : settings_.follow) {
            report_.rules.push_back(
                RuleCheck{rule.name.value(), rule.leader.value(), rule.follower.value(), {}});
        }
        const FollowedIndices followed = co_await find_followed(composition_.get(), &settings_);
        add_unfollowed(followed);
        for (const core::FollowClaim& claim : followed.plan.follows) {
            IndexCheck checked = co_await check_index(claim);
            rule_of(claim).indices.push_back(std::move(checked));
        }
        for (const core::FollowClaim& claim : followed.recovered) {
            IndexCheck checked = co_await check_recovered(claim);
            rule_of(claim).indices.push_back(std::move(checked));
        }
        composition_->close();
        for (RuleCheck& rule : report_.rules) {
            std::ranges::sort(rule.indices, {}, &IndexCheck::leader_index);
        }
        add_failures(followed);
        if (options_.common.json) {
            std::cout << check_document(report_) << '\n' << std::flush;
        } else {
            std::cout << check_text(report_, terminal_of(STDOUT_FILENO)) << std::flush;
        }
        co_return exit_code_of(report_);
    }

private:
    Task<ClusterCheck> check_cluster(const ClusterSettings* cluster) {
        ClusterCheck checked;
        checked.name = cluster->name.value();
        checked.urls = cluster->urls;
        checked.tls = tls_of(*cluster);
        const Result<es::ClusterInfo> info = co_await composition_->learn(cluster->name);
        if (!info.ok()) {
            checked.failure = info.failure();
            co_return checked;
        }
        checked.product = info->text();
        for (const es::ClusterRole role : {es::ClusterRole::leader, es::ClusterRole::follower}) {
            std::vector<std::string> names = names_in_role(settings_.follow, cluster->name, role);
            if (!names.empty()) {
                RoleCheck of_role = co_await check_role(cluster->name, role, std::move(names));
                checked.roles.push_back(std::move(of_role));
            }
        }
        co_return checked;
    }

    Task<RoleCheck> check_role(ClusterName name,
                               es::ClusterRole role,
                               std::vector<std::string> names) {
        ClusterConnection& cluster = composition_->cluster(name);
        const bool is_leader = role == es::ClusterRole::leader;
        RoleCheck checked;
        checked.role = is_leader ? "leader" : "follower";
        checked.cannot =
            is_leader ? cluster.capabilities().cannot_lead : cluster.capabilities().cannot_follow;
        es::PrivilegeCheck check(cluster.client(), name);
        const Result<es::PrivilegeReport> report = co_await check.check(role, std::move(names));
        if (!report.ok()) {
            checked.privileges = report.failure();
            co_return checked;
        }
        checked.advisable = report->advisable;
        checked.warnings = report->warnings;
        const Result<void> verdict = report->verdict(role);
        if (!verdict.ok()) {
            checked.privileges = verdict.failure();
        }
        co_return checked;
    }

    Task<IndexCheck> check_index(core::FollowClaim claim) {
        IndexCheck checked;
        checked.leader_index = claim.leader_index.value();
        checked.follower_index = claim.follower_index.value();
        ClusterConnection& leader = composition_->cluster(claim.leader);
        Result<engine::IndexDefinition> definition =
            co_await leader.read_definition(claim.leader_index);
        if (!definition.ok()) {
            checked.problem = definition.failure();
            co_return checked;
        }
        engine::FollowVerdict verdict = leader.judge(*definition);
        checked.warnings = std::move(verdict.warnings);
        if (verdict.refusal) {
            checked.problem = std::move(verdict.refusal);
            co_return checked;
        }
        ClusterConnection& follower = composition_->cluster(claim.follower);
        const Result<es::ClusterInfo> info = co_await follower.learn();
        if (!info.ok()) {
            checked.problem = info.failure();
            co_return checked;
        }
        if (!follower.capabilities().can_follow()) {
            checked.problem = Failure{FailureKind::refused,
                                      follower.capabilities().cannot_follow,
                                      "cluster " + claim.follower.value()};
            co_return checked;
        }
        const Result<es::ClusterInfo> leader_info = co_await leader.learn();
        if (!leader_info.ok()) {
            checked.problem = leader_info.failure();
            co_return checked;
        }
        judge_bootstrap(
            claim,
            es::why_not_restorable(
                es::release_of(*leader_info), es::release_of(*info), definition->settings),
            checked);
        engine::FollowerRequest request;
        request.follower_index = claim.follower_index;
        request.leader = std::move(definition).value();
        es::FollowerInspection inspection(follower.client(), claim.follower);
        const Result<std::optional<engine::FollowerIndex>> found =
            co_await inspection.find(std::move(request));
        if (!found.ok()) {
            checked.problem = found.failure();
            co_return checked;
        }
        checked.follower_state = found->has_value() ? "ours" : "to be created";
        checked.keeping = "version";
        co_return checked;
    }

    Task<IndexCheck> check_recovered(core::FollowClaim claim) {
        const engine::ClusterPorts& leader = ports_.at(claim.leader);
        const engine::ClusterPorts& follower = ports_.at(claim.follower);
        FOLLOWD_ASSERT(leader.leader != nullptr && leader.snapshot_source != nullptr &&
                       follower.snapshot_target != nullptr && follower.generations != nullptr);
        RecoveryCheck check(RecoveryCheckPorts{*leader.leader,
                                               *leader.snapshot_source,
                                               *follower.snapshot_target,
                                               *follower.generations},
                            configured_rule(claim),
                            engine::wall_time_now());
        IndexCheck checked = co_await check.check(std::move(claim));
        co_return checked;
    }

    [[nodiscard]] const FollowRule& configured_rule(const core::FollowClaim& claim) const {
        const auto rule = std::ranges::find(settings_.follow, claim.rule, &FollowRule::name);
        FOLLOWD_ASSERT(rule != settings_.follow.end());
        return *rule;
    }

    /// By what is known without touching a repository.
    void judge_bootstrap(const core::FollowClaim& claim,
                         const std::string& why_no_snapshot,
                         IndexCheck& checked) const {
        const FollowRule& rule = configured_rule(claim);
        const bool wants_snapshot =
            !rule.repository.value().empty() && rule.bootstrap != Bootstrap::stream;
        checked.bootstrap = wants_snapshot && why_no_snapshot.empty() ? "snapshot" : "stream";
        if (!wants_snapshot || why_no_snapshot.empty()) {
            return;
        }
        std::string what = "no snapshot of it can be restored: " + why_no_snapshot;
        if (rule.bootstrap == Bootstrap::snapshot) {
            checked.problem = Failure{FailureKind::refused, std::move(what), {}};
        } else {
            checked.warnings.push_back(std::move(what));
        }
    }

    /// Claims that no cluster needs to be asked about.
    void add_unfollowed(const FollowedIndices& followed) {
        const auto add = [this](const core::FollowClaim& claim, Failure problem, bool left_out) {
            IndexCheck checked;
            checked.leader_index = claim.leader_index.value();
            checked.follower_index = claim.follower_index.value();
            checked.is_left_out = left_out;
            checked.problem = std::move(problem);
            std::vector<IndexCheck>& indices = rule_of(claim).indices;
            const auto same =
                std::ranges::find(indices, checked.leader_index, &IndexCheck::leader_index);
            // One claim may stand in several conflicts: the first says enough.
            if (same == indices.end()) {
                indices.push_back(std::move(checked));
            }
        };
        for (const core::FollowClaim& claim : followed.plan.refused) {
            add(claim, Failure{FailureKind::refused, claim.problem.value_or(""), {}}, false);
        }
        for (const core::FollowConflict& conflict : followed.plan.conflicts) {
            add(conflict.first, Failure{FailureKind::conflict, conflict.text(), {}}, false);
            add(conflict.second, Failure{FailureKind::conflict, conflict.text(), {}}, false);
        }
        for (const LeftOut& left_out : followed.left_out) {
            add(left_out.claim, Failure{FailureKind::refused, left_out.why, {}}, true);
        }
    }

    /// A cluster that answers who it is may still not list its indices.
    void add_failures(const FollowedIndices& followed) {
        for (ClusterCheck& cluster : report_.clusters) {
            const auto failed = followed.failures.find(ClusterName{cluster.name});
            const bool is_known = std::ranges::any_of(cluster.roles, [](const RoleCheck& role) {
                return role.role == "leader" && !role.cannot.empty();
            });
            if (failed != followed.failures.end() && !cluster.failure && !is_known) {
                cluster.failure = failed->second;
            }
        }
    }

    RuleCheck& rule_of(const core::FollowClaim& claim) {
        const auto found = std::ranges::find(report_.rules, claim.rule.value(), &RuleCheck::name);
        FOLLOWD_ASSERT(found != report_.rules.end());
        return *found;
    }

    CheckOptions options_;
    Settings settings_;
    std::unique_ptr<Composition> composition_;
    std::map<ClusterName, engine::ClusterPorts> ports_;
    CheckReport report_;
};

}  // namespace

int check(const CheckOptions& options) {
    std::optional<Settings> settings = load_or_complain(options.common);
    if (!settings) {
        return exit_configuration;
    }
    boost::asio::io_context context(1);
    std::vector<std::string> warnings;
    Result<std::unique_ptr<Composition>> composition =
        Composition::create(context.get_executor(), *settings, &warnings);
    if (!composition.ok()) {
        complain(composition.failure());
        const int code = exit_code_of(composition.failure().kind);
        return code == exit_privileges ? code : exit_configuration;
    }
    CheckCommand command(
        options, *std::move(settings), std::move(composition).value(), std::move(warnings));
    return run_task(context, command.run()).value_or(exit_unknown);
}

}  // namespace followd::cli
