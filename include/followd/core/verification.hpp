#pragma once

#include "followd/model/seq_no.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What `verify` concludes about one shard from comparing both sides again and again, while clients
/// write to the leader and the daemon follows.
///
/// One comparison proves nothing about what differs: the follower may be about to get it. So a
/// difference counts only if it lasts: it was found in every comparison since the first, and the
/// last comparison took nothing away from those that last (a follower that catches up takes some of
/// them away each time). No difference, on the other hand, is believed at once.

namespace followd::core {

enum class DifferenceKind {
    missing,        ///< the leader has a document by this operation, the follower has not
    surplus,        ///< the follower has a document by this operation, the leader has not
    other_id,       ///< both have, but of different ids
    other_routing,  ///< the same id, another routing
    other_source,   ///< the same id and routing, another source
};

[[nodiscard]] std::string_view to_string(DifferenceKind kind) noexcept;

/// `seq_no` is the leader's operation, on the follower the document's origin.
struct DocumentDifference {
    SeqNo seq_no;
    DifferenceKind kind = DifferenceKind::missing;
    std::string id;       ///< JSON string token; empty for a missing document
    std::string routing;  ///< JSON string token or empty

    friend auto operator<=>(const DocumentDifference&, const DocumentDifference&) = default;
};

/// What one comparison in a confirmed view showed. Only `missing` and `surplus` are in it.
struct VerificationRound {
    /// G0: every operation up to it was compared; above it only whether the follower has what the
    /// leader shows.
    SeqNo through;
    std::int64_t leader_documents = 0;  ///< as counted; 0 where nothing was
    std::int64_t follower_documents = 0;
    std::vector<DocumentDifference> differences;  ///< ascending
    /// Set where there were too many: nothing is known above it.
    std::optional<SeqNo> known_through;
};

enum class VerifyVerdict {
    equal,    ///< level through VerificationRound::through
    differs,  ///< `lasting` or `contents` say in what
    moving,   ///< differences come and go: the follower is behind, and at work
};

class Verification {
public:
    void add(VerificationRound round);
    /// Documents of one operation that do not have one content. Both sides' versions say that they
    /// are the same, so no time will mend it: this counts at once.
    void add_contents(std::vector<DocumentDifference> differences);

    [[nodiscard]] VerifyVerdict verdict() const;
    [[nodiscard]] int rounds() const { return rounds_; }
    /// The last round; rounds() >= 1.
    [[nodiscard]] const VerificationRound& last() const;
    /// Found in every comparison since the first, or since all of those were gone.
    [[nodiscard]] const std::vector<DocumentDifference>& lasting() const { return lasting_; }
    [[nodiscard]] const std::vector<DocumentDifference>& contents() const { return contents_; }

private:
    void start_anew(const VerificationRound& round);

    int rounds_ = 0;
    VerificationRound last_;
    std::vector<DocumentDifference> lasting_;
    bool is_complete_ = false;  ///< lasting_ began with all differences there were
    bool is_stable_ = false;    ///< the last round took nothing away from lasting_
    bool is_level_ = false;
    std::vector<DocumentDifference> contents_;
};

/// How many of the differences are of that kind.
[[nodiscard]] std::int64_t count(const std::vector<DocumentDifference>& differences,
                                 DifferenceKind kind);

}  // namespace followd::core
