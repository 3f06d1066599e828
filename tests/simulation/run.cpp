#include "simulation/run.hpp"

#include "observe/log.hpp"
#include "simulation/checks.hpp"
#include "simulation/crew.hpp"
#include "simulation/disturbance.hpp"
#include "simulation/follower_side.hpp"
#include "simulation/leader_side.hpp"
#include "simulation/roles/role_run.hpp"
#include "simulation/scene.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace followd::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// After which every request that anybody ever sent was executed, and every tombstone is old.
constexpr Duration late_is_over = seconds{500};
// Longer than the longest rest after failures, and than what a halted shard waits.
constexpr Duration level_within = seconds{400};
constexpr Duration stays_level = seconds{2};
constexpr Duration idle_time = seconds{20};
// What was asked before the faults ended may be answered as late as this, and is gone into then.
constexpr int idle_windows = 10;
constexpr Duration ends_within = seconds{60};

const Scene* under_way = nullptr;

class Run {
public:
    explicit Run(const RunOptions& options)
        : scene_(options.seed, {options.faults, options.certain}),
          follower_(scene_, leader_),
          crew_(scene_, clusters_, scene_.weather.has(Fault::second) ? 2 : 1),
          disturbance_(scene_, clusters_, crew_),
          checks_(scene_, clusters_, crew_) {
        now_plays(&scene_);
        if (options.on_event) {
            scene_.trace.show(options.on_event);
        }
        disturbance_.promotes_without_fence = options.promotes_without_fence;
        observe::configure_log({LogLevel::info, LogFormat::text});
        observe::redirect_log([this](LogLevel level, std::string_view line) {
            // Without the time, which is a real one.
            checks_.logged(std::string(line.substr(std::min(line.find(' '), line.size()))),
                           level == LogLevel::error);
        });
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() {
        observe::redirect_log({});
        now_plays(nullptr);
    }

    void play() {
        scene_.note(scene_.weather.describe());
        disturbance_.begin();
        crew_.start_all();
        checks_.watch_hot_documents();
        pass(scene_.weather.workload().length);
        disturbance_.end();
        if (scene_.weather.needs_audits()) {
            pass(late_is_over);
        }
        become_level();
        stay_idle();
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

    void become_level() {
        std::string why;
        const Instant limit = scene_.clock.now() + level_within;
        int looks = 0;
        while (goes_on() && looks * milliseconds{100} < stays_level) {
            pass(milliseconds{100});
            why = checks_.not_level();
            looks = why.empty() ? looks + 1 : 0;
            if (scene_.clock.now() > limit) {
                scene_.violated("not level in the end: " + why);
            }
        }
    }

    // Nothing moves any more, so in the end next to nothing is asked.
    void stay_idle() {
        const Workload& workload = scene_.weather.workload();
        constexpr int polls = 2 * 20 + 10;
        const int audits =
            scene_.weather.needs_audits() ? 150 * workload.indices * workload.shards : 20;
        const int most = static_cast<int>(crew_.size()) * (polls + audits);
        int asked = most + 1;
        for (int window = 0; window < idle_windows && asked > most && goes_on(); ++window) {
            (void)take_asked();
            pass(idle_time);
            asked = take_asked();
        }
        if (goes_on() && asked > most) {
            scene_.violated(std::to_string(asked) + " requests in 20 idle seconds");
        }
    }

    int take_asked() {
        int asked = 0;
        for (std::size_t number = 0; goes_on() && number < crew_.size(); ++number) {
            asked += crew_.process(number)->leader_link().take_asked();
            asked += crew_.process(number)->follower_link().take_asked();
        }
        return asked;
    }

    void stop() {
        scene_.note("STOP");
        crew_.heal();
        crew_.stop_all();
        const bool is_well = goes_on();
        const bool ended =
            scene_.clock.run_until([this] { return crew_.has_ended(); }, ends_within);
        if (!ended && is_well) {
            scene_.violated("does not end when told to");
        }
        while (!crew_.has_ended()) {
            (void)scene_.clock.run_until([this] { return crew_.has_ended(); }, ends_within);
        }
    }

    Scene scene_;
    LeaderSide leader_{scene_};
    FollowerSide follower_;
    Clusters clusters_{leader_, follower_};
    Crew crew_;
    Disturbance disturbance_;
    Checks checks_;
};

}  // namespace

void now_plays(const Scene* scene) {
    under_way = scene;
}

RunResult run(const RunOptions& options) {
    if (options.world == World::roles) {
        return run_roles(options);
    }
    Run run(options);
    run.play();
    return run.result();
}

std::vector<Fault> all_faults() {
    std::vector<Fault> faults;
    for (std::size_t number = 0; number < fault_count; ++number) {
        faults.push_back(static_cast<Fault>(number));
    }
    return faults;
}

std::vector<std::string> events_of_run_under_way() {
    if (under_way == nullptr) {
        return {};
    }
    const auto& last = under_way->trace.last();
    return {last.begin(), last.end()};
}

}  // namespace followd::sim
