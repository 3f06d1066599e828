#pragma once

#include "followd/model/origins.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

/// Lays the documents of a leader and of its follower on one line, so that what compares and copies
/// a plain pair serves a pair whose follower was the leader once: failback moves only what differs.
/// Pure.

namespace followd::core {

/// One index of a pair, by the mark in its mapping.
struct OriginSide {
    IndexUuid uuid;
    Origins origins;  ///< none: all its own
};

/// Whether some of these documents may have been copied from that index.
[[nodiscard]] bool mentions(const Origins& origins, const IndexUuid& space);

/// The line of shard `shard`. The follower's last segment is a copied one whose last row is the
/// leader's: asserted.
///
/// Invariant: of two documents, one on each side, both lie in the same place exactly where the same
/// operation made them, whichever of its space's rows the follower's was written with; two
/// documents of one side never lie in one place, and each document of the follower has one. Where
/// somebody else wrote on the follower, what he wrote lies where the leader has nothing, or beside
/// the document that belongs there.
[[nodiscard]] OriginLine origin_line(const OriginSide& leader,
                                     const OriginSide& follower,
                                     int shard);

/// The leader's row with a new generation at the end: its history changed, and what it counted
/// before is of a past that is no more.
[[nodiscard]] Origins with_new_history(Origins follower,
                                       const IndexUuid& leader,
                                       std::int64_t generation);

/// What an index that begins to follow knows of its documents.
struct Turn {
    Origins origins;              ///< of the index from now on
    std::int64_t generation = 0;  ///< of the leader's operations
};

/// What an index restored from a snapshot of `leader` knows of its documents, before anything is
/// written to it (design.md section 6).
struct Restoration {
    IndexUuid leader;
    std::vector<SeqNo> points;         ///< of the restored index: max_seq_no by shard
    std::int64_t version_highest = 0;  ///< of its live documents, over all shards
};

/// What is copied from now on counts above every version that was restored. Nothing where versions
/// have no more room (`version_highest` too near to 2^52).
[[nodiscard]] std::optional<Turn> restored(const Restoration& restoration);

/// What `index` knows of its documents when it ends following: everything from here on is its own.
/// `points`: max_seq_no by shard.
[[nodiscard]] Origins promoted(Origins index, const std::vector<SeqNo>& points);

/// What a turn begins: `index`, which holds documents of its own, follows `leader` from now on.
struct TurnRequest {
    OriginSide index;
    OriginSide leader;
    std::vector<SeqNo> points;         ///< of `index`: max_seq_no by shard
    std::int64_t version_highest = 0;  ///< of `index`'s live documents, over all shards
    std::int64_t generation_last = 0;  ///< the last that `index` was ever written with; -1: none
};

/// What a repair begins: `origins`, of a follower of `leader`, with versions above all it holds.
struct RaiseRequest {
    Origins origins;
    IndexUuid leader;
    /// Live documents of the whole index by the generation of their versions.
    std::map<std::int64_t, std::int64_t> documents;
    std::vector<SeqNo> through;  ///< by shard: the leader's max_seq_no, read when nobody wrote
};

struct Raise {
    Origins origins;
    std::int64_t generation = 0;  ///< of the leader's operations
};

/// Each space of the table stands in it a second time, the leader's last, above every version of
/// `documents`. Nothing where versions have no more room.
///
/// Invariant: a document that the leader's side has keeps its place, so it is not moved; whatever
/// else stands on the follower, also what somebody wrote with a version of his own, lies below what
/// is written from now on. The table stays short: rows that no document uses are left out, and
/// where too many are used, those with the fewest documents, which are then written again. The row
/// that was the last one stays.
[[nodiscard]] std::optional<Raise> raised(RaiseRequest request);

/// raised() up to a generation that was agreed on, where nothing is known of the documents: all
/// rows stay. `origins` count up to an earlier generation.
[[nodiscard]] Origins raised_to(Origins origins, const IndexUuid& leader, std::int64_t generation);

/// Nothing where versions have no more room (`version_highest` too near to 2^52).
[[nodiscard]] std::optional<Turn> turn(const TurnRequest& request);

}  // namespace followd::core
