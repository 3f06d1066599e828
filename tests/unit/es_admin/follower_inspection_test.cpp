#include "es/follower_inspection.hpp"

#include "unit/es_admin/follower_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace followd::es {
namespace {

using FollowerInspectionTest = FollowerFixture;
using Found = Result<std::optional<engine::FollowerIndex>>;

Found find(http::Client& client, engine::FollowerRequest request) {
    FollowerInspection inspection(client, ClusterName{"paris"});
    boost::asio::io_context context;
    return test::run(context, inspection.find(std::move(request)));
}

TEST_F(FollowerInspectionTest, FindsOurFollowerAndChangesNothing) {
    FollowMark present = mark();
    present.generation = 3;
    present.histories = {HistoryUuid{"h0"}, HistoryUuid{"h1"}};
    client.answer(http::Method::get, "/copy", 200, index_answer(present, false));
    const Found found = find(client, request());
    ASSERT_TRUE(found.ok()) << found.failure().what;
    ASSERT_TRUE(found->has_value());
    const engine::FollowerIndex& follower = found->value();
    EXPECT_EQ(follower.uuid, IndexUuid{"f-1"});
    EXPECT_EQ(follower.generation, 3);
    EXPECT_EQ(follower.histories, present.histories);
    EXPECT_EQ(follower.max_result_window, 10000);
    EXPECT_EQ(client.requests().size(), 1U);
}

TEST_F(FollowerInspectionTest, SaysThatNothingIsThere) {
    client.answer(http::Method::get,
                  "/copy",
                  404,
                  R"({"error":{"type":"index_not_found_exception","reason":"no such index"}})");
    const Found found = find(client, request());
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(found->has_value());
}

TEST_F(FollowerInspectionTest, KnowsWhatIsNotOurs) {
    client.answer(http::Method::get, "/copy", 200, R"({"copy":{"mappings":{},"settings":{}}})");
    const Found foreign = find(client, request());
    ASSERT_FALSE(foreign.ok());
    EXPECT_EQ(foreign.failure().kind, FailureKind::conflict);
    EXPECT_NE(foreign.failure().where.find("paris"), std::string::npos);

    FollowMark of_a_schedule = mark();
    of_a_schedule.recovery = RecoveryPoint{"s", WallTime{}, {}};
    client.answer(http::Method::get, "/copy", 200, index_answer(of_a_schedule));
    EXPECT_EQ(find(client, request()).failure().kind, FailureKind::conflict);

    engine::FollowerRequest of_another = request();
    of_another.leader.index.uuid = IndexUuid{"u-2"};
    client.answer(http::Method::get, "/copy", 200, index_answer(mark()));
    EXPECT_EQ(find(client, of_another).failure().kind, FailureKind::conflict);

    engine::FollowerRequest of_more_shards = request();
    of_more_shards.leader.index.shards = 3;
    client.answer(http::Method::get, "/copy", 200, index_answer(mark()));
    EXPECT_EQ(find(client, of_more_shards).failure().kind, FailureKind::conflict);
}

TEST_F(FollowerInspectionTest, PassesFailuresOn) {
    client.answer(http::Method::get,
                  "/copy",
                  403,
                  R"({"error":{"type":"security_exception","reason":"no"}})");
    EXPECT_EQ(find(client, request()).failure().kind, FailureKind::unauthorised);
}

}  // namespace
}  // namespace followd::es
