#include "observe/log.hpp"

#include "followd/base/assert.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace followd::observe {

namespace {

constexpr std::size_t text_bytes_max = 256;

/// At most text_bytes_max bytes, never in the middle of a UTF-8 character.
std::string_view cut(std::string_view text) {
    if (text.size() <= text_bytes_max) {
        return text;
    }
    std::size_t end = text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end);
}

/// A JSON string; what is not UTF-8 becomes U+FFFD. Serves for quoted text values as well.
std::string in_quotes(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Letters, digits and the signs of names, addresses and paths: they stand without quotes.
bool is_plain(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < '\x7F' && c != '"' && c != '=' && c != '\\';
    });
}

/// For the message of a text line: spaces and quotes are its own, line ends and the like are not.
std::string without_controls(std::string_view text) {
    const bool is_clean = std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
    });
    return is_clean ? std::string(text) : in_quotes(text);
}

std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::trace:
            return "trace";
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warn:
            return "warn";
        case LogLevel::error:
            return "error";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::trace:
            return spdlog::level::trace;
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    FOLLOWD_ASSERT(false);
    return spdlog::level::err;
}

LogLevel from_spdlog(spdlog::level::level_enum level) {
    for (const LogLevel ours : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn}) {
        if (to_spdlog(ours) == level) {
            return ours;
        }
    }
    return LogLevel::error;
}

/// What the journal reads a line's priority from (sd-daemon(3)) and takes off again.
std::string_view journal_prefix(LogLevel level) {
    switch (level) {
        case LogLevel::trace:
        case LogLevel::debug:
            return "<7>";
        case LogLevel::info:
            return "<6>";
        case LogLevel::warn:
            return "<4>";
        case LogLevel::error:
            return "<3>";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

/// True where standard error is the journal's own stream, which stamps the time itself. The
/// variable alone does not say so: it is inherited by processes whose standard error is elsewhere.
bool is_journal_stderr() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status{};
    return stream != nullptr && fstat(STDERR_FILENO, &status) == 0 &&
           fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

/// Standard error, or whatever redirect_log() put in its place.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    LineSink() { stderr_.set_pattern("%v"); }

    void redirect(LineOutput output) {
        const std::lock_guard lock(mutex_);
        output_ = std::move(output);
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        if (output_) {
            output_(from_spdlog(message.level), {message.payload.data(), message.payload.size()});
        } else {
            stderr_.log(message);
        }
    }
    void flush_() override { stderr_.flush(); }

private:
    spdlog::sinks::stderr_sink_mt stderr_;
    LineOutput output_;
};

/// What all loggers share.
struct Registry {
    std::shared_ptr<LineSink> sink = std::make_shared<LineSink>();
    spdlog::logger logger{"followd", sink};
    std::atomic<LogFormat> format{LogFormat::text};
    bool is_journal = is_journal_stderr();
};

/// Never destroyed: a static object's destructor may still log.
Registry& registry() {
    static Registry& shared = *new Registry;
    return shared;
}

std::string time_stamp() {
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                       (now - seconds).count());
}

void append_text(std::string& line, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
        if (field.kind != Field::Kind::absent) {
            line += field.key.name();
            line += '=';
            line += is_plain(field.value) ? field.value : in_quotes(field.value);
            line += ' ';
        }
    }
}

void append_json(std::string& line, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
        if (field.kind != Field::Kind::absent) {
            line += ',';
            line += in_quotes(field.key.name());
            line += ':';
            line += field.kind == Field::Kind::number ? field.value : in_quotes(field.value);
        }
    }
}

}  // namespace

Field field(LogKey key, std::string_view text) {
    return Field{key, Field::Kind::text, std::string(cut(text))};
}

Field field(LogKey key, const char* text) {
    return field(key, std::string_view{text});
}

Field field(LogKey key, bool answer) {
    return Field{key, Field::Kind::text, answer ? "yes" : "no"};
}

Field field(LogKey key, Duration duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    return Field{key, Field::Kind::number, fmt::format("{:.3f}", seconds)};
}

Field field(LogKey key, SeqNo seq_no) {
    return field(key, seq_no.value());
}

Field field(LogKey key, PrimaryTerm term) {
    return field(key, term.value());
}

Field field(LogKey key, FailureKind kind) {
    return field(key, to_string(kind));
}

bool Logger::is_on(LogLevel level) noexcept {
    return registry().logger.should_log(to_spdlog(level));
}

void Logger::log(LogLevel level, std::string_view message, std::vector<Field> fields) const {
    if (!is_on(level)) {
        return;
    }
    Registry& shared = registry();
    std::string line{shared.is_journal ? journal_prefix(level) : std::string_view{}};
    if (shared.format == LogFormat::json) {
        line += fmt::format(R"({{"ts":"{}","level":"{}","logger":{},"msg":{})",
                            time_stamp(),
                            name_of(level),
                            in_quotes(name_),
                            in_quotes(cut(message)));
        append_json(line, prefix_);
        append_json(line, fields);
        line += '}';
    } else {
        if (!shared.is_journal) {
            line += time_stamp() + ' ';
        }
        line += fmt::format("{:<5} {:<8} ", name_of(level), name_);
        append_text(line, prefix_);
        line += without_controls(cut(message)) + ' ';
        append_text(line, fields);
        line.pop_back();
    }
    shared.logger.log(to_spdlog(level), spdlog::string_view_t{line});
}

void configure_log(const LogSettings& settings) {
    registry().format = settings.format;
    registry().logger.set_level(to_spdlog(settings.level));
}

void redirect_log(LineOutput output) {
    registry().sink->redirect(std::move(output));
}

}  // namespace followd::observe
