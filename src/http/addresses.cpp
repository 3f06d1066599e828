#include "http/addresses.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::http {

namespace {

constexpr Duration back_off_first = std::chrono::seconds{1};
constexpr Duration back_off_max = std::chrono::seconds{30};

}  // namespace

Addresses::Addresses(std::vector<Url> urls) {
    FOLLOWD_ASSERT(!urls.empty());
    entries_.reserve(urls.size());
    for (auto& url : urls) {
        entries_.push_back(Entry{.url = std::move(url)});
    }
}

bool Addresses::is_good(const Entry& entry, Instant now) {
    return entry.back_off == Duration::zero() || now - entry.aside_since >= entry.back_off;
}

std::optional<std::size_t> Addresses::pick(Attempt& attempt, Instant now) {
    std::optional<std::size_t> longest_aside;
    for (std::size_t step = 0; step < entries_.size(); ++step) {
        const std::size_t index = (next_ + step) % entries_.size();
        if (std::ranges::find(attempt.tried_, index) != attempt.tried_.end()) {
            continue;
        }
        if (is_good(entries_[index], now)) {
            next_ = index + 1;
            attempt.tried_.push_back(index);
            return index;
        }
        if (!longest_aside || entries_[index].aside_since < entries_[*longest_aside].aside_since) {
            longest_aside = index;
        }
    }
    if (!longest_aside || attempt.has_tried_one_aside_) {
        return std::nullopt;
    }
    attempt.has_tried_one_aside_ = true;
    attempt.tried_.push_back(*longest_aside);
    return longest_aside;
}

void Addresses::put_aside(std::size_t index, Instant now) {
    FOLLOWD_ASSERT(index < entries_.size());
    auto& entry = entries_[index];
    entry.back_off = std::clamp(2 * entry.back_off, back_off_first, back_off_max);
    entry.aside_since = now;
}

void Addresses::take_back(std::size_t index) {
    FOLLOWD_ASSERT(index < entries_.size());
    entries_[index].back_off = Duration::zero();
}

const Url& Addresses::url(std::size_t index) const {
    FOLLOWD_ASSERT(index < entries_.size());
    return entries_[index].url;
}

}  // namespace followd::http
