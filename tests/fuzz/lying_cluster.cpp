#include "followd/core/shard_planner.hpp"

#include "es/dialect.hpp"
#include "es/follower_shard.hpp"
#include "es/leader_shard.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/level_shard.hpp"
#include "fuzz/lying_server.hpp"
#include "fuzz/oracle.hpp"
#include "fuzz/planner_watch.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// A life of a ShardPlanner with the real adapters before it and, behind them, servers that put any
/// number into any place of their answers.
///
/// No such server can make an assertion fail, a number overflow, or the planner break a promise
/// (planner_watch.hpp); once the clusters are well it becomes level.

namespace followd::fuzz {
namespace {

using std::chrono::milliseconds;

core::PlannerOptions options_of(Choices& choices) {
    core::PlannerOptions options;
    options.limits.max_read_request_operation_count = choices.one_of<std::size_t>({5120, 2});
    options.leader_uuid = IndexUuid{"u"};
    options.history = HistoryUuid{"h"};
    options.base = VersionBase{choices.one_of<std::int64_t>({0, 1, 4095}) << 40U};
    options.follower = FollowerIdentity{IndexUuid{"u"}, HistoryUuid{"h"}, PrimaryTerm{1}};
    options.seed = 1;
    if (choices.rarely(2)) {
        Checkpoint checkpoint;
        checkpoint.history = options.history;
        checkpoint.term = PrimaryTerm{1};
        checkpoint.applied_through = SeqNo{1};
        checkpoint.base = options.base;
        checkpoint.follower = options.follower;
        options.stored = checkpoint;
    }
    return options;
}

es::Capabilities capabilities() {
    es::ClusterInfo info;
    info.version = es::ServerVersion{9, 2, 0};
    return es::capabilities_of(info);
}

class Life {
public:
    explicit Life(std::string_view input)
        : choices_(input),
          options_(options_of(choices_)),
          planner_(options_),
          watch_(options_, false) {}

    void play() {
        take(planner_.begin(now_));
        while (!choices_.is_used_up() && !planner_.ended()) {
            happen();
        }
        if (!planner_.ended()) {
            require_level_in_the_end(planner_, watch_, options_, std::move(under_way_), now_);
        }
    }

private:
    void happen() {
        const std::uint8_t what = choices_.byte();
        now_ += milliseconds{what % 4 == 3 ? 40 : 1};
        if (under_way_.empty() || what >= 240) {
            return poll();
        }
        const auto at = under_way_.begin() + static_cast<std::ptrdiff_t>(what % under_way_.size());
        core::Action action = std::move(*at);
        under_way_.erase(at);
        core::Event event = perform(action);
        watch_.answered(action, event);
        tell(std::move(event));
    }

    void poll() {
        const Result<ShardSample> sample = run(leader_.read_sample());
        if (sample.ok()) {
            watch_.polled(*sample);
            tell(core::SampleTaken{*sample, now_});
        } else {
            tell(core::PrimaryMissing{});
        }
    }

    template <class T>
    T run(Task<T> task) {
        return test::run(context_, std::move(task));
    }

    core::Event perform(const core::Action& action) {
        return std::visit([this](const auto& asked) { return perform_one(asked); }, action);
    }
    core::Event perform_one(const core::ReadIdentity&) {
        return core::IdentityRead{run(leader_.read_identity())};
    }
    core::Event perform_one(const core::ReadSample&) {
        return core::SampleRead{run(leader_.read_sample())};
    }
    core::Event perform_one(const core::RefreshLeader&) {
        return core::LeaderRefreshed{run(leader_.refresh())};
    }
    core::Event perform_one(const core::OpenView&) {
        return core::ViewOpened{run(leader_.open_view())};
    }
    core::Event perform_one(const core::CloseView& asked) {
        return core::ViewClosed{run(leader_.close_view(asked.view))};
    }
    core::Event perform_one(const core::ReadPage& asked) {
        return core::PageRead{run(leader_.read_page(asked.request))};
    }
    core::Event perform_one(const core::SyncMapping& asked) {
        return core::MappingSynced{core::MappingState{asked.version, false}};
    }
    core::Event perform_one(const core::SendBulk& asked) {
        return core::BulkDone{asked.id, run(follower_.apply(asked.bulk))};
    }
    core::Event perform_one(const core::SaveCheckpoint&) {
        return core::CheckpointSaved{Result<void>{}};
    }
    core::Event perform_one(const core::ReadFollowerIdentity&) {
        return core::FollowerIdentityRead{run(follower_.read_identity())};
    }
    core::Event perform_one(const core::RefreshFollower&) {
        return core::FollowerRefreshed{run(follower_.refresh())};
    }
    core::Event perform_one(const core::CountLeader& asked) {
        return core::LeaderCounted{run(leader_.count(asked.view, asked.request))};
    }
    core::Event perform_one(const core::CountFollower& asked) {
        return core::FollowerCounted{run(follower_.count(asked.base, asked.request))};
    }
    core::Event perform_one(const core::ListLeader& asked) {
        return core::LeaderListed{run(leader_.list(asked.view, asked.range, asked.limit))};
    }
    core::Event perform_one(const core::ListFollower& asked) {
        return core::FollowerListed{run(follower_.list(asked.base, asked.ranges, asked.limit))};
    }
    core::Event perform_one(const core::LookUp& asked) {
        return core::LookedUp{run(leader_.look_up(asked.lookups))};
    }
    core::Event perform_one(const core::CountDocuments& asked) {
        return core::DocumentsCounted{run(leader_.count_documents(asked.view))};
    }
    core::Event perform_one(const core::Sleep& asked) {
        now_ = std::max(now_, asked.until);
        return core::Woke{};
    }

    void take(core::Actions actions) {
        watch_.asked(actions);
        std::ranges::move(actions, std::back_inserter(under_way_));
    }

    void tell(core::Event event) {
        take(planner_.step(now_, std::move(event)));
        watch_.stepped(planner_, now_);
    }

    Choices choices_;
    core::PlannerOptions options_;
    boost::asio::io_context context_;
    LyingServer server_{choices_};
    es::RestLeaderShard leader_{
        server_, ClusterName{"leader"}, IndexName{"i"}, 0, capabilities(), {}};
    es::RestFollowerShard follower_{server_,
                                    ClusterName{"follower"},
                                    IndexName{"i"},
                                    IndexName{".followd-E1-i"},
                                    0,
                                    capabilities(),
                                    {}};
    core::ShardPlanner planner_;
    PlannerWatch watch_;
    std::vector<core::Action> under_way_;
    Instant now_{std::chrono::hours{24}};
};

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    followd::fuzz::Life{followd::fuzz::text_of(data, size)}.play();
    return 0;
}
