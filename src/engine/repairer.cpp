#include "engine/repairer.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/page_sizer.hpp"

#include "engine/pair_line.hpp"
#include "observe/log.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace followd::engine {

namespace {

const observe::Logger repair_log("repair");

// Of one shard; where more have another content it is repaired again.
constexpr std::size_t contents_max = 100'000;
constexpr std::size_t ranges_at_once = 128;

std::int64_t line_base(const FollowerIndex& follower) {
    return base_of_generation(follower.generation).value();
}

Version version_of(const OriginLine& line, SeqNo place) {
    const auto space = std::ranges::find_if(
        line.older, [place](const OlderSpace& older) { return older.origins.contains(place); });
    return space == line.older.end() ? line.base.of_write(place) : space->base.of_write(place);
}

}  // namespace

std::string Damage::text() const {
    std::string all;
    const auto add = [&all](std::int64_t number, const char* what) {
        if (number > 0) {
            all += (all.empty() ? "" : ", ") + std::to_string(number) + " " + what;
        }
    };
    add(missing, "on the leader only");
    add(surplus, "on the follower only");
    add(contents, "with other content");
    return all;
}

Repairer::Repairer(RepairPorts ports, RepairTask task) : ports_(ports), task_(std::move(task)) {}

std::string Repairer::where() const {
    return task_.rule.follower.value() + "/" + task_.follower_index.value();
}

Task<Result<void>> Repairer::read_both() {
    Result<IndexDefinition> leader = co_await ports_.leader.read_definition(task_.leader_index);
    if (!leader.ok()) {
        co_return std::move(leader).failure();
    }
    leader_ = std::move(leader).value();
    FollowerRequest request{task_.rule, task_.follower_index, leader_};
    Result<FollowerIndex> follower = co_await ports_.follower.prepare(std::move(request));
    if (!follower.ok()) {
        co_return std::move(follower).failure();
    }
    follower_ = std::move(follower).value();
    if (follower_.promotion || !std::cmp_equal(follower_.histories.size(), leader_.index.shards)) {
        co_return Failure{FailureKind::conflict, "it is not followed: see followd status", where()};
    }
    co_return Result<void>{};
}

Repairer::ShardPair Repairer::pair_of(int shard) {
    ShardPair pair;
    pair.line =
        line_of_pair(leader_.index.uuid, leader_.origins, follower_, follower_.generation, shard);
    pair.leader =
        ports_.shards.leader_shard(task_.rule.leader, leader_.index, shard, pair.line.leader);
    pair.follower =
        ports_.shards.follower_shard(task_.rule.follower, follower_, shard, pair.line.follower);
    return pair;
}

Task<Result<Damage>> Repairer::inspect() {
    const Result<void> read = co_await read_both();
    if (!read.ok()) {
        co_return read.failure();
    }
    std::vector<ShardPair> pairs;
    std::vector<std::unique_ptr<ShardVerifier>> verifiers;
    std::vector<const ShardVerifier*> compared;
    for (int shard = 0; shard < leader_.index.shards; ++shard) {
        pairs.push_back(pair_of(shard));
        const ShardPair& pair = pairs.back();
        VerifyOptions options;
        options.base = pair.line.base;
        options.older = pair.line.older;
        options.history = follower_.histories[static_cast<std::size_t>(shard)];
        options.deep = true;
        options.limits = task_.limits;
        options.contents_max = contents_max;
        verifiers.push_back(std::make_unique<ShardVerifier>(
            VerifyPorts{*pair.leader, *pair.follower, ports_.timers}, std::move(options)));
        compared.push_back(verifiers.back().get());
    }
    Verifier verifier(std::move(verifiers), ports_.timers);
    const std::vector<ShardVerdict> verdicts = co_await verifier.run(task_.wait, 0);
    Damage damage;
    contents_.clear();
    for (const ShardVerdict& verdict : verdicts) {
        if (verdict.verdict == core::VerifyVerdict::moving) {
            co_return verdict.failure.value_or(
                Failure{FailureKind::timeout,
                        "the follower is behind and still moving, so what differs for good cannot "
                        "be told: try again, or with a longer --wait",
                        where()});
        }
        if (verdict.verdict == core::VerifyVerdict::equal) {
            continue;
        }
        damage.missing += verdict.missing;
        damage.surplus += verdict.surplus;
        damage.contents += verdict.contents_different;
        const auto shard = static_cast<std::size_t>(verdict.shard);
        for (const core::DocumentDifference& difference :
             compared[shard]->verification().contents()) {
            contents_[verdict.shard].push_back(difference.seq_no);
        }
    }
    co_return damage;
}

Task<Result<std::vector<SeqNo>>> Repairer::read_leader_points() {
    std::vector<std::string> name{task_.leader_index.value()};
    const Result<std::vector<IndexSample>> samples = co_await ports_.leader.sample(std::move(name));
    if (!samples.ok()) {
        co_return samples.failure();
    }
    std::vector<SeqNo> points;
    const auto sample = std::ranges::find(*samples, leader_.index.uuid, &IndexSample::uuid);
    if (sample != samples->end()) {
        for (const std::optional<ShardSample>& shard : sample->shards) {
            if (shard) {
                points.push_back(shard->max_seq_no);
            }
        }
    }
    if (!std::cmp_equal(points.size(), leader_.index.shards)) {
        co_return Failure{FailureKind::unavailable,
                          "not every shard of the leader has a started primary",
                          task_.rule.leader.value() + "/" + task_.leader_index.value()};
    }
    co_return points;
}

Task<Result<void>> Repairer::repair() {
    Result<std::vector<SeqNo>> points = co_await read_leader_points();
    if (!points.ok()) {
        co_return std::move(points).failure();
    }
    std::vector<SeqNo> through = std::move(points).value();
    Result<FollowerIndex> raised =
        co_await ports_.follower.raise_generation(follower_, std::move(through));
    if (!raised.ok()) {
        co_return std::move(raised).failure();
    }
    follower_ = std::move(raised).value();
    repair_log.info("base of versions was raised",
                    observe::field("index", follower_.name),
                    observe::field("version", line_base(follower_)));
    for (auto& [shard, places] : contents_) {
        std::ranges::sort(places);
        Result<void> written = co_await write_contents(shard);
        if (!written.ok()) {
            co_return written;
        }
    }
    co_return Result<void>{};
}

// Should the leader delete one of these meanwhile, the listing that follows takes it away again.
Task<Result<void>> Repairer::write_contents(int shard) {
    ShardPair pair = pair_of(shard);
    const Result<void> refreshed = co_await pair.leader->refresh();
    if (!refreshed.ok()) {
        co_return refreshed.failure();
    }
    const Result<ViewId> view = co_await pair.leader->open_view();
    if (!view.ok()) {
        co_return view.failure();
    }
    const ViewId& id = *view;
    Result<void> written = co_await write_pages(&pair, id, shard);
    const Result<void> closed = co_await pair.leader->close_view(id);
    (void)closed;
    co_return written;
}

Task<Result<void>> Repairer::write_pages(ShardPair* pair, ViewId view, int shard) {
    const std::vector<SeqNo>& places = contents_.at(shard);
    core::PageSizer sizer{task_.limits};
    for (std::size_t done = 0; done < places.size();) {
        const std::size_t some =
            std::min({places.size() - done, ranges_at_once, sizer.operations_max()});
        PageRequest request;
        request.view = view;
        request.operations_max = some;
        request.bytes_max = sizer.bytes_max();
        for (std::size_t at = done; at < done + some; ++at) {
            const SeqNoRange place{places[at], places[at]};
            request.ranges.push_back(place);
            if (place.first < SeqNo{0}) {
                // What the leader has not made itself is found by listing it.
                const Result<std::vector<SeqNo>> listed =
                    co_await pair->leader->list(view, place, 1);
                if (!listed.ok()) {
                    co_return listed.failure();
                }
            }
        }
        Result<Page> page = co_await pair->leader->read_page(std::move(request));
        if (!page.ok()) {
            if (page.failure().kind == FailureKind::too_large && sizer.shrink()) {
                continue;
            }
            co_return std::move(page).failure();
        }
        OperationBatch batch = std::move(page->batch);
        Result<void> written = co_await write_page(pair, std::move(batch));
        if (!written.ok()) {
            co_return written;
        }
        done += some;
    }
    co_return Result<void>{};
}

Task<Result<void>> Repairer::write_page(ShardPair* pair, OperationBatch batch) {
    Bulk bulk;
    bulk.owners.push_back(batch.bytes);
    for (const Operation& operation : batch.operations) {
        bulk.items.push_back(WriteItem{WriteKind::index,
                                       version_of(pair->line, operation.seq_no),
                                       operation.seq_no,
                                       operation.id,
                                       operation.routing,
                                       operation.source});
    }
    if (bulk.items.empty()) {
        co_return Result<void>{};
    }
    const Result<BulkOutcome> outcome = co_await pair->follower->apply(std::move(bulk));
    if (!outcome.ok()) {
        co_return outcome.failure();
    }
    if (!outcome->failed.empty()) {
        co_return outcome->failed.front().failure;
    }
    co_return Result<void>{};
}

}  // namespace followd::engine
