#include "cli/snapshot_deletion.hpp"

#include "es/snapshot_name.hpp"

#include <optional>
#include <set>
#include <utility>

namespace followd::cli {

namespace {

Failure of_daemon(const std::string& name) {
    return Failure{FailureKind::refused,
                   "the snapshot " + name +
                       " is a daemon's: it deletes it by itself when it needs it no more. If that "
                       "daemon is gone for good, say --force",
                   {}};
}

Failure being_restored(const std::string& name) {
    return Failure{FailureKind::refused,
                   "the snapshot " + name +
                       " is being restored there: wait until it is (GET _cat/recovery shows it), "
                       "or end it by deleting the indices that it makes",
                   {}};
}

Failure not_known(Failure failure) {
    failure.what +=
        ". It is not known whether this cluster restores from the snapshot: --force "
        "deletes it all the same";
    return failure;
}

}  // namespace

SnapshotDeletion::SnapshotDeletion(es::PlainSnapshots& snapshots,
                                   engine::SnapshotSource& source,
                                   engine::RuleRepository repository,
                                   std::vector<std::unique_ptr<es::PlainSnapshots>> users,
                                   bool is_forced)
    : snapshots_(snapshots),
      source_(source),
      repository_(std::move(repository)),
      users_(std::move(users)),
      is_forced_(is_forced) {}

Task<Result<void>> SnapshotDeletion::run(std::vector<std::string> names) {
    const Result<void> checked = co_await check(names);
    if (!checked.ok()) {
        co_return checked;
    }
    for (const std::string& name : names) {
        const Result<void> removed = co_await source_.delete_snapshot(repository_, name);
        if (!removed.ok()) {
            co_return removed;
        }
        deleted_.push_back(name);
    }
    co_return Result<void>{};
}

Task<Result<void>> SnapshotDeletion::check(std::vector<std::string> names) {
    for (const std::string& name : names) {
        if (es::is_daemons(name) && !is_forced_) {
            co_return snapshots_.told(of_daemon(name));
        }
    }
    const Result<void> prepared = co_await snapshots_.prepare();
    if (!prepared.ok()) {
        co_return prepared;
    }
    for (const std::string& name : names) {
        const Result<std::optional<es::StoredSnapshot>> found = co_await snapshots_.find(name);
        if (!found.ok()) {
            co_return found.failure();
        }
        if (!found->has_value()) {
            const Failure missing = co_await snapshots_.missing(name);
            co_return missing;
        }
    }
    if (is_forced_) {
        co_return Result<void>{};
    }
    Result<void> is_unused = co_await check_unused(std::move(names));
    co_return is_unused;
}

Task<Result<void>> SnapshotDeletion::check_unused(std::vector<std::string> names) {
    for (const std::unique_ptr<es::PlainSnapshots>& user : users_) {
        const Result<std::set<std::string>> restores = co_await user->read_restores();
        if (!restores.ok()) {
            co_return not_known(restores.failure());
        }
        for (const std::string& name : names) {
            if (restores->contains(name)) {
                co_return user->told(being_restored(name));
            }
        }
    }
    co_return Result<void>{};
}

}  // namespace followd::cli
