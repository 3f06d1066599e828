#pragma once

#include "followd/base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// Keeps one trouble that repeats from filling the log.

namespace followd::observe {

/// Lets a line that says the same again through once an interval and counts the rest. Belongs to
/// one thread; remembers at most `keys_max` keys, the longest unused one is forgotten first.
class RepeatLimiter {
public:
    static constexpr Duration interval = std::chrono::seconds{30};
    static constexpr std::size_t keys_max = 256;

    struct Verdict {
        bool may_log = false;
        /// For field("repeated", ...): how many were held back since the last; absent for none.
        std::optional<std::int64_t> repeated;
    };

    /// `key` names message and place, for example "read logs-1/0 timeout".
    [[nodiscard]] Verdict ask(std::string_view key, Instant now);

private:
    struct Entry {
        Instant logged_at;
        Instant asked_at;
        std::int64_t held_back = 0;
    };

    std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace followd::observe
