#include "admin/access.hpp"

#include <gtest/gtest.h>

namespace followd::admin {
namespace {

AccessRules rules_for(std::string host, std::string token = "s3cret") {
    const bool is_local = is_loopback(host);
    return AccessRules{false, is_local, std::move(host), std::move(token)};
}

http::ServerRequest get(std::string host, std::string authorization = {}) {
    http::ServerRequest request;
    request.target = "/v1/status";
    request.host = std::move(host);
    request.authorization = std::move(authorization);
    return request;
}

http::ServerRequest post(std::string host, std::string authorization = {}) {
    http::ServerRequest request = get(std::move(host), std::move(authorization));
    request.method = http::Method::post;
    return request;
}

int status_of(const AccessRules& rules, const http::ServerRequest& request) {
    const std::optional<http::Response> refused = refusal(rules, request);
    return refused ? refused->status : 200;
}

TEST(Access, LeavesAUnixSocketToItsFileMode) {
    EXPECT_EQ(status_of(AccessRules{}, get("")), 200);
    EXPECT_EQ(status_of(AccessRules{}, post("anything")), 200);
}

TEST(Access, AnswersReadersOnLoopback) {
    const AccessRules rules = rules_for("127.0.0.1");
    EXPECT_EQ(status_of(rules, get("127.0.0.1:9610")), 200);
    EXPECT_EQ(status_of(rules, get("localhost:9610")), 200);
    EXPECT_EQ(status_of(rules, get("LOCALHOST")), 200);
    EXPECT_EQ(status_of(rules, get("[::1]:9610")), 200);
}

TEST(Access, RefusesOtherNamesInTheHostHeader) {
    const AccessRules rules = rules_for("127.0.0.1");
    EXPECT_EQ(status_of(rules, get("evil.example.com:9610")), 403);
    EXPECT_EQ(status_of(rules, get("127.0.0.1.evil.example.com")), 403);
    EXPECT_EQ(status_of(rules, get("")), 403);
    EXPECT_EQ(status_of(rules, get(":9610")), 403);
}

TEST(Access, KnowsItsOwnName) {
    const AccessRules rules = rules_for("Followd.internal");
    EXPECT_EQ(status_of(rules, get("followd.internal:9610", "Bearer s3cret")), 200);
}

TEST(Access, WantsTheTokenForChanges) {
    const AccessRules rules = rules_for("127.0.0.1");
    EXPECT_EQ(status_of(rules, post("localhost")), 401);
    EXPECT_EQ(status_of(rules, post("localhost", "Bearer wrong")), 401);
    EXPECT_EQ(status_of(rules, post("localhost", "Bearer s3cre")), 401);
    EXPECT_EQ(status_of(rules, post("localhost", "Bearer s3cret1")), 401);
    EXPECT_EQ(status_of(rules, post("localhost", "s3cret")), 401);
    EXPECT_EQ(status_of(rules, post("localhost", "Bearer s3cret")), 200);
}

TEST(Access, WantsTheTokenForEverythingBeyondLoopback) {
    const AccessRules rules = rules_for("0.0.0.0");
    EXPECT_EQ(status_of(rules, get("10.0.0.7:9610")), 401);
    EXPECT_EQ(status_of(rules, get("10.0.0.7:9610", "Bearer s3cret")), 200);
}

TEST(Access, PermitsNobodyWithoutAToken) {
    const AccessRules rules = rules_for("127.0.0.1", "");
    EXPECT_EQ(status_of(rules, post("localhost", "Bearer ")), 401);
    EXPECT_EQ(status_of(rules, get("localhost")), 200);
}

TEST(Access, NeverRepeatsTheToken) {
    const std::optional<http::Response> refused =
        refusal(rules_for("127.0.0.1"), post("localhost", "Bearer wrong"));
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->content_type, "application/json");
    EXPECT_EQ(refused->body.find("s3cret"), std::string::npos);
    EXPECT_EQ(refused->body.find("wrong"), std::string::npos);
}

TEST(Access, KnowsLoopback) {
    EXPECT_TRUE(is_loopback("127.0.0.1"));
    EXPECT_TRUE(is_loopback("127.1.2.3"));
    EXPECT_TRUE(is_loopback("localhost"));
    EXPECT_TRUE(is_loopback("::1"));
    EXPECT_FALSE(is_loopback("0.0.0.0"));
    EXPECT_FALSE(is_loopback("127.example.com"));
    EXPECT_FALSE(is_loopback(""));
}

}  // namespace
}  // namespace followd::admin
