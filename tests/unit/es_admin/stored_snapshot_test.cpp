#include "es/stored_snapshot.hpp"

#include <gtest/gtest.h>

/// Answers as real servers gave them, cut to what is read.

namespace followd::es {
namespace {

using engine::SnapshotState;

StoredSnapshot only(const char* answer) {
    const auto snapshots = read_stored_snapshots(Json::parse(answer));
    EXPECT_TRUE(snapshots && snapshots->size() == 1);
    return snapshots && !snapshots->empty() ? snapshots->front() : StoredSnapshot{};
}

TEST(StoredSnapshot, AsElasticsearchListsIt) {
    const StoredSnapshot snapshot = only(R"({"snapshots":[{"snapshot":"nightly",
        "version_id":9039001,"version":"9.2.0","indices":["logs-b","logs-a",".kibana_1"],
        "index_details":{"logs-a":{"size_in_bytes":3762},"logs-b":{"size_in_bytes":227}},
        "metadata":{"policy":"daily"},"state":"SUCCESS","start_time_in_millis":1796025646342,
        "duration_in_millis":208,"failures":[],
        "feature_states":[{"feature_name":"kibana","indices":[".kibana_1"]}]}]})");
    EXPECT_EQ(snapshot.name, "nightly");
    EXPECT_EQ(snapshot.state, SnapshotState::success);
    EXPECT_EQ(snapshot.version, "9.2.0");
    EXPECT_FALSE(snapshot.is_opensearch);
    EXPECT_EQ(snapshot.indices, (std::vector<std::string>{".kibana_1", "logs-a", "logs-b"}));
    EXPECT_EQ(snapshot.system_indices, std::vector<std::string>{".kibana_1"});
    EXPECT_TRUE(snapshot.broken_indices.empty());
    EXPECT_EQ(snapshot.bytes, 3989);
    EXPECT_EQ(snapshot.started, WallTime{std::chrono::seconds{1796025646}});
    EXPECT_EQ(snapshot.took, std::chrono::milliseconds{208});
    EXPECT_EQ(snapshot.owner.kind, OwnerKind::policy);
    EXPECT_EQ(snapshot.owner.policy, "daily");
}

TEST(StoredSnapshot, AsOpenSearchListsIt) {
    const StoredSnapshot snapshot = only(R"({"snapshots":[{"snapshot":"one","version_id":136407927,
        "version":"2.19.1","indices":["logs"],"state":"SUCCESS","failures":[]}]})");
    EXPECT_TRUE(snapshot.is_opensearch);
    EXPECT_EQ(snapshot.bytes, std::nullopt);
    EXPECT_EQ(snapshot.started, std::nullopt);
    EXPECT_EQ(snapshot.owner, SnapshotOwner{});
}

TEST(StoredSnapshot, OneThatIsNotWholeSaysWhatIsMissing) {
    const StoredSnapshot snapshot = only(R"({"snapshots":[{"snapshot":"p","indices":["a","b"],
        "state":"PARTIAL","failures":[{"index":"b","shard_id":0,"reason":"not allocated"},
                                      {"index":"b","shard_id":1,"reason":"not allocated"}]}]})");
    EXPECT_EQ(snapshot.state, SnapshotState::partial);
    EXPECT_EQ(snapshot.state_word, "PARTIAL");
    EXPECT_EQ(snapshot.broken_indices, std::vector<std::string>{"b"});
    EXPECT_EQ(snapshot.reason, "index b: not allocated (and 1 more)");
}

TEST(StoredSnapshot, OneUnderWayHasNoEndAndNoSize) {
    const StoredSnapshot snapshot = only(R"({"snapshots":[{"snapshot":"s","indices":["a"],
        "index_details":{},"state":"IN_PROGRESS","start_time_in_millis":1000,
        "duration_in_millis":7}]})");
    EXPECT_EQ(snapshot.took, std::nullopt);
    EXPECT_EQ(snapshot.bytes, std::nullopt);
}

TEST(StoredSnapshot, AnotherAnswerIsNone) {
    EXPECT_FALSE(read_stored_snapshots(Json::parse(R"({"error":"x"})")));
    EXPECT_FALSE(read_stored_snapshots(Json::parse(R"({"snapshots":[{"state":"SUCCESS"}]})")));
    EXPECT_FALSE(
        read_stored_snapshots(Json::parse(R"({"snapshots":[{"snapshot":"s","state":"NEW"}]})")));
}

TEST(SnapshotName, TellsWhoTookIt) {
    const auto owner = [](const char* name) { return owner_of(Json{{"snapshot", name}}); };
    EXPECT_EQ(owner("nightly"), SnapshotOwner{});
    EXPECT_EQ(owner("followd-0a1b2c-7-3"), (SnapshotOwner{OwnerKind::bootstrap, {}, "0a1b2c", {}}));
    EXPECT_EQ(owner("followd-every-0a1b2c-all-logs-20261130t080000z"),
              (SnapshotOwner{OwnerKind::schedule, {}, "0a1b2c", "all-logs"}));
    // Names that no daemon gives are reserved all the same.
    EXPECT_EQ(owner("followd-every-x"), (SnapshotOwner{OwnerKind::schedule, {}, "x", {}}));
    EXPECT_TRUE(is_daemons("followd-"));
    EXPECT_FALSE(is_daemons("followdnightly"));
}

TEST(SnapshotName, MeansOneSnapshotOrIsRefused) {
    for (const char* name : {"nightly", "a.b_c-1", "2026-11-30", "ü"}) {
        EXPECT_FALSE(snapshot_name_problem(name)) << name;
    }
    for (const char* name :
         {"", "_all", "-x", "a*", "a,b", "A", "a b", "a/b", "a\\b", "a?", "a#", "a\n", "<a"}) {
        EXPECT_TRUE(snapshot_name_problem(name)) << name;
    }
}

}  // namespace
}  // namespace followd::es
