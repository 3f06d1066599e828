#pragma once

#include "followd/model/seq_no.hpp"

#include <string>
#include <vector>

namespace followd {

/// How and when a follower became an index of its own: recorded in its mark.
struct Promotion {
    std::vector<SeqNo> points;  ///< max_seq_no by shard: what is above was written since
    /// By shard, the leader's operations that are certainly here; none() where nothing is known.
    std::vector<SeqNo> applied_through;
    std::string at;  ///< ISO 8601, by the clock of the machine that did it; for people
    std::string by;  ///< user@host; for people

    friend bool operator==(const Promotion&, const Promotion&) = default;
};

}  // namespace followd
