#include "engine/promoter.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/origin_line.hpp"

#include "observe/log.hpp"

#include <algorithm>
#include <utility>

namespace followd::engine {

namespace {

// A mark is one change of the cluster's state, which its master makes one after the other.
constexpr std::size_t marks_at_once = 8;

const observe::Logger promote_log("promote");

std::vector<SeqNo> applied_or_unknown(const std::map<IndexName, std::vector<SeqNo>>& applied,
                                      const RoleIndex& index) {
    const auto known = applied.find(index.name);
    const auto shards = static_cast<std::size_t>(index.shards);
    return known != applied.end() && known->second.size() == shards
               ? known->second
               : std::vector<SeqNo>(shards, SeqNo::none());
}

/// What would stop the steps of all: nothing is begun for such an index.
std::optional<Failure> obstacle(const RoleIndex& index, const std::optional<RoleChange>& change) {
    if (index.is_closed) {
        return Failure{FailureKind::unavailable,
                       "the index is closed, so writes to it cannot be stopped and its last "
                       "operation cannot be read: open it, then promote it",
                       index.name.value()};
    }
    const bool is_of_other_shards =
        change && !change->points.empty() && !std::cmp_equal(change->points.size(), index.shards);
    if (is_of_other_shards) {
        return Failure{FailureKind::malformed,
                       "the journal of its promotion in the index .followd is of another number "
                       "of shards",
                       index.name.value()};
    }
    return std::nullopt;
}

}  // namespace

Promoter::Promoter(const boost::asio::any_io_executor& executor, RoleCluster& cluster)
    : cluster_(cluster), marks_(executor, marks_at_once), group_(executor, [](const char* what) {
          promote_log.error("task failed", observe::field("error", what));
      }) {}

Task<PromotionOutcome> Promoter::promote(std::vector<RoleIndex> indices,
                                         std::map<IndexName, std::vector<SeqNo>> applied,
                                         Requester requester) {
    outcome_ = {};
    changing_.clear();
    applied_ = std::move(applied);
    requester_ = std::move(requester);
    const Result<std::vector<ChangingIndex>> changes = co_await cluster_.read_changes(indices);
    for (RoleIndex& index : indices) {
        outcome_.indices.push_back(PromotedIndex{std::move(index), std::nullopt, false});
    }
    if (!changes.ok()) {
        fail_all(changes.failure());
        co_return std::move(outcome_);
    }
    for (std::size_t at = 0; at < changes->size(); ++at) {
        PromotedIndex& row = outcome_.indices[at];
        const ChangingIndex& changing = (*changes)[at];
        row.was_promoted_before = row.index.is(MarkRole::promoted) && !changing.change;
        if (row.was_promoted_before) {
            continue;
        }
        const bool is_undone_halfway =
            changing.change && changing.change->kind == RoleChangeKind::follow;
        if (!row.index.role || row.index.is(MarkRole::leader)) {
            row.failure = Failure{FailureKind::refused,
                                  "it is no follower: its mapping has no mark of one",
                                  row.index.name.value()};
        } else if (is_undone_halfway) {
            row.failure = Failure{FailureKind::conflict,
                                  "it is being made a follower since " + changing.change->at +
                                      " by " + changing.change->by +
                                      ": let that end first (followd resume or "
                                      "followd failback finishes it)",
                                  row.index.name.value()};
        } else {
            std::optional<Failure> failure = obstacle(row.index, changing.change);
            if (failure) {
                row.failure = *std::move(failure);
            } else {
                changing_.emplace(row.index.name, changing);
            }
        }
    }
    const Result<void> done = co_await run_steps();
    if (!done.ok()) {
        fail_all(done.failure());
    }
    co_return std::move(outcome_);
}

void Promoter::fail_all(const Failure& failure) {
    for (PromotedIndex& row : outcome_.indices) {
        if (!row.failure && !row.was_promoted_before) {
            row.failure = failure;
        }
    }
}

std::vector<RoleIndex> Promoter::in_work() const {
    std::vector<RoleIndex> indices;
    indices.reserve(changing_.size());
    for (const auto& [name, changing] : changing_) {
        indices.push_back(changing.index);
    }
    return indices;
}

Task<Result<void>> Promoter::run_steps() {
    if (changing_.empty()) {
        co_return Result<void>{};
    }
    Result<void> done = co_await open_journals();
    if (done.ok() && !changing_.empty()) {
        done = co_await end_copying();
    }
    if (done.ok()) {
        co_await record_roles();
    }
    if (done.ok() && !changing_.empty()) {
        done = co_await let_writes_in();
    }
    if (done.ok() && !changing_.empty()) {
        done = co_await close_journals();
    }
    co_return done;
}

// 1. Whose promotion this is from now on.
Task<Result<void>> Promoter::open_journals() {
    std::vector<ChangingIndex> journals;
    journals.reserve(changing_.size());
    std::set<IndexName> begun;
    for (auto& [name, changing] : changing_) {
        if (!changing.change) {
            begun.insert(name);
            changing.change = RoleChange{RoleChangeKind::promote, requester_.at, requester_.by, {}};
        }
        journals.push_back(changing);
    }
    Result<std::vector<ChangingIndex>> opened = co_await cluster_.write_changes(journals);
    if (!opened.ok()) {
        co_return std::move(opened).failure();
    }
    for (ChangingIndex& changing : *opened) {
        promote_log.info("promotion began",
                         observe::field("index", changing.index.name),
                         observe::field("by", changing.change->by));
        changing_.insert_or_assign(changing.index.name, std::move(changing));
    }
    Result<void> read = co_await read_again(std::move(begun));
    co_return read;
}

// 2. No write of ours comes through any more, however late; 3. none is under way.
Task<Result<void>> Promoter::end_copying() {
    const std::vector<RoleIndex> indices = in_work();
    Result<void> done = co_await cluster_.remove_fences(indices);
    if (!done.ok()) {
        co_return done;
    }
    std::vector<RoleIndex> unmarked;
    std::ranges::copy_if(indices, std::back_inserter(unmarked), [](const RoleIndex& index) {
        return index.is(MarkRole::follower);
    });
    if (!unmarked.empty()) {
        done = co_await cluster_.block_writes(unmarked);
        if (!done.ok()) {
            co_return done;
        }
        done = co_await read_points();
    }
    co_return done;
}

// 5. The role. What fails is left out from here on.
Task<void> Promoter::record_roles() {
    std::size_t number = 0;
    for (const PromotedIndex& row : outcome_.indices) {
        if (changing_.contains(row.index.name) && row.index.is(MarkRole::follower)) {
            group_.spawn(mark(number));
        }
        ++number;
    }
    co_await group_.join();
    std::erase_if(changing_, [this](const auto& entry) {
        const auto row = std::ranges::find_if(outcome_.indices, [&entry](const auto& candidate) {
            return candidate.index.name == entry.first;
        });
        return row->failure.has_value();
    });
}

// 6. What was held back, and only then writes.
Task<Result<void>> Promoter::let_writes_in() {
    const std::vector<RoleIndex> indices = in_work();
    Result<std::vector<std::string>> restored = co_await cluster_.restore_settings(indices);
    if (!restored.ok()) {
        co_return std::move(restored).failure();
    }
    outcome_.warnings = std::move(restored).value();
    Result<void> done = co_await cluster_.unblock_writes(indices);
    if (done.ok()) {
        done = co_await cluster_.add_write_aliases(indices);
    }
    co_return done;
}

// 7. The end.
Task<Result<void>> Promoter::close_journals() {
    std::vector<ChangingIndex> journals;
    journals.reserve(changing_.size());
    for (auto& [name, changing] : changing_) {
        changing.change.reset();
        journals.push_back(changing);
    }
    Result<std::vector<ChangingIndex>> closed = co_await cluster_.write_changes(journals);
    if (!closed.ok()) {
        co_return std::move(closed).failure();
    }
    for (const ChangingIndex& changing : *closed) {
        promote_log.info("index was promoted", observe::field("index", changing.index.name));
    }
    co_return Result<void>{};
}

// What was listed may be older than the journal, which is ours only now: where another ended a
// promotion in between, clients may have written, and their point must stand.
Task<Result<void>> Promoter::read_again(std::set<IndexName> begun) {
    std::vector<std::string> names;
    names.reserve(changing_.size());
    for (const auto& [name, changing] : changing_) {
        names.push_back(name.value());
    }
    const Result<std::vector<RoleIndex>> present = co_await cluster_.list_marked(std::move(names));
    if (!present.ok()) {
        co_return present.failure();
    }
    std::vector<ChangingIndex> ended;
    for (PromotedIndex& row : outcome_.indices) {
        const auto changing = changing_.find(row.index.name);
        if (changing == changing_.end()) {
            continue;
        }
        const auto now = std::ranges::find(*present, row.index.name, &RoleIndex::name);
        if (now == present->end() || now->uuid != row.index.uuid || now->is(MarkRole::leader)) {
            row.failure = Failure{FailureKind::conflict,
                                  "it is another index than when it was listed: look at followd "
                                  "status, then try again",
                                  row.index.name.value()};
            changing_.erase(changing);
            continue;
        }
        row.index = *now;
        changing->second.index = *now;
        if (now->is(MarkRole::promoted) && begun.contains(now->name)) {
            row.was_promoted_before = true;
            changing->second.change.reset();
            ended.push_back(std::move(changing->second));
            changing_.erase(changing);
        }
    }
    if (ended.empty()) {
        co_return Result<void>{};
    }
    const Result<std::vector<ChangingIndex>> closed =
        co_await cluster_.write_changes(std::move(ended));
    if (!closed.ok()) {
        co_return closed.failure();
    }
    co_return Result<void>{};
}

// 4. Once writes are blocked: the last number that is a copy. An earlier run's point counts, since
// clients may have written after it.
Task<Result<void>> Promoter::read_points() {
    std::vector<RoleIndex> asked;
    for (const auto& [name, changing] : changing_) {
        if (changing.change->points.empty() && changing.index.is(MarkRole::follower)) {
            asked.push_back(changing.index);
        }
    }
    if (asked.empty()) {
        co_return Result<void>{};
    }
    const Result<std::vector<std::vector<SeqNo>>> points = co_await cluster_.read_points(asked);
    if (!points.ok()) {
        co_return points.failure();
    }
    std::vector<ChangingIndex> journals;
    journals.reserve(asked.size());
    for (std::size_t at = 0; at < asked.size(); ++at) {
        const std::vector<SeqNo>& of_index = (*points)[at];
        if (of_index.empty()) {
            const auto row =
                std::ranges::find_if(outcome_.indices, [&asked, at](const PromotedIndex& one) {
                    return one.index.name == asked[at].name;
                });
            row->failure = Failure{FailureKind::unavailable,
                                   "not every primary shard is started, so nobody knows how far "
                                   "the copy reaches: see _cluster/allocation/explain, then "
                                   "promote it again, or undo with followd resume",
                                   asked[at].name.value()};
            changing_.erase(asked[at].name);
            continue;
        }
        ChangingIndex& changing = changing_.at(asked[at].name);
        changing.change->points = of_index;
        journals.push_back(changing);
    }
    Result<std::vector<ChangingIndex>> recorded =
        co_await cluster_.write_changes(std::move(journals));
    if (!recorded.ok()) {
        co_return std::move(recorded).failure();
    }
    for (ChangingIndex& changing : *recorded) {
        changing_.insert_or_assign(changing.index.name, std::move(changing));
    }
    co_return Result<void>{};
}

Task<void> Promoter::mark(std::size_t number) {
    const std::size_t turn = co_await marks_.acquire(1);
    const RoleIndex index = outcome_.indices[number].index;
    const std::vector<SeqNo> points = changing_.at(index.name).change->points;
    FOLLOWD_ASSERT(std::cmp_equal(points.size(), index.shards));
    Promotion promotion{points, applied_or_unknown(applied_, index), requester_.at, requester_.by};
    Origins origins = core::promoted(index.origins, points);
    const Result<void> done =
        co_await cluster_.mark_promoted(index, std::move(origins), std::move(promotion));
    marks_.release(turn);
    if (!done.ok()) {
        outcome_.indices[number].failure = done.failure();
    }
}

}  // namespace followd::engine
