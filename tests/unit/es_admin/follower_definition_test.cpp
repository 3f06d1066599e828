#include "follower_fixture.hpp"

#include <gmock/gmock.h>

namespace followd::es {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SyncMetadata : public FollowerFixture {
protected:
    SyncMetadata() {
        wanted.rule = request().rule;
        wanted.follower_index = IndexName{"copy"};
        wanted.leader = request().leader;
        wanted.is_copied = true;
        // Nobody else claims a generation meanwhile.
        client.answer_always(http::Method::get, "/.followd/_doc/f-1", 404, R"({"found":false})");
    }

    void setting(const std::string& name, const std::string& value) {
        Json settings = Json::parse(wanted.leader.settings);
        settings[name] = value;
        wanted.leader.settings = settings.dump();
    }
    /// The index shows itself as it is at every question.
    void index_always(const FollowMark& present) {
        client.answer_always(http::Method::get, "/copy?", 200, index_answer(present));
    }
    void takes(http::Method method, const std::string& target) {
        client.answer(method, target, 200, acknowledged);
    }
    void refuses(http::Method method, const std::string& target, const std::string& reason) {
        client.answer(method,
                      target,
                      400,
                      R"({"error":{"type":"illegal_argument_exception","reason":")" + reason +
                          R"("},"status":400})");
    }
    void opens() {
        client.answer(http::Method::post,
                      "/copy/_open",
                      200,
                      R"({"acknowledged":true,"shards_acknowledged":true})");
    }
    Result<engine::MetadataOutcome> sync() {
        return test::run(context, cluster.sync_metadata(wanted));
    }
    Json mark_of(std::size_t put) const {
        std::size_t seen = 0;
        for (const http::Request& sent : client.requests()) {
            if (sent.method == http::Method::put && sent.target.starts_with("/copy/_mapping") &&
                seen++ == put) {
                return Json::parse(sent.body)["_meta"]["followd"];
            }
        }
        return {};
    }

    engine::MetadataRequest wanted;
};

TEST_F(SyncMetadata, CostsOneRequestWhereNothingChanged) {
    index(index_answer(mark()));
    const auto outcome = sync();
    ASSERT_TRUE(outcome.ok()) << to_string(outcome.failure());
    EXPECT_THAT(outcome->changed, IsEmpty());
    EXPECT_THAT(client.calls(), ElementsAre("GET /copy"));
}

TEST_F(SyncMetadata, ChangesSettingsTogether) {
    setting("index.max_ngram_diff", "7");
    setting("index.max_shingle_diff", "5");
    index_always(mark());
    takes(http::Method::put, "/copy/_settings");
    const auto outcome = sync();
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(body_of(http::Method::put, "/copy/_settings"),
              Json::parse(R"({"index.max_ngram_diff":"7","index.max_shingle_diff":"5"})"));
    EXPECT_THAT(
        outcome->changed,
        ElementsAre("setting index.max_ngram_diff = 7", "setting index.max_shingle_diff = 5"));
    EXPECT_EQ(count("PUT /copy/_mapping"), 0U);
}

TEST_F(SyncMetadata, OneBadSettingKeepsNoOtherOff) {
    setting("index.max_ngram_diff", "7");
    setting("index.unheard_of", "1");
    index_always(mark());
    refuses(http::Method::put, "/copy/_settings", "unknown setting [index.unheard_of]");
    takes(http::Method::put, "/copy/_settings");
    refuses(http::Method::put, "/copy/_settings", "unknown setting [index.unheard_of]");
    const auto outcome = sync();
    ASSERT_TRUE(outcome.ok());
    EXPECT_THAT(outcome->changed, ElementsAre("setting index.max_ngram_diff = 7"));
    EXPECT_THAT(outcome->warnings, ElementsAre(HasSubstr("index.unheard_of = 1: could not")));
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(SyncMetadata, AnOutageIsNoRefusal) {
    setting("index.max_ngram_diff", "7");
    setting("index.max_shingle_diff", "5");
    index_always(mark());
    client.lose(http::Method::put, "/copy/_settings");
    const auto outcome = sync();
    ASSERT_TRUE(outcome.ok() && outcome->stopped_by);
    EXPECT_EQ(outcome->stopped_by->kind, FailureKind::timeout);
    EXPECT_EQ(outcome->stopped_by->where, "fake");
    EXPECT_THAT(outcome->warnings, IsEmpty());
    EXPECT_EQ(count("PUT /copy/_settings"), 1U);
}

TEST_F(SyncMetadata, WhatWasDoneBeforeAnOutageIsTold) {
    setting("index.max_ngram_diff", "7");
    wanted.leader.aliases = R"({"a":{}})";
    index_always(mark());
    takes(http::Method::put, "/copy/_mapping");
    takes(http::Method::put, "/copy/_settings");
    client.lose(http::Method::post, "/_aliases");
    const auto outcome = sync();
    ASSERT_TRUE(outcome.ok() && outcome->stopped_by);
    EXPECT_THAT(outcome->changed, ElementsAre("setting index.max_ngram_diff = 7"));
}

TEST_F(SyncMetadata, NamesWhatOnlyAClosedIndexTakes) {
    setting("index.analysis.filter.f.type", "length");
    index_always(mark());
    const auto outcome = sync();
    ASSERT_TRUE(outcome.ok());
    EXPECT_THAT(outcome->warnings, ElementsAre(HasSubstr("index.analysis.filter.f.type changed")));
    EXPECT_THAT(outcome->warnings, ElementsAre(HasSubstr("allow_close: true")));
    EXPECT_THAT(outcome->withheld, ElementsAre("index.analysis.filter.f.type"));
    EXPECT_THAT(client.calls(), ElementsAre("GET /copy"));
}

TEST_F(SyncMetadata, ClosesOnlyWithTheIntentInTheMark) {
    setting("index.analysis.filter.f.type", "length");
    wanted.rule.allow_close = true;
    FollowMark closing = mark();
    closing.is_closed = true;
    index(index_answer(mark()));
    index(index_answer(mark()));
    index(index_answer(closing));
    takes(http::Method::put, "/copy/_mapping");
    takes(http::Method::post, "/copy/_close");
    takes(http::Method::put, "/copy/_settings");
    opens();
    takes(http::Method::put, "/copy/_mapping");
    const auto outcome = sync();
    ASSERT_TRUE(outcome.ok()) << to_string(outcome.failure());
    EXPECT_THAT(client.calls(),
                ElementsAre("GET /copy",
                            "GET /copy",
                            "PUT /copy/_mapping",
                            "GET /.followd/_doc/f-1",
                            "POST /copy/_close",
                            "PUT /copy/_settings",
                            "POST /copy/_open",
                            "GET /copy",
                            "PUT /copy/_mapping",
                            "GET /.followd/_doc/f-1"));
    EXPECT_EQ(mark_of(0)["closed"], true);
    EXPECT_FALSE(mark_of(1).contains("closed"));
    EXPECT_THAT(outcome->changed, ElementsAre("setting index.analysis.filter.f.type"));
    EXPECT_THAT(outcome->warnings, IsEmpty());
}

TEST_F(SyncMetadata, OpensAgainWhateverBecameOfTheChange) {
    setting("index.analysis.filter.f.type", "nope");
    wanted.rule.allow_close = true;
    index_always(mark());
    takes(http::Method::put, "/copy/_mapping");
    takes(http::Method::post, "/copy/_close");
    refuses(http::Method::put, "/copy/_settings", "Unknown filter type [nope]");
    opens();
    const auto refused = sync();
    ASSERT_TRUE(refused.ok());
    EXPECT_THAT(refused->warnings, ElementsAre(HasSubstr("Unknown filter type")));
    EXPECT_EQ(count("POST /copy/_open"), 1U);

    // Not closed in vain again, until it is another change.
    const auto again = sync();
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->warnings, refused->warnings);
    EXPECT_EQ(count("POST /copy/_close"), 1U);

    setting("index.analysis.filter.f.type", "length");
    takes(http::Method::put, "/copy/_mapping");
    client.lose(http::Method::post, "/copy/_close");
    opens();
    const auto lost = sync();
    EXPECT_TRUE(lost.ok() && lost->stopped_by);
    EXPECT_EQ(count("POST /copy/_open"), 2U);
}

TEST_F(SyncMetadata, AnIndexWithoutItsPrimariesIsNotOpenYet) {
    FollowMark closed = mark();
    closed.is_closed = true;
    index_always(closed);
    client.answer(http::Method::post,
                  "/copy/_open",
                  200,
                  R"({"acknowledged":true,"shards_acknowledged":false})");
    const auto outcome = sync();
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.failure().kind, FailureKind::unavailable);
    EXPECT_EQ(count("PUT /copy/_mapping"), 0U) << "the mark still says that it is closed";
}

TEST_F(SyncMetadata, AdoptionOpensWhatWasClosedForSettings) {
    no_stale_guards();
    FollowMark closed = mark();
    closed.is_closed = true;
    index_always(closed);
    opens();
    takes(http::Method::put, "/copy/_mapping");
    ready();
    ASSERT_TRUE(test::run(context, cluster.prepare(request())).ok());
    EXPECT_FALSE(mark_of(0).contains("closed"));
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(SyncMetadata, RemembersAnAliasBeforeItIsThere) {
    wanted.leader.aliases = R"({"a":{"is_write_index":true},"b":{}})";
    index_always(mark());
    takes(http::Method::put, "/copy/_mapping");
    takes(http::Method::post, "/_aliases");
    const auto outcome = sync();
    ASSERT_TRUE(outcome.ok());
    EXPECT_THAT(client.calls(),
                ElementsAre("GET /copy",
                            "GET /copy",
                            "PUT /copy/_mapping",
                            "GET /.followd/_doc/f-1",
                            "POST /_aliases"));
    EXPECT_EQ(mark_of(0)["aliases"], Json::parse(R"(["a","b"])"));
    EXPECT_EQ(mark_of(0)["held_back"]["write_aliases"], Json::parse(R"(["a"])"));
    EXPECT_EQ(body_of(http::Method::post, "/_aliases")["actions"].size(), 2U);
}

TEST_F(SyncMetadata, ANameThatIsTakenKeepsNoOtherOff) {
    wanted.leader.aliases = R"({"free":{},"taken":{}})";
    index_always(mark());
    takes(http::Method::put, "/copy/_mapping");
    refuses(http::Method::post, "/_aliases", "an index exists with the same name");
    takes(http::Method::post, "/_aliases");
    refuses(http::Method::post, "/_aliases", "an index exists with the same name");
    const auto outcome = sync();
    ASSERT_TRUE(outcome.ok());
    EXPECT_THAT(outcome->changed, ElementsAre("alias free added"));
    EXPECT_THAT(outcome->warnings, ElementsAre(HasSubstr("alias taken added: could not")));
}

TEST_F(SyncMetadata, NeverChangesWhatIsNotItsFollower) {
    FollowMark promoted = mark();
    promoted.role = MarkRole::promoted;
    FollowMark other = mark();
    other.leader_uuid = IndexUuid{"u-2"};
    setting("index.max_ngram_diff", "7");
    for (const FollowMark& present : {promoted, other}) {
        index(index_answer(present));
        const auto outcome = sync();
        ASSERT_FALSE(outcome.ok());
        EXPECT_EQ(outcome.failure().kind, FailureKind::conflict);
        EXPECT_EQ(outcome.failure().where, "cluster paris, index copy");
    }
    EXPECT_EQ(count("PUT /copy/_settings"), 0U);
}

}  // namespace
}  // namespace followd::es
