#include "simulation/roles/role_run.hpp"

#include "simulation/roles/clients.hpp"
#include "simulation/roles/daemons.hpp"
#include "simulation/roles/operator.hpp"
#include "simulation/roles/outcome.hpp"
#include "simulation/roles/repository.hpp"
#include "simulation/roles/sides.hpp"
#include "simulation/scene.hpp"
#include "simulation/stage.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

namespace followd::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration between_moments = milliseconds{10};
// Orders of an operator who wants an end, each with a drain that may be in vain.
constexpr int orders_max = 40;
constexpr Duration answered_within = seconds{400};

// What happens to clusters, requests and processes here; histories stay as they are.
FaultChoice faults_of(const RunOptions& options) {
    FaultChoice choice;
    for (const Fault fault : {Fault::refused,
                              Fault::lost,
                              Fault::answer_lost,
                              Fault::late,
                              Fault::throttled,
                              Fault::unavailable,
                              Fault::malformed,
                              Fault::item_throttled,
                              Fault::failover,
                              Fault::expired,
                              Fault::forgetful,
                              Fault::small_requests,
                              Fault::crash,
                              Fault::hang,
                              Fault::leap,
                              Fault::store_failed,
                              Fault::store_lost,
                              Fault::partition}) {
        if (std::ranges::find(options.faults, fault) != options.faults.end()) {
            choice.allowed.push_back(fault);
        }
    }
    choice.certain = options.certain;
    // What these worlds are for: few do without.
    if (options.seed % 4 != 0) {
        choice.certain.push_back(Fault::crash);
    }
    return choice;
}

class RoleRun {
public:
    explicit RoleRun(const RunOptions& options)
        : scene_(options.seed, faults_of(options)),
          sides_(scene_),
          repository_(scene_, sides_, SnapshotPlan(options.seed, scene_.weather.workload())),
          daemons_(scene_, sides_, repository_, 1),
          operator_(scene_, sides_, daemons_),
          clients_(scene_, sides_, operator_),
          stage_(scene_, options) {
        if (repository_.plan().is_used) {
            prepare_snapshots();
        }
    }

    void play() {
        scene_.note(scene_.weather.describe());
        sides_.begin();
        clients_.begin();
        if (repository_.plan().is_used) {
            stage_.pass(repository_.plan().head_start);
        }
        daemons_.start_all();
        operator_.begin();
        moment();
        stage_.pass(scene_.weather.workload().length);
        scene_.note("CALM");
        scene_.weather.calm();
        sides_.settle();
        daemons_.heal();
        stage_.outlast_late_requests();
        clean_up_after_lost_files();
        bring_to_an_end();
        stage_.become_level([this] { return why_not_level(); });
        if (stage_.goes_on()) {
            sides_.truth().judge_end(*leader_of(sides_));
            see_snapshots_go();
        }
        stage_.stop(daemons_);
    }

    [[nodiscard]] RunResult result() const { return stage_.result(); }

private:
    void prepare_snapshots() {
        const SnapshotPlan& plan = repository_.plan();
        scene_.note("followers begin from snapshots");
        for (TwoWayShard& shard : sides_.find(near_cluster, home_index)->shards) {
            shard.version_step = plan.version_step;
        }
        repository_.on_step = [this, &plan] {
            if (!scene_.weather.has(Fault::crash) || scene_.weather.is_calm() ||
                !scene_.dice.chance(plan.trouble / 2)) {
                return;
            }
            scene_.clock.after(scene_.about(milliseconds{scene_.dice.one_of({1, 5, 100})}), [this] {
                if (!scene_.weather.is_calm()) {
                    crash(0);
                }
            });
        };
    }

    // What a daemon began whose state file is lost nobody ends: its message asks a person to.
    void clean_up_after_lost_files() {
        const TwoWayIndex* const away = sides_.find(far_cluster, away_index);
        if (away != nullptr && away->mark() == nullptr &&
            !away->restored_from.starts_with("followd-" + daemons_.id(0) + "-")) {
            sides_.remove(far_cluster, away_index);
        }
    }

    // Those of other ids may be of daemons that nobody here knows of.
    void see_snapshots_go() {
        const std::string prefix = "followd-" + daemons_.id(0) + "-";
        const auto are_gone = [this, &prefix] { return repository_.names(prefix).empty(); };
        if (!stage_.wait(are_gone, seconds{150}) && stage_.goes_on()) {
            scene_.violated("a temporary snapshot is left");
        }
    }

    void crash(std::size_t number) {
        daemons_.crash(number,
                       milliseconds{50} + scene_.about(milliseconds{300}),
                       scene_.strikes(Fault::store_lost));
    }

    void moment() {
        if (scene_.weather.is_calm()) {
            return;
        }
        sides_.disturb();
        for (std::size_t number = 0; number < daemons_.size(); ++number) {
            if (Daemon* const daemon = daemons_.daemon(number); daemon != nullptr) {
                disturb(*daemon, number);
            }
        }
        scene_.clock.after(scene_.about(between_moments), [this] { moment(); });
    }

    void disturb(Daemon& daemon, std::size_t number) {
        const Instant now = scene_.clock.now();
        if (scene_.strikes(Fault::hang)) {
            scene_.note("d" + std::to_string(number) + " hangs");
            daemon.time().hang_until(now + scene_.about(seconds{scene_.dice.one_of({1, 5})}));
        }
        if (scene_.strikes(Fault::leap)) {
            daemon.time().leap(scene_.about(seconds{scene_.dice.one_of({1, 60})}));
        }
        if (scene_.strikes(Fault::partition)) {
            const ClusterName cluster = scene_.dice.chance(0.5) ? near_cluster : far_cluster;
            scene_.note(cluster.value() + ": cannot be reached");
            daemon.cut_until(cluster, now + scene_.about(seconds{3}));
        }
        if (scene_.strikes(Fault::crash)) {
            crash(number);
        }
    }

    void bring_to_an_end() {
        std::string why = unfinished(sides_, daemons_);
        for (int orders = 0; stage_.goes_on() && !why.empty(); ++orders) {
            if (orders == orders_max) {
                return scene_.violated("does not come to an end: " + why);
            }
            operator_.finish();
            if (!stage_.wait([this] { return !operator_.is_waiting(); }, answered_within) &&
                stage_.goes_on()) {
                return scene_.violated("a command that does not end");
            }
            // What follows of it takes a moment.
            (void)stage_.wait([this] { return unfinished(sides_, daemons_).empty(); }, seconds{10});
            why = unfinished(sides_, daemons_);
        }
    }

    std::string why_not_level() {
        const std::string why = unfinished(sides_, daemons_);
        return why.empty() ? not_level(sides_, daemons_) : why;
    }

    Scene scene_;
    Sides sides_;
    Repository repository_;
    Daemons daemons_;
    Operator operator_;
    Clients clients_;
    Stage stage_;
};

}  // namespace

RunResult run_roles(const RunOptions& options) {
    RoleRun run(options);
    run.play();
    return run.result();
}

}  // namespace followd::sim
