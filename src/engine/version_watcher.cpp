#include "engine/version_watcher.hpp"

#include <algorithm>
#include <utility>

namespace followd::engine {

namespace {

constexpr Duration interval = std::chrono::seconds{2};
// A cluster of very many indices takes its time to list them: it gets at least this much rest.
constexpr int rests_per_answer = 20;

}  // namespace

VersionWatcher::VersionWatcher(LeaderCluster& leader,
                               Timers& timers,
                               std::vector<std::string> patterns,
                               Tell tell)
    : leader_(leader), timers_(timers), patterns_(std::move(patterns)), tell_(std::move(tell)) {}

Task<void> VersionWatcher::run() {
    while (!stopping_) {
        const Instant began = timers_.now();
        // A failure is not worth a line: the poll of the shards tells of the same cluster.
        Result<VersionListing> listing = co_await leader_.read_versions(patterns_, state_);
        if (!stopping_ && listing.ok()) {
            state_ = std::move(listing->state);
            if (listing->indices) {
                tell_(*listing->indices);
            }
        }
        const Instant ended = timers_.now();
        // How long a deadline was tells nothing of the cluster's size.
        const Duration took = listing.ok() ? ended - began : Duration{0};
        const Instant next = ended + std::max(interval, rests_per_answer * took);
        while (!stopping_ && timers_.now() < next) {
            co_await timers_.sleep_until(next);
        }
    }
}

}  // namespace followd::engine
