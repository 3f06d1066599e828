#include "cli/check_report.hpp"

#include "cli/exit_code.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace followd::cli {
namespace {

using Json = nlohmann::json;

CheckReport good_report() {
    ClusterCheck leader;
    leader.name = "beijing";
    leader.urls = {"https://es1:9200"};
    leader.tls = "verified";
    leader.product = "Elasticsearch 9.2.0";
    RoleCheck role;
    role.role = "leader";
    leader.roles = {role};
    IndexCheck index;
    index.leader_index = "logs-a";
    index.follower_index = "copy-a";
    index.follower_state = "to be created";
    index.keeping = "version";
    index.bootstrap = "stream";
    return CheckReport{{}, {leader}, {RuleCheck{"logs", "beijing", "shanghai", {index}}}};
}

Failure failure(FailureKind kind) {
    return Failure{kind, "why", "where"};
}

TEST(CheckReport, IsDoneWhereAllIsWell) {
    EXPECT_EQ(exit_code_of(good_report()), exit_done);
    EXPECT_EQ(check_text(good_report(), Terminal{}),
              "cluster beijing  https://es1:9200  TLS verified  Elasticsearch 9.2.0\n"
              "    as leader: ok\n"
              "\n"
              "rule logs  beijing -> shanghai\n"
              "LEADER INDEX  FOLLOWER INDEX  CAN BE FOLLOWED  HOW                       FOLLOWER "
              "IS\n"
              "logs-a        copy-a          yes              stream, keeping: version  to be "
              "created\n"
              "\n"
              "all well\n");
}

TEST(CheckReport, TellsTheScheduleOfWhatIsRecovered) {
    CheckReport report = good_report();
    IndexCheck& index = report.rules[0].indices[0];
    index.keeping.clear();
    index.bootstrap.clear();
    index.every = "0 * * * *";
    index.next_run = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};
    index.follower_state = "as of 2026-11-29T23:00:00Z";
    EXPECT_NE(
        check_text(report, Terminal{})
            .find("yes              snapshot, every: 0 * * * *, next 2026-11-30T00:00:00Z  as "
                  "of 2026-11-29T23:00:00Z"),
        std::string::npos)
        << check_text(report, Terminal{});
    const Json told = Json::parse(check_document(report)).at("rules").at(0).at("indices").at(0);
    EXPECT_EQ(told.at("every"), "0 * * * *");
    EXPECT_EQ(told.at("next_run"), "2026-11-30T00:00:00Z");
    EXPECT_EQ(told.at("keeping"), nullptr);
    const Json followed = Json::parse(check_document(good_report()));
    EXPECT_EQ(followed.at("rules").at(0).at("indices").at(0).at("every"), nullptr);
    EXPECT_EQ(followed.at("rules").at(0).at("indices").at(0).at("next_run"), nullptr);
}

TEST(CheckReport, SaysThatAnIndexCannotBeFollowed) {
    CheckReport report = good_report();
    report.rules[0].indices[0].problem = failure(FailureKind::refused);
    EXPECT_EQ(exit_code_of(report), exit_no);
    EXPECT_NE(check_text(report, Terminal{}).find("\n    where: why (refused)\n"),
              std::string::npos);
}

TEST(CheckReport, DoesNotMindWhatIsRightlyLeftOut) {
    CheckReport report = good_report();
    report.rules[0].indices[0].problem = failure(FailureKind::refused);
    report.rules[0].indices[0].is_left_out = true;
    EXPECT_EQ(exit_code_of(report), exit_done);
}

TEST(CheckReport, SaysThatAClusterCannotPlayItsRole) {
    CheckReport report = good_report();
    report.clusters[0].roles[0].cannot = "it is too old";
    EXPECT_EQ(exit_code_of(report), exit_no);
}

TEST(CheckReport, PutsWhatIsUnknownBeforeWhatIsWrong) {
    CheckReport report = good_report();
    report.rules[0].indices[0].problem = failure(FailureKind::conflict);
    report.clusters[0].failure = failure(FailureKind::unreachable);
    EXPECT_EQ(exit_code_of(report), exit_unknown);
    report.clusters[0].roles[0].privileges = failure(FailureKind::unauthorised);
    EXPECT_EQ(exit_code_of(report), exit_privileges);
}

TEST(CheckReport, TellsProgramsTheSame) {
    CheckReport report = good_report();
    Json document = Json::parse(check_document(report));
    EXPECT_EQ(document.at("ok"), true);
    EXPECT_EQ(document.at("clusters").at(0).at("product"), "Elasticsearch 9.2.0");
    EXPECT_EQ(document.at("rules").at(0).at("indices").at(0).at("followed"), true);
    EXPECT_EQ(document.at("rules").at(0).at("indices").at(0).at("keeping"), "version");

    report.rules[0].indices[0].problem = failure(FailureKind::refused);
    document = Json::parse(check_document(report));
    EXPECT_EQ(document.at("ok"), false);
    EXPECT_EQ(document.at("rules").at(0).at("indices").at(0).at("problem").at("kind"), "refused");
}

}  // namespace
}  // namespace followd::cli
