#pragma once

#include "simulation/roles/daemon.hpp"

#include <cstddef>
#include <memory>
#include <vector>

/// Every daemon of a world in which roles change, each with a state file of its own. Judges what
/// they hand to it.

namespace followd::sim {

class Daemons {
public:
    Daemons(Scene& scene, Sides& sides, std::size_t size);

    void start_all();
    /// Kills it; it starts again after `pause`, with its state file or without.
    void crash(std::size_t number, Duration pause, bool loses_file);
    /// All are there, started anew, and none hangs.
    void heal();
    void stop_all();
    /// True once nothing of a daemon that was stopped or killed is under way.
    [[nodiscard]] bool has_ended();

    [[nodiscard]] std::size_t size() const { return members_.size(); }
    /// Null while it is down.
    [[nodiscard]] Daemon* daemon(std::size_t number) { return members_[number].daemon.get(); }
    /// Somebody paused that place, and nobody took it back.
    [[nodiscard]] bool has_intent(const engine::IndexPlace& place) const;
    [[nodiscard]] LostWrites& lost_writes() { return lost_writes_; }

private:
    struct Member {
        StateFile file;
        std::unique_ptr<Daemon> daemon;
        int life = 0;
    };

    void start(std::size_t number);
    void bury(std::size_t number);
    void judge(const ShardKey& key, const Checkpoint& checkpoint, const Checkpoint* before);
    void judge_claim(const TwoWayIndex& leader,
                     const TwoWayIndex& follower,
                     std::size_t shard,
                     const Checkpoint& checkpoint);

    Scene& scene_;
    Sides& sides_;
    LostWrites lost_writes_;
    std::vector<Member> members_;
    std::vector<std::unique_ptr<Daemon>> ending_;
};

}  // namespace followd::sim
