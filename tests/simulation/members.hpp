#pragma once

#include "simulation/disk.hpp"
#include "simulation/scene.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Every followd there is: each lives again and again, and has a disk that outlives it.

namespace followd::sim {

/// `Life` is one of a followd, from its start to its end; `Kept` is what it finds again.
template <typename Life, typename Kept>
class Members {
public:
    /// What differs from world to world.
    struct Kind {
        std::function<std::unique_ptr<Life>(
            Kept& kept, DiskStore::Judge judge, const std::string& name)>
            begin;
        /// Of each checkpoint that a life stores; `before` is the one that this life stored before
        /// it, or null.
        std::function<void(
            const ShardKey& key, const Checkpoint& checkpoint, const Checkpoint* before)>
            judge;
        std::function<void(Kept& kept)> lose;
        std::string kept_is_called;
    };

    Members(Scene& scene, std::size_t size, Kind kind)
        : scene_(scene), kind_(std::move(kind)), members_(size) {}
    // Lives and plans refer to it.
    Members(const Members&) = delete;
    Members& operator=(const Members&) = delete;

    void start_all();
    /// Where it is down.
    void start(std::size_t number);
    /// Kills it; it starts again after `pause`, with what it kept or without.
    void crash(std::size_t number, Duration pause, bool loses_kept);
    /// Another life of each begins, whether it was down or not.
    void restart_all();
    /// Stops all for good. None may be down.
    void stop_all();
    /// True once nothing of a life that was stopped or killed is under way.
    [[nodiscard]] bool has_ended();

    [[nodiscard]] std::size_t size() const { return members_.size(); }
    /// Null while it is down.
    [[nodiscard]] Life* life(std::size_t number) { return members_[number].life.get(); }
    [[nodiscard]] const Kept& kept(std::size_t number) const { return members_[number].kept; }

private:
    struct Member {
        Kept kept;
        std::unique_ptr<Life> life;
        int lives = 0;
    };

    [[nodiscard]] DiskStore::Judge judge_of_a_life() const;
    void bury(Member& member) { ending_.push_back(std::move(member.life)); }

    Scene& scene_;
    Kind kind_;
    std::vector<Member> members_;
    std::vector<std::unique_ptr<Life>> ending_;
};

template <typename Life, typename Kept>
void Members<Life, Kept>::start_all() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        start(number);
    }
}

template <typename Life, typename Kept>
void Members<Life, Kept>::start(std::size_t number) {
    Member& member = members_[number];
    if (!member.life) {
        const std::string name =
            "d" + std::to_string(number) + "." + std::to_string(++member.lives);
        member.life = kind_.begin(member.kept, judge_of_a_life(), name);
    }
}

template <typename Life, typename Kept>
DiskStore::Judge Members<Life, Kept>::judge_of_a_life() const {
    auto said = std::make_shared<std::map<ShardKey, Checkpoint>>();
    return [this, said](const ShardKey& key, const Checkpoint& checkpoint) {
        const auto before = said->find(key);
        kind_.judge(key, checkpoint, before == said->end() ? nullptr : &before->second);
        said->insert_or_assign(key, checkpoint);
    };
}

template <typename Life, typename Kept>
void Members<Life, Kept>::crash(std::size_t number, Duration pause, bool loses_kept) {
    Member& member = members_[number];
    if (!member.life) {
        return;
    }
    scene_.note("d" + std::to_string(number) + " CRASHES" +
                (loses_kept ? ", its " + kind_.kept_is_called + " too" : ""));
    member.life->kill();
    bury(member);
    // After what is on its way to the disk has arrived there or not.
    scene_.clock.after(pause, [this, number, loses_kept] {
        if (loses_kept && !members_[number].life) {
            kind_.lose(members_[number].kept);
        }
        start(number);
    });
}

template <typename Life, typename Kept>
void Members<Life, Kept>::restart_all() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        if (members_[number].life) {
            members_[number].life->kill();
            bury(members_[number]);
        }
        start(number);
    }
}

template <typename Life, typename Kept>
void Members<Life, Kept>::stop_all() {
    for (Member& member : members_) {
        member.life->stop();
        bury(member);
    }
}

template <typename Life, typename Kept>
bool Members<Life, Kept>::has_ended() {
    std::erase_if(ending_, [](const auto& life) { return life->has_ended(); });
    return ending_.empty();
}

}  // namespace followd::sim
