#include "observe/log.hpp"

#include "followd/model/ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdlib>
#include <ctime>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace followd::observe {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class LogTest : public testing::Test {
protected:
    LogTest() {
        redirect_log([this](LogLevel level, std::string_view line) {
            lines_.emplace_back(level, std::string(line));
        });
    }
    ~LogTest() override {
        redirect_log({});
        configure_log(LogSettings{});
    }

    [[nodiscard]] const std::string& last() const { return lines_.back().second; }
    /// The last line without its time stamp.
    [[nodiscard]] std::string last_text() const { return last().substr(25); }

    std::vector<std::pair<LogLevel, std::string>> lines_;
    Logger log_{"engine"};
};

TEST_F(LogTest, a_text_line_has_time_level_name_prefix_message_and_fields) {
    const Logger shard = log_.with(field("index", IndexName{"logs-1"}), field("shard", 0));
    shard.info("bootstrap started", field("docs", 60000));
    EXPECT_THAT(last(),
                MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
                             "info  engine   index=logs-1 shard=0 bootstrap started docs=60000"));
}

std::string universal_time_to_the_minute() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M", &parts);
    return {text.data(), length};
}

TEST_F(LogTest, time_is_universal_wherever_the_machine_is) {
    setenv("TZ", "XYZ-5:45", 1);
    tzset();
    const std::string before = universal_time_to_the_minute();
    log_.info("x");
    const std::string after = universal_time_to_the_minute();
    unsetenv("TZ");
    tzset();
    EXPECT_THAT(last(), testing::AnyOf(HasSubstr(before), HasSubstr(after)));
}

TEST_F(LogTest, a_json_line_has_the_fields_as_members) {
    configure_log(LogSettings{LogLevel::info, LogFormat::json});
    const Logger shard = log_.with(field("index", "logs-1"), field("shard", 0));
    shard.warn("read failed",
               field("kind", FailureKind::timeout),
               field("error", "a \"quoted\"\nline"),
               field("took", std::chrono::milliseconds{1250}),
               field("checkpoint", SeqNo::none()));
    const nlohmann::json line = nlohmann::json::parse(last());
    EXPECT_EQ(line["level"], "warn");
    EXPECT_EQ(line["logger"], "engine");
    EXPECT_EQ(line["msg"], "read failed");
    EXPECT_EQ(line["index"], "logs-1");
    EXPECT_EQ(line["shard"], 0);
    EXPECT_EQ(line["kind"], "timeout");
    EXPECT_EQ(line["error"], "a \"quoted\"\nline");
    EXPECT_EQ(line["took"], 1.25);
    EXPECT_EQ(line["checkpoint"], -1);
    EXPECT_EQ(line["ts"].get<std::string>().size(), 24U);
    EXPECT_EQ(line.size(), 10U);
}

TEST_F(LogTest, a_value_never_breaks_the_line_or_passes_for_another_field) {
    log_.info("x", field("error", "two words"));
    EXPECT_EQ(last_text(), R"(info  engine   x error="two words")");
    log_.info("x", field("error", "a=b"));
    EXPECT_EQ(last_text(), R"(info  engine   x error="a=b")");
    log_.info("x", field("error", "1\n2\t\"3\"\x1B[31m"));
    EXPECT_EQ(last_text(), R"(info  engine   x error="1\n2\t\"3\"\u001b[31m")");
    log_.info("x", field("error", ""));
    EXPECT_EQ(last_text(), R"(info  engine   x error="")");
    log_.info("line\nbreak");
    EXPECT_EQ(last_text(), R"(info  engine   "line\nbreak")");
}

TEST_F(LogTest, bytes_that_are_not_utf8_are_replaced_in_both_formats) {
    log_.info("x", field("error", "a \xFF z"));
    EXPECT_THAT(last(), HasSubstr("\"a \xEF\xBF\xBD z\""));
    configure_log(LogSettings{LogLevel::info, LogFormat::json});
    log_.info("x", field("error", "a \xFF z"));
    EXPECT_EQ(nlohmann::json::parse(last())["error"], "a \xEF\xBF\xBD z");
}

TEST_F(LogTest, a_text_is_cut_at_256_bytes_and_between_characters) {
    EXPECT_EQ(field("error", std::string(256, 'x')).value.size(), 256U);
    EXPECT_EQ(field("error", std::string(257, 'x')).value.size(), 256U);
    std::string umlauts = "x";
    for (int i = 0; i < 200; ++i) {
        umlauts += "\xC3\xA4";
    }
    EXPECT_EQ(field("error", umlauts).value.size(), 255U);
    log_.info(std::string(1000, 'm'));
    EXPECT_EQ(last_text().size(), std::string("info  engine   ").size() + 256);
}

TEST_F(LogTest, absent_values_are_left_out) {
    log_.info("x", field("repeated", std::optional<std::int64_t>{}), field("docs", 1));
    EXPECT_EQ(last_text(), "info  engine   x docs=1");
}

TEST_F(LogTest, the_level_can_change_while_loggers_live) {
    log_.debug("held back");
    EXPECT_FALSE(Logger::is_on(LogLevel::debug));
    EXPECT_TRUE(lines_.empty());
    configure_log(LogSettings{LogLevel::trace, LogFormat::text});
    log_.trace("now");
    configure_log(LogSettings{LogLevel::error, LogFormat::text});
    log_.warn("held back");
    log_.error("still");
    EXPECT_EQ(lines_.size(), 2U);
    EXPECT_EQ(lines_[0].first, LogLevel::trace);
    EXPECT_EQ(lines_[1].first, LogLevel::error);
}

TEST_F(LogTest, threads_may_log_while_the_settings_change) {
    const auto write = [this] {
        for (int i = 0; i < 200; ++i) {
            log_.info("x", field("count", i));
        }
    };
    std::thread first(write);
    std::thread second(write);
    configure_log(LogSettings{LogLevel::info, LogFormat::json});
    first.join();
    second.join();
    EXPECT_EQ(lines_.size(), 400U);
}

TEST_F(LogTest, without_a_redirection_lines_go_to_standard_error) {
    redirect_log({});
    testing::internal::CaptureStderr();
    log_.info("started", field("pid", 7));
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("engine   started pid=7\n"));
}

/// In a process of its own: whether standard error is the journal is asked once.
[[noreturn]] void log_into_the_journal() {
    struct stat status{};
    fstat(STDERR_FILENO, &status);
    const std::string stream = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
    setenv("JOURNAL_STREAM", stream.c_str(), 1);
    redirect_log({});
    const Logger logger("engine");
    logger.info("started", field("pid", 7));
    logger.error("stopped");
    _exit(0);
}

TEST(LogDeathTest, the_journal_gets_a_priority_and_no_time) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        { log_into_the_journal(); },
        testing::ExitedWithCode(0),
        "<6>info  engine   started pid=7\n<3>error engine   stopped\n");
}

}  // namespace
}  // namespace followd::observe
