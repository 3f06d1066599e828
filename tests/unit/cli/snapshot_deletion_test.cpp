#include "cli/snapshot_deletion.hpp"

#include "es/snapshot_source.hpp"
#include "unit/cli/snapshots_fixture.hpp"

#include <memory>
#include <string>
#include <vector>

namespace followd::cli {
namespace {

using http::Method;
using Names = std::vector<std::string>;

const std::string path = "/_snapshot/followd-nfs-berlin";

class SnapshotDeletionTest : public SnapshotsFixture {
protected:
    SnapshotDeletion deletion(bool is_forced) {
        std::vector<std::unique_ptr<es::PlainSnapshots>> users;
        users.push_back(
            std::make_unique<es::PlainSnapshots>(other, ClusterName{"paris"}, shared_folder()));
        return {snapshots, source, shared_folder(), std::move(users), is_forced};
    }
    void repository_stands() {
        get(path,
            R"({"followd-nfs-berlin":{"type":"fs","settings":{"location":"/mnt/there/berlin",)"
            R"("max_snapshot_bytes_per_sec":"0b"}}})");
    }
    void stands(const std::string& name) { get(path + "/" + name, snapshot(name, "SUCCESS")); }
    void is_deleted(const std::string& name) {
        client.answer(Method::del, path + "/" + name, 200, R"({"acknowledged":true})");
    }
    void restores_on_other(const std::string& snapshot) {
        other.answer(Method::get,
                     "/_cluster/state/customs?",
                     200,
                     R"({"restore":{"snapshots":[{"snapshot":")" + snapshot +
                         R"(","repository":"followd-nfs-berlin-readonly","state":"STARTED"}]}})");
    }

    test::FakeHttpClient other;
    es::PlainSnapshots snapshots{client, ClusterName{"berlin"}, shared_folder()};
    es::RestSnapshotSource source{client, ClusterName{"berlin"}};
};

TEST_F(SnapshotDeletionTest, WhatNobodyUsesIsDeleted) {
    repository_stands();
    stands("old");
    stands("older");
    restores_on_other("nightly");
    is_deleted("old");
    is_deleted("older");
    SnapshotDeletion one = deletion(false);
    const auto done = run(one.run({"old", "older"}));
    ASSERT_TRUE(done && done->ok()) << done->failure().what;
    EXPECT_EQ(one.deleted(), (Names{"old", "older"}));
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(SnapshotDeletionTest, ADaemonsIsItsOwn) {
    SnapshotDeletion one = deletion(false);
    const auto refused = run(one.run({"old", "followd-0a-1-1"}));
    ASSERT_TRUE(refused && !refused->ok());
    EXPECT_EQ(refused->failure().kind, FailureKind::refused);
    EXPECT_NE(refused->failure().what.find("followd-0a-1-1"), std::string::npos);
    EXPECT_NE(refused->failure().what.find("--force"), std::string::npos);
    EXPECT_TRUE(client.requests().empty());
    repository_stands();
    stands("followd-0a-1-1");
    is_deleted("followd-0a-1-1");
    SnapshotDeletion forced = deletion(true);
    EXPECT_TRUE(run(forced.run({"followd-0a-1-1"}))->ok());
    EXPECT_TRUE(other.requests().empty());
}

TEST_F(SnapshotDeletionTest, WhatIsBeingRestoredStaysWithAllOthers) {
    repository_stands();
    stands("old");
    stands("nightly");
    restores_on_other("nightly");
    SnapshotDeletion one = deletion(false);
    const auto refused = run(one.run({"old", "nightly"}));
    ASSERT_TRUE(refused && !refused->ok());
    EXPECT_EQ(refused->failure().kind, FailureKind::refused);
    EXPECT_NE(refused->failure().where.find("paris"), std::string::npos);
    EXPECT_TRUE(one.deleted().empty());
    EXPECT_FALSE(was_called("DELETE " + path + "/old"));
}

TEST_F(SnapshotDeletionTest, WhoCannotBeAskedMayBeRestoring) {
    repository_stands();
    stands("old");
    other.lose(Method::get, "/_cluster/state/customs?");
    SnapshotDeletion one = deletion(false);
    const auto unknown = run(one.run({"old"}));
    ASSERT_TRUE(unknown && !unknown->ok());
    EXPECT_EQ(unknown->failure().kind, FailureKind::timeout);
    EXPECT_NE(unknown->failure().what.find("--force"), std::string::npos);
    EXPECT_FALSE(was_called("DELETE " + path + "/old"));
}

TEST_F(SnapshotDeletionTest, OneThatIsNotThereIsSaidBeforeAnyIsDeleted) {
    repository_stands();
    stands("old");
    get(path + "/lod", error("snapshot_missing_exception"), 404);
    get(path + "/_all?verbose=false", snapshot("old", "SUCCESS"));
    SnapshotDeletion one = deletion(false);
    const auto missing = run(one.run({"old", "lod"}));
    ASSERT_TRUE(missing && !missing->ok());
    EXPECT_EQ(missing->failure().kind, FailureKind::not_found);
    EXPECT_NE(missing->failure().what.find("it has: old"), std::string::npos);
    EXPECT_FALSE(was_called("DELETE " + path + "/old"));
}

TEST_F(SnapshotDeletionTest, WhatWasDeletedBeforeAFailureIsKnown) {
    repository_stands();
    stands("old");
    stands("older");
    restores_on_other("nightly");
    is_deleted("old");
    client.answer(
        Method::del, path + "/older", 503, error("concurrent_snapshot_execution_exception"));
    SnapshotDeletion one = deletion(false);
    const auto failed = run(one.run({"old", "older"}));
    ASSERT_TRUE(failed && !failed->ok());
    EXPECT_EQ(one.deleted(), Names{"old"});
}

}  // namespace
}  // namespace followd::cli
