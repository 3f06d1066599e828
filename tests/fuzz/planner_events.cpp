#include "followd/core/shard_planner.hpp"

#include "fuzz/arbitrary_shard.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/level_shard.hpp"
#include "fuzz/oracle.hpp"
#include "fuzz/planner_watch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// A life of a ShardPlanner among answers that come in any order, late, failing, and with anything
/// in them that the ports' contract permits; by the first byte also with what only a broken server
/// says.
///
/// None of the core's assertions fails, the planner keeps its promises (planner_watch.hpp), and
/// once the clusters are well it becomes level.

namespace followd::fuzz {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Nothing is late by more than this, as every request has a deadline.
constexpr Duration lateness_max = seconds{90};

core::PlannerOptions options_of(Choices& choices) {
    core::PlannerOptions options;
    options.limits.max_read_request_operation_count =
        choices.one_of<std::size_t>({5120, 1, 2, 5, 64});
    options.limits.max_write_request_bytes = choices.one_of<std::size_t>({65536, 200, 400});
    options.limits.max_outstanding_write_requests = choices.one_of<std::size_t>({4, 1, 2});
    options.tail.audit_interval = choices.one_of<Duration>({std::chrono::minutes{10}, seconds{1}});
    options.tail.delete_guard = choices.one_of({0.3, 1.0, 0.001});
    options.leader_uuid = IndexUuid{"leader"};
    options.history = HistoryUuid{"h"};
    options.base = VersionBase{choices.one_of<std::int64_t>({0, 1, 4095}) << 40U};
    options.follower = FollowerIdentity{IndexUuid{"follower"}, HistoryUuid{"f"}, PrimaryTerm{1}};
    options.seed = choices.byte();
    if (const std::uint8_t stored = choices.byte(); stored % 2 == 1) {
        Checkpoint checkpoint;
        checkpoint.history = HistoryUuid{stored % 8 == 7 ? "older" : "h"};
        checkpoint.term = PrimaryTerm{1};
        checkpoint.applied_through = SeqNo{stored / 8};
        checkpoint.swept_through = SeqNo{stored / 16 - 1};
        checkpoint.base = options.base;
        checkpoint.follower = options.follower;
        options.stored = checkpoint;
    }
    return options;
}

class Life {
public:
    explicit Life(std::string_view input)
        : choices_(input),
          keeps_contract_(!choices_.rarely(4)),
          options_(options_of(choices_)),
          shard_(choices_, options_, keeps_contract_),
          planner_(options_),
          watch_(options_, keeps_contract_) {}

    void play() {
        take(planner_.begin(now_));
        while (!choices_.is_used_up() && !planner_.ended()) {
            happen();
        }
        if (!planner_.ended()) {
            std::vector<core::Action> actions;
            for (UnderWay& one : under_way_) {
                actions.push_back(std::move(one.action));
            }
            require_level_in_the_end(planner_, watch_, options_, std::move(actions), now_);
        }
    }

private:
    struct UnderWay {
        core::Action action;
        Instant due;  ///< when its answer comes at the latest
    };

    void happen() {
        const std::uint8_t what = choices_.byte();
        switch (what % 16) {
            case 11:
            case 12:
                return answer(what / 16, true);
            case 13:
                return poll();
            case 14:
                return pass(milliseconds{std::int64_t{1} << (what / 16)});
            case 15:
                return interfere(what / 16);
            default:
                return answer(what / 16, false);
        }
    }

    /// One of what is under way, in any order. A sleep may end early: others are woken, too.
    void answer(std::size_t which, bool fails) {
        if (under_way_.empty()) {
            return pass(milliseconds{20});
        }
        const auto at = under_way_.begin() + static_cast<std::ptrdiff_t>(which % under_way_.size());
        const core::Action action = std::move(at->action);
        under_way_.erase(at);
        core::Event event = fails ? shard_.fail(action) : shard_.answer(action);
        watch_.answered(action, event);
        tell(std::move(event));
    }

    void poll() {
        const ShardSample sample = shard_.sample();
        watch_.polled(sample);
        const Duration took = milliseconds{choices_.byte()};
        tell(core::SampleTaken{sample, now_ - took});
    }

    void interfere(std::size_t how) {
        switch (how) {
            case 0:
            case 1:
            case 2:
                return tell(core::PrimaryMissing{});
            case 3:
                return tell(core::StopRequested{});
            case 4:
                return pass(std::chrono::hours{1});
            case 5:
                return pass(seconds{61});
            default:
                return pass(seconds{1});
        }
    }

    /// Time stops at each moment at which an answer can no longer be awaited.
    void pass(Duration time) {
        const Instant end = now_ + time;
        while (!planner_.ended()) {
            const auto first = std::ranges::min_element(under_way_, {}, &UnderWay::due);
            if (first == under_way_.end() || first->due > end) {
                break;
            }
            now_ = std::max(now_, first->due);
            const bool is_sleep = std::holds_alternative<core::Sleep>(first->action);
            answer(static_cast<std::size_t>(first - under_way_.begin()), !is_sleep);
            if (choices_.is_used_up()) {
                break;
            }
        }
        now_ = std::max(now_, end);
    }

    void take(core::Actions actions) {
        watch_.asked(actions);
        for (core::Action& action : actions) {
            const auto* sleep = std::get_if<core::Sleep>(&action);
            const Instant due = sleep == nullptr ? now_ + lateness_max : sleep->until + seconds{1};
            under_way_.push_back(UnderWay{std::move(action), due});
        }
    }

    void tell(core::Event event) {
        take(planner_.step(now_, std::move(event)));
        watch_.stepped(planner_, now_);
    }

    Choices choices_;
    bool keeps_contract_;
    core::PlannerOptions options_;
    ArbitraryShard shard_;
    core::ShardPlanner planner_;
    PlannerWatch watch_;
    std::vector<UnderWay> under_way_;
    Instant now_{std::chrono::hours{24}};
};

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    followd::fuzz::Life{followd::fuzz::text_of(data, size)}.play();
    return 0;
}
