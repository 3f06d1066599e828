#include "followd/core/lag.hpp"

#include <algorithm>

namespace followd::core {

namespace {
// Beyond this the newest sights are merged: the oldest is what tells the lag.
constexpr std::size_t sights_max = 64;
}  // namespace

void LagMeter::leader_at(SeqNo checkpoint, Instant now) {
    seen_ = true;
    if (checkpoint <= leader_) {
        return;
    }
    leader_ = checkpoint;
    if (checkpoint <= follower_) {
        return;
    }
    if (unreached_.size() >= sights_max) {
        unreached_.back().checkpoint = checkpoint;
    } else {
        unreached_.push_back(Sight{checkpoint, now});
    }
}

void LagMeter::follower_at(SeqNo checkpoint) {
    follower_ = std::max(follower_, checkpoint);
    while (!unreached_.empty() && unreached_.front().checkpoint <= follower_) {
        unreached_.pop_front();
    }
}

void LagMeter::reset() {
    *this = LagMeter{};
}

std::optional<Duration> LagMeter::behind(Instant now) const {
    if (!seen_) {
        return std::nullopt;
    }
    return unreached_.empty() ? Duration::zero() : now - unreached_.front().at;
}

}  // namespace followd::core
