#include "cli/snapshot_creation.hpp"

#include "es/snapshot_source.hpp"
#include "unit/cli/snapshots_fixture.hpp"

#include <string>
#include <vector>

namespace followd::cli {
namespace {

using http::Method;

const std::string nightly_path = "/_snapshot/followd-nfs-berlin/nightly";

class SnapshotCreationTest : public SnapshotsFixture {
protected:
    void repository_stands() {
        get("/_snapshot/followd-nfs-berlin",
            R"({"followd-nfs-berlin":{"type":"fs","settings":{"location":"/mnt/there/berlin",)"
            R"("max_snapshot_bytes_per_sec":"0b"}}})");
        client.answer(Method::post, "/_snapshot/followd-nfs-berlin/_verify?", 200, "{}");
    }
    void indices_are_there() {
        get("/_cluster/state/metadata,blocks/logs-*?",
            R"({"cluster_uuid":"c","metadata":{"indices":{"logs-a":{"state":"open",)"
            R"("mapping_version":1,"settings":{"index":{"uuid":"u","number_of_shards":"1"}}}}}})");
    }
    void is_free() { get(nightly_path, error("snapshot_missing_exception"), 404); }
    void begins() { client.answer(Method::put, nightly_path + "?", 200, R"({"accepted":true})"); }
    void is_under_way() {
        get(nightly_path + "/_status",
            R"({"snapshots":[{"stats":{"incremental":{"file_count":9,"size_in_bytes":100},)"
            R"("processed":{"file_count":3,"size_in_bytes":40}}}]})");
        get(nightly_path, snapshot("nightly", "IN_PROGRESS"));
    }
    Result<TakenSnapshot> create() {
        const auto taken = run(creation.run({"nightly", {"logs-*"}}));
        EXPECT_TRUE(taken.has_value());
        return taken ? *taken : Result<TakenSnapshot>{Failure{FailureKind::cancelled, "", ""}};
    }

    std::vector<engine::TransferProgress> shown;
    es::PlainSnapshots snapshots{client, ClusterName{"berlin"}, shared_folder()};
    es::RestSnapshotSource source{client, ClusterName{"berlin"}};
    SnapshotCreation creation{
        snapshots, source, shared_folder(), timers, [this](const engine::TransferProgress& done) {
            shown.push_back(done);
        }};
};

TEST_F(SnapshotCreationTest, ReturnsWhenItIsWhole) {
    repository_stands();
    indices_are_there();
    is_free();
    begins();
    is_under_way();
    get(nightly_path + "/_status",
        R"({"snapshots":[{"stats":{"incremental":{"file_count":9,"size_in_bytes":100}}}]})");
    get(nightly_path, snapshot("nightly", "SUCCESS"));
    const Result<TakenSnapshot> taken = create();
    ASSERT_TRUE(taken.ok()) << taken.failure().what;
    EXPECT_EQ(taken->indices, std::vector<IndexName>{IndexName{"logs-a"}});
    EXPECT_EQ(taken->written, (engine::TransferProgress{100, 100, 9, 9}));
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown.front(), (engine::TransferProgress{40, 100, 3, 9}));
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(SnapshotCreationTest, OneThatIsThereIsNotTakenForIt) {
    repository_stands();
    indices_are_there();
    get(nightly_path, snapshot("nightly", "SUCCESS"));
    const Result<TakenSnapshot> taken = create();
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.failure().kind, FailureKind::conflict);
    EXPECT_FALSE(was_called("PUT " + nightly_path));
}

TEST_F(SnapshotCreationTest, OneThatIsNotWholeIsNamedWithTheWayOut) {
    repository_stands();
    indices_are_there();
    is_free();
    begins();
    get(nightly_path,
        snapshot(
            "nightly", "PARTIAL", R"(,"failures":[{"index":"logs-a","reason":"node shutdown"}])"));
    const Result<TakenSnapshot> taken = create();
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.failure().kind, FailureKind::refused);
    for (const char* word :
         {"PARTIAL", "logs-a: node shutdown", "followd snapshots delete nfs nightly"}) {
        EXPECT_NE(taken.failure().what.find(word), std::string::npos) << taken.failure().what;
    }
    EXPECT_NE(taken.failure().where.find("berlin"), std::string::npos);
    EXPECT_FALSE(was_called("DELETE " + nightly_path));
}

TEST_F(SnapshotCreationTest, NobodyWhoIsAwayForAMomentEndsTheWaiting) {
    repository_stands();
    indices_are_there();
    is_free();
    begins();
    client.lose(Method::get, nightly_path);
    get(nightly_path, "{}", 503);
    get(nightly_path, snapshot("nightly", "SUCCESS"));
    EXPECT_TRUE(create().ok());
}

TEST_F(SnapshotCreationTest, WhoIsAwayForLongLeavesItToTheCluster) {
    repository_stands();
    indices_are_there();
    is_free();
    begins();
    client.answer_always(Method::get, nightly_path, 503, "{}");
    const Result<TakenSnapshot> taken = create();
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.failure().kind, FailureKind::unavailable);
    EXPECT_NE(taken.failure().what.find("goes on"), std::string::npos);
}

TEST_F(SnapshotCreationTest, ToldToStopBeforeItBeganItChangesNothing) {
    repository_stands();
    indices_are_there();
    is_free();
    creation.stop();
    EXPECT_EQ(create().failure().kind, FailureKind::cancelled);
    EXPECT_FALSE(was_called("PUT " + nightly_path));
}

TEST_F(SnapshotCreationTest, ToldToStopItSaysThatTheClusterGoesOn) {
    repository_stands();
    indices_are_there();
    is_free();
    begins();
    client.answer_always(Method::get, nightly_path, 200, snapshot("nightly", "IN_PROGRESS"));
    std::optional<Result<TakenSnapshot>> taken;
    start(creation.run({"nightly", {"logs-*"}}), &taken);
    timers.run_for(std::chrono::minutes{1});
    EXPECT_FALSE(taken.has_value());
    EXPECT_TRUE(creation.is_waiting());
    creation.stop();
    timers.run_for(std::chrono::seconds{1});
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(taken->failure().kind, FailureKind::cancelled);
    EXPECT_NE(taken->failure().what.find("goes on"), std::string::npos);
    EXPECT_FALSE(was_called("DELETE " + nightly_path));
}

}  // namespace
}  // namespace followd::cli
