#include "engine/recovered_set.hpp"

#include "followd/model/generation_name.hpp"
#include "followd/model/index_pattern.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::engine {

namespace {

// How often the end of what is under way is looked for.
constexpr Duration ending_interval = std::chrono::milliseconds{5};

/// All that may be a generation of the rule: by its name, or by an alias of the leader's.
std::vector<std::string> marked_patterns(const FollowRule& rule) {
    std::vector<std::string> patterns;
    for (const std::string& pattern : rule.indices) {
        if (!is_exclusion(pattern)) {
            patterns.push_back(follower_index_name(rule, pattern) + ".*");
            patterns.push_back(pattern);
        }
    }
    return patterns;
}

bool is_of_rule(const RoleIndex& index, const FollowRule& rule) {
    const std::optional<std::string> leader = leader_index_name(rule, index.name.value());
    if (!index.role || index.leader_cluster != rule.leader || !leader ||
        *leader != index.leader_index.value()) {
        return false;
    }
    // The alias before a generation is our own, and none of its leader's.
    std::vector<std::string> aliases = index.alias_names;
    std::erase(aliases, follower_index_name(rule, *leader));
    return rule_covers(rule, *leader, aliases);
}

FollowerStatus refused_row(const core::FollowClaim& claim, core::ShardError error) {
    FollowerStatus row;
    row.rule = claim.rule;
    row.leader = claim.leader;
    row.follower = claim.follower;
    row.leader_index = claim.leader_index;
    row.phase = IndexPhase::refused;
    row.last_error = std::move(error);
    row.recovery.emplace();
    return row;
}

}  // namespace

RecoveredSet::RecoveredSet(const RecoveryPorts& ports,
                           FollowRule rule,
                           core::ScheduledSnapshotNames snapshots,
                           RecoveryRelations relations,
                           Semaphore& slots,
                           StopCheck is_stopping,
                           observe::Logger log)
    : ports_(ports),
      rule_(std::move(rule)),
      snapshots_(std::move(snapshots)),
      relations_(std::move(relations)),
      slots_(slots),
      is_stopping_(std::move(is_stopping)),
      log_(std::move(log)),
      matcher_({rule_}) {}

Task<void> RecoveredSet::look() {
    std::vector<std::string> of_marks = marked_patterns(rule_);
    const Result<std::vector<RoleIndex>> marks =
        co_await ports_.roles.list_marked(std::move(of_marks));
    std::vector<std::string> of_leader = core::patterns_to_ask({rule_}, rule_.leader);
    const Result<std::vector<LeaderIndex>> listing =
        co_await ports_.leader.list_indices(std::move(of_leader));
    if (is_stopping_()) {
        co_return;
    }
    leader_failure_ = listing.ok() ? std::nullopt : std::optional{listing.failure()};
    if (marks.ok()) {
        take_marks(*marks);
    }
    if (listing.ok()) {
        take_listing(*listing);
    }
    if (!listing.ok() || !marks.ok()) {
        failed(listing.ok() ? marks.failure() : listing.failure());
        co_return;
    }
    look_error_.reset();
    std::erase_if(indices_, [](const auto& entry) { return entry.second->is_forgotten(); });
}

void RecoveredSet::failed(const Failure& failure) {
    const Instant now = ports_.timers.now();
    const observe::RepeatLimiter::Verdict verdict = repeats_.ask(to_string(failure.kind), now);
    if (verdict.may_log) {
        log_.warn("clusters cannot be asked what there is to recover",
                  observe::field("kind", failure.kind),
                  observe::field("error", failure.what),
                  observe::field("where", failure.where),
                  observe::field("repeated", verdict.repeated));
    }
    core::note_error(look_error_, failure, now);
}

void RecoveredSet::take_marks(const std::vector<RoleIndex>& marks) {
    knows_marks_ = true;
    std::map<IndexName, std::vector<RoleIndex>> of_index;
    for (const RoleIndex& mark : marks) {
        if (is_of_rule(mark, rule_)) {
            of_index[mark.leader_index].push_back(mark);
        }
    }
    for (const auto& [leader_index, generations] : of_index) {
        const IndexName alias{follower_index_name(rule_, leader_index.value())};
        (void)index_of(leader_index, alias);
    }
    for (const auto& [leader_index, index] : indices_) {
        // One that is at work knows better what it did meanwhile.
        if (!index->is_at_work()) {
            index->marked(of_index[leader_index]);
        }
    }
}

void RecoveredSet::take_listing(const std::vector<LeaderIndex>& indices) {
    std::vector<core::FollowClaim> claims;
    std::map<IndexName, const LeaderIndex*> by_name;
    for (const LeaderIndex& index : indices) {
        by_name.emplace(index.name, &index);
        if (index.is_system) {
            continue;
        }
        const core::LeaderIndex listed{
            index.name,
            index.aliases,
            index.follows ? std::optional{index.follows->cluster} : std::nullopt};
        for (core::FollowClaim& claim : matcher_.match(rule_.leader, listed)) {
            claims.push_back(std::move(claim));
        }
    }
    const core::FollowPlan plan = relations_.settle(std::move(claims));
    std::map<IndexName, Listed> listed = refuse(plan);
    for (const core::FollowClaim& claim : plan.follows) {
        const auto index = by_name.find(claim.leader_index);
        if (is_ours(claim) && index != by_name.end()) {
            (void)index_of(claim.leader_index, claim.follower_index);
            listed.insert_or_assign(claim.leader_index, listed_of(*index->second));
        }
    }
    for (const auto& [leader_index, index] : indices_) {
        const auto found = listed.find(leader_index);
        index->listed(found == listed.end() ? std::nullopt : std::optional{found->second});
    }
}

bool RecoveredSet::is_ours(const core::FollowClaim& claim) const {
    return claim.rule == rule_.name && claim.leader == rule_.leader;
}

// What is shown of an index stays shown: a rival that comes later must not take it away.
std::map<IndexName, Listed> RecoveredSet::refuse(const core::FollowPlan& plan) {
    std::vector<std::pair<core::FollowClaim, std::string>> claims;
    claims.reserve(plan.refused.size() + 2 * plan.conflicts.size());
    for (const core::FollowClaim& claim : plan.refused) {
        claims.emplace_back(claim, claim.problem.value_or(""));
    }
    for (const core::FollowConflict& conflict : plan.conflicts) {
        claims.emplace_back(conflict.first, conflict.text());
        claims.emplace_back(conflict.second, conflict.text());
    }
    std::map<IndexName, Listed> listed;
    const std::map<IndexName, FollowerStatus> before = std::exchange(refused_, {});
    for (const auto& [claim, why] : claims) {
        Failure failure{FailureKind::conflict, why, {}};
        if (!is_ours(claim)) {
            continue;  // another's to show
        }
        if (indices_.contains(claim.leader_index)) {
            listed.insert_or_assign(claim.leader_index, Listed{std::move(failure)});
            continue;
        }
        const auto known = before.find(claim.leader_index);
        const Instant since =
            known == before.end() ? ports_.timers.now() : known->second.last_error->since;
        refused_.insert_or_assign(claim.leader_index,
                                  refused_row(claim, core::ShardError{std::move(failure), since}));
    }
    return listed;
}

Listed RecoveredSet::listed_of(const LeaderIndex& index) const {
    if (index.state == IndexState::open) {
        return {};
    }
    return {Failure{FailureKind::refused,
                    "the leader index is closed, so what a snapshot of it has cannot be confirmed: "
                    "open it, or exclude it from the rule",
                    rule_.leader.value() + "/" + index.name.value()}};
}

RecoveredIndex& RecoveredSet::index_of(const IndexName& leader_index, const IndexName& alias) {
    std::unique_ptr<RecoveredIndex>& index = indices_[leader_index];
    if (!index) {
        index = std::make_unique<RecoveredIndex>(
            ports_,
            rule_,
            snapshots_,
            GenerationOwner{rule_.leader, leader_index, rule_.follower, alias},
            relations_.holds,
            slots_,
            is_stopping_);
    }
    return *index;
}

std::vector<IndexName> RecoveredSet::wanted() const {
    std::vector<IndexName> names;
    for (const auto& [leader_index, index] : indices_) {
        if (index->is_wanted()) {
            names.push_back(leader_index);
        }
    }
    return names;
}

std::vector<IndexName> RecoveredSet::all() const {
    std::vector<IndexName> names;
    names.reserve(indices_.size());
    for (const auto& [leader_index, index] : indices_) {
        names.push_back(leader_index);
    }
    return names;
}

RecoveredIndex* RecoveredSet::find(const IndexName& leader_index) const {
    const auto found = indices_.find(leader_index);
    return found == indices_.end() ? nullptr : found->second.get();
}

std::optional<WallTime> RecoveredSet::newest_point() const {
    std::optional<WallTime> newest;
    for (const auto& [leader_index, index] : indices_) {
        newest = std::max(newest, index->newest_point());
    }
    return newest;
}

std::optional<WallTime> RecoveredSet::oldest_point() const {
    std::optional<WallTime> oldest;
    for (const auto& [leader_index, index] : indices_) {
        if (!index->is_wanted()) {
            continue;
        }
        const std::optional<WallTime> point = index->newest_point();
        if (!point) {
            return std::nullopt;
        }
        oldest = std::min(oldest.value_or(*point), *point);
    }
    return oldest;
}

std::set<std::string> RecoveredSet::snapshots_in_use() const {
    std::set<std::string> snapshots;
    for (const auto& [leader_index, index] : indices_) {
        snapshots.insert(index->snapshots_in_use().begin(), index->snapshots_in_use().end());
    }
    return snapshots;
}

Task<void> RecoveredSet::release(IndexPlace place) {
    const auto is_under_way = [&] {
        return std::ranges::any_of(indices_, [&place](const auto& entry) {
            return entry.second->is_at_work() && entry.second->is_at(place);
        });
    };
    while (is_under_way()) {
        co_await ports_.timers.sleep_until(ports_.timers.now() + ending_interval);
    }
}

std::vector<FollowerStatus> RecoveredSet::status(const std::optional<BootstrapStatus>& taking,
                                                 const std::set<IndexName>& taken,
                                                 std::optional<WallTime> next_run) const {
    std::vector<FollowerStatus> rows;
    for (const auto& [leader_index, index] : indices_) {
        std::optional<FollowerStatus> row = index->status(
            taken.contains(leader_index) ? taking : std::nullopt, look_error_, next_run);
        if (row) {
            rows.push_back(*std::move(row));
        }
    }
    for (const auto& [leader_index, row] : refused_) {
        rows.push_back(row);
    }
    return rows;
}

}  // namespace followd::engine
