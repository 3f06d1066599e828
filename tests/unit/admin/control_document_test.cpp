#include "admin/control_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace followd::admin {
namespace {

using namespace std::chrono_literals;

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ControlRequestTest, ComesBackAsItWasWritten) {
    ControlRequest request;
    request.verb = ControlVerb::failback;
    request.targets.indices = {"logs-*", "b"};
    request.promote = engine::PromoteOptions{1500ms, true, true};
    request.is_switch = true;
    request.discard_local = true;
    request.wait = 70s;
    request.by = "me@here";
    const auto read = read_control_request(request.verb, control_request(request));
    ASSERT_TRUE(read.ok()) << read.failure().what;
    EXPECT_EQ(read->verb, ControlVerb::failback);
    EXPECT_EQ(read->targets.indices, request.targets.indices);
    EXPECT_FALSE(read->targets.all);
    EXPECT_EQ(read->promote.drain, 1500ms);
    EXPECT_TRUE(read->promote.no_drain);
    EXPECT_TRUE(read->promote.force);
    EXPECT_TRUE(read->is_switch);
    EXPECT_TRUE(read->discard_local);
    EXPECT_EQ(read->wait, 70s);
    EXPECT_EQ(read->by, "me@here");
}

TEST(ControlRequestTest, LeavesOutWhatIsNotNeeded) {
    const auto read = read_control_request(ControlVerb::promote, R"({"all":true})");
    ASSERT_TRUE(read.ok()) << read.failure().what;
    EXPECT_TRUE(read->targets.all);
    EXPECT_EQ(read->promote.drain, 30s);
    EXPECT_FALSE(read->promote.no_drain || read->promote.force || read->is_switch ||
                 read->discard_local);
    EXPECT_EQ(read->by, "admin API");
}

// A misspelt option must not be a promotion without it.
TEST(ControlRequestTest, IsRefusedWhereAnythingIsWrong) {
    for (const char* wrong : {"",
                              "{",
                              "[]",
                              "null",
                              R"("all")",
                              "{}",
                              R"({"all":false})",
                              R"({"indices":[]})",
                              R"({"indices":["a"],"all":true})",
                              R"({"indices":"a"})",
                              R"({"indices":[1]})",
                              R"({"indices":{"0":"a"}})",
                              R"({"all":"true"})",
                              R"({"all":1})",
                              R"({"all":true,"drain":30})",
                              R"({"all":true,"drain":"soon"})",
                              R"({"all":true,"drain":"-1s"})",
                              R"({"all":true,"drain":null})",
                              R"({"all":true,"no_drain":"yes"})",
                              R"({"all":true,"no-drain":true})",
                              R"({"all":true,"force":0})",
                              R"({"all":true,"switch":null})",
                              R"({"all":true,"discard_local":"no"})",
                              R"({"all":true,"by":7})",
                              R"({"all":true,"more":true})",
                              R"({"all":true} {})"}) {
        const auto read = read_control_request(ControlVerb::promote, wrong);
        ASSERT_FALSE(read.ok()) << wrong;
        EXPECT_EQ(read.failure().kind, FailureKind::refused) << wrong;
    }
}

TEST(ControlRequestTest, NamesTheMemberThatIsWrong) {
    const auto read = read_control_request(ControlVerb::promote, R"({"all":true,"no-drain":true})");
    EXPECT_THAT(read.failure().what, HasSubstr("no-drain"));
}

TEST(ControlVerbTest, IsKnownByItsWordAndByNoOther) {
    for (const ControlVerb verb : {ControlVerb::follow,
                                   ControlVerb::pause,
                                   ControlVerb::resume,
                                   ControlVerb::unfollow,
                                   ControlVerb::promote,
                                   ControlVerb::failback,
                                   ControlVerb::plan}) {
        EXPECT_EQ(control_verb(to_string(verb)), verb);
    }
    for (const char* other : {"", "Promote", "promote ", "status", "switch"}) {
        EXPECT_FALSE(control_verb(other)) << other;
    }
}

engine::ControlReport sample_report() {
    engine::ControlReport report;
    engine::ControlRow done;
    done.cluster = ClusterName{"far"};
    done.index = IndexName{"a"};
    done.what = "promoted";
    done.lost_writes = 3;
    done.lost_writes_file = "/lost/a.ndjson";
    report.rows.push_back(done);
    engine::ControlRow failed;
    failed.cluster = ClusterName{"far"};
    failed.index = IndexName{"b"};
    failed.failure = Failure{FailureKind::timeout, "too \"late\"\n\xff", "far/b"};
    failed.missing_operations = -1;
    report.rows.push_back(failed);
    report.warnings = {"one", "two"};
    return report;
}

TEST(ControlReportTest, ComesBackAsItWasWritten) {
    const std::string document = control_document(sample_report());
    EXPECT_EQ(document.find('\n'), std::string::npos);
    const auto read = read_control_report(document);
    ASSERT_TRUE(read.ok());
    ASSERT_EQ(read->rows.size(), 2U);
    EXPECT_EQ(read->rows[0].cluster, ClusterName{"far"});
    EXPECT_EQ(read->rows[0].what, "promoted");
    EXPECT_FALSE(read->rows[0].failure);
    EXPECT_EQ(read->rows[0].lost_writes, 3);
    EXPECT_EQ(read->rows[0].lost_writes_file, "/lost/a.ndjson");
    EXPECT_EQ(read->rows[0].missing_operations, std::nullopt);
    ASSERT_TRUE(read->rows[1].failure);
    EXPECT_EQ(read->rows[1].failure->kind, FailureKind::timeout);
    EXPECT_EQ(read->rows[1].failure->where, "far/b");
    EXPECT_EQ(read->rows[1].missing_operations, -1);
    EXPECT_THAT(read->warnings, ElementsAre("one", "two"));
    EXPECT_FALSE(read->failure);
}

TEST(ControlReportTest, KeepsEveryKindOfFailure) {
    for (const FailureKind kind : failure_kinds) {
        engine::ControlReport report;
        report.failure = Failure{kind, "what", "where"};
        const auto read = read_control_report(control_document(report));
        ASSERT_TRUE(read.ok());
        EXPECT_EQ(read->failure->kind, kind);
    }
}

TEST(ControlReportTest, IsDoneWhereNothingFailed) {
    engine::ControlReport report = sample_report();
    EXPECT_FALSE(is_done(report));
    EXPECT_EQ(nlohmann::json::parse(control_document(report))["done"], false);
    report.rows.pop_back();
    EXPECT_TRUE(is_done(report));
    report.failure = Failure{FailureKind::not_found, "", ""};
    EXPECT_FALSE(is_done(report));
}

TEST(ControlReportTest, IsMalformedWhereItHasAnotherShape) {
    const std::string whole = control_document(sample_report());
    for (const std::string& wrong : {std::string{},
                                     std::string{"{}"},
                                     std::string{"[]"},
                                     whole.substr(0, whole.size() / 2),
                                     std::string{R"({"rows":[{}],"warnings":[],"failure":null})"},
                                     std::string{R"({"rows":[],"warnings":[1],"failure":null})"},
                                     std::string{R"({"rows":[],"warnings":[],"failure":{}})"}}) {
        const auto read = read_control_report(wrong);
        ASSERT_FALSE(read.ok()) << wrong;
        EXPECT_EQ(read.failure().kind, FailureKind::malformed);
    }
}

}  // namespace
}  // namespace followd::admin
