#include "followd/core/origin_line.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/shard_view.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace followd::core {

namespace {

// A space below zero every 2^41 places, under all places that a version can have by the current
// base: these lie above -2^52.
constexpr std::int64_t spaces_top = -(std::int64_t{1} << 53U);
constexpr std::int64_t space_width = std::int64_t{1} << (generation_bits + 1);
// Each row costs a request whenever the follower is counted.
constexpr std::size_t former_rows_max = 8;

std::int64_t zero_of(std::size_t space) {
    return spaces_top - (static_cast<std::int64_t>(space) + 1) * space_width;
}

bool is_living(const OriginRow& row) {
    return !row.space.value().empty();
}

/// Spaces of `side` that are not the leader's own, each once.
std::vector<IndexUuid> foreign_spaces(const OriginSide& side, const IndexUuid& leader) {
    std::vector<IndexUuid> spaces;
    const auto take = [&spaces, &leader](const IndexUuid& space) {
        if (space != leader && std::ranges::find(spaces, space) == spaces.end()) {
            spaces.push_back(space);
        }
    };
    for (const OriginSegment& segment : side.origins) {
        if (segment.is_own()) {
            take(side.uuid);
        }
        for (const OriginRow& row : segment.table) {
            if (is_living(row)) {
                take(row.space);
            }
        }
    }
    return spaces;
}

/// `_seq_no` of a segment's documents.
SeqNoRange local_range(const Origins& origins, std::size_t segment, int shard) {
    const bool is_last = segment + 1 == origins.size();
    return SeqNoRange{origins[segment].first(shard),
                      is_last ? seq_no_end : origins[segment + 1].first(shard).previous()};
}

class LineBuilder {
public:
    LineBuilder(const OriginSide& leader, const OriginSide& follower, int shard)
        : leader_(leader),
          follower_(follower),
          shard_(shard),
          spaces_(foreign_spaces(follower, leader.uuid)) {
        const OriginSegment& present = follower.origins.back();
        FOLLOWD_ASSERT(!present.is_own() && present.table.back().space == leader.uuid);
        line_.base = base_of_generation(present.table.back().generation);
    }

    OriginLine build() && {
        if (is_plain()) {
            return std::move(line_);
        }
        lay_follower();
        lay_leader();
        for (std::size_t space = 0; space < spaces_.size(); ++space) {
            line_.older.push_back(older_space(space));
        }
        add_pasts();
        return std::move(line_);
    }

private:
    /// All that is there was copied from this leader alone, at one base or at bases of a past.
    [[nodiscard]] bool is_plain() const {
        const auto is_leaders = [this](const OriginRow& row) { return row.space == leader_.uuid; };
        return follower_.origins.size() == 1 && spaces_.empty() &&
               std::ranges::count_if(follower_.origins.front().table, is_leaders) == 1;
    }

    [[nodiscard]] std::optional<std::size_t> number_of(const IndexUuid& space) const {
        const auto found = std::ranges::find(spaces_, space);
        return found == spaces_.end()
                   ? std::nullopt
                   : std::optional{static_cast<std::size_t>(found - spaces_.begin())};
    }

    void lay_follower() {
        for (std::size_t at = 0; at < follower_.origins.size(); ++at) {
            const OriginSegment& segment = follower_.origins[at];
            const SeqNoRange local = local_range(follower_.origins, at, shard_);
            if (local.empty()) {
                continue;
            }
            if (segment.is_own()) {
                lay_by_number(local, zero_of(*number_of(follower_.uuid)));
            } else if (segment.is_restored) {
                lay_restored(segment.table.front(), local);
            } else {
                lay_copied(segment, local, at + 1 == follower_.origins.size());
            }
        }
    }

    void lay_by_number(const SeqNoRange& local, std::int64_t zero) {
        line_.follower.push_back(strip_by_number(local, zero));
    }

    [[nodiscard]] static OriginStrip strip_by_number(const SeqNoRange& local, std::int64_t zero) {
        const SeqNoRange origins{SeqNo{zero + local.first.value()},
                                 SeqNo{zero + local.last.value()}};
        return OriginStrip{local, origins, std::nullopt, zero};
    }

    void lay_restored(const OriginRow& row, const SeqNoRange& local) {
        if (row.space == leader_.uuid) {
            return lay_by_number(local, 0);
        }
        if (is_living(row)) {
            return lay_by_number(local, zero_of(*number_of(row.space)));
        }
        // Of a past that the leader no longer has: a space of its own, behind the living ones.
        const std::int64_t zero = zero_of(spaces_.size());
        lay_by_number(local, zero);
        line_.older.push_back(
            OlderSpace{line_.follower.back().origins,
                       VersionBase{base_of_generation(row.generation).value() - zero}});
    }

    void lay_copied(const OriginSegment& segment, const SeqNoRange& local, bool is_present) {
        std::int64_t generation = -1;
        std::int64_t untold = 1;  // the first version that no strip tells of yet
        for (const OriginRow& row : segment.table) {
            FOLLOWD_ASSERT(row.generation > generation);
            generation = row.generation;
            if (!is_living(row)) {
                continue;
            }
            const VersionBase base = base_of_generation(generation);
            lay_past(local, untold, base.of_write(SeqNo{0}).value());
            if (is_present && &row == &segment.table.back()) {
                line_.follower.push_back(
                    OriginStrip{local, SeqNoRange{SeqNo{0}, seq_no_end}, base, 0});
                return;
            }
            if (row.space == leader_.uuid) {
                const SeqNoRange operations{SeqNo{0}, row.last(shard_)};
                if (!operations.empty()) {
                    line_.follower.push_back(OriginStrip{local, operations, base, 0});
                }
                if (is_present) {
                    line_.former.push_back(base);
                }
            } else {
                line_.follower.push_back(foreign_strip(row, local));
            }
            untold = base.of_write(row.last(shard_)).value() + 1;
        }
        lay_past(local, untold, base_of_generation(generation_max + 1).value());
    }

    /// Versions [first, end), which stand for nothing that the leader has: their places are those
    /// that the current base gives them.
    void lay_past(const SeqNoRange& local, std::int64_t first, std::int64_t end) {
        const SeqNoRange origins{line_.base.origin_of(Version{first}),
                                 std::min(line_.base.origin_of(Version{end - 1}), SeqNo::none())};
        if (!origins.empty()) {
            line_.follower.push_back(OriginStrip{local, origins, line_.base, 0});
            pasts_.push_back(origins);
        }
    }

    /// Each place once, though several segments may have documents there.
    void add_pasts() {
        std::ranges::sort(pasts_, {}, &SeqNoRange::first);
        std::vector<SeqNoRange> apart;
        for (const SeqNoRange& past : pasts_) {
            if (!apart.empty() && apart.back().overlaps(past)) {
                apart.back().last = std::max(apart.back().last, past.last);
            } else {
                apart.push_back(past);
            }
        }
        for (const SeqNoRange& past : apart) {
            line_.older.push_back(OlderSpace{past, line_.base});
        }
    }

    [[nodiscard]] OriginStrip foreign_strip(const OriginRow& row, const SeqNoRange& local) const {
        const std::int64_t zero = zero_of(*number_of(row.space));
        return OriginStrip{local,
                           SeqNoRange{SeqNo{zero}, SeqNo{zero + row.last(shard_).value()}},
                           VersionBase{base_of_generation(row.generation).value() - zero},
                           0};
    }

    void lay_leader() {
        // Where the leader holds nothing of the follower's, what was ever copied from it is known
        // by its `_seq_no`, whatever it holds.
        const Origins origins =
            mentions(leader_.origins, follower_.uuid) ? leader_.origins : Origins{OriginSegment{}};
        for (std::size_t at = 0; at < origins.size(); ++at) {
            const SeqNoRange local = local_range(origins, at, shard_);
            if (local.empty()) {
                continue;
            }
            if (origins[at].is_own()) {
                line_.leader.push_back(strip_by_number(local, 0));
            }
            if (origins[at].is_restored) {
                lay_restored_on_leader(origins[at].table.front(), local);
                continue;
            }
            for (const OriginRow& row : origins[at].table) {
                if (row.space == leader_.uuid) {
                    line_.leader.push_back(
                        OriginStrip{local,
                                    SeqNoRange{SeqNo{0}, SeqNo{generation_size - 1}},
                                    base_of_generation(row.generation),
                                    0});
                } else if (is_living(row) && number_of(row.space)) {
                    line_.leader.push_back(foreign_strip(row, local));
                }
            }
        }
    }

    void lay_restored_on_leader(const OriginRow& row, const SeqNoRange& local) {
        if (row.space == leader_.uuid) {
            line_.leader.push_back(strip_by_number(local, 0));
        } else if (is_living(row) && number_of(row.space)) {
            line_.leader.push_back(strip_by_number(local, zero_of(*number_of(row.space))));
        }
    }

    [[nodiscard]] OlderSpace older_space(std::size_t number) const {
        const IndexUuid& space = spaces_[number];
        const std::int64_t zero = zero_of(number);
        std::int64_t last = generation_size - 1;
        if (space == follower_.uuid) {
            last = last_own();
        }
        // Where no row of the present table is this space's, the leader has nothing of it either.
        VersionBase base = line_.base;
        for (const OriginRow& row : follower_.origins.back().table) {
            if (row.space == space) {
                base = VersionBase{base_of_generation(row.generation).value() - zero};
            }
        }
        return OlderSpace{SeqNoRange{SeqNo{zero}, SeqNo{zero + last}}, base, space};
    }

    /// The highest `_seq_no` that the follower ever took from a client; 0 where none.
    [[nodiscard]] std::int64_t last_own() const {
        std::int64_t last = 0;
        for (std::size_t at = 0; at + 1 < follower_.origins.size(); ++at) {
            if (follower_.origins[at].is_own()) {
                last = std::max(last, local_range(follower_.origins, at, shard_).last.value());
            }
        }
        return last;
    }

    const OriginSide& leader_;
    const OriginSide& follower_;
    int shard_;
    std::vector<IndexUuid> spaces_;
    std::vector<SeqNoRange> pasts_;
    OriginLine line_;
};

/// The living spaces of a table, each where its last row stands.
std::vector<IndexUuid> spaces_of(const std::vector<OriginRow>& table) {
    std::vector<IndexUuid> spaces;
    for (const OriginRow& row : table) {
        if (is_living(row)) {
            std::erase(spaces, row.space);
            spaces.push_back(row.space);
        }
    }
    return spaces;
}

std::int64_t documents_of(const std::map<std::int64_t, std::int64_t>& documents,
                          const OriginRow& row) {
    const auto found = documents.find(row.generation);
    return found == documents.end() ? 0 : found->second;
}

/// A row for each space, the last one of that generation.
void append_rows(std::vector<OriginRow>& table,
                 const std::vector<IndexUuid>& spaces,
                 std::int64_t generation) {
    std::int64_t next = generation + 1 - std::ssize(spaces);
    FOLLOWD_ASSERT(next > table.back().generation && generation <= generation_max);
    for (const IndexUuid& space : spaces) {
        table.push_back(OriginRow{space, next++});
    }
}

/// Of a table that gets new rows: what no document uses goes, then what the fewest do.
void drop_rows(std::vector<OriginRow>& table,
               const std::map<std::int64_t, std::int64_t>& documents) {
    const std::int64_t present = table.back().generation;
    std::erase_if(table, [&](const OriginRow& row) {
        return row.generation != present && (!is_living(row) || documents_of(documents, row) == 0);
    });
    while (table.size() > former_rows_max) {
        const auto fewest = std::min_element(
            table.begin(), table.end() - 1, [&](const OriginRow& left, const OriginRow& right) {
                return documents_of(documents, left) < documents_of(documents, right);
            });
        table.erase(fewest);
    }
}

/// It followed `leader` from its first document to its promotion, and took everything by the
/// leader's `_seq_no`.
bool was_plain_follower_of(const OriginSide& side, const IndexUuid& leader) {
    const auto is_of_leader = [&leader](const OriginSegment& segment) {
        return !segment.is_own() &&
               std::ranges::all_of(segment.table, [&leader](const OriginRow& row) {
                   return !is_living(row) || row.space == leader;
               });
    };
    const Origins& origins = side.origins;
    const bool began_restored = !origins.empty() && origins.front().is_restored;
    return origins.size() == (began_restored ? 3U : 2U) && origins.back().is_own() &&
           std::all_of(origins.begin(), origins.end() - 1, is_of_leader);
}

}  // namespace

bool mentions(const Origins& origins, const IndexUuid& space) {
    return std::ranges::any_of(origins, [&space](const OriginSegment& segment) {
        return std::ranges::find(segment.table, space, &OriginRow::space) != segment.table.end();
    });
}

OriginLine origin_line(const OriginSide& leader, const OriginSide& follower, int shard) {
    FOLLOWD_ASSERT(!follower.origins.empty());
    return LineBuilder(leader, follower, shard).build();
}

Origins with_new_history(Origins follower, const IndexUuid& leader, std::int64_t generation) {
    for (OriginSegment& segment : follower) {
        for (OriginRow& row : segment.table) {
            if (row.space == leader) {
                row.space = IndexUuid{};
            }
        }
    }
    if (!follower.empty()) {
        FOLLOWD_ASSERT(!follower.back().is_own());
        FOLLOWD_ASSERT(follower.back().table.back().generation < generation);
        follower.back().table.push_back(OriginRow{leader, generation});
    }
    return follower;
}

std::optional<Raise> raised(RaiseRequest request) {
    FOLLOWD_ASSERT(!request.origins.empty() && !request.origins.back().is_own());
    std::vector<OriginRow>& table = request.origins.back().table;
    FOLLOWD_ASSERT(table.back().space == request.leader);
    const std::vector<IndexUuid> spaces = spaces_of(table);
    const std::int64_t highest = request.documents.empty() ? 0 : request.documents.rbegin()->first;
    const std::int64_t generation = std::max(table.back().generation, highest) + std::ssize(spaces);
    if (generation > generation_max) {
        return std::nullopt;
    }
    table.back().through = std::move(request.through);
    drop_rows(table, request.documents);
    append_rows(table, spaces, generation);
    return Raise{std::move(request.origins), generation};
}

Origins raised_to(Origins origins, const IndexUuid& leader, std::int64_t generation) {
    FOLLOWD_ASSERT(!origins.empty() && !origins.back().is_own());
    std::vector<OriginRow>& table = origins.back().table;
    FOLLOWD_ASSERT(table.back().space == leader);
    append_rows(table, spaces_of(table), generation);
    return origins;
}

std::optional<Turn> restored(const Restoration& restoration) {
    if (restoration.version_highest >= base_of_generation(generation_max).value()) {
        return std::nullopt;
    }
    const std::int64_t generation = (restoration.version_highest >> generation_bits) + 1;
    const OriginRow row{restoration.leader, generation};
    OriginSegment copied{{}, {row}};
    for (const SeqNo point : restoration.points) {
        copied.from.push_back(point.next());
    }
    return Turn{{OriginSegment{{}, {row}, true}, std::move(copied)}, generation};
}

Origins promoted(Origins index, const std::vector<SeqNo>& points) {
    FOLLOWD_ASSERT(!index.empty() && !index.back().is_own());
    OriginSegment own;
    for (const SeqNo point : points) {
        own.from.push_back(point.next());
    }
    index.push_back(std::move(own));
    return index;
}

std::optional<Turn> turn(const TurnRequest& request) {
    if (request.version_highest >= base_of_generation(generation_max).value()) {
        return std::nullopt;
    }
    const OriginSide& index = request.index;
    Turn turned;
    // What a plain follower copied it knows by the `_seq_no`s here, whatever else made them. Once
    // something came back from there, its segments tell that.
    const bool is_known_by_number = was_plain_follower_of(request.leader, index.uuid) &&
                                    !mentions(index.origins, request.leader.uuid);
    turned.origins =
        index.origins.empty() || is_known_by_number ? Origins{OriginSegment{}} : index.origins;
    OriginSegment copied;
    std::int64_t operations = 0;
    for (const SeqNo point : request.points) {
        copied.from.push_back(point.next());
        operations = std::max(operations, point.value() + 1);
    }
    // Own operations can have raised any version by their number at most, also one that now stands
    // in a tombstone, which no search shows.
    const std::int64_t written_highest =
        base_of_generation(request.generation_last + 1).value() - 1;
    const std::int64_t reached =
        std::max({request.version_highest, written_highest, std::int64_t{0}}) + operations + 1;
    std::int64_t generation = (reached >> generation_bits) + 1;
    const OriginSide before{index.uuid, turned.origins};
    for (const IndexUuid& space : foreign_spaces(before, request.leader.uuid)) {
        copied.table.push_back(OriginRow{space, generation++});
    }
    copied.table.push_back(OriginRow{request.leader.uuid, generation});
    if (generation > generation_max) {
        return std::nullopt;
    }
    turned.generation = generation;
    turned.origins.push_back(std::move(copied));
    return turned;
}

}  // namespace followd::core
