#pragma once

#include "followd/core/action.hpp"
#include "followd/core/event.hpp"
#include "followd/model/checkpoint.hpp"

#include "support/follower_copy.hpp"
#include "support/leader_group.hpp"
#include "support/leader_sample.hpp"
#include "support/planner_script.hpp"
#include "support/shard_claims.hpp"
#include "support/shard_search.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Performs a planner's actions on the two sides of a shard, and judges what it claims of them.

namespace followd::test {

class ShardWorld {
public:
    ShardWorld(Dice& dice, std::size_t replicas) : leader(dice, replicas), dice_(dice) {}

    LeaderGroup leader;
    FollowerCopy follower;
    VersionBase base;                 ///< of the leader's history
    std::optional<Checkpoint> store;  ///< what a crash leaves
    double refused_items = 0;         ///< share of a bulk's items that are answered 429
    bool forgets_tombstones = false;  ///< then only audits promise deletes
    bool is_tampered_with = false;    ///< by another's hand: marks may claim what no longer holds
    std::vector<std::string> violations;

    [[nodiscard]] HistoryUuid history() const {
        return HistoryUuid{"h" + std::to_string(leader.history)};
    }
    [[nodiscard]] FollowerIdentity follower_identity() const {
        return {IndexUuid{"follower"},
                HistoryUuid{"f" + std::to_string(follower.history)},
                PrimaryTerm{1}};
    }

    [[nodiscard]] HalfSample begin_sample() { return test::begin_sample(leader); }
    [[nodiscard]] ShardSample finish_sample(HalfSample half) {
        return test::finish_sample(leader, half, IndexUuid{"leader"}, history());
    }

    [[nodiscard]] core::Event perform(const core::Action& action) {
        return std::visit([this](const auto& asked) -> core::Event { return answer(asked); },
                          action);
    }

    /// What `checkpoint` claims must hold of the follower now.
    void judge(const Checkpoint& checkpoint) {
        if (is_tampered_with || checkpoint.history != history()) {
            return;
        }
        const std::string claim = false_claim(leader, follower, checkpoint, forgets_tombstones);
        if (!claim.empty()) {
            violations.push_back(claim);
        }
    }

    /// Empty when both sides hold the same operations' documents; else the first difference.
    [[nodiscard]] std::string difference() { return test::difference(leader, follower); }

private:
    core::Event answer(const core::ReadIdentity&) {
        return core::IdentityRead{
            LeaderIdentity{IndexUuid{"leader"}, PrimaryTerm{leader.term}, leader.mapping_version}};
    }
    core::Event answer(const core::ReadSample&) {
        return core::SampleRead{finish_sample(begin_sample())};
    }
    core::Event answer(const core::RefreshLeader&) {
        leader.refresh_all();
        return core::LeaderRefreshed{Result<void>{}};
    }
    core::Event answer(const core::OpenView&) {
        const ViewId view{"v" + std::to_string(++views_opened_)};
        views_[view] = leader.any_copy().searchable;
        return core::ViewOpened{view};
    }
    core::Event answer(const core::CloseView& asked) {
        views_.erase(asked.view);
        return core::ViewClosed{Result<void>{}};
    }
    core::Event answer(const core::ReadPage& asked) {
        const PageRequest& request = asked.request;
        return core::PageRead{search(
            request.view ? views_.at(*request.view) : leader.any_copy().searchable, request)};
    }
    core::Event answer(const core::SyncMapping&) {
        follower.mapping_version = leader.mapping_version;
        return core::MappingSynced{core::MappingState{leader.mapping_version, false}};
    }
    core::Event answer(const core::SendBulk& asked) {
        BulkOutcome outcome;
        for (std::size_t at = 0; at < asked.bulk.items.size(); ++at) {
            const WriteItem& item = asked.bulk.items[at];
            if (dice_.chance(refused_items)) {
                outcome.failed.push_back({at, failure_of(FailureKind::throttled)});
            } else if (!follower.apply(item)) {
                outcome.conflicts.push_back(at);
            } else if (item.kind == WriteKind::index &&
                       leader.mapping_of.at(follower.documents[std::string{item.id}].value) >
                           follower.mapping_version) {
                violations.push_back("a document came before its mapping");
            }
        }
        return core::BulkDone{asked.id, std::move(outcome)};
    }
    core::Event answer(const core::SaveCheckpoint& asked) {
        store = asked.checkpoint;
        return core::CheckpointSaved{Result<void>{}};
    }
    core::Event answer(const core::ReadFollowerIdentity&) {
        return core::FollowerIdentityRead{follower_identity()};
    }
    core::Event answer(const core::RefreshFollower&) {
        follower.refresh();
        return core::FollowerRefreshed{Result<void>{}};
    }
    core::Event answer(const core::CountLeader& asked) {
        return core::LeaderCounted{count(views_.at(asked.view), asked.request)};
    }
    core::Event answer(const core::CountFollower& asked) {
        return core::FollowerCounted{count(follower, asked.base, asked.request)};
    }
    core::Event answer(const core::ListLeader& asked) {
        return core::LeaderListed{list(views_.at(asked.view), asked.range, asked.limit)};
    }
    core::Event answer(const core::ListFollower& asked) {
        return core::FollowerListed{list(follower, asked.base, asked.ranges, asked.limit)};
    }
    core::Event answer(const core::LookUp& asked) {
        std::vector<LookupResult> found;
        for (const Lookup& lookup : asked.lookups) {
            found.push_back(look_up(leader.any_copy(), lookup.id));
        }
        return core::LookedUp{std::move(found)};
    }
    core::Event answer(const core::CountDocuments& asked) {
        return core::DocumentsCounted{std::ssize(views_.at(asked.view))};
    }
    core::Event answer(const core::Sleep&) { return core::Woke{}; }

    Dice& dice_;
    std::map<ViewId, std::map<std::int64_t, LeaderOp>> views_;
    int views_opened_ = 0;
};

}  // namespace followd::test
