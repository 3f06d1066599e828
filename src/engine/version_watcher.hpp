#pragma once

#include "engine/index_ports.hpp"
#include "engine/ports.hpp"
#include "engine/task.hpp"

#include <functional>
#include <string>
#include <vector>

/// Asks one leader cluster now and then whose mapping, settings or aliases have changed, in one
/// request for all indices that are followed from it.

namespace followd::engine {

class VersionWatcher {
public:
    using Tell = std::function<void(const std::vector<IndexVersions>& indices)>;

    VersionWatcher(LeaderCluster& leader,
                   Timers& timers,
                   std::vector<std::string> patterns,
                   Tell tell);

    /// Until stop(), which whoever wakes the timers calls first.
    [[nodiscard]] Task<void> run();
    void stop() { stopping_ = true; }
    /// From the next look on.
    void watch(std::vector<std::string> patterns) {
        patterns_ = std::move(patterns);
        state_.clear();
    }

private:
    LeaderCluster& leader_;
    Timers& timers_;
    std::vector<std::string> patterns_;
    Tell tell_;
    std::string state_;  // of the last answer
    bool stopping_ = false;
};

}  // namespace followd::engine
