#pragma once

#include "followd/base/result.hpp"
#include "followd/base/strong.hpp"
#include "followd/base/time.hpp"
#include "followd/model/seq_no.hpp"
#include "followd/model/settings.hpp"

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Log lines: an event in past tense and its fields, on standard error, as text or JSON.
///
/// error: a human must act. warn: degraded, with retry_in. info: phase changes, start, stop,
/// promotion. debug: one a batch. trace: one a request. Never a secret and never a document's
/// source. Everything here may be used from any thread and never fails.

namespace followd::observe {

/// Every key of a field, once. A key that is not here does not compile.
// clang-format off
inline constexpr auto log_keys = std::to_array<std::string_view>({
    // what it is about
    "index", "shard", "rule", "cluster", "address", "leader", "follower", "uuid", "history",
    "term", "path", "setting", "repository", "snapshot",
    // what happened
    "phase", "event", "action", "from", "to", "mode", "keeping", "bootstrap", "version", "method",
    "status", "signal", "pid", "by", "change",
    // how far and how much; `took`, `retry_in` and `lag` are seconds
    "checkpoint", "swept", "leader_checkpoint", "first", "last", "lag", "lag_ops", "docs",
    "deletes", "conflicts", "bytes", "count", "limit", "took",
    // what went wrong
    "kind", "error", "where", "reason", "attempt", "retry_in", "repeated",
});
// clang-format on

/// One of log_keys, checked when the caller is compiled.
class LogKey {
public:
    // Implicit: field("index", ...) reads best
    consteval LogKey(const char* name) : name_(name) {
        bool is_known = false;
        for (const std::string_view key : log_keys) {
            is_known = is_known || key == name_;
        }
        if (!is_known) {
            throw "list the key in log_keys first";
        }
    }
    [[nodiscard]] constexpr std::string_view name() const { return name_; }

private:
    std::string_view name_;
};

/// A key and its value. A text is cut at 256 bytes; an absent value is left out of the line.
struct Field {
    enum class Kind { absent, text, number };

    LogKey key;
    Kind kind;
    std::string value;
};

[[nodiscard]] Field field(LogKey key, std::string_view text);
[[nodiscard]] Field field(LogKey key, const char* text);
[[nodiscard]] Field field(LogKey key, bool answer);
[[nodiscard]] Field field(LogKey key, Duration duration);
[[nodiscard]] Field field(LogKey key, SeqNo seq_no);
[[nodiscard]] Field field(LogKey key, PrimaryTerm term);
[[nodiscard]] Field field(LogKey key, FailureKind kind);

template <std::integral Number>
[[nodiscard]] Field field(LogKey key, Number number) {
    return Field{key, Field::Kind::number, std::to_string(number)};
}

template <class T, class Tag>
[[nodiscard]] Field field(LogKey key, const Strong<T, Tag>& strong) {
    return field(key, strong.value());
}

template <class T>
[[nodiscard]] Field field(LogKey key, const std::optional<T>& optional) {
    return optional ? field(key, *optional) : Field{key, Field::Kind::absent, {}};
}

/// Writes lines under one name (the folder's), with fields that every line begins with. Cheap to
/// make and to copy; may be a static object.
class Logger {
public:
    explicit Logger(std::string_view name) : name_(name) {}

    /// The same, with more fields before each message: index and shard, as a rule. A key stands
    /// once a line: do not repeat one of these beside the message.
    template <class... Fields>
    [[nodiscard]] Logger with(Fields... fields) const {
        Logger logger(*this);
        (logger.prefix_.push_back(std::move(fields)), ...);
        return logger;
    }

    /// Ask before computing what is only for a debug or trace line.
    [[nodiscard]] static bool is_on(LogLevel level) noexcept;

    template <class... Fields>
    void trace(std::string_view message, Fields... fields) const {
        log(LogLevel::trace, message, {std::move(fields)...});
    }
    template <class... Fields>
    void debug(std::string_view message, Fields... fields) const {
        log(LogLevel::debug, message, {std::move(fields)...});
    }
    template <class... Fields>
    void info(std::string_view message, Fields... fields) const {
        log(LogLevel::info, message, {std::move(fields)...});
    }
    template <class... Fields>
    void warn(std::string_view message, Fields... fields) const {
        log(LogLevel::warn, message, {std::move(fields)...});
    }
    template <class... Fields>
    void error(std::string_view message, Fields... fields) const {
        log(LogLevel::error, message, {std::move(fields)...});
    }

private:
    void log(LogLevel level, std::string_view message, std::vector<Field> fields) const;

    std::string name_;
    std::vector<Field> prefix_;
};

/// Level and format for all loggers, at the start and again at SIGHUP. Before the first call: info
/// and above, as text.
void configure_log(const LogSettings& settings);

/// Sends whole lines (without their end) elsewhere; an empty function means standard error again.
/// For tests; lines come one at a time.
using LineOutput = std::function<void(LogLevel level, std::string_view line)>;
void redirect_log(LineOutput output);

}  // namespace followd::observe
