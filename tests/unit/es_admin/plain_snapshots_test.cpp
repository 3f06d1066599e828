#include "es/plain_snapshots.hpp"

#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <string>

namespace followd::es {
namespace {

using http::Method;

engine::RuleRepository served_folder() {
    engine::RuleRepository repository;
    repository.settings.name = RepositoryName{"nfs"};
    repository.settings.kind = RepositoryKind::url;
    repository.settings.leader_location = "/mnt/there";
    repository.settings.url = "http://bj:9611/";
    repository.token = "s3cret";
    repository.leader = ClusterName{"berlin"};
    return repository;
}

constexpr const char* missing_answer =
    R"({"error":{"type":"snapshot_missing_exception","reason":"[r:s] is missing"},"status":404})";

class PlainSnapshotsTest : public testing::Test {
protected:
    template <class T>
    T run(Task<T> task) {
        return test::run(context, std::move(task));
    }
    /// `version` as in GET /: the number, and what tells the product.
    void product(const std::string& number, const std::string& more) {
        client.answer(
            Method::get, "/_nodes", 200, R"({"nodes":{"n":{"version":")" + number + R"("}}})");
        client.answer(
            Method::get,
            "/",
            200,
            R"({"cluster_uuid":"u","version":{"number":")" + number + R"(",)" + more + "}}");
    }

    const std::string one =
        R"({"snapshots":[{"snapshot":"nightly","indices":["logs"],"state":"SUCCESS"}]})";
    boost::asio::io_context context;
    test::FakeHttpClient client;
    PlainSnapshots on_leader{client, ClusterName{"berlin"}, served_folder()};
    PlainSnapshots on_other{client, ClusterName{"paris"}, served_folder()};
};

TEST_F(PlainSnapshotsTest, TheLeadersClusterWritesAndAnyOtherReads) {
    EXPECT_EQ(on_leader.repository_name(), "followd-nfs-berlin");
    EXPECT_EQ(on_other.repository_name(), "followd-nfs-berlin-readonly");
    client.answer(Method::get,
                  "/_snapshot/followd-nfs-berlin",
                  404,
                  R"({"error":{"type":"repository_missing_exception"},"status":404})");
    client.answer(Method::put, "/_snapshot/followd-nfs-berlin?", 200, R"({"acknowledged":true})");
    EXPECT_TRUE(run(on_leader.prepare()).ok());
    client.answer(Method::get, "/_snapshot", 200, "{}");
    client.answer(Method::put,
                  "/_snapshot/followd-nfs-berlin-readonly?",
                  500,
                  R"({"error":{"type":"repository_exception",)"
                  R"("reason":"[http://bj:9611/s3cret/berlin/] is not allowed"},"status":500})");
    const Result<void> refused = run(on_other.prepare());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.failure().what.find("s3cret"), std::string::npos);
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(PlainSnapshotsTest, SizesAreAskedForWhereTheServerKnowsTheQuestion) {
    product("9.2.0", R"("build_flavor":"default")");
    client.answer(Method::get, "/_snapshot/followd-nfs-berlin/_all?index_details=true", 200, one);
    const auto there = run(on_leader.list());
    ASSERT_TRUE(there.ok()) << there.failure().what;
    ASSERT_EQ(there->size(), 1U);
    EXPECT_EQ(there->front().name, "nightly");
    product("2.19.1", R"("distribution":"opensearch")");
    client.answer(Method::get, "/_snapshot/followd-nfs-berlin/_all", 200, one);
    EXPECT_TRUE(run(on_leader.list()).ok());
    EXPECT_EQ(client.requests().back().target, "/_snapshot/followd-nfs-berlin/_all");
}

TEST_F(PlainSnapshotsTest, OneIsFoundOrThoseThatAreThereAreNamed) {
    client.answer(Method::get, "/_snapshot/followd-nfs-berlin-readonly/nightly", 200, one);
    const auto found = run(on_other.find("nightly"));
    ASSERT_TRUE(found.ok() && found->has_value());
    client.answer(
        Method::get, "/_snapshot/followd-nfs-berlin-readonly/weekly", 404, missing_answer);
    const auto absent = run(on_other.find("weekly"));
    ASSERT_TRUE(absent.ok());
    EXPECT_FALSE(absent->has_value());
    client.answer(
        Method::get, "/_snapshot/followd-nfs-berlin-readonly/_all?verbose=false", 200, one);
    const Failure missing = run(on_other.missing("weekly"));
    EXPECT_EQ(missing.kind, FailureKind::not_found);
    EXPECT_NE(missing.what.find("it has: nightly"), std::string::npos) << missing.what;
    EXPECT_NE(missing.what.find("same folder"), std::string::npos) << missing.what;
    EXPECT_NE(missing.where.find("paris"), std::string::npos);
}

TEST_F(PlainSnapshotsTest, NoMessageHasTheToken) {
    const std::string quoting =
        R"({"error":{"type":"repository_exception",)"
        R"("reason":"could not read [http://bj:9611/s3cret/berlin/index-1]"}})";
    client.answer(Method::get, "/_snapshot/followd-nfs-berlin-readonly/nightly", 500, quoting);
    const auto unreadable = run(on_other.find("nightly"));
    EXPECT_NE(unreadable.failure().what.find("/TOKEN/"), std::string::npos);
    EXPECT_EQ(unreadable.failure().what.find("s3cret"), std::string::npos);
    client.answer(Method::get, "/_snapshot/followd-nfs-berlin-readonly/_all", 500, quoting);
    EXPECT_EQ(run(on_other.missing("nightly")).what.find("s3cret"), std::string::npos);
}

TEST_F(PlainSnapshotsTest, AnotherSnapshotThanAskedForIsNoAnswer) {
    client.answer(Method::get, "/_snapshot/followd-nfs-berlin/weekly", 200, one);
    EXPECT_EQ(run(on_leader.find("weekly")).failure().kind, FailureKind::malformed);
}

std::string state_of(const std::string& indices) {
    return R"({"cluster_uuid":"c","metadata":{"indices":{)" + indices + "}}}";
}

std::string entry(const std::string& name, const std::string& system = "false") {
    return "\"" + name + R"(":{"state":"open","system":)" + system +
           R"(,"mapping_version":1,"settings":{"index":{"uuid":"u","number_of_shards":"1"}}})";
}

TEST_F(PlainSnapshotsTest, EveryPatternMeansSomething) {
    client.answer(Method::get,
                  "/_cluster/state/metadata,blocks/logs-*?",
                  200,
                  state_of(entry("logs-b") + "," + entry("logs-a") + "," + entry(".s", "true")));
    client.answer(
        Method::get, "/_cluster/state/metadata,blocks/logs-a?", 200, state_of(entry("logs-a")));
    const auto meant = run(on_leader.resolve({"logs-*", "logs-a"}));
    ASSERT_TRUE(meant.ok()) << meant.failure().what;
    EXPECT_EQ(*meant, (std::vector<IndexName>{IndexName{"logs-a"}, IndexName{"logs-b"}}));
    client.answer(Method::get, "/_cluster/state/metadata,blocks/x*?", 200, state_of(""));
    const auto nothing = run(on_leader.resolve({"x*"}));
    ASSERT_FALSE(nothing.ok());
    EXPECT_EQ(nothing.failure().kind, FailureKind::not_found);
    EXPECT_NE(nothing.failure().what.find("x*"), std::string::npos);
    EXPECT_NE(nothing.failure().where.find("berlin"), std::string::npos);
}

TEST_F(PlainSnapshotsTest, ASnapshotHasAllThatWasAskedForOrIsNotTaken) {
    client.answer(
        Method::put, "/_snapshot/followd-nfs-berlin/nightly?", 200, R"({"accepted":true})");
    EXPECT_TRUE(run(on_leader.begin("nightly", {IndexName{"a"}, IndexName{"b"}})).ok());
    const Json body = Json::parse(client.requests().back().body);
    EXPECT_EQ(body["indices"], (Json{"a", "b"}));
    EXPECT_EQ(body["partial"], false);
    EXPECT_EQ(body["ignore_unavailable"], false);
    EXPECT_EQ(body["include_global_state"], false);
}

TEST_F(PlainSnapshotsTest, ALostAnswerIsLookedAfter) {
    client.lose(Method::put, "/_snapshot/followd-nfs-berlin/nightly?");
    client.answer(Method::get, "/_snapshot/followd-nfs-berlin/nightly", 200, one);
    EXPECT_TRUE(run(on_leader.begin("nightly", {IndexName{"a"}})).ok());
    client.lose(Method::put, "/_snapshot/followd-nfs-berlin/nightly?");
    client.answer(Method::get, "/_snapshot/followd-nfs-berlin/nightly", 404, missing_answer);
    EXPECT_EQ(run(on_leader.begin("nightly", {IndexName{"a"}})).failure().kind,
              FailureKind::timeout);
}

TEST_F(PlainSnapshotsTest, ASnapshotOfSomebodyElseIsNotTakenForOurs) {
    client.answer(Method::put,
                  "/_snapshot/followd-nfs-berlin/nightly?",
                  400,
                  R"({"error":{"type":"snapshot_name_already_in_use_exception",)"
                  R"("reason":"snapshot with the same name already exists"},"status":400})");
    EXPECT_EQ(run(on_leader.begin("nightly", {IndexName{"a"}})).failure().kind,
              FailureKind::refused);
    EXPECT_EQ(client.requests().size(), 1U);
}

TEST_F(PlainSnapshotsTest, RestoresOfThisRepositoryThatAreUnderWay) {
    client.answer(Method::get, "/_cluster/state/customs?", 200, R"({"restore":{"snapshots":[
        {"snapshot":"nightly","repository":"followd-nfs-berlin-readonly","state":"STARTED"},
        {"snapshot":"over","repository":"followd-nfs-berlin-readonly","state":"FAILURE"},
        {"snapshot":"other","repository":"backups","state":"INIT"}]}})");
    const auto restores = run(on_other.read_restores());
    ASSERT_TRUE(restores.ok());
    EXPECT_EQ(*restores, std::set<std::string>{"nightly"});
    client.answer(Method::get, "/_cluster/state/customs?", 200, R"({"cluster_uuid":"c"})");
    EXPECT_TRUE(run(on_other.read_restores())->empty());
}

}  // namespace
}  // namespace followd::es
