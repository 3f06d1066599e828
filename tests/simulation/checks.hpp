#pragma once

#include "simulation/crew.hpp"
#include "simulation/process.hpp"
#include "simulation/scene.hpp"

#include <map>
#include <string>
#include <utility>

/// What must hold of a world at the end of a run, and what must hold all the time but can only be
/// seen by looking again and again.

namespace followd::sim {

class Checks {
public:
    Checks(Scene& scene, Clusters clusters, Crew& crew)
        : scene_(scene), clusters_(clusters), crew_(crew) {}

    /// Looks at hot documents from now on: one that is rewritten all the time must reach the
    /// follower again and again. Only where nothing else holds the daemon up.
    void watch_hot_documents();

    /// Empty where every follower is what it should be, and every process says so; else the first
    /// thing that is not yet.
    [[nodiscard]] std::string not_level();

    /// A line that the program logged as an error: it wants a person, and must have a cause.
    void logged_error(const std::string& line);

private:
    struct Hot {
        std::int64_t led = -1;
        std::int64_t followed = -1;
        int looks_without = 0;  // in which the leader's went on and the follower's did not
    };

    [[nodiscard]] static std::string not_level(const engine::FollowerStatus& row,
                                               LeaderIndexState& leader,
                                               FollowerIndexState& follower);
    void look_at_hot_documents();

    Scene& scene_;
    Clusters clusters_;
    Crew& crew_;
    std::map<std::pair<IndexName, int>, Hot> hot_;
};

}  // namespace followd::sim
