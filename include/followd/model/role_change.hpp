#pragma once

#include "followd/model/seq_no.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace followd {

enum class RoleChangeKind {
    promote,  ///< a follower becomes an index of its own
    follow,   ///< an index of its own becomes a follower: failback, or an undone promotion
};

[[nodiscard]] std::string_view to_string(RoleChangeKind kind) noexcept;

/// A change of an index's role that was begun and not ended: the journal that lets whoever comes
/// after a crash finish or undo it. It is kept beside the index, in its cluster, and replaced by
/// compare-and-set only, so that of two who change the same index one learns that it lost.
struct RoleChange {
    RoleChangeKind kind = RoleChangeKind::promote;
    std::string at;  ///< ISO 8601, by the clock of the machine that began it; for people
    std::string by;  ///< user@host; for people
    /// Of a promotion: max_seq_no by shard, once writes were blocked. They are recorded here before
    /// the mark says them, so that nobody ever reads them a second time.
    std::vector<SeqNo> points;

    friend bool operator==(const RoleChange&, const RoleChange&) = default;
};

}  // namespace followd
