#include "es/plain_restore_plan.hpp"

#include "es/restore_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace followd::es {
namespace {

using engine::SnapshotState;
using Names = std::vector<std::string>;

StoredSnapshot nightly() {
    StoredSnapshot snapshot;
    snapshot.name = "nightly";
    snapshot.state = SnapshotState::success;
    snapshot.state_word = "SUCCESS";
    snapshot.version = "9.2.0";
    snapshot.indices = {".ds-m-000001", ".followd", ".kibana_1", "bills", "logs-a", "logs-b"};
    snapshot.system_indices = {".kibana_1"};
    return snapshot;
}

/// "a>b" of each; the failure's text where there is one.
Names selected(const StoredSnapshot& snapshot,
               const Names& patterns,
               const std::string& rename = "{{index}}") {
    const auto names = select_indices(snapshot, patterns, rename);
    if (!names.ok()) {
        return {names.failure().what};
    }
    Names pairs;
    for (const RestoredName& name : *names) {
        pairs.push_back(name.index.value() + ">" + name.restored_as.value());
    }
    return pairs;
}

FailureKind refusal(const StoredSnapshot& snapshot,
                    const Names& patterns,
                    const std::string& rename = "{{index}}") {
    const auto names = select_indices(snapshot, patterns, rename);
    EXPECT_FALSE(names.ok());
    return names.ok() ? FailureKind::cancelled : names.failure().kind;
}

TEST(PlainRestorePlan, NoNameMeansAllButWhatIsTheServersOrOurs) {
    EXPECT_EQ(
        selected(nightly(), {}),
        (Names{".ds-m-000001>.ds-m-000001", "bills>bills", "logs-a>logs-a", "logs-b>logs-b"}));
}

TEST(PlainRestorePlan, PatternsMeanWhatTheSnapshotHas) {
    EXPECT_EQ(selected(nightly(), {"logs-*", "logs-a"}, "old-{{index}}"),
              (Names{"logs-a>old-logs-a", "logs-b>old-logs-b"}));
    EXPECT_EQ(selected(nightly(), {".kibana_1"}), Names{".kibana_1>.kibana_1"});
    EXPECT_EQ(refusal(nightly(), {"logs-*", "nothing-*"}), FailureKind::not_found);
    const std::string what = selected(nightly(), {"nothing-*"}).front();
    EXPECT_NE(what.find("nothing-*"), std::string::npos) << what;
    EXPECT_NE(what.find("bills"), std::string::npos) << what;
    EXPECT_EQ(refusal(nightly(), {".kib*"}), FailureKind::not_found);
}

TEST(PlainRestorePlan, ACopyHasANameOfItsOwn) {
    EXPECT_EQ(selected(nightly(), {"bills"}, "invoices"), Names{"bills>invoices"});
    EXPECT_EQ(refusal(nightly(), {"logs-*"}, "same"), FailureKind::refused);
    EXPECT_EQ(refusal(nightly(), {"bills"}, "Old-{{index}}"), FailureKind::refused);
    EXPECT_EQ(refusal(nightly(), {"bills"}, std::string(251, 'x') + "{{index}}"),
              FailureKind::refused);
    EXPECT_FALSE(rename_problem("{{index}}-{{index}}"));
    EXPECT_TRUE(rename_problem(""));
    EXPECT_TRUE(rename_problem("{{leader_index}}"));
}

TEST(PlainRestorePlan, OfAPartialSnapshotWhatIsWhole) {
    StoredSnapshot snapshot = nightly();
    snapshot.state = SnapshotState::partial;
    snapshot.broken_indices = {"logs-b"};
    EXPECT_EQ(selected(snapshot, {"logs-a"}), Names{"logs-a>logs-a"});
    EXPECT_EQ(refusal(snapshot, {}), FailureKind::refused);
    EXPECT_NE(selected(snapshot, {"logs-*"}).front().find("logs-b"), std::string::npos);
    // A server that does not say which: none counts as whole.
    snapshot.broken_indices.clear();
    EXPECT_EQ(refusal(snapshot, {"logs-a"}), FailureKind::refused);
}

engine::Release release(bool is_opensearch, int major, int minor) {
    return {is_opensearch, major, minor, false, "V"};
}

TEST(PlainRestorePlan, StateAndVersionsDecide) {
    const auto why = [](const StoredSnapshot& snapshot, const engine::Release& target) {
        const Result<void> judged = judge_restorable(snapshot, target);
        return judged.ok() ? "" : judged.failure().what;
    };
    StoredSnapshot snapshot = nightly();
    EXPECT_EQ(why(snapshot, release(false, 9, 2)), "");
    EXPECT_EQ(why(snapshot, release(false, 9, 3)), "");
    const std::string newer = why(snapshot, release(false, 9, 1));
    EXPECT_NE(newer.find("Elasticsearch 9.2.0"), std::string::npos) << newer;
    EXPECT_NE(why(snapshot, release(true, 3, 0)), "");
    // How old an index may be, the server knows.
    snapshot.version = "7.17.28";
    EXPECT_EQ(why(snapshot, release(false, 9, 2)), "");
    EXPECT_NE(why(snapshot, release(true, 2, 19)), "");
    snapshot.version = "7.10.2";
    EXPECT_EQ(why(snapshot, release(true, 2, 19)), "");
    snapshot.version = "";
    EXPECT_EQ(why(snapshot, release(true, 2, 19)), "");

    StoredSnapshot other = nightly();
    other.is_opensearch = true;
    other.version = "2.19.1";
    EXPECT_EQ(why(other, release(true, 2, 19)), "");
    EXPECT_EQ(why(other, release(true, 3, 1)), "");
    EXPECT_NE(why(other, release(true, 2, 11)), "");
    EXPECT_NE(why(other, release(false, 9, 2)), "");

    snapshot = nightly();
    snapshot.state = SnapshotState::in_progress;
    EXPECT_EQ(judge_restorable(snapshot, release(false, 9, 2)).failure().kind,
              FailureKind::unavailable);
    snapshot.state = SnapshotState::failed;
    EXPECT_EQ(judge_restorable(snapshot, release(false, 9, 2)).failure().kind,
              FailureKind::refused);
    snapshot.state = SnapshotState::partial;
    EXPECT_EQ(why(snapshot, release(false, 9, 2)), "");
}

Json plan(const std::string& rename) {
    return plan_plain_restore(
        {{IndexName{"a"}, IndexName{"x"}}, {IndexName{"b"}, IndexName{"y"}}}, rename, "t-1");
}

TEST(PlainRestorePlan, TheServerRenamesAsWeDo) {
    EXPECT_FALSE(plan("{{index}}").contains("rename_pattern"));
    const Json renamed = plan("$1-{{index}}-{{index}}");
    EXPECT_EQ(renamed["rename_pattern"], "(.+)");
    EXPECT_EQ(renamed["rename_replacement"], "\\$1-$1-$1");
}

TEST(PlainRestorePlan, OnlyIndicesAndOnlyWhatIsTheirs) {
    const Json body = plan("{{index}}");
    EXPECT_EQ(body["indices"], (Json{"a", "b"}));
    for (const char* key : {"include_global_state", "include_aliases", "partial"}) {
        EXPECT_EQ(body[key], false) << key;
    }
    EXPECT_EQ(body["index_settings"], (Json{{std::string(restore_tag), "t-1"}}));
    const auto left_out = body["ignore_index_settings"].get<Names>();
    for (const char* setting : {"index.lifecycle.*",
                                "index.routing.allocation.*",
                                "index.blocks.*",
                                "index.default_pipeline",
                                "index.final_pipeline"}) {
        EXPECT_NE(std::ranges::find(left_out, setting), left_out.end()) << setting;
    }
}

}  // namespace
}  // namespace followd::es
