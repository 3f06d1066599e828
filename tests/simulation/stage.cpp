#include "simulation/stage.hpp"

#include "observe/log.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace followd::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// After which every request that anybody ever sent was executed, and every tombstone is old.
constexpr Duration late_is_over = seconds{500};
// Longer than the longest rest after failures, and than what a halted shard waits.
constexpr Duration level_within = seconds{400};
constexpr Duration stays_level = seconds{2};
constexpr Duration ends_within = seconds{60};

const Scene* under_way = nullptr;

std::vector<std::string> last_events(const Scene& scene) {
    const auto& last = scene.trace.last();
    return {last.begin(), last.end()};
}

}  // namespace

Stage::Stage(Scene& scene,
             const RunOptions& options,
             std::function<void(const std::string& line)> judge_error)
    : scene_(scene) {
    under_way = &scene;
    if (options.on_event) {
        scene.trace.show(options.on_event);
    }
    observe::configure_log({LogLevel::info, LogFormat::text});
    observe::redirect_log(
        [&scene, judge_error = std::move(judge_error)](LogLevel level, std::string_view line) {
            // Without the time, which is a real one.
            const std::string told(line.substr(std::min(line.find(' '), line.size())));
            scene.note("log: " + told);
            if (level == LogLevel::error && judge_error) {
                judge_error(told);
            }
        });
}

Stage::~Stage() {
    observe::redirect_log({});
    under_way = nullptr;
}

bool Stage::wait(const std::function<bool()>& is_reached, Duration limit) {
    if (!goes_on()) {
        return false;
    }
    const bool reached =
        scene_.clock.run_until([this, &is_reached] { return !goes_on() || is_reached(); }, limit);
    if (scene_.clock.is_stuck()) {
        scene_.violated("a loop that never waits");
    }
    return reached && goes_on();
}

void Stage::pass(Duration duration) {
    (void)wait([] { return false; }, duration);
}

void Stage::outlast_late_requests() {
    if (scene_.weather.needs_audits()) {
        pass(late_is_over);
    }
}

void Stage::become_level(const std::function<std::string()>& why_not) {
    const Instant limit = scene_.clock.now() + level_within;
    int looks = 0;
    while (goes_on() && looks * milliseconds{100} < stays_level) {
        pass(milliseconds{100});
        const std::string why = why_not();
        looks = why.empty() ? looks + 1 : 0;
        if (scene_.clock.now() > limit) {
            scene_.violated("not level in the end: " + why);
        }
    }
}

void Stage::see_end(const std::function<bool()>& has_ended) {
    const bool is_well = goes_on();
    const bool ended = scene_.clock.run_until(has_ended, ends_within);
    if (!ended && is_well) {
        scene_.violated("does not end when told to");
    }
    while (!has_ended()) {
        (void)scene_.clock.run_until(has_ended, ends_within);
    }
}

RunResult Stage::result() const {
    return {scene_.violation,
            scene_.weather.describe(),
            last_events(scene_),
            scene_.trace.events(),
            scene_.trace.sum()};
}

std::vector<std::string> events_of_run_under_way() {
    return under_way == nullptr ? std::vector<std::string>{} : last_events(*under_way);
}

}  // namespace followd::sim
