#include "cli/pull_report.hpp"

#include "cli/figures.hpp"
#include "cli/pull_progress.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace followd::cli {
namespace {

PullOutcome outcome() {
    repository::PullReport report;
    report.root = 8;
    report.files = 1300;
    report.bytes = 3'400'000'000;
    report.files_copied = 12;
    report.bytes_copied = 34'000'000;
    report.files_removed = 3;
    return {.from = "http://a:9611/", .to = "/copy", .report = report, .seconds = 2.14};
}

TEST(BytesText, SaysSizesInTheirOwnUnit) {
    EXPECT_EQ(bytes_text(0), "0 B");
    EXPECT_EQ(bytes_text(999), "999 B");
    EXPECT_EQ(bytes_text(1000), "1.0 kB");
    EXPECT_EQ(bytes_text(9'990), "9.9 kB");
    EXPECT_EQ(bytes_text(10'900), "10 kB");
    EXPECT_EQ(bytes_text(3'400'000'000), "3.4 GB");
    EXPECT_EQ(bytes_text(5'000'000'000'000'000), "5,000 TB");
    EXPECT_EQ(bytes_text(std::numeric_limits<std::uint64_t>::max()), "18,446,744 TB");
}

TEST(PullProgressText, SaysHowFarAndHowFast) {
    repository::PullProgress progress{.files = 300,
                                      .files_done = 120,
                                      .bytes = 3'400'000'000,
                                      .bytes_done = 1'200'000'000,
                                      .bytes_resumed = 200'000'000};
    EXPECT_EQ(pull_progress_text(progress, 10),
              "1.2 GB of 3.4 GB, 120 of 300 files, 100 MB/s, 22 s left");
    EXPECT_EQ(pull_progress_text(progress, 0), "1.2 GB of 3.4 GB, 120 of 300 files");
    progress.bytes_done = progress.bytes;
    EXPECT_EQ(pull_progress_text(progress, 10), "3.4 GB of 3.4 GB, 120 of 300 files, 320 MB/s");
}

TEST(PullReport, IsASentence) {
    PullOutcome told = outcome();
    EXPECT_EQ(pull_report_text(told),
              "followd: /copy is a copy of http://a:9611/ as of index-8: 1,300 files of 3.4 GB; "
              "copied 12 (34 MB), removed 3, in 2.1 s");
    told.report->newer_root = 9;
    EXPECT_TRUE(pull_report_text(told).ends_with("; the source has index-9 by now"));
}

TEST(PullReport, IsADocument) {
    PullOutcome told = outcome();
    EXPECT_EQ(nlohmann::json::parse(pull_report_json(told)),
              nlohmann::json::parse(
                  R"({"schema":1,"done":true,"from":"http://a:9611/","to":"/copy","seconds":2.14,
                      "root_file":"index-8","newer_root_file":null,"files":1300,
                      "bytes":3400000000,"files_copied":12,"bytes_copied":34000000,
                      "files_removed":3,"failure":null})"));
    told.report = Failure{FailureKind::storage, "full", "/copy"};
    told.to = "/c\xff";
    EXPECT_EQ(nlohmann::json::parse(pull_report_json(told)),
              nlohmann::json::parse(
                  R"({"schema":1,"done":false,"from":"http://a:9611/","to":"/c\ufffd",
                      "seconds":2.14,
                      "failure":{"kind":"storage","what":"full","where":"/copy"}})"));
}

}  // namespace
}  // namespace followd::cli
