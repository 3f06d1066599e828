#include "simulation/run.hpp"

#include "simulation/checks.hpp"
#include "simulation/crew.hpp"
#include "simulation/disturbance.hpp"
#include "simulation/follower_side.hpp"
#include "simulation/leader_side.hpp"
#include "simulation/roles/role_run.hpp"
#include "simulation/scene.hpp"
#include "simulation/stage.hpp"

#include <chrono>
#include <string>

namespace followd::sim {

namespace {

using std::chrono::seconds;

constexpr Duration idle_time = seconds{20};
// What was asked before the faults ended may be answered as late as this, and is gone into then.
constexpr int idle_windows = 10;

class Run {
public:
    explicit Run(const RunOptions& options)
        : scene_(options.seed, {options.faults, options.certain}),
          follower_(scene_, leader_),
          crew_(scene_, clusters_, scene_.weather.has(Fault::second) ? 2 : 1),
          disturbance_(scene_, clusters_, crew_),
          checks_(scene_, clusters_, crew_),
          stage_(scene_, options, [this](const std::string& line) { checks_.logged_error(line); }) {
        disturbance_.promotes_without_fence = options.promotes_without_fence;
    }

    void play() {
        scene_.note(scene_.weather.describe());
        disturbance_.begin();
        crew_.start_all();
        checks_.watch_hot_documents();
        stage_.pass(scene_.weather.workload().length);
        disturbance_.end();
        stage_.outlast_late_requests();
        stage_.become_level([this] { return checks_.not_level(); });
        stay_idle();
        stage_.stop(crew_);
    }

    [[nodiscard]] RunResult result() const { return stage_.result(); }

private:
    // Nothing moves any more, so in the end next to nothing is asked.
    void stay_idle() {
        const Workload& workload = scene_.weather.workload();
        constexpr int polls = 2 * 20 + 10;
        const int audits =
            scene_.weather.needs_audits() ? 150 * workload.indices * workload.shards : 20;
        const int most = static_cast<int>(crew_.size()) * (polls + audits);
        int asked = most + 1;
        for (int window = 0; window < idle_windows && asked > most && stage_.goes_on(); ++window) {
            (void)take_asked();
            stage_.pass(idle_time);
            asked = take_asked();
        }
        if (stage_.goes_on() && asked > most) {
            scene_.violated(std::to_string(asked) + " requests in 20 idle seconds");
        }
    }

    int take_asked() {
        int asked = 0;
        for (std::size_t number = 0; stage_.goes_on() && number < crew_.size(); ++number) {
            asked += crew_.process(number)->leader_link().take_asked();
            asked += crew_.process(number)->follower_link().take_asked();
        }
        return asked;
    }

    Scene scene_;
    LeaderSide leader_{scene_};
    FollowerSide follower_;
    Clusters clusters_{leader_, follower_};
    Crew crew_;
    Disturbance disturbance_;
    Checks checks_;
    Stage stage_;  // after checks_, which is given what is logged
};

}  // namespace

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

}  // namespace followd::sim
