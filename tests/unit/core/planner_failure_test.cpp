#include "followd/core/shard_planner.hpp"

#include "support/planner_script.hpp"
#include "support/shard_world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// One life of a shard - bootstrap, writes, a new mapping, deletes, an audit, a restart - replayed
/// with a failure of every kind at every single action. Whatever fails, no checkpoint may claim
/// what does not hold, and once the failure has passed both sides must come level.

namespace followd::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Where the failure strikes, counted in actions that can fail.
struct Strike {
    int first = -1;
    int count = 1;
    FailureKind kind = FailureKind::timeout;
    bool is_executed = false;  // the answer is lost, the request was not
    bool is_items = false;     // a bulk's items fail, not the bulk
};

class Life {
public:
    explicit Life(Strike strike) : strike_(strike) {
        limits_.max_read_request_operation_count = 3;
        limits_.max_write_request_bytes = 200;
    }

    /// Empty when all went well.
    [[nodiscard]] std::string live() {
        for (int id = 0; id < 8; ++id) {
            write(OpKind::index, id);
        }
        start();
        if (!comes_level()) {
            return "bootstrap: " + trouble();
        }
        write(OpKind::index, 1);
        ++world_.leader.mapping_version;
        write(OpKind::index, 8);
        write(OpKind::index, 9);
        if (!comes_level()) {
            return "tail: " + trouble();
        }
        write(OpKind::remove, 1);
        write(OpKind::remove, 3);
        write(OpKind::index, 4);
        if (!comes_level()) {
            return "deletes: " + trouble();
        }
        // Lost on the follower by another's hand: only the audit sees it.
        world_.follower.documents.erase("k5");
        world_.is_tampered_with = true;
        if (!comes_level()) {
            return "audit: " + trouble();
        }
        world_.is_tampered_with = false;
        pending_.clear();
        start();
        write(OpKind::index, 3);
        return comes_level() ? std::string{} : "restart: " + trouble();
    }

    [[nodiscard]] int actions() const { return actions_; }

private:
    void write(OpKind kind, int id) {
        world_.leader.client(kind, "k" + std::to_string(id));
        world_.leader.settle();
    }

    void start() {
        core::PlannerOptions options;
        options.limits = limits_;
        options.tail.audit_interval = seconds{60};
        options.leader_uuid = IndexUuid{"leader"};
        options.history = world_.history();
        options.follower = world_.follower_identity();
        options.stored = world_.store;
        planner_ = std::make_unique<core::ShardPlanner>(std::move(options));
        take(planner_->begin(now_));
    }

    void take(core::Actions actions) {
        for (core::Action& action : actions) {
            if (const auto* save = std::get_if<core::SaveCheckpoint>(&action)) {
                world_.judge(save->checkpoint);
            }
            pending_.push_back(std::move(action));
        }
    }

    void tell(core::Event event) {
        take(planner_->step(now_, std::move(event)));
        if (planner_->ended()) {
            // Only a follower index that is not there ends a planner here; its owner looks again.
            if (planner_->ended() != core::PlannerEnd::fence_lost ||
                strike_.kind != FailureKind::not_found) {
                world_.violations.emplace_back("ended without a reason");
            }
            pending_.clear();
            start();
        }
    }

    [[nodiscard]] core::Event answer(const core::Action& action) {
        if (std::holds_alternative<core::Sleep>(action)) {
            return world_.perform(action);
        }
        const int number = actions_++;
        if (number < strike_.first || number >= strike_.first + strike_.count) {
            return world_.perform(action);
        }
        const Failure failure = failure_of(strike_.kind);
        const auto* bulk = std::get_if<core::SendBulk>(&action);
        if (bulk != nullptr && strike_.is_items) {
            BulkOutcome outcome;
            for (std::size_t item = 0; item < bulk->bulk.items.size(); ++item) {
                outcome.failed.push_back({item, failure});
            }
            return core::BulkDone{bulk->id, std::move(outcome)};
        }
        if (strike_.is_executed) {
            (void)world_.perform(action);
        }
        return failed(action, failure);
    }

    [[nodiscard]] bool is_level() {
        return world_.difference().empty() && world_.store && !planner_->is_busy() &&
               world_.store->applied_through == SeqNo{world_.leader.checkpoint};
    }

    // Twenty minutes: a dozen halts of a minute each, and the audit of a quiet shard.
    [[nodiscard]] bool comes_level() {
        const Instant end = now_ + std::chrono::minutes{20};
        for (int step = 0; now_ < end && step < 40'000 && world_.violations.empty(); ++step) {
            const auto due = std::ranges::find_if(pending_, [this](const core::Action& action) {
                const auto* sleep = std::get_if<core::Sleep>(&action);
                return sleep == nullptr || sleep->until <= now_;
            });
            if (due != pending_.end()) {
                const core::Action action = std::move(*due);
                pending_.erase(due);
                now_ += milliseconds{1};
                tell(answer(action));
                continue;
            }
            if (is_level()) {
                return true;
            }
            now_ += milliseconds{200};
            tell(core::SampleTaken{world_.finish_sample(world_.begin_sample()), now_});
        }
        return false;
    }

    [[nodiscard]] std::string trouble() {
        const std::optional<core::ShardError> error = planner_->status(now_).last_error;
        return (world_.violations.empty() ? "not level, " + world_.difference()
                                          : world_.violations.front()) +
               (error ? " after " + to_string(error->failure) : "");
    }

    Strike strike_;
    Dice dice_{1};
    ShardWorld world_{dice_, 0};
    LimitSettings limits_;
    std::unique_ptr<core::ShardPlanner> planner_;
    std::vector<core::Action> pending_;
    Instant now_{seconds{1}};
    int actions_ = 0;
};

int actions_of_a_life() {
    Life life{Strike{}};
    EXPECT_EQ(life.live(), "");
    return life.actions();
}

class EveryFailure : public ::testing::TestWithParam<FailureKind> {};

TEST_P(EveryFailure, AtEveryActionIsSurvived) {
    const int actions = actions_of_a_life();
    ASSERT_GT(actions, 60);
    for (int at = 0; at < actions; ++at) {
        for (const int count : {1, 12}) {  // 12: more than a bulk's or a page's attempts
            for (const bool is_executed : {false, true}) {
                SCOPED_TRACE("action " + std::to_string(at) + ", " + std::to_string(count) +
                             " times" + (is_executed ? ", executed" : ""));
                ASSERT_EQ((Life{Strike{at, count, GetParam(), is_executed, false}}.live()), "");
            }
            SCOPED_TRACE("items from action " + std::to_string(at));
            ASSERT_EQ((Life{Strike{at, count, GetParam(), false, true}}.live()), "");
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         EveryFailure,
                         ::testing::ValuesIn(failure_kinds),
                         [](const auto& param) { return std::string{to_string(param.param)}; });

}  // namespace
}  // namespace followd::test
