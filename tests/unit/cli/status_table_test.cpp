#include "cli/status_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace followd::cli {
namespace {

admin::FollowerView follower(std::string index) {
    admin::FollowerView view;
    view.rule = "logs";
    view.leader = "beijing";
    view.follower = "shanghai";
    view.leader_index = std::move(index);
    view.follower_index = "copy";
    view.phase = "following";
    view.shards = {admin::ShardView{0, "tail", 120, 120, 0, 0.0, {}},
                   admin::ShardView{1, "tail", 1300, 100, 1200, 1.25, {}}};
    return view;
}

std::string text_of(const admin::FollowerView& view, const CopyRates& rates = {}) {
    return status_text(admin::StatusView{"0.1.0", {}, {view}}, rates, Terminal{});
}

TEST(StatusTable, ShowsOneLineAnIndex) {
    EXPECT_EQ(text_of(follower("logs-a")),
              "RULE  LEADER INDEX    FOLLOWER       PHASE      PROGRESS  LAG OPS  LAG TIME\n"
              "logs  beijing/logs-a  shanghai/copy  following  -           1,200     1.2 s\n");
}

TEST(StatusTable, ShowsHowFarABootstrapIs) {
    admin::FollowerView view = follower("logs-a");
    view.phase = "bootstrap";
    view.docs_total = 60'000;
    view.docs_copied = 27'000;
    const CopyRates rates{{{"logs", "logs-a"}, 12'300.4}};
    EXPECT_NE(text_of(view, rates).find("45% 27,000/60,000 docs 12,300/s"), std::string::npos);
    view.docs_total.reset();
    EXPECT_NE(text_of(view).find("27,000 docs"), std::string::npos);
}

TEST(StatusTable, ShowsHowFarASnapshotIs) {
    admin::FollowerView view = follower("logs-a");
    view.phase = "bootstrap";
    view.bootstrap = admin::BootstrapView{"restore", 180'000'000, 400'000'000};
    EXPECT_NE(text_of(view).find("restore 45% 180 MB/400 MB"), std::string::npos);
    view.bootstrap = admin::BootstrapView{"waiting", 0, 0};
    EXPECT_NE(text_of(view).find("  waiting  "), std::string::npos);
}

admin::FollowerView recovered() {
    admin::FollowerView view = follower("logs-a");
    view.shards.clear();
    view.recovery = admin::RecoveryView{
        "copy.20261130t080003z", "2026-11-30T08:00:03Z", 725.0, 42.0, "2026-11-30T09:00:03Z"};
    return view;
}

TEST(StatusTable, ShowsAsOfWhenAnIndexIsAndHowOldThatIs) {
    EXPECT_EQ(text_of(recovered()),
              "RULE  LEADER INDEX    FOLLOWER       PHASE      PROGRESS                           "
              "LAG OPS    LAG TIME\n"
              "logs  beijing/logs-a  shanghai/copy  following  as of 08:00:03Z, restored in 42 s  "
              "      -  12 min 5 s\n");
}

TEST(StatusTable, ShowsTheDateOfWhatIsOlderThanADay) {
    admin::FollowerView view = recovered();
    view.recovery->age_seconds = 90'000;
    EXPECT_NE(text_of(view).find("as of 2026-11-30 08:00:03Z, restored"), std::string::npos);
    view.recovery->age_seconds.reset();
    EXPECT_NE(text_of(view).find("as of 2026-11-30 08:00:03Z, restored"), std::string::npos);
}

TEST(StatusTable, ShowsWhatIsMadeBesideWhatIsShown) {
    admin::FollowerView view = recovered();
    view.bootstrap = admin::BootstrapView{"restore", 180'000'000, 400'000'000};
    EXPECT_EQ(progress_text(view, {}),
              "as of 08:00:03Z, restored in 42 s; next: restore 45% 180 MB/400 MB");
    view.recovery->as_of.clear();
    EXPECT_EQ(progress_text(view, {}), "restore 45% 180 MB/400 MB");
    view.bootstrap.reset();
    EXPECT_EQ(progress_text(view, {}), "first run at 2026-11-30 09:00:03Z");
    view.recovery->next_run.clear();
    view.recovery->age_seconds.reset();
    EXPECT_EQ(progress_text(view, {}), "-");
    EXPECT_NE(text_of(view).find("      -         ?\n"), std::string::npos);
}

TEST(StatusTable, NeverShowsMoreThanAll) {
    admin::FollowerView view = follower("logs-a");
    view.phase = "bootstrap";
    view.docs_total = 100;
    view.docs_copied = 120;
    EXPECT_NE(text_of(view).find("100% 120/120 docs"), std::string::npos);
}

TEST(StatusTable, SaysThatALagIsUnknown) {
    admin::FollowerView view = follower("logs-a");
    view.shards[0].lag_ops.reset();
    view.shards[0].lag_seconds.reset();
    EXPECT_NE(text_of(view).find("      ?         ?\n"), std::string::npos);
}

TEST(StatusTable, TellsErrorsWithWhatToDo) {
    admin::FollowerView view = follower("logs-a");
    const admin::ErrorView error{
        "throttled", "the disk is full", "cluster shanghai", "2024-05-01T03:00:00.000Z"};
    view.shards[0].phase = "halted";
    view.shards[0].last_error = error;
    view.shards[1].last_error = error;
    const std::string text = text_of(view);
    EXPECT_NE(text.find("1 of 2 shards halted"), std::string::npos);
    EXPECT_NE(text.find("    shards 0, 1: the disk is full (cluster shanghai), since "
                        "2024-05-01T03:00:00.000Z\n    -> the cluster asks us to wait"),
              std::string::npos)
        << text;
}

TEST(StatusTable, ShowsARefusedIndex) {
    admin::FollowerView view = follower("logs-a");
    view.follower_index.reset();
    view.phase = "refused";
    view.shards.clear();
    view.last_error = admin::ErrorView{"conflict", "an index of that name is there", "", ""};
    const std::string text = text_of(view);
    EXPECT_NE(text.find("shanghai/-"), std::string::npos);
    EXPECT_NE(text.find("\n    an index of that name is there\n"), std::string::npos) << text;
}

TEST(StatusTable, SaysThatNothingIsFollowed) {
    admin::StatusView status;
    status.clusters = {
        admin::ClusterView{"beijing", admin::ErrorView{"unreachable", "refused", "", ""}}};
    EXPECT_EQ(status_text(status, {}, Terminal{}),
              "cluster beijing: refused\n"
              "    -> is the cluster up, and its address right? followd keeps trying\n"
              "no index matches a follow rule yet\n");
}

TEST(StatusTable, LearnsTheRateFromTwoLooks) {
    admin::FollowerView before = follower("logs-a");
    before.docs_copied = 1000;
    admin::FollowerView after = before;
    after.docs_copied = 4000;
    const CopyRates rates = copy_rates({"", {}, {before}}, {"", {}, {after}}, 1.5);
    EXPECT_DOUBLE_EQ(rates.at({"logs", "logs-a"}), 2000);
    // The daemon began again: no rate.
    EXPECT_TRUE(copy_rates({"", {}, {after}}, {"", {}, {before}}, 1).empty());
}

}  // namespace
}  // namespace followd::cli
