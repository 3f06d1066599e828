#include "es/index_roles.hpp"

#include "es/follow_mark.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::es {
namespace {

using engine::ChangingIndex;
using engine::RoleIndex;
using http::Method;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

FollowMark follower_mark() {
    FollowMark mark;
    mark.leader_cluster = ClusterName{"berlin"};
    mark.leader_index = IndexName{"logs"};
    mark.leader_uuid = IndexUuid{"u-1"};
    mark.histories = {HistoryUuid{"h0"}, HistoryUuid{"h1"}};
    mark.generation = 2;
    mark.epoch = 3;
    return mark;
}

class IndexRolesTest : public testing::Test {
protected:
    /// As GET /name shows it.
    static Json index_json(const FollowMark* mark, const Json& aliases = Json::object()) {
        Json json = Json::object();
        json["aliases"] = aliases;
        json["mappings"]["_meta"]["team"] = "a";
        if (mark != nullptr) {
            set_mark(json["mappings"], *mark);
        }
        json["settings"] = {{"index.uuid", "f-1"}, {"index.number_of_shards", "2"}};
        return json;
    }
    Result<RoleIndex> read(const Json& json, const std::string& name = "copy") {
        client.answer(Method::get, "/" + name + "?", 200, Json{{name, json}}.dump());
        return test::run(context, roles.read_role(IndexName{name}));
    }
    /// An index as it was read.
    RoleIndex role(const std::string& name,
                   const FollowMark& mark = follower_mark(),
                   const Json& aliases = Json::object()) {
        const Result<RoleIndex> index = read(index_json(&mark, aliases), name);
        EXPECT_TRUE(index.ok());
        return *index;
    }
    [[nodiscard]] Json last_body() const { return Json::parse(client.requests().back().body); }
    [[nodiscard]] std::string last_target() const { return client.requests().back().target; }

    const std::string acknowledged = R"({"acknowledged":true})";
    const std::string no_alias =
        R"({"error":{"type":"aliases_not_found_exception","reason":"missing"},"status":404})";
    boost::asio::io_context context;
    test::FakeHttpClient client;
    RestIndexRoles roles{client, ClusterName{"paris"}};
};

// --- reading -------------------------------------------------------------------------------------

TEST_F(IndexRolesTest, ListsOnlyWhatHasAMark) {
    const FollowMark mark = follower_mark();
    client.answer(Method::get,
                  "/logs-*,b%2B?flat_settings=true&expand_wildcards=open,closed,hidden"
                  "&ignore_unavailable=true&allow_no_indices=true",
                  200,
                  Json{{"b", index_json(&mark)}, {"own", index_json(nullptr)}}.dump());
    const auto listed = test::run(context, roles.list_marked({"logs-*", "b+"}));
    ASSERT_TRUE(listed.ok()) << listed.failure().what;
    ASSERT_EQ(listed->size(), 1U);
    EXPECT_EQ(listed->front().name, IndexName{"b"});
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(IndexRolesTest, ReadsTheMarkAndWhatTheClusterSays) {
    FollowMark mark = follower_mark();
    mark.role = MarkRole::promoted;
    mark.origins = {OriginSegment{{}, {OriginRow{IndexUuid{"u-1"}, 2}}},
                    OriginSegment{{SeqNo{5}, SeqNo{0}}, {}}};
    mark.promotion = Promotion{{SeqNo{4}, SeqNo::none()}, {SeqNo{3}, SeqNo::none()}, "noon", "me"};
    Json json = index_json(&mark, {{"live", Json::object()}});
    json["settings"]["index.blocks.write"] = "true";
    json["settings"]["index.verified_before_close"] = "true";
    const auto index = read(json);
    ASSERT_TRUE(index.ok()) << index.failure().what;
    EXPECT_TRUE(index->is(MarkRole::promoted));
    EXPECT_TRUE(index->is_write_blocked);
    EXPECT_TRUE(index->is_closed);
    EXPECT_EQ(index->shards, 2);
    EXPECT_EQ(index->uuid, IndexUuid{"f-1"});
    EXPECT_EQ(index->origins, mark.origins);
    EXPECT_EQ(index->promotion, mark.promotion);
    EXPECT_EQ(index->generation, 2);
    EXPECT_EQ(index->epoch, 3);
    EXPECT_THAT(index->alias_names, ElementsAre("live"));
}

TEST_F(IndexRolesTest, WritesThePlainOriginsOut) {
    EXPECT_EQ(role("copy").origins, (Origins{OriginSegment{{}, {OriginRow{IndexUuid{"u-1"}, 2}}}}));
}

TEST_F(IndexRolesTest, TellsAMissingIndexFromAnAliasAndFromNonsense) {
    client.answer(Method::get,
                  "/copy?",
                  404,
                  R"({"error":{"type":"index_not_found_exception","reason":"no"},"status":404})");
    EXPECT_EQ(test::run(context, roles.read_role(IndexName{"copy"})).failure().kind,
              FailureKind::not_found);
    client.answer(Method::get, "/copy?", 200, Json{{"behind", index_json(nullptr)}}.dump());
    EXPECT_EQ(test::run(context, roles.read_role(IndexName{"copy"})).failure().kind,
              FailureKind::conflict);
    EXPECT_EQ(read(Json::object()).failure().kind, FailureKind::malformed);
}

// Copied by hand from another index, or of a restored one: no assertion may depend on it.
TEST_F(IndexRolesTest, RefusesMarksOfAnotherNumberOfShards) {
    FollowMark histories = follower_mark();
    histories.histories.pop_back();
    FollowMark origins = follower_mark();
    origins.origins = {OriginSegment{},
                       OriginSegment{{SeqNo{5}}, {OriginRow{IndexUuid{"u-1"}, 2}}}};
    FollowMark promotion = follower_mark();
    promotion.promotion = Promotion{{SeqNo{1}}, {SeqNo{1}}, "noon", "me"};
    for (const FollowMark& mark : {histories, origins, promotion}) {
        const auto index = read(index_json(&mark));
        ASSERT_FALSE(index.ok());
        EXPECT_EQ(index.failure().kind, FailureKind::refused);
        EXPECT_THAT(index.failure().what, HasSubstr("shards"));
    }
}

// --- fences and blocks ---------------------------------------------------------------------------

TEST_F(IndexRolesTest, TakesEveryFenceOfAllIndicesAwayInOneRequest) {
    const std::vector<RoleIndex> indices{
        role("a",
             follower_mark(),
             {{".followd-E1-a", {{"is_hidden", true}}},
              {".followd-E3-a", {{"is_hidden", true}}},
              {"live", Json::object()},
              {".followd-E1-other", Json::object()}}),
        role("b", follower_mark(), {{".followd-E3-b", {{"is_hidden", true}}}})};
    client.answer(Method::post, "/_aliases", 200, acknowledged);
    ASSERT_TRUE(test::run(context, roles.remove_fences(indices)).ok());
    EXPECT_EQ(last_body(), Json::parse(R"({"actions":[
        {"remove":{"index":"a","alias":".followd-E1-a"}},
        {"remove":{"index":"a","alias":".followd-E1-other"}},
        {"remove":{"index":"a","alias":".followd-E3-a"}},
        {"remove":{"index":"b","alias":".followd-E3-b"}}]})"));
}

TEST_F(IndexRolesTest, AsksNothingWhereNoFenceStands) {
    const RoleIndex index = role("copy");
    const std::size_t before = client.requests().size();
    ASSERT_TRUE(test::run(context, roles.remove_fences({index})).ok());
    EXPECT_EQ(client.requests().size(), before);
}

// A request with one alias too many is refused whole: the others would stand.
TEST_F(IndexRolesTest, TakesTheOtherFencesAwayWhereOneWentMeanwhile) {
    const Json fence_a{{".followd-E3-a", Json::object()}};
    const Json fence_b{{".followd-E3-b", Json::object()}};
    const std::vector<RoleIndex> indices{role("a", follower_mark(), fence_a),
                                         role("b", follower_mark(), fence_b)};
    client.answer(Method::post, "/_aliases", 404, no_alias);
    const FollowMark mark = follower_mark();
    client.answer(Method::get,
                  "/a,b?",
                  200,
                  Json{{"a", index_json(&mark)}, {"b", index_json(&mark, fence_b)}}.dump());
    client.answer(Method::post, "/_aliases", 200, acknowledged);
    ASSERT_TRUE(test::run(context, roles.remove_fences(indices)).ok());
    EXPECT_EQ(last_body(),
              Json::parse(R"({"actions":[{"remove":{"index":"b","alias":".followd-E3-b"}}]})"));
}

TEST_F(IndexRolesTest, ABlockCountsOnlyWhereEveryShardHasTakenItOver) {
    struct Case {
        const char* answer;
        bool is_blocked;
    };
    const Case cases[] = {
        {R"({"acknowledged":true,"shards_acknowledged":true,"indices":[{"name":"a"}]})", true},
        {R"({"acknowledged":true,"shards_acknowledged":false,"indices":[]})", true},
        {R"({"acknowledged":true,"shards_acknowledged":false,"indices":[{"name":"a"}]})", false},
        {R"({"acknowledged":true,"shards_acknowledged":false})", false},
        {R"({"acknowledged":false,"shards_acknowledged":true,"indices":[{"name":"a"}]})", false},
        {R"({"acknowledged":false,"shards_acknowledged":false,"indices":[]})", false}};
    const std::vector<RoleIndex> indices{role("a"), role("b")};
    for (const Case& one : cases) {
        SCOPED_TRACE(one.answer);
        client.answer(Method::put, "/a,b/_block/write?", 200, one.answer);
        const auto blocked = test::run(context, roles.block_writes(indices));
        EXPECT_EQ(blocked.ok(), one.is_blocked);
        if (!blocked.ok()) {
            EXPECT_EQ(blocked.failure().kind, FailureKind::unavailable);
        }
    }
}

TEST_F(IndexRolesTest, LetsWritesInByTakingTheSettingAway) {
    const std::vector<RoleIndex> indices{role("a"), role("b")};
    client.answer(Method::put, "/a,b/_settings?", 200, acknowledged);
    ASSERT_TRUE(test::run(context, roles.unblock_writes(indices)).ok());
    EXPECT_EQ(last_body(), Json::parse(R"({"index.blocks.write":null})"));
}

TEST_F(IndexRolesTest, RaisesTheFenceOfThePresentEpochAndTakesWriteFlagsOff) {
    const RoleIndex index =
        role("copy", follower_mark(), Json::parse(R"({".followd-E1-copy":{"is_hidden":true},
            "live":{"is_write_index":true,"filter":{"term":{"a":1}},"search_routing":"x"},
            "plain":{"filter":{"term":{"b":1}}}})"));
    client.answer(Method::post, "/_aliases", 200, acknowledged);
    ASSERT_TRUE(test::run(context, roles.raise_fence(index)).ok());
    EXPECT_EQ(last_body(), Json::parse(R"({"actions":[
        {"remove":{"index":"copy","alias":".followd-E1-copy"}},
        {"add":{"index":"copy","alias":"live","is_write_index":false,
                "filter":{"term":{"a":1}},"search_routing":"x"}},
        {"add":{"index":"copy","alias":".followd-E3-copy","is_hidden":true}}]})"));
}

// --- marks ---------------------------------------------------------------------------------------

TEST_F(IndexRolesTest, MarksAPromotedIndexBesideTheKeysOfOthers) {
    FollowMark mark = follower_mark();
    mark.held_back.write_aliases = {"live"};
    const RoleIndex index = role("copy", mark);
    client.answer(Method::put, "/copy/_mapping?", 200, acknowledged);
    mark.role = MarkRole::promoted;
    ++mark.epoch;
    mark.origins = {OriginSegment{{}, {OriginRow{IndexUuid{"u-1"}, 2}}},
                    OriginSegment{{SeqNo{5}, SeqNo{0}}, {}}};
    mark.promotion = Promotion{{SeqNo{4}, SeqNo::none()}, {SeqNo{4}, SeqNo::none()}, "noon", "me"};
    ASSERT_TRUE(test::run(context, roles.mark_promoted(index, mark.origins, *mark.promotion)).ok());
    EXPECT_EQ(last_body()["_meta"]["team"], "a");
    EXPECT_EQ(last_body()["_meta"]["followd"], to_json(mark));
    EXPECT_EQ(last_body().size(), 1U);
}

class MarkFollowerTest : public IndexRolesTest {
protected:
    static engine::FollowerRole wanted() {
        engine::FollowerRole role;
        role.leader_cluster = ClusterName{"rome"};
        role.leader_index = IndexName{"copy"};
        role.leader_uuid = IndexUuid{"n-1"};
        role.histories = {HistoryUuid{"n0"}, HistoryUuid{"n1"}};
        role.generation = 6;
        role.origins = {
            OriginSegment{},
            OriginSegment{{SeqNo{5}, SeqNo{0}},
                          {OriginRow{IndexUuid{"f-1"}, 5}, OriginRow{IndexUuid{"n-1"}, 6}}}};
        return role;
    }
    FollowMark mark(const RoleIndex& index) {
        client.answer(Method::get,
                      "/logs?flat_settings=true&filter_path=*.aliases,*.settings",
                      200,
                      R"({"logs":{"aliases":{"live":{"is_write_index":true}},"settings":{
                          "index.final_pipeline":"p","index.number_of_shards":"2"}}})");
        client.answer(Method::put, "/logs/_mapping?", 200, acknowledged);
        EXPECT_TRUE(test::run(context, roles.mark_follower(index, wanted())).ok());
        Json mapping = last_body();
        const auto read = read_mark(mapping);
        EXPECT_TRUE(read.ok() && read->has_value());
        return read.ok() && *read ? **read : FollowMark{};
    }
};

TEST_F(MarkFollowerTest, KeepsWhatAnIndexThatWasNeverMarkedHasAsItsOwn) {
    const auto index = read(index_json(nullptr), "logs");
    const FollowMark written = mark(*index);
    EXPECT_EQ(written.role, MarkRole::follower);
    EXPECT_EQ(written.leader_index, IndexName{"copy"});
    EXPECT_EQ(written.origins, wanted().origins);
    EXPECT_EQ(written.generation, 6);
    EXPECT_EQ(written.epoch, 1);
    EXPECT_THAT(written.held_back.write_aliases, ElementsAre("live"));
    bool has_pipeline = false;
    for (const auto& [name, value] : written.held_back.settings) {
        has_pipeline = has_pipeline || (name == "index.final_pipeline" && value == "p");
    }
    EXPECT_TRUE(has_pipeline);
    EXPECT_EQ(last_body()["_meta"]["team"], "a");
}

TEST_F(MarkFollowerTest, TakesTheEpochThatBothSidesHaveNotReached) {
    FollowMark promoted = follower_mark();
    promoted.role = MarkRole::promoted;
    promoted.origins = {OriginSegment{{}, {OriginRow{IndexUuid{"u-1"}, 2}}},
                        OriginSegment{{SeqNo{5}, SeqNo{0}}, {}}};
    promoted.promotion = Promotion{{SeqNo{4}, SeqNo::none()}, {SeqNo{4}, SeqNo::none()}, "", ""};
    const FollowMark written = mark(role("logs", promoted));
    EXPECT_EQ(written.epoch, wanted().epoch);
    EXPECT_FALSE(written.promotion);
    EXPECT_THAT(written.held_back.write_aliases, ElementsAre("live"));
}

// --- what was held back --------------------------------------------------------------------------

class HeldBackTest : public IndexRolesTest {
protected:
    RoleIndex holding(const std::string& name,
                      std::vector<std::pair<std::string, Json>> settings,
                      std::vector<std::string> aliases = {}) {
        FollowMark mark = follower_mark();
        mark.held_back.settings = std::move(settings);
        mark.held_back.write_aliases = std::move(aliases);
        return role(name, mark);
    }
    std::vector<std::string> restored(std::vector<RoleIndex> indices) {
        const auto warnings = test::run(context, roles.restore_settings(std::move(indices)));
        EXPECT_TRUE(warnings.ok());
        return warnings.ok() ? *warnings : std::vector<std::string>{};
    }
    static std::string refusal() {
        return R"({"error":{"type":"illegal_argument_exception","reason":"unknown setting"},)"
               R"("status":400})";
    }
};

TEST_F(HeldBackTest, ComesBackTogetherWhereItIsTheSame) {
    const std::vector<RoleIndex> indices{holding("a", {{"index.priority", "5"}}),
                                         holding("b", {{"index.priority", "5"}}),
                                         holding("c", {})};
    client.answer(Method::put, "/a,b/_settings?", 200, acknowledged);
    client.answer(Method::put, "/c/_settings?", 200, acknowledged);
    EXPECT_THAT(restored(indices), IsEmpty());
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(HeldBackTest, APipelineThatIsMissingIsLeftOutWithASentence) {
    const RoleIndex index =
        holding("a", {{"index.default_pipeline", "gone"}, {"index.final_pipeline", "there"}});
    client.answer(Method::get, "/_ingest/pipeline/gone", 404, "{}");
    client.answer(Method::get, "/_ingest/pipeline/there", 200, R"({"there":{}})");
    client.answer(Method::put, "/a/_settings?", 200, acknowledged);
    EXPECT_THAT(restored({index}),
                ElementsAre(AllOf(HasSubstr("index.default_pipeline"), HasSubstr("gone"))));
    EXPECT_FALSE(last_body().contains("index.default_pipeline"));
    EXPECT_EQ(last_body()["index.final_pipeline"], "there");
}

TEST_F(HeldBackTest, APipelineThatMayNotBeLookedForIsLeftOutAndThePrivilegeNamed) {
    const RoleIndex index = holding("a", {{"index.default_pipeline", "p"}});
    client.answer(Method::get, "/_ingest/pipeline/p", 403, "{}");
    client.answer(Method::put, "/a/_settings?", 200, acknowledged);
    EXPECT_THAT(
        restored({index}),
        ElementsAre(AllOf(HasSubstr("index.default_pipeline"), HasSubstr("read_pipeline"))));
    EXPECT_FALSE(last_body().contains("index.default_pipeline"));
    client.answer(Method::get, "/_ingest/pipeline/p", 403, "{}");
    const auto missing = test::run(context, roles.find_missing({index}));
    ASSERT_TRUE(missing.ok());
    EXPECT_THAT(*missing, ElementsAre(HasSubstr("may not look for the ingest pipeline p")));
}

TEST_F(HeldBackTest, OneSettingThatIsRefusedTakesNoOtherWithIt) {
    const std::vector<RoleIndex> indices{
        holding("a", {{"index.lifecycle.name", "p"}, {"index.priority", "5"}})};
    client.answer(Method::put, "/a/_settings?", 400, refusal());  // all
    client.answer(Method::put, "/a/_settings?", 400, refusal());  // index.lifecycle.name
    client.answer(Method::put, "/a/_settings?", 200, acknowledged);
    client.answer(Method::put, "/a/_settings?", 200, acknowledged);
    EXPECT_THAT(restored(indices), ElementsAre(HasSubstr("index.lifecycle.name")));
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(HeldBackTest, AClusterThatDoesNotAnswerIsAFailure) {
    const RoleIndex index = holding("a", {{"index.priority", "5"}});
    client.lose(Method::put, "/a/_settings?");
    const auto warnings = test::run(context, roles.restore_settings({index}));
    ASSERT_FALSE(warnings.ok());
    EXPECT_EQ(warnings.failure().kind, FailureKind::timeout);
}

TEST_F(HeldBackTest, IsTakenOffButForWhatTheClusterChoseItself) {
    const RoleIndex index = holding("a",
                                    {{"index.final_pipeline", "p"},
                                     {"index.number_of_replicas", "1"},
                                     {"index.refresh_interval", "5s"}});
    client.answer(Method::put, "/a/_settings?", 200, acknowledged);
    ASSERT_TRUE(test::run(context, roles.hold_back_settings(index)).ok());
    EXPECT_EQ(last_body(), Json::parse(R"({"index.final_pipeline":null})"));
}

TEST_F(HeldBackTest, AWriteAliasKeepsItsFilterAndHasOneWriter) {
    const std::vector<RoleIndex> indices{holding("a-1", {}, {"live"}),
                                         holding("a-2", {}, {"live"})};
    client.answer(Method::get, "/_alias/live?", 200, R"({
        "a-1":{"aliases":{"live":{"is_write_index":true,"filter":{"term":{"x":1}}}}},
        "a-2":{"aliases":{"live":{"filter":{"term":{"x":1}},"index_routing":"r",
                                  "search_routing":"s"}}},
        "a-0":{"aliases":{"live":{}}}})");
    client.answer(Method::post, "/_aliases", 200, acknowledged);
    ASSERT_TRUE(test::run(context, roles.add_write_aliases(indices)).ok());
    EXPECT_EQ(last_body(), Json::parse(R"({"actions":[
        {"add":{"index":"a-1","alias":"live","is_write_index":false,
                "filter":{"term":{"x":1}}}},
        {"add":{"index":"a-2","alias":"live","is_write_index":true,"filter":{"term":{"x":1}},
                "index_routing":"r","search_routing":"s"}}]})"));
}

TEST_F(HeldBackTest, AWriteAliasThatIsMissingIsMade) {
    const RoleIndex index = holding("a", {}, {"live", "other"});
    client.answer(Method::get, "/_alias/live,other?", 404, R"({
        "a":{"aliases":{"live":{"filter":{"term":{"x":1}}}}},
        "error":"alias [other] missing","status":404})");
    client.answer(Method::post, "/_aliases", 200, acknowledged);
    ASSERT_TRUE(test::run(context, roles.add_write_aliases({index})).ok());
    EXPECT_EQ(last_body(), Json::parse(R"({"actions":[
        {"add":{"index":"a","alias":"live","is_write_index":true,"filter":{"term":{"x":1}}}},
        {"add":{"index":"a","alias":"other","is_write_index":true}}]})"));
}

// Put anew without having been read, an alias would lose its filter.
TEST_F(HeldBackTest, NoWriteAliasIsPutWhereTheyCouldNotBeRead) {
    const RoleIndex index = holding("a", {}, {"live"});
    client.answer(Method::get, "/_alias/live?", 503, R"({"error":{"type":"x"},"status":503})");
    EXPECT_FALSE(test::run(context, roles.add_write_aliases({index})).ok());
    EXPECT_THAT(client.calls(), Not(testing::Contains("POST /_aliases")));
}

TEST_F(HeldBackTest, WhatIsMissingIsAskedOnceAndSaid) {
    const std::vector<RoleIndex> indices{
        holding("a", {{"index.default_pipeline", "p"}, {"index.lifecycle.name", "hot"}}),
        holding("b", {{"index.default_pipeline", "p"}, {"index.final_pipeline", "_none"}})};
    client.answer(Method::get, "/_ingest/pipeline/p", 404, "{}");
    client.answer(Method::get, "/_ilm/policy/hot", 200, "{}");
    const auto missing = test::run(context, roles.find_missing(indices));
    ASSERT_TRUE(missing.ok());
    EXPECT_THAT(*missing, ElementsAre("the ingest pipeline p is not on cluster paris"));
    EXPECT_EQ(client.unused(), 0U);
}

// --- documents and versions ----------------------------------------------------------------------

TEST_F(IndexRolesTest, ReadsDocumentsInRealTimeByIdAndRouting) {
    client.answer(
        Method::post,
        "/logs/_mget?realtime=true",
        200,
        R"({"docs":[{"_id":"a","found":true,"_seq_no":5,"_version":7,"_source":{"n": 1e400}},
                              {"_id":"b","found":false}]})");
    const auto documents =
        test::run(context,
                  roles.read_documents(IndexName{"logs"},
                                       {Lookup{R"("a\"1")", R"("r")"}, Lookup{R"("b")", ""}}));
    ASSERT_TRUE(documents.ok()) << documents.failure().what;
    EXPECT_THAT(*documents,
                ElementsAre(R"({"seq_no":5,"version":7,"source":{"n": 1e400}})", "null"));
    EXPECT_EQ(client.requests().back().body,
              R"({"docs":[{"_id":"a\"1","routing":"r"},{"_id":"b"}]})");
}

TEST_F(IndexRolesTest, ReadsTheHighestVersionAfterARefresh) {
    struct Case {
        const char* answer;
        std::optional<std::int64_t> highest;
    };
    const Case cases[] = {
        {R"({"timed_out":false,"aggregations":{"m":{"value":1099511627777.0}}})", 1099511627777},
        {R"({"timed_out":false,"aggregations":{"m":{"value":null}}})", 0},
        {R"({"timed_out":true,"aggregations":{"m":{"value":3.0}}})", std::nullopt},
        {R"({"timed_out":false})", std::nullopt}};
    const RoleIndex index = role("copy");
    for (const Case& one : cases) {
        client.answer(Method::post, "/copy/_refresh", 200, R"({"_shards":{"failed":0}})");
        client.answer(Method::post, "/copy/_search?", 200, one.answer);
        const auto highest = test::run(context, roles.read_version_highest(index));
        EXPECT_EQ(highest.ok() ? std::optional{*highest} : std::nullopt, one.highest) << one.answer;
    }
}

// A refresh that a shard did not take leaves its newest versions unseen.
TEST_F(IndexRolesTest, ReadsNoHighestVersionBehindARefreshThatFailed) {
    const RoleIndex index = role("copy");
    client.answer(Method::post, "/copy/_refresh", 200, R"({"_shards":{"failed":1}})");
    client.answer_always(Method::post,
                         "/copy/_search?",
                         200,
                         R"({"timed_out":false,"aggregations":{"m":{"value":3.0}}})");
    EXPECT_FALSE(test::run(context, roles.read_version_highest(index)).ok());
}

// --- the journal ---------------------------------------------------------------------------------

class RoleJournalTest : public IndexRolesTest {
protected:
    static RoleIndex index(const std::string& name, const std::string& uuid) {
        RoleIndex made;
        made.name = IndexName{name};
        made.uuid = IndexUuid{uuid};
        made.generation = 2;
        made.histories = {HistoryUuid{"h"}};
        return made;
    }
    Result<std::vector<ChangingIndex>> read_answer(int status, const std::string& answer) {
        client.answer(Method::post, "/.followd/_mget?realtime=true", status, answer);
        return test::run(context, roles.read_changes({index("a", "u-a"), index("b", "u-b")}));
    }
    Result<std::vector<ChangingIndex>> write_answer(const std::string& answer) {
        client.answer(Method::post, "/.followd/_bulk?", 200, answer);
        ChangingIndex known{index("a", "u-a"), std::nullopt, true, 7, 2};
        known.change = RoleChange{RoleChangeKind::promote, "noon", "me", {SeqNo{4}, SeqNo::none()}};
        const ChangingIndex fresh{index("b", "u-b"), std::nullopt, false, 0, 0};
        return test::run(context, roles.write_changes({known, fresh}));
    }
    const std::string entry =
        R"({"_id":"u-a","found":true,"_seq_no":7,"_primary_term":2,"_source":{"generation":1,)"
        R"("histories":["h"],"change":{"kind":"promote","at":"noon","by":"me","points":[4,-1]}}})";
    const std::string none = R"({"_id":"u-b","found":false})";
};

TEST_F(RoleJournalTest, ReadsTheEntriesOfAllInTheirOrder) {
    const auto changes = read_answer(200, R"({"docs":[)" + entry + "," + none + "]}");
    ASSERT_TRUE(changes.ok()) << changes.failure().what;
    EXPECT_EQ(last_body(), Json::parse(R"({"ids":["u-a","u-b"]})"));
    const ChangingIndex& first = changes->at(0);
    EXPECT_EQ(first.change,
              (RoleChange{RoleChangeKind::promote, "noon", "me", {SeqNo{4}, SeqNo::none()}}));
    EXPECT_TRUE(first.has_entry);
    EXPECT_EQ(first.entry_seq_no, 7);
    EXPECT_EQ(first.entry_term, 2);
    EXPECT_FALSE(changes->at(1).has_entry);
    EXPECT_FALSE(changes->at(1).change);
}

TEST_F(RoleJournalTest, MakesItsIndexWhereThereIsNone) {
    const std::string missing = R"({"error":{"type":"index_not_found_exception","reason":"no"}})";
    for (const auto& [status, answer] :
         {std::pair{404, missing},
          std::pair{200, R"({"docs":[)" + missing + "," + missing + "]}"}}) {
        client.answer(Method::put, "/.followd?", 200, acknowledged);
        const auto changes = read_answer(status, answer);
        ASSERT_TRUE(changes.ok()) << changes.failure().what;
        EXPECT_FALSE(changes->at(0).has_entry || changes->at(1).has_entry);
        EXPECT_EQ(client.unused(), 0U);
        EXPECT_EQ(last_body()["settings"]["index.hidden"], true);
    }
}

TEST_F(RoleJournalTest, TakesNoAnswerBesideTheQuestion) {
    for (const std::string& answer :
         {std::string{"{}"},
          R"({"docs":[)" + entry + "]}",
          R"({"docs":{}})" + std::string{},
          R"({"docs":[)" + entry +
              R"(,{"_id":"u-b","error":{"type":"no_shard_available_action_exception"}}]})",
          R"({"docs":[)" + none +
              R"(,{"found":true,"_seq_no":1,"_primary_term":1,"_source":{}}]})"}) {
        const auto changes = read_answer(200, answer);
        ASSERT_FALSE(changes.ok()) << answer;
        EXPECT_EQ(changes.failure().kind, FailureKind::malformed);
    }
}

// An item that says nothing at all must not count as "there is no journal".
TEST_F(RoleJournalTest, TakesAnItemThatDoesNotSayWhetherItIsThereForNoAnswer) {
    EXPECT_FALSE(read_answer(200, R"({"docs":[)" + none + ",{}]}").ok());
}

TEST_F(RoleJournalTest, ReplacesOnlyWhatIsStillAsItWasRead) {
    const auto written = write_answer(
        R"({"items":[{"index":{"status":200,"_seq_no":9,"_primary_term":3}},
                     {"create":{"status":201,"_seq_no":10,"_primary_term":3}}]})");
    ASSERT_TRUE(written.ok()) << written.failure().what;
    EXPECT_EQ(written->at(0).entry_seq_no, 9);
    EXPECT_EQ(written->at(1).entry_seq_no, 10);
    EXPECT_EQ(written->at(1).entry_term, 3);
    EXPECT_TRUE(written->at(1).has_entry);
    const http::Request& sent = client.requests().back();
    EXPECT_EQ(sent.content_type, "application/x-ndjson");
    EXPECT_THAT(sent.target, HasSubstr("pipeline=_none"));
    EXPECT_THAT(sent.body,
                StartsWith(R"({"index":{"_id":"u-a","if_primary_term":2,"if_seq_no":7}})"
                           "\n"));
    EXPECT_THAT(sent.body, HasSubstr(R"("points":[4,-1])"));
    EXPECT_THAT(sent.body,
                HasSubstr("\n"
                          R"({"create":{"_id":"u-b"}})"
                          "\n"));
    EXPECT_EQ(sent.body.back(), '\n');
}

TEST_F(RoleJournalTest, ALostRaceIsAConflictAndARefusedItemIsNot) {
    const std::string good = R"({"index":{"status":200,"_seq_no":9,"_primary_term":3}})";
    struct Case {
        std::string item;
        FailureKind kind;
    };
    const Case cases[] = {
        {R"({"create":{"status":409,"error":{"type":"version_conflict_engine_exception"}}})",
         FailureKind::conflict},
        {R"({"create":{"status":429,"error":{"type":"x","reason":"full"}}})",
         FailureKind::unavailable},
        {R"({"create":{}})", FailureKind::malformed},
        {R"({})", FailureKind::malformed},
        {R"([])", FailureKind::malformed}};
    for (const Case& one : cases) {
        const auto written = write_answer(R"({"items":[)" + good + "," + one.item + "]}");
        ASSERT_FALSE(written.ok()) << one.item;
        EXPECT_EQ(written.failure().kind, one.kind) << one.item;
    }
    EXPECT_EQ(write_answer(R"({"items":[)" + good + "]}").failure().kind, FailureKind::malformed);
    EXPECT_EQ(write_answer("{}").failure().kind, FailureKind::malformed);
}

}  // namespace
}  // namespace followd::es
