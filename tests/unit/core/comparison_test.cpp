#include "followd/core/comparison.hpp"

#include "support/dice.hpp"
#include "support/histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace followd::core {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Seqs = std::multiset<std::int64_t>;

std::vector<Bucket> buckets(const Seqs& seqs, const HistogramRequest& request, bool is_leader) {
    test::Histogram histogram(request);
    for (const std::int64_t seq : seqs) {
        // The follower has no range on versions (shard_view.hpp).
        if (!is_leader || request.range.contains(SeqNo{seq})) {
            histogram.add(seq);
        }
    }
    return histogram.buckets();
}

std::vector<std::int64_t> in_range(const Seqs& seqs, SeqNoRange range, std::size_t limit) {
    std::vector<std::int64_t> found{seqs.lower_bound(range.first.value()),
                                    seqs.upper_bound(range.last.value())};
    found.resize(std::min(found.size(), limit));
    return found;
}

struct Found {
    Seqs surplus;
    std::set<std::int64_t> missing;
    int requests = 0;
    int leader_listings = 0;
};

std::vector<SeqNo> listed_leader(const Seqs& leader, SeqNoRange range, std::size_t limit) {
    std::vector<SeqNo> listed;
    for (const std::int64_t seq : in_range(leader, range, limit)) {
        listed.emplace_back(seq);
    }
    return listed;
}

std::vector<FollowerDocument> listed_follower(const Seqs& follower,
                                              const std::vector<SeqNoRange>& ranges,
                                              std::size_t limit) {
    std::vector<FollowerDocument> listed;
    for (const SeqNoRange& range : ranges) {
        for (const std::int64_t seq : in_range(follower, range, limit - listed.size())) {
            listed.push_back(FollowerDocument{SeqNo{seq}, "", "", {}});
        }
    }
    return listed;
}

Found play(Comparison& comparison, const Seqs& leader, const Seqs& follower) {
    Found found;
    while (true) {
        const Comparison::Step step = comparison.next();
        ++found.requests;
        if (const auto* count = std::get_if<Comparison::CountBoth>(&step)) {
            comparison.counted(buckets(leader, count->request, true),
                               buckets(follower, count->request, false));
            continue;
        }
        Comparison::Difference difference;
        if (const auto* list = std::get_if<Comparison::ListBoth>(&step)) {
            ++found.leader_listings;
            difference = comparison.listed(listed_leader(leader, list->range, list->limit),
                                           listed_follower(follower, {list->range}, list->limit));
        } else if (const auto* surplus = std::get_if<Comparison::ListFollower>(&step)) {
            for (const SeqNoRange& range : surplus->ranges) {
                EXPECT_THAT(listed_leader(leader, range, 1), IsEmpty());
            }
            difference =
                comparison.listed({}, listed_follower(follower, surplus->ranges, surplus->limit));
        } else {
            return found;
        }
        for (const SeqNo seq : difference.missing) {
            EXPECT_TRUE(found.missing.insert(seq.value()).second) << "told twice";
        }
        for (const FollowerDocument& document : difference.surplus) {
            found.surplus.insert(document.origin.value());
        }
    }
}

SeqNoRange range_to(std::int64_t last, std::int64_t first = 0) {
    return SeqNoRange{SeqNo{first}, SeqNo{last}};
}

Seqs range_of(std::int64_t first, std::int64_t last) {
    Seqs seqs;
    for (std::int64_t seq = first; seq <= last; ++seq) {
        seqs.insert(seqs.end(), seq);
    }
    return seqs;
}

TEST(Comparison, OfNothingIsDone) {
    Comparison comparison{range_to(-1), 512, 0};
    EXPECT_TRUE(std::holds_alternative<Comparison::Done>(comparison.next()));
}

TEST(Comparison, OfEqualSidesCostsOneCount) {
    const Seqs both = range_of(0, 20'000);
    Comparison comparison{range_to(20'000), Comparison::usual_interval(range_to(20'000)), 0};
    const Found found = play(comparison, both, both);
    EXPECT_THAT(found.surplus, IsEmpty());
    EXPECT_THAT(found.missing, IsEmpty());
    EXPECT_EQ(found.requests, 2);
    EXPECT_EQ(comparison.leader_documents(), 20'001);
    EXPECT_EQ(comparison.surplus_at_least(), 0);
}

TEST(Comparison, AsksTheLeaderNothingWhereItHasNothing) {
    const Seqs follower = range_of(0, 40'000);
    Seqs leader = follower;
    for (const std::int64_t deleted : {7'000, 7'001, 21'000, 39'000}) {
        leader.erase(deleted);
    }
    const SeqNoRange range = range_to(40'000);
    Comparison comparison{range, 1, 0};
    const Found found = play(comparison, leader, follower);
    EXPECT_THAT(found.surplus, ElementsAre(7'000, 7'001, 21'000, 39'000));
    EXPECT_THAT(found.missing, IsEmpty());
    EXPECT_EQ(found.leader_listings, 0);
    // Two counts, one listing, the end.
    EXPECT_EQ(found.requests, 4);
}

// 5,000 places at most are listed at once: what a cut leaves is listed next.
TEST(Comparison, ListsTheRestOfManyPlaces) {
    const Seqs follower = range_of(0, 30'000);
    Seqs leader;
    for (const std::int64_t kept : follower) {
        if (kept % 3'000 == 0) {
            leader.insert(kept);
        }
    }
    Comparison comparison{range_to(30'000), 1, 0};
    const Found found = play(comparison, leader, follower);
    EXPECT_EQ(found.surplus.size(), follower.size() - leader.size());
    EXPECT_THAT(found.missing, IsEmpty());
}

// What lies between two runs that are listed together, the leader has.
TEST(Comparison, ListsBothSidesOfRunsThatAreNear) {
    const Seqs follower = range_of(0, 2'000);
    Seqs leader = follower;
    leader.erase(1'000);
    leader.erase(1'007);
    Comparison comparison{range_to(2'000), 1, 0};
    const Found found = play(comparison, leader, follower);
    EXPECT_THAT(found.surplus, ElementsAre(1'000, 1'007));
    EXPECT_THAT(found.missing, IsEmpty());
    EXPECT_EQ(found.leader_listings, 1);
}

// Together with others they cost less than with what lies between.
TEST(Comparison, ListsSinglePlacesOfTheFollowerAlone) {
    const Seqs follower = range_of(0, 100'000);
    Seqs leader = follower;
    Seqs gone;
    for (std::int64_t seq = 100; seq < 100'000; seq += 1'000) {
        gone.insert({seq, seq + 90});
        leader.erase(seq);
        leader.erase(seq + 90);
    }
    Comparison comparison{range_to(100'000), 1, 0};
    const Found found = play(comparison, leader, follower);
    EXPECT_EQ(found.surplus, gone);
    EXPECT_EQ(found.leader_listings, 0);
    // Four counts, 200 places in two listings, the end.
    EXPECT_EQ(found.requests, 7);
}

TEST(Comparison, NoMorePlacesWaitThanOneRequestLists) {
    const Seqs follower = range_of(0, 99'999);
    Seqs leader = follower;
    for (std::int64_t seq = 0; seq < 100'000; seq += 100) {
        leader.erase(seq);
    }
    const SeqNoRange range = range_to(99'999);
    Comparison comparison{range, Comparison::usual_interval(range), 0};
    for (const std::int64_t interval : {Comparison::usual_interval(range), std::int64_t{1}}) {
        const Comparison::Step step = comparison.next();
        const auto* count = std::get_if<Comparison::CountBoth>(&step);
        ASSERT_NE(count, nullptr);
        ASSERT_EQ(count->request.interval, interval);
        comparison.counted(buckets(leader, count->request, true),
                           buckets(follower, count->request, false));
    }
    const Comparison::Step step = comparison.next();
    const auto* list = std::get_if<Comparison::ListFollower>(&step);
    ASSERT_NE(list, nullptr) << "three parts are not counted yet, but 328 places wait";
    EXPECT_EQ(list->ranges.size(), 128U);
}

TEST(Comparison, FindsOneAmongFiveMillionByFewRequests) {
    // The other documents are left out: only the two buckets' counts would change, alike.
    const SeqNoRange range = range_to(5'000'000);
    Comparison comparison{range, Comparison::usual_interval(range), 0};
    const Found found = play(comparison, {}, {3'141'592});
    EXPECT_THAT(found.surplus, ElementsAre(3'141'592));
    EXPECT_LE(found.requests, 4);
}

TEST(Comparison, ListsAMassDeletionByRanges) {
    const Seqs follower = range_of(0, 29'999);
    Seqs leader = range_of(25'000, 29'999);
    leader.insert(7);
    Comparison comparison{range_to(29'999), Comparison::usual_interval(range_to(29'999)), 0};
    const Found found = play(comparison, leader, follower);
    EXPECT_THAT(found.surplus, SizeIs(24'999));
    EXPECT_EQ(found.surplus.count(7), 0U);
    EXPECT_THAT(found.missing, IsEmpty());
    EXPECT_EQ(comparison.surplus_at_least(), 24'999 - 0);
    EXPECT_LE(found.requests, 10);  // lists of 5,000
}

// What a failback meets: differences all over a large shard, most buckets with one or two.
TEST(Comparison, FindsManyScatteredOnesByCountingThemPlaceByPlace) {
    const SeqNoRange range = range_to(99'999);
    const Seqs follower = range_of(0, 99'999);
    Seqs leader = follower;
    Seqs gone;
    for (std::int64_t seq = 777; seq < 100'000; seq += 2'000) {
        leader.erase(seq);
        gone.insert(seq);
    }
    Comparison comparison{range, Comparison::usual_interval(range), 0};
    const Found found = play(comparison, leader, follower);
    EXPECT_EQ(found.surplus, gone);
    EXPECT_THAT(found.missing, IsEmpty());
    EXPECT_EQ(found.leader_listings, 0);
    // One count, four exact ones, one listing of all, the end.
    EXPECT_LE(found.requests, 1 + 4 + 1 + 1);
}

TEST(Comparison, DoubtOfALargeRangeCostsNoListingWhereNothingDiffers) {
    const SeqNoRange range = range_to(59'999);
    Seqs leader = range_of(0, 59'999);
    Seqs follower = leader;
    leader.erase(10'007);
    follower.erase(10'008);
    Comparison comparison{range, Comparison::usual_interval(range), 0};
    comparison.doubt(range);
    const Found found = play(comparison, leader, follower);
    EXPECT_THAT(found.surplus, ElementsAre(10'007));
    EXPECT_THAT(found.missing, ElementsAre(10'008));
    EXPECT_LE(found.requests, 2 * (1 + 2 + 1));
}

// Somebody else's update took version 8's place for 7's: as many on both sides.
TEST(Comparison, WhatIsDoubtedIsListedThoughCountsAgree) {
    const Seqs leader{1, 7, 2000};
    const Seqs follower{1, 8, 2000};
    const SeqNoRange range{SeqNo{0}, SeqNo{3000}};
    Comparison trusting{range, 512, 0};
    const Found nothing = play(trusting, leader, follower);
    EXPECT_EQ(nothing.requests, 2);
    EXPECT_THAT(nothing.surplus, IsEmpty());

    Comparison doubting{range, 512, 0};
    doubting.doubt(SeqNoRange{SeqNo{7}, SeqNo{7}});
    const Found all = play(doubting, leader, follower);
    EXPECT_THAT(all.surplus, ElementsAre(8));
    EXPECT_THAT(all.missing, ElementsAre(7));
}

TEST(Comparison, OlderSpacesOfVersionsAreSurplus) {
    const std::int64_t base = 1'000'000'000;
    const SeqNoRange range = range_to(10, -base);
    Comparison comparison{range, Comparison::usual_interval(range), 0};
    const Found found = play(comparison, {3, 4}, {-base, -base + 17, -5, 3, 4});
    EXPECT_THAT(found.surplus, ElementsAre(-base, -base + 17, -5));
    EXPECT_THAT(found.missing, IsEmpty());
}

TEST(Comparison, WhatLiesAboveTheRangeIsNobodysDifference) {
    for (std::int64_t shift = 0; shift < 512; shift += 37) {
        Comparison comparison{range_to(100), 512, shift};
        const Found found = play(comparison, {1, 2, 3, 105}, {1, 2, 3, 101, 102, 400});
        EXPECT_THAT(found.surplus, IsEmpty());
        EXPECT_THAT(found.missing, IsEmpty());
    }
}

// Someone else wrote a document under a version of ours: a lookup has to tell which is whose.
TEST(Comparison, AllDocumentsOfOneOriginAreToldWhereThereAreSeveral) {
    Comparison comparison{range_to(10), 512, 0};
    const Found found = play(comparison, {3, 4}, {3, 4, 4, 4});
    EXPECT_EQ(found.surplus, (Seqs{4, 4, 4}));
}

TEST(Comparison, AListingCutAmongDocumentsOfOneOriginLosesNone) {
    Seqs follower = range_of(0, 4'998);
    follower.insert({4'999, 4'999});  // the limit of 5,000 falls between the two
    Comparison comparison{range_to(9'999), 10'000, 0};
    const Found found = play(comparison, {4'999}, follower);
    EXPECT_EQ(found.surplus.count(4'999), 2U);
    EXPECT_THAT(found.surplus, SizeIs(5'001));
}

TEST(Comparison, AListingFullOfOneOriginStillEnds) {
    Seqs follower;
    for (int copy = 0; copy < 7'000; ++copy) {
        follower.insert(50);
    }
    follower.insert(51);
    Comparison comparison{range_to(99), 512, 0};
    const Found found = play(comparison, {}, follower);
    EXPECT_EQ(found.surplus.count(50), 132U);  // the rest are the next sweep's
    EXPECT_EQ(found.surplus.count(51), 1U);
}

TEST(Comparison, OnlyBucketsFullOnBothSidesAreProvedLevel) {
    Seqs leader = range_of(0, 9);
    leader.insert({12, 27});
    Seqs follower = range_of(0, 9);
    follower.insert({11, 27, 29});
    Comparison comparison{range_to(39), 10, 0};
    const Comparison::Step step = comparison.next();
    const HistogramRequest request = std::get<Comparison::CountBoth>(step).request;
    comparison.counted(buckets(leader, request, true), buckets(follower, request, false));
    // 10..19 count the same and are not: 12 against 11.
    EXPECT_THAT(comparison.unproved_ranges(64), ElementsAre(range_to(29, 10)));
    EXPECT_EQ(comparison.proved_documents(), 10);
}

TEST(Comparison, JoinsTheNearestRangesBeyondTheMost) {
    Comparison comparison{range_to(99), 10, 0};
    const Comparison::Step step = comparison.next();
    const HistogramRequest request = std::get<Comparison::CountBoth>(step).request;
    comparison.counted(buckets({5, 25, 75, 95}, request, true), {});
    EXPECT_THAT(comparison.unproved_ranges(64), SizeIs(4));
    EXPECT_THAT(comparison.unproved_ranges(2), ElementsAre(range_to(29), range_to(99, 70)));
    EXPECT_THAT(comparison.unproved_ranges(1), ElementsAre(range_to(99)));
}

// Places of older spaces lie far below zero, each compared for itself: what lies between is
// nobody's.
TEST(Comparison, OfSeveralRangesTellsWhatDiffersInEachAndNothingBetween) {
    Seqs leader = range_of(0, 3'000);
    Seqs follower = leader;
    const std::int64_t low = -(std::int64_t{1} << 52U);
    for (const std::int64_t seq : range_of(low, low + 2'000)) {
        leader.insert(seq);
        follower.insert(seq);
    }
    for (const std::int64_t seq : {low - 1, low + 2'001, std::int64_t{-1}}) {
        leader.insert(seq);
    }
    for (const std::int64_t seq : {low - 2, low + 2'002, std::int64_t{-2}, std::int64_t{3'001}}) {
        follower.insert(seq);
    }
    leader.erase(low + 77);
    follower.erase(low + 1'500);
    leader.erase(1'234);
    follower.erase(2'345);
    Comparison comparison{range_to(3'000), 512, 0};
    comparison.also_compare(range_to(low + 2'000, low));
    const Found found = play(comparison, leader, follower);
    EXPECT_TRUE(comparison.is_counted());
    EXPECT_EQ(found.surplus, (Seqs{low + 77, 1'234}));
    EXPECT_EQ(found.missing, (std::set<std::int64_t>{low + 1'500, 2'345}));
    EXPECT_EQ(comparison.leader_documents(), 3'000 + 2'000);
}

TEST(Comparison, ARangeOfItsOwnThatIsEqualCostsOneCountMore) {
    const std::int64_t low = -(std::int64_t{1} << 52U);
    Seqs both = range_of(0, 500);
    both.insert(low + 5);
    Comparison comparison{range_to(500), 512, 0};
    comparison.also_compare(range_to(low + 10, low));
    const Found found = play(comparison, both, both);
    EXPECT_THAT(found.surplus, IsEmpty());
    EXPECT_THAT(found.missing, IsEmpty());
    EXPECT_EQ(found.requests, 3);
}

// Random sets: where one side holds all that the other does, counts cannot agree by accident, and
// the answer is exact. Otherwise nothing false is told.
TEST(Comparison, AgreesWithBruteForce) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        test::Dice dice{seed};
        const auto last = static_cast<std::int64_t>(dice.one_of<std::size_t>({5, 900, 9'000}));
        const std::int64_t first = dice.chance(0.3) ? -300 : 0;
        const double lost = dice.one_of({0.0, 0.001, 0.3, 1.0});
        const double gone = dice.one_of({0.0, 0.001, 0.3, 1.0});
        Seqs leader;
        Seqs follower;
        Seqs surplus;
        std::set<std::int64_t> missing;
        for (std::int64_t seq = first; seq <= last; ++seq) {
            if (dice.chance(0.2)) {
                continue;
            }
            const bool only_follower = seq < 0 || dice.chance(gone);
            const bool only_leader = !only_follower && dice.chance(lost);
            if (!only_follower) {
                leader.insert(seq);
            }
            if (!only_leader) {
                follower.insert(seq);
            }
            if (only_follower) {
                surplus.insert(seq);
            }
            if (only_leader) {
                missing.insert(seq);
            }
        }
        const SeqNoRange range = range_to(last, first);
        const std::int64_t usual = Comparison::usual_interval(range);
        const bool is_audit = dice.chance(0.5);
        Comparison comparison{range,
                              is_audit ? usual + static_cast<std::int64_t>(dice.below(512)) : usual,
                              is_audit ? static_cast<std::int64_t>(dice.below(512)) : 0};
        const Found found = play(comparison, leader, follower);
        SCOPED_TRACE(seed);
        if (surplus.empty() || missing.empty()) {
            EXPECT_EQ(found.surplus, surplus);
            EXPECT_EQ(found.missing, missing);
        } else {
            EXPECT_TRUE(std::ranges::includes(surplus, found.surplus));
            EXPECT_TRUE(std::ranges::includes(missing, found.missing));
        }
        EXPECT_LE(comparison.surplus_at_least(), std::ssize(surplus));
    }
}

}  // namespace
}  // namespace followd::core
