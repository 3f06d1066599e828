#include "es/restore_watch.hpp"

#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <string>

namespace followd::es {
namespace {

class RestoreWatchTest : public testing::Test {
protected:
    Result<WatchedRestore> read() {
        return test::run(context, watch.read({IndexName{"a"}, IndexName{"b"}}));
    }
    void health(const std::string& active_of_b) {
        client.answer(http::Method::get,
                      "/_cluster/health/a,b?",
                      200,
                      R"({"indices":{"a":{"number_of_shards":1,"active_primary_shards":1},)"
                      R"("b":{"number_of_shards":2,"active_primary_shards":)" +
                          active_of_b + "}}}");
    }
    void recovery(int recovered_of_b) {
        const auto shards = [](int recovered, int total) {
            return R"({"shards":[{"primary":true,"index":{"size":{"recovered_in_bytes":)" +
                   std::to_string(recovered) + R"(,"total_in_bytes":)" + std::to_string(total) +
                   R"(},"files":{"recovered":1,"total":2}}}]})";
        };
        client.answer(http::Method::get,
                      "/a,b/_recovery",
                      200,
                      R"({"a":)" + shards(10, 10) + R"(,"b":)" + shards(recovered_of_b, 90) + "}");
    }

    boost::asio::io_context context;
    test::FakeHttpClient client;
    AdminExchange exchange{client, ClusterName{"paris"}};
    RestoreWatch watch{exchange};
};

TEST_F(RestoreWatchTest, IsDoneWhenEveryPrimaryIsStarted) {
    health("1");
    recovery(40);
    Result<WatchedRestore> restore = read();
    ASSERT_TRUE(restore.ok()) << restore.failure().what;
    EXPECT_FALSE(restore->progress.is_done);
    EXPECT_EQ(restore->progress.transfer, (engine::TransferProgress{50, 100, 2, 4}));
    health("2");
    recovery(90);
    restore = read();
    ASSERT_TRUE(restore.ok());
    EXPECT_TRUE(restore->progress.is_done);
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(RestoreWatchTest, AsksWhyWhereNothingMoves) {
    health("1");
    recovery(90);
    client.answer(http::Method::get,
                  "/_cluster/state/routing_table/a,b?",
                  200,
                  R"({"routing_table":{"indices":{"a":{"shards":{"0":[
                      {"state":"STARTED","primary":true,"shard":0},
                      {"state":"UNASSIGNED","primary":false,"shard":0}]}},
                      "b":{"shards":{"1":[{"state":"UNASSIGNED","primary":true,"shard":1}]}}}}})");
    client.answer(http::Method::post,
                  "/_cluster/allocation/explain",
                  200,
                  R"({"can_allocate":"no","allocate_explanation":"the disks are full"})");
    const Result<WatchedRestore> restore = read();
    ASSERT_TRUE(restore.ok());
    EXPECT_FALSE(restore->progress.is_done);
    EXPECT_EQ(restore->progress.obstacle, "the disks are full");
    EXPECT_FALSE(restore->has_failed);
    EXPECT_EQ(Json::parse(client.requests().back().body),
              (Json{{"index", "b"}, {"shard", 1}, {"primary", true}}));
}

TEST_F(RestoreWatchTest, OneThatIsGoneIsNotWaitedFor) {
    client.answer(http::Method::get, "/_cluster/health/a,b?", 408, R"({"timed_out":true})");
    client.answer(
        http::Method::get,
        "/a,b/_recovery",
        404,
        R"({"error":{"type":"index_not_found_exception","reason":"no such index [b]"},"status":404})");
    const Result<WatchedRestore> restore = read();
    ASSERT_FALSE(restore.ok());
    EXPECT_EQ(restore.failure().kind, FailureKind::not_found);
    EXPECT_NE(client.requests().front().target.find("timeout=0s"), std::string::npos);
}

}  // namespace
}  // namespace followd::es
