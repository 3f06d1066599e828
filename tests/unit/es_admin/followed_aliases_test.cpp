#include "es/followed_aliases.hpp"

#include <gtest/gtest.h>

namespace followd::es {
namespace {

TEST(FollowedAliases, KeepWhatASearchSeesAndNoWriteFlag) {
    EXPECT_EQ(*followed_aliases(R"({
                  "filtered":{"filter":{"term":{"a":1}},"index_routing":"1","search_routing":"2"},
                  "hidden":{"is_hidden":true},
                  "plain":{},
                  "written":{"is_write_index":true},
                  "not_written":{"is_write_index":false}})",
                                IndexName{"logs"}),
              Json::parse(R"({
                  "filtered":{"filter":{"term":{"a":1}},"index_routing":"1","search_routing":"2"},
                  "hidden":{"is_hidden":true},
                  "plain":{},
                  "written":{"is_write_index":false},
                  "not_written":{"is_write_index":false}})"));
}

TEST(FollowedAliases, LeaveTheFencesOfTheLeadersOwnFollowing) {
    EXPECT_EQ(
        *followed_aliases(R"({".followd-E1-logs":{"is_hidden":true},"a":{}})", IndexName{"logs"}),
        (Json{{"a", Json::object()}}));
}

TEST(FollowedAliases, AreNoneWhereNothingIsKnown) {
    EXPECT_EQ(*followed_aliases("", IndexName{"logs"}), Json::object());
    EXPECT_EQ(followed_aliases("{", IndexName{"logs"}).failure().kind, FailureKind::malformed);
}

}  // namespace
}  // namespace followd::es
