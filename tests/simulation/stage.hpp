#pragma once

#include "followd/base/time.hpp"

#include "simulation/run.hpp"
#include "simulation/scene.hpp"

#include <functional>
#include <string>
#include <vector>

/// What every run does, whatever its world is about: time passes until something is so, and in the
/// end all is level and stops.

namespace followd::sim {

/// While it is there the program's log goes into the trace. So it comes after whoever judges the
/// log, and is gone before them.
class Stage {
public:
    /// `judge_error` is given each line that is logged as an error; may be empty.
    Stage(Scene& scene,
          const RunOptions& options,
          std::function<void(const std::string& line)> judge_error = {});
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    ~Stage();

    /// Nothing is wrong so far.
    [[nodiscard]] bool goes_on() const { return scene_.violation.empty(); }
    /// Until `is_reached`, or something is wrong. False where `limit` was over first.
    bool wait(const std::function<bool()>& is_reached, Duration limit);
    void pass(Duration duration);
    /// Where only audits find what came late: until nothing more can come.
    void outlast_late_requests();
    /// Until `why_not`, which is empty where nothing is missing, has been so for some time.
    void become_level(const std::function<std::string()>& why_not);
    /// Every process is told to stop, and must.
    template <typename Processes>
    void stop(Processes& processes) {
        scene_.note("STOP");
        processes.heal();
        processes.stop_all();
        see_end([&processes] { return processes.has_ended(); });
    }

    [[nodiscard]] RunResult result() const;

private:
    void see_end(const std::function<bool()>& has_ended);

    Scene& scene_;
};

/// For a handler of a failed assertion: the events of the run under way, the last ones.
[[nodiscard]] std::vector<std::string> events_of_run_under_way();

}  // namespace followd::sim
