#include "es/index_roles.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"
#include "unit/es_admin/generation_index.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::es {
namespace {

using engine::RoleIndex;
using http::Method;
using test::generation_json;
using test::generation_mark;
using test::half_restored_json;
using testing::ElementsAre;

constexpr const char* name = "orders.20261130t090000z";

/// What becomes of a generation whose role changes.
class GenerationRolesTest : public testing::Test {
protected:
    RoleIndex read(const Json& json) {
        client.answer(Method::get, path + "?", 200, Json{{name, json}}.dump());
        const Result<RoleIndex> index = test::run(context, roles.read_role(IndexName{name}));
        EXPECT_TRUE(index.ok());
        return index.ok() ? *index : RoleIndex{};
    }
    static FollowMark promoted() {
        FollowMark mark = generation_mark(1);
        mark.role = MarkRole::promoted;
        ++mark.epoch;
        mark.origins.push_back(OriginSegment{{SeqNo{5}}, {}});
        mark.promotion = Promotion{{SeqNo{4}}, {SeqNo::none()}, "noon", "me"};
        return mark;
    }
    static engine::FollowerRole role_of(const FollowMark& mark) {
        engine::FollowerRole role;
        role.leader_cluster = mark.leader_cluster;
        role.leader_index = mark.leader_index;
        role.leader_uuid = mark.leader_uuid;
        role.histories = mark.histories;
        role.generation = mark.generation;
        role.epoch = 3;
        role.origins = mark.origins;
        return role;
    }
    FollowMark turned_to(const engine::FollowerRole& role) {
        const FollowMark before = promoted();
        const RoleIndex index = read(generation_json(&before, "g"));
        client.answer(
            Method::get, path + "?", 200, Json{{name, generation_json(&before, "g")}}.dump());
        client.answer(Method::put, path + "/_mapping", 200, acknowledged);
        EXPECT_TRUE(test::run(context, roles.mark_follower(index, role)).ok());
        return **read_mark(Json::parse(client.requests().back().body));
    }

    const std::string path = "/" + std::string(name);
    const std::string acknowledged = R"({"acknowledged":true})";
    boost::asio::io_context context;
    test::FakeHttpClient client;
    RestIndexRoles roles{client, ClusterName{"paris"}};
};

TEST_F(GenerationRolesTest, TellsWhatItIsACopyOf) {
    const FollowMark mark = generation_mark(1);
    const RoleIndex index = read(generation_json(&mark, "g"));
    EXPECT_EQ(index.recovery, mark.recovery);
    EXPECT_TRUE(index.is_write_blocked);
    EXPECT_FALSE(index.is_being_made);
}

TEST_F(GenerationRolesTest, IsMarkedPromotedAndStillTellsIt) {
    const FollowMark before = generation_mark(1);
    const RoleIndex index = read(generation_json(&before, "g"));
    client.answer(Method::put, path + "/_mapping", 200, acknowledged);
    const FollowMark after = promoted();
    ASSERT_TRUE(
        test::run(context, roles.mark_promoted(index, after.origins, *after.promotion)).ok());
    EXPECT_EQ(**read_mark(Json::parse(client.requests().back().body)), after);
    EXPECT_EQ(read(generation_json(&after, "g")).recovery, before.recovery);
}

TEST_F(GenerationRolesTest, IsTheSameCopyAgainWhereItsPromotionIsTakenBack) {
    const FollowMark before = generation_mark(1);
    FollowMark expected = before;
    expected.epoch = 3;
    EXPECT_EQ(turned_to(role_of(before)), expected);
}

// It goes on from there, and is a copy of no one moment any more.
TEST_F(GenerationRolesTest, IsNoGenerationAnyMoreWhereItFollows) {
    engine::FollowerRole role = role_of(generation_mark(1));
    role.generation = 3;
    role.origins.push_back(OriginSegment{{SeqNo{7}}, {OriginRow{IndexUuid{"u-1"}, 3}}});
    EXPECT_FALSE(turned_to(role).recovery);
    role = role_of(generation_mark(1));
    role.leader_uuid = IndexUuid{"another"};
    role.origins.back().table = {OriginRow{IndexUuid{"another"}, 1}};
    EXPECT_FALSE(turned_to(role).recovery);
}

// Its leader's mark, which came with the snapshot, would make it somebody's follower.
TEST_F(GenerationRolesTest, HasNoRoleWhileItIsRestored) {
    FollowMark leaders = generation_mark(0);
    EXPECT_FALSE(read(half_restored_json("s-1", "g", &leaders)).role);
    leaders = promoted();
    leaders.recovery->snapshot = "s-0";
    EXPECT_FALSE(read(half_restored_json("s-1", "g", &leaders)).role);
    const FollowMark own = generation_mark(1);
    const RoleIndex index = read(half_restored_json("s-1", "g", &own));
    EXPECT_TRUE(index.is(MarkRole::follower));
    EXPECT_TRUE(index.is_being_made);
}

// While it says that it is being made, an index may be taken for one that nobody marked, and
// deleted: before it is promoted it says so no more.
TEST_F(GenerationRolesTest, EndsItsRestoreBeforeItsFenceGoes) {
    const std::string fence = fence_alias_of(IndexName{name}, 1);
    FollowMark mark = generation_mark(1);
    mark.recovery.reset();
    Json json = half_restored_json("s-1", "g", &mark);
    json["aliases"][fence]["is_hidden"] = true;
    const RoleIndex index = read(json);
    client.answer(Method::put, path + "/_settings", 200, acknowledged);
    client.answer(Method::post, "/_aliases", 200, acknowledged);
    ASSERT_TRUE(test::run(context, roles.remove_fences({index})).ok());
    EXPECT_THAT(client.calls(),
                ElementsAre("GET " + path, "PUT " + path + "/_settings", "POST /_aliases"));
    EXPECT_EQ(Json::parse(client.requests()[1].body), (Json{{std::string(restore_tag), nullptr}}));
}

TEST_F(GenerationRolesTest, KeepsItsFenceWhereItsRestoreCannotBeEnded) {
    const FollowMark mark = generation_mark(1);
    const RoleIndex index = read(half_restored_json("s-1", "g", &mark));
    client.lose(Method::put, path + "/_settings");
    EXPECT_EQ(test::run(context, roles.remove_fences({index})).failure().kind,
              FailureKind::timeout);
    EXPECT_EQ(client.requests().size(), 2U);
}

}  // namespace
}  // namespace followd::es
