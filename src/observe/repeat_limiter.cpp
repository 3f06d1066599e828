#include "observe/repeat_limiter.hpp"

#include <algorithm>
#include <utility>

namespace followd::observe {

RepeatLimiter::Verdict RepeatLimiter::ask(std::string_view key, Instant now) {
    auto found = entries_.find(key);
    if (found != entries_.end() && now - found->second.logged_at < interval) {
        found->second.asked_at = now;
        ++found->second.held_back;
        return {};
    }
    if (found != entries_.end()) {
        const std::int64_t held_back = std::exchange(found->second, {now, now, 0}).held_back;
        return {true, held_back > 0 ? std::optional{held_back} : std::nullopt};
    }
    if (entries_.size() == keys_max) {
        entries_.erase(std::min_element(
            entries_.begin(), entries_.end(), [](const auto& left, const auto& right) {
                return left.second.asked_at < right.second.asked_at;
            }));
    }
    entries_.emplace(std::string(key), Entry{now, now, 0});
    return {true, std::nullopt};
}

}  // namespace followd::observe
