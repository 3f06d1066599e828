#include "cli/snapshot_restoration.hpp"

#include "es/restore_plan.hpp"
#include "unit/cli/snapshots_fixture.hpp"

#include <string>
#include <vector>

namespace followd::cli {
namespace {

using http::Method;

const std::string repository_name = "followd-nfs-berlin-readonly";
const std::string nightly_path = "/_snapshot/" + repository_name + "/nightly";
const std::string acknowledged = R"({"acknowledged":true})";

/// A restore of "a" as "x-a" on another cluster than the snapshot's.
class SnapshotRestorationTest : public SnapshotsFixture {
protected:
    void repository_stands() {
        get("/_snapshot",
            "{\"" + repository_name +
                R"(":{"type":"fs","settings":{"location":"/mnt/here/berlin","readonly":"true",)"
                R"("max_restore_bytes_per_sec":"0b"}}})");
    }
    void snapshot_stands(const std::string& state = "SUCCESS", const std::string& more = {}) {
        repository_stands();
        client.answer(Method::get, nightly_path, 200, snapshot("nightly", state, more));
    }
    void name_is_free() { get("/_cluster/state/metadata/x-a?", R"({"cluster_uuid":"c"})"); }
    void restore_begins() {
        client.answer(Method::post, nightly_path + "/_restore?", 200, R"({"accepted":true})");
        is_there();
        client.answer(Method::put, "/x-a/_settings?", 200, acknowledged);
    }
    void is_there(const std::string& uuid = "u-1") {
        const es::Json settings{{"index.uuid", uuid}, {std::string(es::restore_tag), "t-1"}};
        get("/x-a?", R"({"x-a":{"settings":)" + settings.dump() + "}}");
    }
    void everything_but_the_end() {
        snapshot_stands();
        name_is_free();
        restore_begins();
    }
    void health(int active) {
        get("/_cluster/health/x-a?",
            R"({"indices":{"x-a":{"number_of_shards":1,"active_primary_shards":)" +
                std::to_string(active) + "}}}");
    }
    void recovery(int recovered) {
        get("/x-a/_recovery",
            R"({"x-a":{"shards":[{"primary":true,"index":{"size":{"recovered_in_bytes":)" +
                std::to_string(recovered) +
                R"(,"total_in_bytes":100},"files":{"recovered":1,"total":2}}}]}})");
    }
    /// From now on a shard has no place.
    void is_obstructed() {
        client.answer_always(Method::get, "/_cluster/health/x-a?", 200, R"({"indices":{"x-a":
            {"number_of_shards":1,"active_primary_shards":0}}})");
        client.answer_always(Method::get, "/x-a/_recovery", 200, "{}");
        client.answer_always(Method::get,
                             "/_cluster/state/routing_table/x-a?",
                             200,
                             R"({"routing_table":{"indices":{"x-a":{"shards":{"0":[
                                 {"state":"UNASSIGNED","primary":true,"shard":0}]}}}}})");
        client.answer_always(
            Method::post,
            "/_cluster/allocation/explain",
            200,
            R"({"can_allocate":"no","allocate_explanation":"the disks are full"})");
    }
    void is_obstructed_once() {
        health(0);
        recovery(100);
        get("/_cluster/state/routing_table/x-a?",
            R"({"routing_table":{"indices":{"x-a":{"shards":{"0":[
                {"state":"UNASSIGNED","primary":true,"shard":0}]}}}}})");
        client.answer(Method::post,
                      "/_cluster/allocation/explain",
                      200,
                      R"({"can_allocate":"no","allocate_explanation":"the node is away"})");
    }
    Result<RestoredIndices> restore(std::vector<std::string> patterns = {"a"},
                                    const std::string& rename = "x-{{index}}") {
        const auto restored = run(restoration.run({"nightly", std::move(patterns), rename, "t-1"}));
        EXPECT_TRUE(restored.has_value());
        return restored ? *restored
                        : Result<RestoredIndices>{Failure{FailureKind::cancelled, "", ""}};
    }
    void expect_nothing_changed() const {
        for (const std::string& call : client.calls()) {
            EXPECT_TRUE(call.starts_with("GET")) << call;
        }
    }

    std::vector<engine::TransferProgress> shown;
    es::PlainSnapshots snapshots{client, ClusterName{"paris"}, shared_folder()};
    es::PlainRestore target{client, ClusterName{"paris"}, shared_folder()};
    SnapshotRestoration restoration{
        snapshots,
        target,
        engine::Release{false, 9, 2, false, "Elasticsearch 9.2.0"},
        timers,
        [this](const engine::TransferProgress& done) { shown.push_back(done); }};
};

TEST_F(SnapshotRestorationTest, ReturnsWhenEverythingIsThere) {
    everything_but_the_end();
    health(0);
    recovery(40);
    health(1);
    recovery(100);
    const Result<RestoredIndices> restored = restore();
    ASSERT_TRUE(restored.ok()) << restored.failure().what;
    EXPECT_EQ(restored->names, (std::vector<es::RestoredName>{{IndexName{"a"}, IndexName{"x-a"}}}));
    EXPECT_EQ(restored->transfer, (engine::TransferProgress{100, 100, 1, 2}));
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown.front().bytes, 40);
    EXPECT_EQ(client.unused(), 0U);
    EXPECT_FALSE(was_called("DELETE /x-a"));
}

TEST_F(SnapshotRestorationTest, WhatIsWrongBeforehandChangesNothing) {
    repository_stands();
    client.answer(Method::get, nightly_path, 404, error("snapshot_missing_exception"));
    get("/_snapshot/" + repository_name + "/_all?verbose=false", snapshot("weekly", "SUCCESS"));
    EXPECT_EQ(restore().failure().kind, FailureKind::not_found);
    snapshot_stands("FAILED");
    EXPECT_EQ(restore().failure().kind, FailureKind::refused);
    snapshot_stands("PARTIAL", R"(,"failures":[{"index":"a","reason":"r"}])");
    EXPECT_EQ(restore().failure().kind, FailureKind::refused);
    snapshot_stands();
    EXPECT_EQ(restore({"c*"}).failure().kind, FailureKind::not_found);
    snapshot_stands();
    get("/_cluster/state/metadata/a?", R"({"metadata":{"indices":{"a":{"state":"close"}}}})");
    const Result<RestoredIndices> over = restore({"a"}, "{{index}}");
    EXPECT_EQ(over.failure().kind, FailureKind::conflict);
    EXPECT_NE(over.failure().what.find("a (a closed index)"), std::string::npos);
    EXPECT_EQ(client.unused(), 0U);
    expect_nothing_changed();
}

TEST_F(SnapshotRestorationTest, EachFailureNamesTheCluster) {
    snapshot_stands();
    EXPECT_NE(restore({"c*"}).failure().where.find("paris"), std::string::npos);
    snapshot_stands("FAILED");
    EXPECT_NE(restore().failure().where.find("paris"), std::string::npos);
}

TEST_F(SnapshotRestorationTest, ARefusalOfTheServerNamesBothVersions) {
    snapshot_stands();
    name_is_free();
    client.answer(Method::post,
                  nightly_path + "/_restore?",
                  500,
                  error("snapshot_restore_exception", "it cannot be upgraded"));
    const Result<RestoredIndices> refused = restore();
    EXPECT_EQ(refused.failure().kind, FailureKind::refused);
    EXPECT_NE(refused.failure().what.find(
                  "cannot be upgraded (taken by version 9.2.0, restored by Elasticsearch 9.2.0)"),
              std::string::npos)
        << refused.failure().what;
}

TEST_F(SnapshotRestorationTest, WhatCannotBeFinishedDoesNotStay) {
    everything_but_the_end();
    is_obstructed();
    is_there();
    client.answer(Method::del, "/x-a?", 200, acknowledged);
    const Result<RestoredIndices> failed = restore();
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.failure().kind, FailureKind::refused);
    EXPECT_NE(failed.failure().what.find("the disks are full"), std::string::npos);
    EXPECT_NE(failed.failure().what.find("deleted again"), std::string::npos);
    EXPECT_TRUE(was_called("DELETE /x-a"));
}

TEST_F(SnapshotRestorationTest, WhatHasFailedForGoodIsNotWaitedFor) {
    everything_but_the_end();
    client.answer(Method::post, "/_cluster/allocation/explain", 200, R"({"can_allocate":"no",
        "node_allocation_decisions":[{"deciders":[{"decider":"restore_in_progress",
        "decision":"NO","explanation":"it failed"}]}]})");
    is_obstructed();
    is_there();
    client.answer(Method::del, "/x-a?", 200, acknowledged);
    const Instant began = timers.now();
    EXPECT_EQ(restore().failure().kind, FailureKind::refused);
    EXPECT_LT(timers.now() - began, std::chrono::seconds{1});
    EXPECT_TRUE(was_called("DELETE /x-a"));
}

TEST_F(SnapshotRestorationTest, WhatSomebodyElseMadeInItsPlaceStays) {
    everything_but_the_end();
    is_obstructed();
    is_there("u-2");
    EXPECT_EQ(restore().failure().kind, FailureKind::refused);
    EXPECT_FALSE(was_called("DELETE /x-a"));
}

TEST_F(SnapshotRestorationTest, WhatCannotBeDeletedAgainIsNamed) {
    everything_but_the_end();
    is_obstructed();
    is_there();
    client.answer(Method::del, "/x-a?", 403, error("security_exception"));
    EXPECT_NE(restore().failure().what.find("could not be deleted again"), std::string::npos);
}

TEST_F(SnapshotRestorationTest, AnObstacleThatGoesAwayIsNone) {
    everything_but_the_end();
    is_obstructed_once();
    // For longer than an obstacle is borne.
    for (int times = 0; times < 150; ++times) {
        health(0);
        recovery(40);
    }
    is_obstructed_once();
    health(1);
    recovery(100);
    const Instant began = timers.now();
    EXPECT_TRUE(restore().ok());
    EXPECT_GT(timers.now() - began, std::chrono::minutes{1});
}

TEST_F(SnapshotRestorationTest, WhoCannotBeAskedIsNotRobbed) {
    everything_but_the_end();
    client.answer_always(Method::get, "/_cluster/health/x-a?", 503, "{}");
    const Result<RestoredIndices> unknown = restore();
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.failure().kind, FailureKind::unavailable);
    EXPECT_NE(unknown.failure().what.find("goes on"), std::string::npos);
    EXPECT_FALSE(was_called("DELETE /x-a"));
}

TEST_F(SnapshotRestorationTest, ToldToStopItSaysThatTheClusterGoesOn) {
    everything_but_the_end();
    client.answer_always(Method::get, "/_cluster/health/x-a?", 200, "{}");
    client.answer_always(
        Method::get,
        "/x-a/_recovery",
        200,
        R"({"x-a":{"shards":[{"primary":true,"index":{"size":{"total_in_bytes":9}}}]}})");
    std::optional<Result<RestoredIndices>> restored;
    start(restoration.run({"nightly", {"a"}, "x-{{index}}", "t-1"}), &restored);
    timers.run_for(std::chrono::minutes{5});
    EXPECT_FALSE(restored.has_value());
    EXPECT_TRUE(restoration.is_waiting());
    restoration.stop();
    timers.run_for(std::chrono::seconds{1});
    ASSERT_TRUE(restored.has_value());
    EXPECT_EQ(restored->failure().kind, FailureKind::cancelled);
    EXPECT_NE(restored->failure().what.find("goes on"), std::string::npos);
    EXPECT_FALSE(was_called("DELETE /x-a"));
}

TEST_F(SnapshotRestorationTest, ToldToStopBeforeItBeganItChangesNothing) {
    snapshot_stands();
    name_is_free();
    restoration.stop();
    EXPECT_EQ(restore().failure().kind, FailureKind::cancelled);
    expect_nothing_changed();
}

}  // namespace
}  // namespace followd::cli
