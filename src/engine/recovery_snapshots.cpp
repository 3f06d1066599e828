#include "engine/recovery_snapshots.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace followd::engine {

RecoverySnapshots::RecoverySnapshots(SnapshotSource& source,
                                     RuleRepository repository,
                                     core::ScheduledSnapshotNames names,
                                     Timers& timers,
                                     StopCheck is_stopping,
                                     observe::Logger log)
    : source_(source),
      repository_(std::move(repository)),
      names_(std::move(names)),
      log_(std::move(log)),
      wait_(source, repository_, timers, std::move(is_stopping), log_) {}

Task<Result<std::vector<std::string>>> RecoverySnapshots::list() {
    Result<std::vector<std::string>> names =
        co_await source_.list_snapshots(repository_, names_.prefix());
    if (!names.ok()) {
        co_return names;
    }
    std::vector<std::string> ours = std::move(names).value();
    std::erase_if(ours, [this](const std::string& name) { return !names_.moment_of(name); });
    std::ranges::sort(ours);
    co_return ours;
}

Task<Result<std::optional<WallTime>>> RecoverySnapshots::read_newest() {
    const Result<std::vector<std::string>> names = co_await list();
    if (!names.ok()) {
        co_return names.failure();
    }
    co_return names->empty() ? std::nullopt : names_.moment_of(names->back());
}

Task<Result<void>> RecoverySnapshots::take(std::string snapshot,
                                           std::vector<IndexName> indices,
                                           TransferProgress* progress) {
    log_.info("snapshot begins",
              observe::field("snapshot", snapshot),
              observe::field("count", indices.size()));
    Result<void> taken = co_await source_.begin_snapshot(repository_, snapshot, std::move(indices));
    if (taken.ok()) {
        taken = co_await wait_.run(snapshot, progress);
    }
    (taken.ok() ? whole_ : unwanted_).insert(snapshot);
    co_return taken;
}

// What an earlier life of the daemon left there may have been cut short.
Task<Result<void>> RecoverySnapshots::learn_which_are_whole(std::vector<std::string> names) {
    const std::set<std::string> there(names.begin(), names.end());
    std::erase_if(whole_, [&there](const std::string& name) { return !there.contains(name); });
    std::erase_if(unwanted_, [&there](const std::string& name) { return !there.contains(name); });
    for (const std::string& name : names) {
        if (whole_.contains(name) || unwanted_.contains(name)) {
            continue;
        }
        const Result<SnapshotProgress> progress = co_await source_.read_snapshot(repository_, name);
        if (!progress.ok()) {
            co_return progress.failure();
        }
        (progress->state == SnapshotState::success ? whole_ : unwanted_).insert(name);
    }
    co_return Result<void>{};
}

std::vector<std::string> RecoverySnapshots::leaving(const std::vector<std::string>& names,
                                                    std::size_t keep) const {
    std::vector<std::string> leave;
    std::size_t stay = 0;
    for (const std::string& name : names | std::views::reverse) {
        stay += unwanted_.contains(name) ? 0U : 1U;
        if (unwanted_.contains(name) || stay > keep) {
            leave.push_back(name);
        }
    }
    return leave;
}

Task<Result<void>> RecoverySnapshots::clean_up(std::size_t keep, std::set<std::string> in_use) {
    const Result<std::vector<std::string>> names = co_await list();
    if (!names.ok()) {
        co_return names.failure();
    }
    const Result<void> learnt = co_await learn_which_are_whole(*names);
    if (!learnt.ok()) {
        co_return learnt;
    }
    kept_ = std::ssize(*names);
    Result<void> all;
    const std::vector<std::string> leave = leaving(*names, keep);
    for (const std::string& name : leave) {
        if (in_use.contains(name)) {
            continue;
        }
        Result<void> deleted = co_await source_.delete_snapshot(repository_, name);
        if (!deleted.ok()) {
            all = std::move(deleted);  // one that somebody restores from keeps no other here
            continue;
        }
        kept_ = *kept_ - 1;
        log_.info("snapshot deleted", observe::field("snapshot", name));
    }
    co_return all;
}

}  // namespace followd::engine
