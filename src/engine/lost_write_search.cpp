#include "engine/lost_write_search.hpp"

#include "followd/core/comparison.hpp"
#include "followd/core/page_sizer.hpp"

#include "engine/pair_line.hpp"
#include "observe/log.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <variant>

namespace followd::engine {

namespace {

const observe::Logger turn_log("turn");

/// A raw line end in a JSON text stands between its tokens: inside a string it is not allowed.
std::string on_one_line(std::string_view json) {
    std::string line(json);
    std::ranges::replace(line, '\n', ' ');
    std::ranges::replace(line, '\r', ' ');
    return line;
}

/// Of an index that leads: the last number of `followed` up to which it certainly had everything.
SeqNo applied_through(const RoleIndex& leader, const IndexUuid& followed, int shard) {
    const auto at = static_cast<std::size_t>(shard);
    const bool is_known = leader.promotion && leader.leader_uuid == followed &&
                          at < leader.promotion->applied_through.size();
    return is_known ? leader.promotion->applied_through[at] : SeqNo::none();
}

/// `now`: what stands on the new leader, as read_documents() tells it.
std::string line_of(
    const Operation& operation, int shard, SeqNo seq_no, Version version, const std::string& now) {
    const std::string routing = operation.routing.empty() ? "null" : std::string(operation.routing);
    return on_one_line(R"({"id":)" + std::string(operation.id) + R"(,"routing":)" + routing +
                       R"(,"shard":)" + std::to_string(shard) + R"(,"seq_no":)" +
                       std::to_string(seq_no.value()) + R"(,"version":)" +
                       std::to_string(version.value()) + R"(,"source":)" +
                       std::string(operation.source) + R"(,"now":)" + now + "}");
}

}  // namespace

LostWriteSearch::LostWriteSearch(ShardFactory& shards,
                                 RoleCluster& leader_roles,
                                 TurnedPair pair,
                                 LimitSettings limits)
    : shards_(shards), leader_roles_(leader_roles), pair_(std::move(pair)), limits_(limits) {}

Task<Result<LostWrites>> LostWriteSearch::run(std::unique_ptr<LostWritesFile> file) {
    file_ = std::move(file);
    for (int shard = 0; shard < pair_.leader_role.shards; ++shard) {
        Result<void> done = co_await check_places(shard);
        if (done.ok()) {
            done = co_await save_of_shard(shard);
        }
        if (!done.ok()) {
            co_return std::move(done).failure();
        }
    }
    if (found_.documents > 0 && file_) {
        Result<std::string> kept = file_->keep();
        if (!kept.ok()) {
            co_return std::move(kept).failure();
        }
        found_.file = std::move(kept).value();
        turn_log.warn("writes that never reached the new leader were saved",
                      observe::field("index", pair_.index.index),
                      observe::field("docs", found_.documents),
                      observe::field("path", *found_.file));
    }
    co_return std::move(found_);
}

// Every document of the leader must have a place on the line, or it would never be copied.
Task<Result<void>> LostWriteSearch::check_places(int shard) {
    OriginLine line = line_of_pair(pair_.leader_role.uuid,
                                   pair_.leader_role.origins,
                                   pair_.follower,
                                   pair_.follower.generation,
                                   shard);
    const std::unique_ptr<LeaderShard> leader = shards_.leader_shard(
        pair_.leader.cluster, pair_.leader_index, shard, std::move(line.leader));
    const Result<void> refreshed = co_await leader->refresh();
    if (!refreshed.ok()) {
        co_return refreshed.failure();
    }
    const Result<ViewId> view = co_await leader->open_view();
    if (!view.ok()) {
        co_return view.failure();
    }
    const ViewId& id = *view;
    const Result<std::int64_t> total = co_await leader->count_documents(id);
    Result<std::int64_t> placed = 0;
    std::vector<SeqNoRange> ranges{SeqNoRange{SeqNo{0}, SeqNo{generation_size - 1}}};
    for (const OlderSpace& space : line.older) {
        ranges.push_back(space.origins);
    }
    for (const SeqNoRange& range : ranges) {
        const HistogramRequest whole{range, range.width(), range.first.value()};
        const Result<std::vector<Bucket>> counted = co_await leader->count(id, whole);
        if (!counted.ok()) {
            placed = counted.failure();
            break;
        }
        for (const Bucket& bucket : *counted) {
            placed.value() += bucket.first == range.first ? bucket.count : 0;
        }
    }
    const Result<void> closed = co_await leader->close_view(id);
    (void)closed;
    if (!total.ok() || !placed.ok()) {
        co_return total.ok() ? placed.failure() : total.failure();
    }
    if (*placed != *total) {
        co_return Failure{FailureKind::refused,
                          std::to_string(*total - *placed) + " documents of shard " +
                              std::to_string(shard) +
                              " of its new leader were written by somebody else while that was a "
                              "follower, so nothing tells what made them" +
                              std::string(copy_anew),
                          where()};
    }
    co_return Result<void>{};
}

Task<Result<void>> LostWriteSearch::save_of_shard(int shard) {
    OriginLine line = line_of_pair(pair_.leader_role.uuid,
                                   pair_.leader_role.origins,
                                   pair_.follower,
                                   pair_.follower.generation,
                                   shard);
    const auto own = std::ranges::find(
        line.older, pair_.follower.uuid, [](const OlderSpace& older) { return older.space; });
    // What came with a snapshot lies in strips that sequence numbers tell, too.
    const bool took_any = own != line.older.end() &&
                          std::ranges::any_of(line.follower, [&own](const OriginStrip& strip) {
                              return !strip.base && strip.zero == own->origins.first.value();
                          });
    if (!took_any) {
        co_return Result<void>{};  // not in this shard
    }
    const std::int64_t zero = own->origins.first.value();
    const SeqNo last{zero + pair_.points[static_cast<std::size_t>(shard)].value()};
    const SeqNoRange range{
        SeqNo{zero + applied_through(pair_.leader_role, pair_.follower.uuid, shard).value() + 1},
        last};
    const VersionBase base = line.base;
    const std::unique_ptr<LeaderShard> leader = shards_.leader_shard(
        pair_.leader.cluster, pair_.leader_index, shard, std::move(line.leader));
    const std::unique_ptr<FollowerShard> follower = shards_.follower_shard(
        pair_.index.cluster, pair_.follower, shard, std::move(line.follower));
    const Result<ViewId> view = co_await leader->open_view();
    if (!view.ok()) {
        co_return view.failure();
    }
    const ViewId& id = *view;
    core::Comparison comparison = core::Comparison::of_listings({range});
    Result<void> outcome;
    while (outcome.ok()) {
        const core::Comparison::Step step = comparison.next();
        const auto* list = std::get_if<core::Comparison::ListBoth>(&step);
        if (list == nullptr) {
            break;
        }
        const core::Comparison::ListBoth asked = *list;
        const Result<std::vector<SeqNo>> there =
            co_await leader->list(id, asked.range, asked.limit);
        std::vector<SeqNoRange> ranges{asked.range};
        Result<std::vector<FollowerDocument>> here =
            co_await follower->list(base, std::move(ranges), asked.limit);
        if (!there.ok() || !here.ok()) {
            outcome = there.ok() ? here.failure() : there.failure();
            break;
        }
        core::Comparison::Difference found = comparison.listed(*there, std::move(here).value());
        if (!found.surplus.empty()) {
            SurplusOfShard surplus{follower.get(), base, zero, shard, std::move(found.surplus)};
            outcome = co_await save_surplus(std::move(surplus));
        }
    }
    const Result<void> closed = co_await leader->close_view(id);
    (void)closed;
    co_return outcome;
}

Task<Result<void>> LostWriteSearch::save_surplus(SurplusOfShard surplus) {
    core::PageSizer sizer{limits_};
    std::map<SeqNo, FollowerDocument> wanted;
    for (FollowerDocument& document : surplus.documents) {
        wanted.emplace(document.origin, std::move(document));
    }
    if (!file_) {
        found_.documents += static_cast<std::int64_t>(wanted.size());
        co_return Result<void>{};
    }
    while (!wanted.empty()) {
        const SeqNoRange range{wanted.begin()->first, wanted.rbegin()->first};
        Result<Page> page = co_await surplus.follower->read_documents(
            surplus.base, range, sizer.operations_max(), sizer.bytes_max());
        if (!page.ok()) {
            if (page.failure().kind == FailureKind::too_large && sizer.shrink()) {
                continue;
            }
            co_return std::move(page).failure();
        }
        if (page->batch.operations.empty()) {
            co_return Failure{
                FailureKind::malformed, "the index shows other documents than it listed", where()};
        }
        std::vector<Lookup> lookups;
        std::vector<const Operation*> lost;
        for (const Operation& operation : page->batch.operations) {
            if (wanted.contains(operation.seq_no)) {
                lost.push_back(&operation);
                lookups.push_back(
                    Lookup{std::string(operation.id), std::string(operation.routing)});
            }
        }
        Result<std::vector<std::string>> now = std::vector<std::string>{};
        if (!lookups.empty()) {
            now = co_await leader_roles_.read_documents(pair_.leader.index, std::move(lookups));
        }
        if (!now.ok()) {
            co_return std::move(now).failure();
        }
        for (std::size_t at = 0; at < lost.size(); ++at) {
            const Operation& operation = *lost[at];
            const SeqNo local{operation.seq_no.value() - surplus.zero};
            const Version version = wanted.at(operation.seq_no).version;
            Result<void> added =
                file_->add(line_of(operation, surplus.shard, local, version, (*now)[at]));
            if (!added.ok()) {
                co_return added;
            }
            ++found_.documents;
        }
        const auto read_before = wanted.upper_bound(page->batch.operations.back().seq_no);
        if (!std::cmp_equal(std::distance(wanted.begin(), read_before), lost.size())) {
            co_return Failure{
                FailureKind::malformed, "the index shows fewer documents than it listed", where()};
        }
        wanted.erase(wanted.begin(), read_before);
    }
    co_return Result<void>{};
}

}  // namespace followd::engine
