#include "fuzz/level_shard.hpp"

#include "fuzz/oracle.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace followd::fuzz {

namespace {

using std::chrono::seconds;

constexpr Duration time_allowed = std::chrono::hours{1};
// In one moment: far more than a cycle has of them.
constexpr int steps_allowed = 1000;
// Above any that a target makes up.
constexpr PrimaryTerm last_term{1'000'000};

class LevelShard {
public:
    LevelShard(const core::PlannerOptions& options, SeqNo checkpoint) : options_(options) {
        sample_.uuid = options.leader_uuid;
        sample_.history = options.history;
        sample_.node = NodeId{"level"};
        sample_.global_checkpoint = checkpoint;
        sample_.max_seq_no = checkpoint;
    }

    [[nodiscard]] const ShardSample& sample() const { return sample_; }

    [[nodiscard]] core::Event answer(const core::Action& action) {
        return std::visit([this](const auto& asked) { return to(asked); }, action);
    }

private:
    [[nodiscard]] core::Event to(const core::ReadIdentity&) const {
        return core::IdentityRead{LeaderIdentity{options_.leader_uuid, last_term, 1}};
    }
    [[nodiscard]] core::Event to(const core::ReadSample&) const {
        return core::SampleRead{sample_};
    }
    [[nodiscard]] core::Event to(const core::RefreshLeader&) const {
        return core::LeaderRefreshed{Result<void>{}};
    }
    [[nodiscard]] core::Event to(const core::OpenView&) {
        return core::ViewOpened{ViewId{"level-" + std::to_string(++views_opened_)}};
    }
    [[nodiscard]] core::Event to(const core::CloseView&) const {
        return core::ViewClosed{Result<void>{}};
    }
    [[nodiscard]] core::Event to(const core::ReadPage&) const {
        return core::PageRead{Page{OperationBatch{std::make_shared<std::string>(), {}}, {}, true}};
    }
    [[nodiscard]] core::Event to(const core::SyncMapping& asked) const {
        return core::MappingSynced{core::MappingState{asked.version, false}};
    }
    [[nodiscard]] core::Event to(const core::SendBulk& asked) const {
        return core::BulkDone{asked.id, BulkOutcome{}};
    }
    [[nodiscard]] core::Event to(const core::SaveCheckpoint&) const {
        return core::CheckpointSaved{Result<void>{}};
    }
    [[nodiscard]] core::Event to(const core::ReadFollowerIdentity&) const {
        return core::FollowerIdentityRead{options_.follower};
    }
    [[nodiscard]] core::Event to(const core::RefreshFollower&) const {
        return core::FollowerRefreshed{Result<void>{}};
    }
    [[nodiscard]] core::Event to(const core::CountLeader&) const {
        return core::LeaderCounted{std::vector<Bucket>{}};
    }
    [[nodiscard]] core::Event to(const core::CountFollower&) const {
        return core::FollowerCounted{std::vector<Bucket>{}};
    }
    [[nodiscard]] core::Event to(const core::ListLeader&) const {
        return core::LeaderListed{std::vector<SeqNo>{}};
    }
    [[nodiscard]] core::Event to(const core::ListFollower&) const {
        return core::FollowerListed{std::vector<FollowerDocument>{}};
    }
    [[nodiscard]] core::Event to(const core::LookUp& asked) const {
        return core::LookedUp{std::vector<LookupResult>(asked.lookups.size())};
    }
    [[nodiscard]] core::Event to(const core::CountDocuments&) const {
        return core::DocumentsCounted{std::int64_t{0}};
    }
    [[nodiscard]] core::Event to(const core::Sleep&) const { return core::Woke{}; }

    const core::PlannerOptions& options_;
    ShardSample sample_;
    int views_opened_ = 0;
};

class Recovery {
public:
    Recovery(core::ShardPlanner& planner,
             PlannerWatch& watch,
             const core::PlannerOptions& options,
             std::vector<core::Action> under_way,
             Instant now)
        : planner_(planner),
          watch_(watch),
          shard_(options, watch.highest_checkpoint()),
          under_way_(std::move(under_way)),
          now_(now) {}

    void play() {
        const Instant end = now_ + time_allowed;
        while (!planner_.ended() && !is_level()) {
            require(now_ < end, "a planner becomes level once the clusters are well");
            int steps = 0;
            while (answer_one()) {
                require(++steps < steps_allowed, "a planner does not work in vain");
            }
            now_ += seconds{1};
            if (!planner_.ended()) {
                watch_.polled(shard_.sample());
                tell(core::SampleTaken{shard_.sample(), now_});
            }
        }
    }

private:
    [[nodiscard]] bool is_level() const {
        const core::ShardStatus status = planner_.status(now_);
        const SeqNo checkpoint = shard_.sample().global_checkpoint;
        return !planner_.is_busy() && status.phase == core::ShardPhase::tail &&
               status.checkpoint == checkpoint && status.swept_through == checkpoint;
    }

    /// False where nothing is due.
    [[nodiscard]] bool answer_one() {
        const auto due = std::ranges::find_if(under_way_, [this](const core::Action& action) {
            const auto* sleep = std::get_if<core::Sleep>(&action);
            return sleep == nullptr || sleep->until <= now_;
        });
        if (due == under_way_.end() || planner_.ended()) {
            return false;
        }
        const core::Action action = std::move(*due);
        under_way_.erase(due);
        core::Event event = shard_.answer(action);
        watch_.answered(action, event);
        tell(std::move(event));
        return true;
    }

    void tell(core::Event event) {
        core::Actions actions = planner_.step(now_, std::move(event));
        watch_.asked(actions);
        std::ranges::move(actions, std::back_inserter(under_way_));
        watch_.stepped(planner_, now_);
    }

    core::ShardPlanner& planner_;
    PlannerWatch& watch_;
    LevelShard shard_;
    std::vector<core::Action> under_way_;
    Instant now_;
};

}  // namespace

void require_level_in_the_end(core::ShardPlanner& planner,
                              PlannerWatch& watch,
                              const core::PlannerOptions& options,
                              std::vector<core::Action> under_way,
                              Instant now) {
    Recovery{planner, watch, options, std::move(under_way), now}.play();
}

}  // namespace followd::fuzz
