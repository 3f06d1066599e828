#pragma once

#include "followd/base/assert.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

/// Operating errors as values. The kind of a Failure alone decides what happens next; its texts are
/// for people, and no code compares them.

namespace followd {

/// The closed list of what can go wrong outside this program.
enum class FailureKind {
    unreachable,  ///< no connection could be made, or it broke before an answer: nothing is known
    timeout,      ///< no whole answer within the deadline: the request may have been executed
    throttled,    ///< the server asks to wait: 429, circuit breaker, rejected execution
    unavailable,  ///< the server is there but cannot answer now: 502, 503, failed shards, red index
    unauthorised,  ///< 401 or 403: credentials or privileges must change
    untrusted,     ///< the certificate does not verify or the TLS handshake fails
    not_found,     ///< the index, document, view or alias named is not there
    conflict,      ///< something stands in the place where we meant to write, and it is not ours
    history_lost,  ///< the leader's (or follower's) past is another one than we followed
    refused,       ///< the server understood and will never accept this: 400, mapping, settings
    malformed,     ///< an answer that is not what the protocol says: retried as a failure
    too_large,     ///< a body above its limit, ours or the server's (413): ask for or send less
    storage,       ///< the state file could not be read or written
    cancelled,     ///< we were told to stop
};

/// All of them.
inline constexpr std::array failure_kinds{FailureKind::unreachable,
                                          FailureKind::timeout,
                                          FailureKind::throttled,
                                          FailureKind::unavailable,
                                          FailureKind::unauthorised,
                                          FailureKind::untrusted,
                                          FailureKind::not_found,
                                          FailureKind::conflict,
                                          FailureKind::history_lost,
                                          FailureKind::refused,
                                          FailureKind::malformed,
                                          FailureKind::too_large,
                                          FailureKind::storage,
                                          FailureKind::cancelled};

/// The kind's name as it stands in `status --json` and in logs, for example "throttled".
[[nodiscard]] std::string_view to_string(FailureKind kind) noexcept;

/// What went wrong. `what` says what was attempted and why it failed, in one sentence for a person
/// at three in the morning; `where` names the cluster and, as far as it applies, address, index and
/// shard. Neither ever holds a secret or a document's source.
struct Failure {
    FailureKind kind;
    std::string what;
    std::string where;
};

/// One line for logs and terminals: "where: what (kind)".
[[nodiscard]] std::string to_string(const Failure& failure);

/// A value or a Failure. Reading the absent one aborts: ask first.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}

    [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    [[nodiscard]] T& value() & {
        FOLLOWD_ASSERT(ok());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& {
        FOLLOWD_ASSERT(ok());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && {
        FOLLOWD_ASSERT(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    [[nodiscard]] const Failure& failure() const& {
        FOLLOWD_ASSERT(!ok());
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] Failure&& failure() && {
        FOLLOWD_ASSERT(!ok());
        return std::move(*std::get_if<1>(&state_));
    }

private:
    std::variant<T, Failure> state_;
};

/// Success without a value, or a Failure.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Failure failure) : failure_(std::move(failure)) {}

    [[nodiscard]] bool ok() const noexcept { return !failure_.has_value(); }
    explicit operator bool() const noexcept { return ok(); }

    [[nodiscard]] const Failure& failure() const& {
        FOLLOWD_ASSERT(failure_.has_value());
        return *failure_;
    }
    [[nodiscard]] Failure&& failure() && {
        FOLLOWD_ASSERT(failure_.has_value());
        return std::move(*failure_);
    }

private:
    std::optional<Failure> failure_;
};

}  // namespace followd
