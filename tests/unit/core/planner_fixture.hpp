#pragma once

#include "followd/core/shard_planner.hpp"

#include "support/planner_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace followd::test {

/// A planner that was level at `top` when it was last stored, and what both sides tell it next. It
/// is played by hand; each step gives the actions that follow.
class LevelPlanner : public ::testing::Test {
protected:
    using Lines = PlannerScript::Lines;

    static constexpr std::int64_t top = 29'999;

    /// `former`: bases before `base`, the last of which the stored checkpoint is of.
    explicit LevelPlanner(VersionBase base = {}, const std::vector<VersionBase>& former = {})
        : LevelPlanner(level(base, former)) {}
    explicit LevelPlanner(core::PlannerOptions options) : script_(std::move(options)) {
        leader_.uuid = IndexUuid{"leader"};
        leader_.history = HistoryUuid{"h"};
        leader_.node = NodeId{"n"};
        leader_.global_checkpoint = leader_.max_seq_no = SeqNo{top};
        leader_.docs_count = 9'999;
    }

    /// To the sweep that each planner begins with.
    Lines sweep_is_counted(std::int64_t on_leader, std::int64_t on_follower) {
        EXPECT_EQ(begin(), Lines{"identity"});
        return next_sweep_is_counted("v1", on_leader, on_follower);
    }

    /// The same from where the leader's identity is asked for.
    Lines next_sweep_is_counted(const std::string& view,
                                std::int64_t on_leader,
                                std::int64_t on_follower) {
        (void)identity();
        (void)sampled();
        EXPECT_EQ(follower_identity(), Lines{"refresh leader"});
        EXPECT_EQ(script_.on(core::LeaderRefreshed{Result<void>{}}), Lines{"open view"});
        (void)script_.on(core::ViewOpened{ViewId{view}});
        (void)sampled();
        if (identity() == Lines{"mapping 1"}) {
            (void)script_.on(core::MappingSynced{core::MappingState{1, false}});
        }
        EXPECT_EQ(script_.on(core::PageRead{page_of({}, true)}), Lines{"refresh follower"});
        (void)script_.on(core::FollowerRefreshed{Result<void>{}});
        (void)script_.on(core::LeaderCounted{std::vector<Bucket>{{SeqNo{0}, on_leader}}});
        return script_.on(core::FollowerCounted{std::vector<Bucket>{{SeqNo{0}, on_follower}}});
    }

    Lines begin() { return script_.begin(); }
    Lines identity() {
        return script_.on(core::IdentityRead{LeaderIdentity{leader_.uuid, PrimaryTerm{1}, 1}});
    }
    Lines sampled() { return script_.on(core::SampleRead{leader_}); }
    Lines polled() {
        script_.pass(std::chrono::seconds{1});
        return script_.on(core::SampleTaken{leader_, script_.now()});
    }
    Lines follower_identity() { return script_.on(core::FollowerIdentityRead{follower_}); }
    Lines woke_after(Duration time) {
        script_.pass(time);
        return script_.on(core::Woke{});
    }

    core::ShardPlanner& planner() { return script_.planner(); }
    [[nodiscard]] core::ShardStatus status() { return planner().status(script_.now()); }

    ShardSample leader_;
    FollowerIdentity follower_{IndexUuid{"follower"}, HistoryUuid{"f"}, PrimaryTerm{1}};
    PlannerScript script_;

    static core::PlannerOptions level(VersionBase base = {},
                                      const std::vector<VersionBase>& former = {}) {
        Checkpoint stored;
        stored.history = HistoryUuid{"h"};
        stored.term = PrimaryTerm{1};
        stored.applied_through = stored.swept_through = SeqNo{top};
        stored.follower = FollowerIdentity{IndexUuid{"follower"}, HistoryUuid{"f"}, PrimaryTerm{1}};
        core::PlannerOptions options;
        options.leader_uuid = IndexUuid{"leader"};
        options.history = HistoryUuid{"h"};
        options.follower = stored.follower;
        stored.base = former.empty() ? base : former.back();
        options.base = base;
        options.former = former;
        options.stored = stored;
        return options;
    }
};

}  // namespace followd::test
