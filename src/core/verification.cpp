#include "followd/core/verification.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace followd::core {

std::string_view to_string(DifferenceKind kind) noexcept {
    switch (kind) {
        case DifferenceKind::missing:
            return "missing";
        case DifferenceKind::surplus:
            return "surplus";
        case DifferenceKind::other_id:
            return "other_id";
        case DifferenceKind::other_routing:
            return "other_routing";
        case DifferenceKind::other_source:
            return "other_source";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

std::int64_t count(const std::vector<DocumentDifference>& differences, DifferenceKind kind) {
    return std::ranges::count(differences, kind, &DocumentDifference::kind);
}

void Verification::add(VerificationRound round) {
    FOLLOWD_ASSERT(std::ranges::is_sorted(round.differences));
    const bool has_missing = count(round.differences, DifferenceKind::missing) > 0;
    is_level_ = round.differences.empty() && !round.known_through;
    if (rounds_ == 0) {
        start_anew(round);
    } else {
        const std::size_t before = lasting_.size();
        std::erase_if(lasting_, [&round](const DocumentDifference& difference) {
            const bool is_known = !round.known_through || difference.seq_no <= *round.known_through;
            return is_known && !std::ranges::binary_search(round.differences, difference);
        });
        is_stable_ = lasting_.size() == before;
        if (lasting_.empty()) {
            // Everything that differed before has been put right since, and nothing is missing.
            // What is surplus is then younger than the round before: deletions on their way. The
            // same cannot be said of what is missing: a document that is written again and again
            // is missing by another operation each time, also where nobody follows.
            const bool was_put_right = is_complete_ && !has_missing && !round.known_through;
            is_level_ = is_level_ || was_put_right;
            start_anew(round);
        }
    }
    last_ = std::move(round);
    ++rounds_;
}

void Verification::start_anew(const VerificationRound& round) {
    lasting_ = round.differences;
    is_complete_ = !round.known_through;
    is_stable_ = false;
}

void Verification::add_contents(std::vector<DocumentDifference> differences) {
    contents_.insert(contents_.end(),
                     std::make_move_iterator(differences.begin()),
                     std::make_move_iterator(differences.end()));
}

VerifyVerdict Verification::verdict() const {
    if (!contents_.empty()) {
        return VerifyVerdict::differs;
    }
    if (is_level_) {
        return VerifyVerdict::equal;
    }
    return is_stable_ && !lasting_.empty() ? VerifyVerdict::differs : VerifyVerdict::moving;
}

const VerificationRound& Verification::last() const {
    FOLLOWD_ASSERT(rounds_ > 0);
    return last_;
}

}  // namespace followd::core
