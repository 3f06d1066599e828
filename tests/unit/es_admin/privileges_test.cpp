#include "es/privileges.hpp"

#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace followd::es {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* leader_granted =
    R"({"username":"lead","has_all_requested":true,"cluster":{"monitor":true},"index":{"lg1":
       {"maintenance":true,"monitor":true,"read":true,"view_index_metadata":true}},"application":{}})";

class Privileges : public testing::Test {
protected:
    Result<PrivilegeReport> check(ClusterRole role, std::vector<std::string> indices) {
        return test::run(context, checker.check(role, std::move(indices)));
    }
    boost::asio::io_context context;
    test::FakeHttpClient client;
    PrivilegeCheck checker{client, ClusterName{"berlin"}};
};

TEST_F(Privileges, EverythingGrantedIsSilent) {
    client.answer(http::Method::post, "/_security/user/_has_privileges", 200, leader_granted);
    client.answer(http::Method::get,
                  "/_security/user/_privileges",
                  200,
                  R"({"cluster":["monitor"],"indices":[{"names":["lg*"],"privileges":["read"]}]})");
    const auto report = check(ClusterRole::leader, {"lg1"});
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->has_security);
    EXPECT_TRUE(report->verdict(ClusterRole::leader).ok());
}

TEST_F(Privileges, MissingOnesAreNamed) {
    client.answer(http::Method::post,
                  "/_security/user/_has_privileges",
                  200,
                  R"({"cluster":{"monitor":true,"manage_index_templates":false},"index":{
                     "copy":{"manage":true,"read":true,"write":false},
                     ".followd":{"manage":true,"read":true,"write":true},
                     ".followd-*":{"manage":false,"read":true,"write":true}}})");
    const auto report = check(ClusterRole::follower, {"copy"});
    ASSERT_TRUE(report.ok());
    EXPECT_THAT(report->missing, ElementsAre("write on copy", "manage on .followd-*"));
    EXPECT_THAT(report->advisable, ElementsAre("cluster privilege manage_index_templates"));
    const auto verdict = report->verdict(ClusterRole::follower);
    ASSERT_FALSE(verdict.ok());
    EXPECT_EQ(verdict.failure().kind, FailureKind::unauthorised);
    EXPECT_THAT(verdict.failure().what, HasSubstr("write on copy"));
}

TEST_F(Privileges, ClustersWithoutSecurityPermitEverything) {
    for (const int status : {400, 404, 405}) {
        client.answer(http::Method::post, "/_security/", status, R"({"error":"no handler found"})");
        const auto report = check(ClusterRole::leader, {"lg1"});
        ASSERT_TRUE(report.ok());
        EXPECT_FALSE(report->has_security);
        EXPECT_TRUE(report->verdict(ClusterRole::leader).ok());
    }
}

TEST_F(Privileges, SwitchedOffSecurityIsAskedFor) {
    client.answer(
        http::Method::post,
        "/_security/",
        500,
        R"({"error":{"type":"exception","reason":"Security must be explicitly enabled"}})");
    client.answer(
        http::Method::get, "/_xpack?", 200, R"({"features":{"security":{"enabled":false}}})");
    const auto report = check(ClusterRole::leader, {"lg1"});
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->has_security);
    client.answer(http::Method::post, "/_security/", 500, "{}");
    client.answer(
        http::Method::get, "/_xpack?", 200, R"({"features":{"security":{"enabled":true}}})");
    EXPECT_FALSE(check(ClusterRole::leader, {"lg1"}).ok());
}

TEST_F(Privileges, WrongCredentialsAreUnauthorised) {
    client.answer(http::Method::post,
                  "/_security/",
                  401,
                  R"({"error":{"type":"security_exception","reason":"unable to authenticate"}})");
    const auto report = check(ClusterRole::leader, {"lg1"});
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.failure().kind, FailureKind::unauthorised);
}

TEST_F(Privileges, ARoleThatHidesDocumentsIsRefused) {
    const char* cases[] = {
        R"({"indices":[{"names":["lg*"],"privileges":["read"],"query":["{\"term\":{\"a\":1}}"]}]})",
        R"({"indices":[{"names":["/l.*/"],"privileges":["read"],"field_security":[{"grant":["a*"]}]}]})",
        R"({"indices":[{"names":["*"],"privileges":["read"],"field_security":[{"grant":["*"],"except":["x"]}]}]})"};
    for (const char* privileges : cases) {
        client.answer(http::Method::post, "/_security/", 200, leader_granted);
        client.answer(http::Method::get, "/_security/user/_privileges", 200, privileges);
        const auto report = check(ClusterRole::leader, {"lg1"});
        ASSERT_TRUE(report.ok());
        EXPECT_FALSE(report->verdict(ClusterRole::leader).ok()) << privileges;
    }
}

TEST_F(Privileges, HidingElsewhereOrNothingIsNoObstacle) {
    client.answer(http::Method::post, "/_security/", 200, leader_granted);
    client.answer(http::Method::get,
                  "/_security/user/_privileges",
                  200,
                  R"({"indices":[{"names":["other-*"],"query":["{}"]},
                      {"names":["lg*"],"field_security":[{"grant":["*"],"except":[]}]}]})");
    const auto report = check(ClusterRole::leader, {"lg1"});
    ASSERT_TRUE(report.ok());
    EXPECT_THAT(report->hiding, IsEmpty());
}

TEST_F(Privileges, WhatCannotBeFoundOutIsSaid) {
    client.answer(http::Method::post, "/_security/", 200, leader_granted);
    client.answer(http::Method::get, "/_security/user/_privileges", 400, "{}");
    const auto report = check(ClusterRole::leader, {"lg1"});
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->warnings.size(), 1U);
}

TEST(MayMean, WildcardsOnBothSides) {
    EXPECT_TRUE(may_mean("logs-*", "logs-a"));
    EXPECT_TRUE(may_mean("logs-?", "logs-a"));
    EXPECT_TRUE(may_mean("*-a", "logs-*"));
    EXPECT_TRUE(may_mean("logs-a", "*"));
    EXPECT_TRUE(may_mean("a*c", "*b*"));
    EXPECT_TRUE(may_mean("*", "*"));
    EXPECT_TRUE(may_mean("/anything/", "x"));
    EXPECT_FALSE(may_mean("logs-?", "logs-ab"));
    EXPECT_FALSE(may_mean("metrics-*", "logs-*"));
    EXPECT_FALSE(may_mean("logs", "logs-a"));
    EXPECT_FALSE(may_mean("", "a"));
    // Many wildcards against a long name end in time.
    EXPECT_FALSE(may_mean(std::string(40, '*') + "x", std::string(200, 'a')));
}

}  // namespace
}  // namespace followd::es
