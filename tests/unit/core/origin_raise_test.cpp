#include "followd/core/origin_line.hpp"
#include "followd/model/shard_view.hpp"

#include "support/dice.hpp"
#include "unit/core/origin_model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// A follower that somebody else wrote to gets a raised base: what is as the leader has it stays.

namespace followd::core {
namespace {

using test::Document;
using test::follower_place;
using test::leader_place;
using test::ModelIndex;
using test::Token;
using test::version_of;

const IndexUuid leader_uuid{"a"};
const IndexUuid own_uuid{"b"};

/// A leader, a follower that may have led before, and somebody who writes where he should not.
class DamagedPair {
public:
    explicit DamagedPair(std::uint64_t seed) : dice_(seed) {
        leader_.uuid = leader_uuid;
        follower_.uuid = own_uuid;
        follower_.origins = {OriginSegment{{}, {OriginRow{leader_uuid, 0}}}};
        follower_.generation_last = 0;
        load(leader_, 10 + dice_.below(100));
        if (dice_.below(2) == 0) {
            turn_round();
        }
        follow();
    }

    void play() {
        const std::uint64_t repairs = 1 + dice_.below(12);
        for (std::uint64_t i = 0; i < repairs && !::testing::Test::HasFailure(); ++i) {
            load(leader_, dice_.below(40));
            follow();
            damage();
            raise();
            follow();
            EXPECT_LE(follower_.origins.back().table.size(), 12U);
            expect_equal();
            EXPECT_LE(moved_, damaged_.size() + given_up_);
        }
    }

private:
    void load(ModelIndex& index, std::uint64_t operations) {
        for (std::uint64_t i = 0; i < operations; ++i) {
            const auto id = static_cast<int>(dice_.below(60));
            if (dice_.below(10) < 3) {
                index.remove(id);
            } else {
                index.write(id);
            }
        }
    }

    /// What led before follows what followed it.
    void turn_round() {
        follow();
        follower_.origins = promoted(follower_.origins, {follower_.point()});
        std::swap(leader_, follower_);
        load(leader_, dice_.below(40));
        load(follower_, dice_.below(40));
        TurnRequest request{OriginSide{follower_.uuid, follower_.origins},
                            OriginSide{leader_.uuid, leader_.origins},
                            {follower_.point()},
                            1'000,
                            follower_.generation_last};
        const std::optional<Turn> turned = turn(request);
        ASSERT_TRUE(turned);
        follower_.origins = turned->origins;
        follower_.generation_last = turned->generation;
    }

    void damage() {
        damaged_.clear();
        for (std::uint64_t i = dice_.below(8); i > 0; --i) {
            const auto id = static_cast<int>(dice_.below(70));
            damaged_.insert(id);
            switch (dice_.below(4)) {
                case 0:
                    follower_.write(id);
                    break;
                case 1:
                    follower_.remove(id);
                    break;
                case 2:
                    for (std::uint64_t times = 1 + dice_.below(200); times > 0; --times) {
                        follower_.write(id);
                    }
                    break;
                default:  // with a version of his own
                    (void)follower_.copy(
                        id,
                        Version{follower_.current(id).value() + 1 +
                                static_cast<std::int64_t>(dice_.below(3) << generation_bits)},
                        Token{"somebody", id});
            }
        }
        for (auto& [id, document] : follower_.documents) {
            if (damaged_.contains(id)) {
                document.made_by = Token{"somebody", id};
            }
        }
    }

    void raise() {
        RaiseRequest request{follower_.origins, leader_.uuid, {}, {leader_.point()}};
        for (const auto& [id, document] : follower_.documents) {
            ++request.documents[(document.version.value() - 1) >> generation_bits];
        }
        const std::vector<OriginRow> before = follower_.origins.back().table;
        const std::optional<Raise> made = raised(request);
        ASSERT_TRUE(made);
        follower_.origins = made->origins;
        follower_.generation_last = made->generation;
        given_up_ = 0;
        for (const OriginRow& row : before) {
            const auto& table = follower_.origins.back().table;
            if (std::ranges::find(table, row.generation, &OriginRow::generation) == table.end()) {
                given_up_ += static_cast<std::size_t>(request.documents[row.generation]);
            }
        }
    }

    /// As sweeps do it: what one hides, the next one shows.
    void follow() {
        moved_ = 0;
        for (int sweep = 0; sweep < 3; ++sweep) {
            sweep_once();
        }
    }

    void sweep_once() {
        const OriginLine line = origin_line(OriginSide{leader_.uuid, leader_.origins},
                                            OriginSide{follower_.uuid, follower_.origins},
                                            0);
        std::map<SeqNo, int> of_leader;
        for (const auto& [id, document] : leader_.documents) {
            EXPECT_TRUE(of_leader.emplace(leader_place(document, line), id).second);
        }
        std::multimap<SeqNo, int> of_follower;
        for (const auto& [id, document] : follower_.documents) {
            const SeqNo place = follower_place(document, line);
            EXPECT_LE(place, leader_.point()) << "no sweep looks there";
            of_follower.emplace(place, id);
        }
        std::set<int> to_write;
        for (const auto& [place, id] : of_follower) {
            const auto there = leader_.documents.find(id);
            if (of_follower.count(place) == 1 && of_leader.contains(place)) {
                // Another's document in the place of one that is gone: contents tell.
                to_write.insert(of_leader.at(place));
            } else if (there == leader_.documents.end()) {
                const Version version = follower_.documents.at(id).version;
                EXPECT_TRUE(follower_.copy_removal(id, Version{version.value() + 1}));
                ++moved_;
            } else if (const SeqNo own = leader_place(there->second, line);
                       own != place && own >= SeqNo{0}) {
                to_write.insert(id);
            }
        }
        for (const auto& [place, id] : of_leader) {
            if (!of_follower.contains(place)) {
                to_write.insert(id);
            }
        }
        for (const int id : to_write) {
            const Document& document = leader_.documents.at(id);
            const auto here = follower_.documents.find(id);
            if (here != follower_.documents.end() && here->second.made_by == document.made_by) {
                continue;
            }
            EXPECT_TRUE(follower_.copy(
                id, version_of(line, leader_place(document, line)), document.made_by))
                << "refused: " << id;
            ++moved_;
        }
    }

    void expect_equal() {
        ASSERT_EQ(leader_.documents.size(), follower_.documents.size());
        for (const auto& [id, document] : leader_.documents) {
            ASSERT_TRUE(follower_.documents.contains(id));
            EXPECT_EQ(document.made_by, follower_.documents.at(id).made_by);
        }
    }

    test::Dice dice_;
    ModelIndex leader_;
    ModelIndex follower_;
    std::set<int> damaged_;
    std::size_t moved_ = 0;
    std::size_t given_up_ = 0;  // documents of rows that were dropped
};

TEST(OriginRaise, WhateverSomebodyWroteIsPutRightAndNothingElseMoved) {
    for (std::uint64_t seed = 1; seed <= 2'000 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        DamagedPair(seed).play();
    }
}

Origins plain(std::int64_t generation) {
    return {OriginSegment{{}, {OriginRow{leader_uuid, generation}}}};
}

OriginLine line_of(const Origins& origins) {
    return origin_line(OriginSide{leader_uuid, {}}, OriginSide{own_uuid, origins}, 0);
}

SeqNo place(const OriginLine& line, std::int64_t generation, std::int64_t version) {
    return follower_place(
        Document{SeqNo{0}, Version{base_of_generation(generation).value() + version}, {}}, line);
}

TEST(OriginRaise, TheBasesBeforeAreTold) {
    const std::optional<Raise> once = raised({plain(3), leader_uuid, {{3, 10}}, {SeqNo{9}}});
    ASSERT_TRUE(once);
    EXPECT_EQ(once->generation, 4);
    const OriginLine line = line_of(once->origins);
    EXPECT_EQ(line.base, base_of_generation(4));
    EXPECT_EQ(line.former, (std::vector<VersionBase>{base_of_generation(3)}));
    EXPECT_EQ(place(line, 3, 8), SeqNo{7});
    EXPECT_EQ(place(line, 4, 8), SeqNo{7});
}

TEST(OriginRaise, AVersionAboveWhatTheLeaderHadIsNobodys) {
    const std::optional<Raise> once = raised({plain(0), leader_uuid, {{0, 10}}, {SeqNo{9}}});
    ASSERT_TRUE(once);
    const OriginLine line = line_of(once->origins);
    EXPECT_EQ(place(line, 0, 10), SeqNo{9});
    EXPECT_LT(place(line, 0, 11), SeqNo{0});
}

TEST(OriginRaise, AVersionBetweenTwoGenerationsIsNobodys) {
    const std::optional<Raise> once =
        raised({plain(0), leader_uuid, {{0, 10}, {900, 1}}, {SeqNo{9}}});
    ASSERT_TRUE(once);
    EXPECT_EQ(once->generation, 901);
    const OriginLine line = line_of(once->origins);
    EXPECT_LT(place(line, 900, 5), SeqNo{0});
    ASSERT_EQ(line.older.size(), 1U);
    EXPECT_TRUE(line.older.front().space.value().empty());
}

TEST(OriginRaise, ARowThatNoDocumentUsesGoes) {
    Origins origins = plain(0);
    origins.back().table.push_back(OriginRow{leader_uuid, 1});
    origins.back().table.push_back(OriginRow{leader_uuid, 2});
    const std::optional<Raise> next = raised({origins, leader_uuid, {{0, 10}}, {SeqNo{9}}});
    ASSERT_TRUE(next);
    std::vector<std::int64_t> generations;
    for (const OriginRow& row : next->origins.back().table) {
        generations.push_back(row.generation);
    }
    // The last one stays: checkpoints are of it.
    EXPECT_EQ(generations, (std::vector<std::int64_t>{0, 2, 3}));
}

TEST(OriginRaise, OfTooManyRowsThoseOfTheFewestDocumentsGo) {
    Origins origins = plain(0);
    std::map<std::int64_t, std::int64_t> documents{{0, 1'000}};
    for (std::int64_t generation = 1; generation <= 20; ++generation) {
        const std::optional<Raise> next = raised({origins, leader_uuid, documents, {SeqNo{9}}});
        ASSERT_TRUE(next);
        ASSERT_EQ(next->generation, generation);
        origins = next->origins;
        documents[generation] = generation;
    }
    EXPECT_EQ(origins.back().table.size(), 9U);
    EXPECT_EQ(origins.back().table.front().generation, 0);
    EXPECT_LT(place(line_of(origins), 3, 8), SeqNo{0});
}

TEST(OriginRaise, EndsWhereVersionsHaveNoMoreRoom) {
    EXPECT_TRUE(raised({plain(generation_max - 1), leader_uuid, {}, {}}));
    EXPECT_FALSE(raised({plain(generation_max), leader_uuid, {}, {}}));
    EXPECT_FALSE(raised({plain(0), leader_uuid, {{generation_max, 1}}, {}}));
}

TEST(OriginRaise, AnAgreedGenerationIsReachedWithoutKnowingTheDocuments) {
    const Origins made = raised_to(plain(2), leader_uuid, 7);
    EXPECT_EQ(made.back().table,
              (std::vector<OriginRow>{OriginRow{leader_uuid, 2}, OriginRow{leader_uuid, 7}}));
}

TEST(OriginRaise, AnotherHistoryEndsAllRows) {
    const Origins made = with_new_history(raised_to(plain(0), leader_uuid, 1), leader_uuid, 2);
    const OriginLine line = line_of(made);
    EXPECT_TRUE(line.is_plain());
    EXPECT_TRUE(line.former.empty());
}

}  // namespace
}  // namespace followd::core
