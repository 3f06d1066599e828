#include "engine/leader_points.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace followd::engine {

namespace {

constexpr Duration ask_again = std::chrono::seconds{1};
constexpr Duration confirm_pause = std::chrono::milliseconds{20};

Failure replaced() {
    return Failure{FailureKind::history_lost, "another index stands under this name now", {}};
}

/// Read after the samples: if those are of a later term, so are these.
bool is_unchanged(const std::vector<ShardStart>& start,
                  const std::vector<ShardSample>& samples,
                  const std::vector<PrimaryTerm>& terms) {
    for (std::size_t shard = 0; shard < start.size(); ++shard) {
        if (terms[shard] != start[shard].term || samples[shard].history != start[shard].history) {
            return false;
        }
    }
    return true;
}

bool is_reached(const std::vector<ShardSample>& samples, const std::vector<SeqNo>& points) {
    for (std::size_t shard = 0; shard < points.size(); ++shard) {
        if (samples[shard].global_checkpoint < points[shard]) {
            return false;
        }
    }
    return true;
}

}  // namespace

LeaderPoints::LeaderPoints(ClusterName cluster,
                           LeaderCluster& leader,
                           ShardFactory& shards,
                           Timers& timers,
                           StopCheck is_stopping)
    : cluster_(std::move(cluster)),
      leader_(leader),
      shards_(shards),
      timers_(timers),
      is_stopping_(std::move(is_stopping)) {}

Task<Result<std::vector<ShardSample>>> LeaderPoints::read_samples(LeaderIndex index) {
    std::vector<std::string> names{index.name.value()};
    const Result<std::vector<IndexSample>> samples = co_await leader_.sample(std::move(names));
    if (!samples.ok()) {
        co_return samples.failure();
    }
    std::vector<ShardSample> shards;
    for (const IndexSample& sample : *samples) {
        if (sample.name == index.name && sample.uuid != index.uuid) {
            co_return replaced();
        }
        if (sample.uuid != index.uuid) {
            continue;
        }
        for (const std::optional<ShardSample>& shard : sample.shards) {
            if (shard) {
                shards.push_back(*shard);
            }
        }
    }
    if (!std::cmp_equal(shards.size(), index.shards)) {
        co_return Failure{
            FailureKind::unavailable, "not every shard of the leader has a started primary", {}};
    }
    co_return shards;
}

Task<Result<std::vector<ShardSample>>> LeaderPoints::await_samples(LeaderIndex index) {
    Patience patience;
    while (true) {
        Result<std::vector<ShardSample>> samples = co_await read_samples(index);
        if (samples.ok() || is_stopping_() || !patience.endures(samples.failure(), timers_.now())) {
            co_return samples;
        }
        co_await timers_.sleep_until(timers_.now() + ask_again);
    }
}

Task<Result<std::vector<PrimaryTerm>>> LeaderPoints::read_terms(LeaderIndex index) {
    std::vector<PrimaryTerm> terms;
    for (int shard = 0; shard < index.shards; ++shard) {
        const std::unique_ptr<LeaderShard> port = shards_.leader_shard(cluster_, index, shard, {});
        const Result<LeaderIdentity> identity = co_await port->read_identity();
        if (!identity.ok()) {
            co_return identity.failure();
        }
        if (identity->uuid != index.uuid) {
            co_return replaced();
        }
        terms.push_back(identity->term);
    }
    co_return terms;
}

// The term first: a G of a later primary is then told from it.
Task<Result<std::vector<ShardStart>>> LeaderPoints::read_start(LeaderIndex index) {
    const Result<std::vector<PrimaryTerm>> terms = co_await read_terms(index);
    if (!terms.ok()) {
        co_return terms.failure();
    }
    const Result<std::vector<ShardSample>> samples = co_await read_samples(index);
    if (!samples.ok()) {
        co_return samples.failure();
    }
    std::vector<ShardStart> start;
    start.reserve(samples->size());
    for (std::size_t shard = 0; shard < samples->size(); ++shard) {
        start.push_back(
            {(*samples)[shard].history, (*terms)[shard], (*samples)[shard].global_checkpoint});
    }
    co_return start;
}

// A primary that took over later may have rolled back what the snapshot has, and given its numbers
// to other operations.
Task<Result<void>> LeaderPoints::await_confirmation(LeaderIndex index,
                                                    std::vector<ShardStart> start,
                                                    std::vector<SeqNo> points,
                                                    Instant latest) {
    Patience patience;
    while (!is_stopping_()) {
        const Result<std::vector<ShardSample>> samples = co_await read_samples(index);
        Result<std::vector<PrimaryTerm>> terms = std::vector<PrimaryTerm>{};
        if (samples.ok()) {
            terms = co_await read_terms(index);
        }
        if (!samples.ok() || !terms.ok()) {
            const Failure& failure = samples.ok() ? terms.failure() : samples.failure();
            if (!patience.endures(failure, timers_.now())) {
                co_return failure;
            }
            co_await timers_.sleep_until(timers_.now() + ask_again);
            continue;
        }
        patience.answered();
        if (!is_unchanged(start, *samples, *terms)) {
            co_return Failure{FailureKind::unavailable,
                              "a primary of the leader changed while its snapshot was taken",
                              {}};
        }
        if (is_reached(*samples, points)) {
            co_return Result<void>{};
        }
        if (timers_.now() > latest) {
            co_return Failure{FailureKind::unavailable,
                              "the leader's global checkpoint does not reach what the snapshot "
                              "has: is a replica away?",
                              {}};
        }
        co_await timers_.sleep_until(timers_.now() + confirm_pause);
    }
    co_return Failure{FailureKind::cancelled, "told to stop", {}};
}

}  // namespace followd::engine
