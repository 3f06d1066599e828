#pragma once

#include "followd/base/time.hpp"
#include "followd/model/seq_no.hpp"

#include <deque>
#include <optional>

/// How far a follower is behind, in operations and in time. Time is measured on our own clock only,
/// from when we first saw a global checkpoint (design.md section 8, "Clock").

namespace followd::core {

class LagMeter {
public:
    /// The leader's global checkpoint was `checkpoint` at `now`. Ones that are not news are
    /// ignored.
    void leader_at(SeqNo checkpoint, Instant now);
    /// The follower has everything through `checkpoint`.
    void follower_at(SeqNo checkpoint);
    /// A new history: nothing is known any more.
    void reset();

    /// The highest global checkpoint seen; none() before the first.
    [[nodiscard]] SeqNo leader_checkpoint() const { return leader_; }
    /// How long ago we first saw what the follower still lacks; zero when level; nothing before the
    /// first sight of the leader.
    [[nodiscard]] std::optional<Duration> behind(Instant now) const;

private:
    struct Sight {
        SeqNo checkpoint;
        Instant at;
    };
    std::deque<Sight> unreached_;  // ascending in both; bounded by sights_max
    SeqNo leader_ = SeqNo::none();
    SeqNo follower_ = SeqNo::none();
    bool seen_ = false;
};

}  // namespace followd::core
