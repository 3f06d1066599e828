#pragma once

#include "simulation/members.hpp"
#include "simulation/roles/daemon.hpp"

#include <cstddef>

/// Every daemon of a world in which roles change, each with a state file of its own. Judges what
/// they hand to it.

namespace followd::sim {

class Daemons {
public:
    Daemons(Scene& scene, Sides& sides, Repository& repository, std::size_t size);

    void start_all() { members_.start_all(); }
    /// Kills it; it starts again after `pause`, with its state file or without.
    void crash(std::size_t number, Duration pause, bool loses_file) {
        members_.crash(number, pause, loses_file);
    }
    /// All are there, started anew, and none hangs.
    void heal() { members_.restart_all(); }
    void stop_all() { members_.stop_all(); }
    /// True once nothing of a daemon that was stopped or killed is under way.
    [[nodiscard]] bool has_ended() { return members_.has_ended(); }

    [[nodiscard]] std::size_t size() const { return members_.size(); }
    /// Null while it is down.
    [[nodiscard]] Daemon* daemon(std::size_t number) { return members_.life(number); }
    /// Somebody paused that place, and nobody took it back.
    [[nodiscard]] bool has_intent(const engine::IndexPlace& place) const;
    /// By which the present life's snapshots are known.
    [[nodiscard]] const std::string& id(std::size_t number) const {
        return members_.kept(number).daemon_id;
    }
    [[nodiscard]] LostWrites& lost_writes() { return lost_writes_; }

private:
    void judge(const ShardKey& key, const Checkpoint& checkpoint, const Checkpoint* before);
    void judge_claim(const TwoWayIndex& leader,
                     const TwoWayIndex& follower,
                     std::size_t shard,
                     const Checkpoint& checkpoint);

    Scene& scene_;
    Sides& sides_;
    Repository& repository_;
    LostWrites lost_writes_;
    Members<Daemon, StateFile> members_;
};

}  // namespace followd::sim
