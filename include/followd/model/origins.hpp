#pragma once

#include "followd/base/assert.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/seq_no.hpp"

#include <cstdint>
#include <optional>
#include <vector>

/// Which operation made a document, told by the document's `_seq_no` and `_version` alone
/// (design.md section 6). Every document of two indices that ever copied from each other has an
/// *origin*: the index that accepted the operation from a client (a *space*), and the operation's
/// number there. Both sides are equal exactly where their sets of origins are.

namespace followd {

/// Versions of generation g lie in [g << 40, (g + 1) << 40): a space a history, no arithmetic on
/// what may once have been sent. 2^40 operations a shard and 4096 generations fit below 2^52, the
/// limit of histogram keys (design.md section 6).
inline constexpr std::int64_t generation_bits = 40;
/// How many sequence numbers have a version in one generation.
inline constexpr std::int64_t generation_size = std::int64_t{1} << generation_bits;
inline constexpr std::int64_t generation_max = 4095;

[[nodiscard]] constexpr VersionBase base_of_generation(std::int64_t generation) {
    return VersionBase{generation << generation_bits};
}

/// One row of a table of versions: a version of this generation stands for an operation of `space`.
/// One of a generation without a row stands for nothing: somebody else wrote it.
struct OriginRow {
    /// The index whose operations these are. Empty: of a past that the index no longer has, so that
    /// nothing made by it may stay.
    IndexUuid space;
    std::int64_t generation = 0;
    /// By shard, the last operation that can have been written with it; empty: not known. What lies
    /// above is no operation of the space either.
    std::vector<SeqNo> through{};

    [[nodiscard]] SeqNo last(int shard) const {
        const auto at = static_cast<std::size_t>(shard);
        FOLLOWD_ASSERT(shard >= 0 && (through.empty() || at < through.size()));
        return through.empty() ? SeqNo{(std::int64_t{1} << generation_bits) - 1} : through[at];
    }

    friend bool operator==(const OriginRow&, const OriginRow&) = default;
};

/// What an index's own `_seq_no` tells from a number on, up to where the next segment begins.
struct OriginSegment {
    /// By shard; empty: from 0 in every shard.
    std::vector<SeqNo> from;
    /// Ascending generations; a space may have several. Empty: the index took these from clients
    /// itself, and an operation's number is its `_seq_no`. Otherwise they were copied, and
    /// `_version` tells.
    std::vector<OriginRow> table;
    /// They came with a snapshot, which keeps `_seq_no`: the number of an operation of the only
    /// row's space. Their versions lie below those of its generation. Never the last segment.
    bool is_restored = false;

    [[nodiscard]] bool is_own() const { return table.empty(); }
    [[nodiscard]] SeqNo first(int shard) const {
        FOLLOWD_ASSERT(shard >= 0);
        const auto at = static_cast<std::size_t>(shard);
        FOLLOWD_ASSERT(from.empty() || at < from.size());
        return from.empty() ? SeqNo{0} : from[at];
    }
    friend bool operator==(const OriginSegment&, const OriginSegment&) = default;
};

/// Of one index, ascending. Without a segment all is its own: no mark was ever put on it.
using Origins = std::vector<OriginSegment>;

/// How a part of one side's documents lies on the *line*, where the leader's own operations have
/// their own numbers and everything else has a place below zero.
struct OriginStrip {
    SeqNoRange local;    ///< `_seq_no` of the documents that it is about
    SeqNoRange origins;  ///< where they lie on the line; never empty
    /// Their versions count from here; nothing where the place is `_seq_no` plus `zero`.
    std::optional<VersionBase> base;
    std::int64_t zero = 0;

    friend bool operator==(const OriginStrip&, const OriginStrip&) = default;
};

using OriginStrips = std::vector<OriginStrip>;

/// Places below zero that are compared beside the leader's own operations.
struct OlderSpace {
    SeqNoRange origins;
    VersionBase base;  ///< of_write() of a place is the version to write again with
    /// The first place is this index's operation 0. Empty: no operation that counts made what lies
    /// there, and `base` tells the versions.
    IndexUuid space{};

    friend bool operator==(const OlderSpace&, const OlderSpace&) = default;
};

/// The line of one pair of shards. Without strips it is the plain one: a leader's document lies at
/// its `_seq_no`, a follower's where its version says by the current base.
struct OriginLine {
    OriginStrips leader;
    OriginStrips follower;
    VersionBase base;               ///< of the leader's own operations from now on
    std::vector<OlderSpace> older;  ///< disjoint
    /// Of the leader's own operations before, ascending: what was written with these still counts.
    std::vector<VersionBase> former;

    [[nodiscard]] bool is_plain() const { return follower.empty(); }
    friend bool operator==(const OriginLine&, const OriginLine&) = default;
};

}  // namespace followd
