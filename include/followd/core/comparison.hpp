#pragma once

#include "followd/model/seq_no.hpp"
#include "followd/model/shard_view.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

/// Compares which operations made the documents of both sides, by counting sequence numbers in
/// buckets, finer or place by place where the counts differ, and listing only the rest (design.md
/// section 4): a listing costs some fifty times what a count does. Pure: it says what to ask and is
/// told the answers; both sides are always asked for the same.
///
/// Listings wait for each other, so that one request lists many places; counting goes on meanwhile.
///
/// Invariant: when next() says Done, every sequence number in the range that one side has and the
/// other lacks was reported by listed(), except where both sides' counts of a bucket agreed
/// although their sets did not; an audit therefore draws interval and offset at random.

namespace followd::core {

class Comparison {
public:
    /// `offset_shift` moves the buckets' boundaries; 0 aligns the last bucket with the range's end.
    Comparison(SeqNoRange range, std::int64_t interval, std::int64_t offset_shift);

    /// Compares `range`, too, which lies apart from all others. Before the first next().
    void also_compare(SeqNoRange range);

    /// Counts nothing and lists everything in `ranges` (ascending, disjoint): for whoever must not
    /// rely on counts.
    [[nodiscard]] static Comparison of_listings(const std::vector<SeqNoRange>& ranges);

    /// What lies in `range` is counted place by place even where counts agree: they cannot tell a
    /// document that is missing from a foreign one that took a version near its own.
    void doubt(SeqNoRange range) { doubted_.push_back(range); }

    /// An interval that cuts the range into about 1,000 buckets, and not below what is listed
    /// anyway.
    [[nodiscard]] static std::int64_t usual_interval(SeqNoRange range);

    struct CountBoth {
        HistogramRequest request;
    };
    struct ListBoth {
        SeqNoRange range;
        std::size_t limit = 0;
    };
    /// The leader was counted to have nothing here: only the follower is listed.
    struct ListFollower {
        std::vector<SeqNoRange> ranges;  ///< ascending, disjoint; no more than one page may ask for
        std::size_t limit = 0;
    };
    struct Done {};
    using Step = std::variant<CountBoth, ListBoth, ListFollower, Done>;

    [[nodiscard]] Step next() const;

    /// What one listing showed to differ.
    struct Difference {
        std::vector<FollowerDocument> surplus;  ///< on the follower, not on the leader
        std::vector<SeqNo> missing;             ///< on the leader, not on the follower
    };

    /// The answers to CountBoth.
    void counted(const std::vector<Bucket>& leader, const std::vector<Bucket>& follower);
    /// The answers to ListBoth, each ascending and cut at the limit; to ListFollower with an empty
    /// `leader`.
    [[nodiscard]] Difference listed(const std::vector<SeqNo>& leader,
                                    std::vector<FollowerDocument> follower);

    /// Every range was counted once.
    [[nodiscard]] bool is_counted() const { return uncounted_.empty(); }
    /// Once is_counted(): how many more documents the follower has, summed over the buckets
    /// where it has more. Not fewer are going to be surplus.
    [[nodiscard]] std::int64_t surplus_at_least() const { return surplus_at_least_; }
    [[nodiscard]] std::int64_t leader_documents() const { return leader_documents_; }
    [[nodiscard]] std::int64_t follower_documents() const { return follower_documents_; }
    /// Documents in buckets that are proved level: full on both sides, so the sets are the same.
    /// Equal counts alone prove nothing where the follower may lack documents: one that the leader
    /// moved on leaves a missing operation and a surplus one, often in the same bucket.
    [[nodiscard]] std::int64_t proved_documents() const { return proved_documents_; }
    /// Once is_counted(): the ranges that are not proved level, ascending, neighbours joined,
    /// at most `most` (the nearest ones are joined beyond that).
    [[nodiscard]] std::vector<SeqNoRange> unproved_ranges(std::size_t most) const;

private:
    struct Span {
        SeqNoRange range;
        std::int64_t interval = 0;  // 0: to be listed; 1: place by place
        std::int64_t offset = 0;
        bool is_leader_empty = false;  // to be listed, and counted to have nothing there
    };
    using Ranges = std::deque<SeqNoRange>;

    /// Where counts differ, or are not believed.
    struct Differing {
        SeqNoRange range;
        std::int64_t documents = 0;  // of the side that has more
        bool is_leader_empty = false;
    };

    Comparison() = default;
    static void append(std::vector<Differing>& differing, const Differing& next);
    [[nodiscard]] static std::vector<Span> to_list(const std::vector<Differing>& differing);
    [[nodiscard]] static std::vector<Span> to_narrow(const std::vector<Differing>& differing,
                                                     const Span& counted);
    [[nodiscard]] bool is_doubted(const SeqNoRange& bucket) const;
    /// Null where it is the listings' turn.
    [[nodiscard]] const Span* span_to_count() const;
    [[nodiscard]] bool lists_follower_alone() const;
    [[nodiscard]] std::vector<SeqNoRange> ranges_to_list() const;

    // All disjoint.
    std::deque<Span> uncounted_;  // what next() asks about first, from the front
    std::deque<Span> to_count_;   // then, finer or place by place
    Ranges to_list_;              // on both sides
    Ranges follower_to_list_;     // the leader has nothing there
    std::vector<SeqNoRange> doubted_;
    std::int64_t surplus_at_least_ = 0;
    std::int64_t leader_documents_ = 0;
    std::int64_t follower_documents_ = 0;
    std::int64_t proved_documents_ = 0;
    std::vector<SeqNoRange> unproved_;  // of the first counts; neighbours joined
};

}  // namespace followd::core
