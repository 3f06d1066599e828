#pragma once

#include "engine/control.hpp"
#include "simulation/roles/keeping.hpp"
#include "simulation/roles/sides.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What a command's report promises, held against what is so.

namespace followd::sim {

class Promises {
public:
    /// The world as it stood when a command was given.
    struct Before {
        bool is_plain = false;           ///< one side follows, and nothing was begun
        ClusterName follower;            ///< its cluster
        std::map<std::string, int> led;  ///< the leader's documents that count
        int last_value = 0;
        std::vector<std::int64_t> tops;  ///< the leader's highest number, by shard
    };

    Promises(Scene& scene, Sides& sides) : scene_(scene), sides_(sides) {}

    [[nodiscard]] Before look();
    /// Of a promotion that waited for a drain: everything that counted before is there.
    void judge_drain(const Before& before, const std::string& at);
    /// Of a switch: nothing that the old leader took is missing on the new one.
    void judge_switch(const LostWrites& files, const std::string& at);

private:
    /// What was promoted by the command of that moment.
    [[nodiscard]] TwoWayIndex* promoted_by(const std::string& at);

    Scene& scene_;
    Sides& sides_;
};

}  // namespace followd::sim
