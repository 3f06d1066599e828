#include "followd/core/retry.hpp"
#include "followd/model/generation_name.hpp"

#include "engine/recovered_index.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

/// What is known of an index that is recovered by schedule, and how it is told.

namespace followd::engine {

void RecoveredIndex::marked(const std::vector<RoleIndex>& generations) {
    std::vector<Generation> known;
    std::optional<Promotion> promotion;
    for (const RoleIndex& index : generations) {
        known.push_back(generation_of(index, owner_.alias));
        if (!index.is(MarkRole::follower)) {
            promotion = index.promotion.value_or(Promotion{});
        }
    }
    found(survey(std::move(known), owner_, snapshots_));
    promotion_ = std::move(promotion);
}

void RecoveredIndex::found(const GenerationSurvey& survey) {
    shown_ = survey.shown;
    newest_ = survey.newest;
    if (!survey.promoted) {
        promotion_.reset();
    } else if (!promotion_) {
        promotion_.emplace();
    }
}

void RecoveredIndex::listed(std::optional<Listed> listed) {
    is_listing_known_ = true;
    is_listed_ = listed.has_value();
    if (listed && listed->obstacle) {
        core::note_error(obstacle_, *std::move(listed->obstacle), ports_.timers.now());
    } else {
        obstacle_.reset();
    }
}

void RecoveredIndex::note(Failure failure) {
    core::note_error(last_error_, std::move(failure), ports_.timers.now());
}

bool RecoveredIndex::is_wanted() const {
    return is_listed_ && !obstacle_ && !promotion_ && hold() == nullptr;
}

std::optional<WallTime> RecoveredIndex::newest_point() const {
    std::optional<WallTime> newest;
    for (const std::optional<Generation>& one : {shown_, newest_}) {
        if (one) {
            newest = std::max(newest.value_or(as_of(*one)), as_of(*one));
        }
    }
    return newest;
}

bool RecoveredIndex::is_forgotten() const {
    return !is_running_ && !is_listed_ && !shown_ && !newest_ && !promotion_;
}

bool RecoveredIndex::is_at(const IndexPlace& place) const {
    const std::optional<GenerationName> name = parse_generation_name(place.index.value());
    return place.cluster == owner_.follower &&
           (place.index == owner_.alias || (name && name->alias == owner_.alias.value()));
}

// A generation's own goes before its alias's: it says that a role is being changed.
const Hold* RecoveredIndex::hold() const {
    const IndexName first{owner_.alias.value() + "."};
    for (auto at = holds_.lower_bound({owner_.follower, first});
         at != holds_.end() && at->first.index.value().starts_with(first.value());
         ++at) {
        if (is_at(at->first)) {
            return &at->second;
        }
    }
    const auto of_alias = holds_.find({owner_.follower, owner_.alias});
    return of_alias == holds_.end() ? nullptr : &of_alias->second;
}

IndexPhase RecoveredIndex::phase(bool is_in_run) const {
    const Hold* held = hold();
    if (promotion_ && (held == nullptr || held->phase == IndexPhase::paused)) {
        return IndexPhase::promoted;
    }
    if (held != nullptr) {
        return held->phase;
    }
    if (is_listing_known_ && !is_listed_) {
        return IndexPhase::leader_gone;
    }
    const std::optional<core::ShardError>& error = obstacle_ ? obstacle_ : last_error_;
    if (error && core::judge(error->failure.kind) == core::Verdict::halt) {
        return IndexPhase::refused;
    }
    if (shown_) {
        return IndexPhase::following;
    }
    return is_in_run ? IndexPhase::bootstrap : IndexPhase::discovered;
}

RecoveryStatus RecoveredIndex::recovery(std::optional<WallTime> next_run) const {
    RecoveryStatus status;
    if (shown_) {
        status.index = shown_->index;
        status.point = shown_->point;
        // A clock that was set back tells no age below zero.
        status.age = std::max<Duration>(ports_.clock() - as_of(*shown_), Duration::zero());
    }
    status.next_run = next_run;
    return status;
}

std::optional<FollowerStatus> RecoveredIndex::status(
    const std::optional<BootstrapStatus>& taking,
    const std::optional<core::ShardError>& of_clusters,
    std::optional<WallTime> next_run) const {
    const Hold* held = hold();
    if (held != nullptr && !held->is_shown) {
        return std::nullopt;
    }
    FollowerStatus row;
    row.rule = rule_.name;
    row.leader = owner_.leader;
    row.follower = owner_.follower;
    row.leader_index = owner_.leader_index;
    row.follower_index = owner_.alias;
    row.bootstrap = restoring_ ? restoring_ : taking;
    row.phase = phase(row.bootstrap.has_value());
    row.recovery = recovery(is_wanted() && !row.bootstrap ? next_run : std::nullopt);
    if (row.phase == IndexPhase::promoted && promotion_) {
        row.warnings.push_back(note_of(*promotion_));
    } else if (held != nullptr) {
        row.warnings.push_back(held->why);
    } else if (row.phase != IndexPhase::leader_gone) {
        row.last_error = obstacle_ ? obstacle_ : last_error_ ? last_error_ : of_clusters;
    }
    if (!warning_.empty()) {
        row.warnings.push_back(warning_);
    }
    if (row.phase == IndexPhase::following && of_clusters) {
        row.warnings.push_back(
            "its leader or its own cluster does not answer: followd promote "
            "--no-drain " +
            owner_.alias.value() + " makes what is shown an index of its own");
    }
    return row;
}

}  // namespace followd::engine
