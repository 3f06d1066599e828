#include "simulation/roles/role_run.hpp"

#include "observe/log.hpp"
#include "simulation/roles/clients.hpp"
#include "simulation/roles/daemons.hpp"
#include "simulation/roles/operator.hpp"
#include "simulation/roles/outcome.hpp"
#include "simulation/roles/sides.hpp"
#include "simulation/scene.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string_view>
#include <utility>

namespace followd::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration between_moments = milliseconds{10};
// After which every request that anybody ever sent was executed, and every tombstone is old.
constexpr Duration late_is_over = seconds{500};
// Orders of an operator who wants an end, each with a drain that may be in vain.
constexpr int orders_max = 40;
constexpr Duration answered_within = seconds{400};
constexpr Duration level_within = seconds{400};
constexpr Duration stays_level = seconds{2};
constexpr Duration ends_within = seconds{60};

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
          daemons_(scene_, sides_, 1),
          operator_(scene_, sides_, daemons_),
          clients_(scene_, sides_, operator_) {
        now_plays(&scene_);
        if (options.on_event) {
            scene_.trace.show(options.on_event);
        }
        observe::configure_log({LogLevel::info, LogFormat::text});
        observe::redirect_log([this](LogLevel /*level*/, std::string_view line) {
            // Without the time, which is a real one.
            scene_.note("log: " + std::string(line.substr(std::min(line.find(' '), line.size()))));
        });
    }
    RoleRun(const RoleRun&) = delete;
    RoleRun& operator=(const RoleRun&) = delete;
    ~RoleRun() {
        observe::redirect_log({});
        now_plays(nullptr);
    }

    void play() {
        scene_.note(scene_.weather.describe());
        sides_.begin();
        clients_.begin();
        daemons_.start_all();
        operator_.begin();
        moment();
        pass(scene_.weather.workload().length);
        scene_.note("CALM");
        scene_.weather.calm();
        sides_.settle();
        daemons_.heal();
        if (scene_.weather.needs_audits()) {
            pass(late_is_over);
        }
        bring_to_an_end();
        become_level();
        if (goes_on()) {
            sides_.truth().judge_end(*leader_of(sides_));
        }
        stop();
    }

    [[nodiscard]] RunResult result() const {
        const auto& last = scene_.trace.last();
        return {scene_.violation,
                scene_.weather.describe(),
                {last.begin(), last.end()},
                scene_.trace.events(),
                scene_.trace.sum()};
    }

private:
    [[nodiscard]] bool goes_on() const { return scene_.violation.empty(); }

    // Until `is_reached`, or something is wrong. False where `limit` was over first.
    bool wait(const std::function<bool()>& is_reached, Duration limit) {
        if (!goes_on()) {
            return false;
        }
        const bool reached = scene_.clock.run_until(
            [this, &is_reached] { return !goes_on() || is_reached(); }, limit);
        if (scene_.clock.is_stuck()) {
            scene_.violated("a loop that never waits");
        }
        return reached && goes_on();
    }
    void pass(Duration duration) {
        (void)wait([] { return false; }, duration);
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
            daemons_.crash(number,
                           milliseconds{50} + scene_.about(milliseconds{300}),
                           scene_.strikes(Fault::store_lost));
        }
    }

    void bring_to_an_end() {
        std::string why = unfinished(sides_, daemons_);
        for (int orders = 0; goes_on() && !why.empty(); ++orders) {
            if (orders == orders_max) {
                return scene_.violated("does not come to an end: " + why);
            }
            operator_.finish();
            if (!wait([this] { return !operator_.is_waiting(); }, answered_within) && goes_on()) {
                return scene_.violated("a command that does not end");
            }
            // What follows of it takes a moment.
            (void)wait([this] { return unfinished(sides_, daemons_).empty(); }, seconds{10});
            why = unfinished(sides_, daemons_);
        }
    }

    void become_level() {
        std::string why;
        const Instant limit = scene_.clock.now() + level_within;
        int looks = 0;
        while (goes_on() && looks * milliseconds{100} < stays_level) {
            pass(milliseconds{100});
            why = unfinished(sides_, daemons_);
            if (why.empty()) {
                why = not_level(sides_, daemons_);
            }
            looks = why.empty() ? looks + 1 : 0;
            if (scene_.clock.now() > limit) {
                scene_.violated("not level in the end: " + why);
            }
        }
    }

    void stop() {
        scene_.note("STOP");
        daemons_.heal();
        daemons_.stop_all();
        const bool is_well = goes_on();
        const bool ended =
            scene_.clock.run_until([this] { return daemons_.has_ended(); }, ends_within);
        if (!ended && is_well) {
            scene_.violated("does not end when told to");
        }
        while (!daemons_.has_ended()) {
            (void)scene_.clock.run_until([this] { return daemons_.has_ended(); }, ends_within);
        }
    }

    Scene scene_;
    Sides sides_;
    Daemons daemons_;
    Operator operator_;
    Clients clients_;
};

}  // namespace

RunResult run_roles(const RunOptions& options) {
    RoleRun run(options);
    run.play();
    return run.result();
}

}  // namespace followd::sim
