#include "cli/exit_code.hpp"

#include "cli/command_table.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace followd::cli {
namespace {

TEST(ExitCode, SaysWhatAFailureMeans) {
    EXPECT_EQ(exit_code_of(FailureKind::unreachable), 2);
    EXPECT_EQ(exit_code_of(FailureKind::timeout), 2);
    EXPECT_EQ(exit_code_of(FailureKind::malformed), 2);
    EXPECT_EQ(exit_code_of(FailureKind::throttled), 75);
    EXPECT_EQ(exit_code_of(FailureKind::unauthorised), 77);
    EXPECT_EQ(exit_code_of(FailureKind::untrusted), 77);
    EXPECT_EQ(exit_code_of(FailureKind::conflict), 1);
    EXPECT_EQ(exit_code_of(FailureKind::refused), 1);
}

TEST(ExitCode, TakesTheWorstOfSeveral) {
    EXPECT_EQ(worse_of(exit_done, exit_done), exit_done);
    EXPECT_EQ(worse_of(exit_done, exit_unknown), exit_unknown);
    EXPECT_EQ(worse_of(exit_no, exit_unknown), exit_no);
    EXPECT_EQ(worse_of(exit_unknown, exit_no), exit_no);
    EXPECT_EQ(worse_of(exit_privileges, exit_unknown), exit_privileges);
    EXPECT_EQ(worse_of(exit_later, exit_unknown), exit_unknown);
}

int run(const std::vector<const char*>& words) {
    std::vector<const char*> arguments{"followd"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = run_command_line(static_cast<int>(arguments.size()), arguments.data());
    (void)::testing::internal::GetCapturedStdout();
    (void)::testing::internal::GetCapturedStderr();
    return code;
}

TEST(CommandLine, AnswersHelpAndVersion) {
    EXPECT_EQ(run({"--help"}), 0);
    EXPECT_EQ(run({"--version"}), 0);
    for (const char* command : {"run", "check", "status", "verify"}) {
        EXPECT_EQ(run({command, "--help"}), 0) << command;
    }
}

TEST(CommandLine, RefusesWhatItDoesNotUnderstand) {
    EXPECT_EQ(run({}), 64);
    EXPECT_EQ(run({"stauts"}), 64);
    EXPECT_EQ(run({"status", "--wacht"}), 64);
    EXPECT_EQ(run({"status", "logs-a"}), 64);
    EXPECT_EQ(run({"verify"}), 64);
    EXPECT_EQ(run({"verify", "logs-a", "--wait", "soon"}), 64);
    EXPECT_EQ(run({"check", "status"}), 64);
}

TEST(CommandLine, SaysThatAConfigurationCannotBeUsed) {
    for (const char* command : {"run", "check", "status"}) {
        EXPECT_EQ(run({command, "--config", "/nonexistent/followd.yaml"}), 78) << command;
    }
    EXPECT_EQ(run({"verify", "logs-a", "--config", "/nonexistent/followd.yaml"}), 78);
}

}  // namespace
}  // namespace followd::cli
