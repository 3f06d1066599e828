#pragma once

#include "followd/base/time.hpp"
#include "followd/model/settings.hpp"

#include "support/dice.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What goes wrong in a run, and how often: each seed draws it, so that every seed has another
/// character (a swarm finds what a mixture of everything hides).

namespace followd::sim {

enum class Fault {
    // of a request
    refused,         ///< it never reaches the server
    lost,            ///< it never reaches the server, and that shows only at the deadline
    answer_lost,     ///< it is executed; nobody hears of it
    late,            ///< given up, and executed up to minutes afterwards
    throttled,       ///< 429
    unavailable,     ///< 503, a failed shard
    malformed,       ///< an answer that is none
    item_throttled,  ///< single items of a bulk: 429
    // of the leader
    failover,    ///< another copy becomes the primary: what was not acknowledged may be gone
    relocation,  ///< of the primary, whose counters begin anew; or another replica
    restore,     ///< of a snapshot over the index: another history
    recreation,  ///< deleted, and created again under its name
    closing,     ///< closed, and opened again
    mapping,     ///< a new field
    lagging,     ///< a node answers with an index's definition of a moment ago
    expired,     ///< a point in time is gone
    // of the follower
    follower_restore,   ///< it falls back to what it was: another history of its own
    follower_failover,  ///< another term, nothing lost
    follower_removal,   ///< somebody deletes the follower index
    foreign,            ///< somebody else writes to it
    forgetful,          ///< tombstones are forgotten after index.gc_deletes
    small_requests,     ///< bulks above a few documents are refused: 413
    promotion,          ///< it becomes an index of its own
    // of followd
    crash,         ///< and starts again
    hang,          ///< for up to minutes, and goes on as if nothing had been
    leap,          ///< of its clock
    second,        ///< another followd with the same rules and a store of its own
    store_failed,  ///< a checkpoint is not saved
    store_lost,    ///< the state file is gone after a crash
    partition,     ///< a cluster cannot be reached at all for a while
};

inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::partition) + 1;

[[nodiscard]] std::string_view to_string(Fault fault);
/// Nothing where there is no fault of that name.
[[nodiscard]] std::optional<Fault> fault_of(std::string_view name);

struct FaultChoice {
    std::vector<Fault> allowed;  ///< no other occurs
    std::vector<Fault> certain;  ///< of these: occur whatever is drawn
};

/// How the leader's clients write.
struct Workload {
    int indices = 1;
    int shards = 1;
    std::size_t replicas = 0;
    std::size_t ids = 0;
    double hot = 0;      ///< share of operations that rewrite one document
    double removal = 0;  ///< share of operations
    double bulky = 0;    ///< share of documents of a few kilobytes
    Duration pause{};    ///< between two operations of a shard, at the mean
    Duration pace{};     ///< between two steps of a shard group of its own, at the mean
    bool has_lulls = false;
    Duration length{};  ///< of the time with faults
};

class Weather {
public:
    /// Draws everything from `dice`.
    Weather(test::Dice& dice, const FaultChoice& faults);

    [[nodiscard]] bool has(Fault fault) const { return rates_.at(index_of(fault)) > 0; }
    /// Per occasion (a request, a moment of the world); 0 where it does not occur in this run, and
    /// for all from calm() on.
    [[nodiscard]] double rate(Fault fault) const {
        return is_calm_ ? 0 : rates_.at(index_of(fault));
    }
    void calm() { is_calm_ = true; }
    [[nodiscard]] bool is_calm() const { return is_calm_; }
    [[nodiscard]] const Workload& workload() const { return workload_; }
    /// What followd is told to keep to.
    [[nodiscard]] const LimitSettings& limits() const { return limits_; }
    [[nodiscard]] const TailSettings& tail() const { return tail_; }

    /// Whether only an audit promises that a deleted document stays away.
    [[nodiscard]] bool needs_audits() const;
    /// Nothing holds followd up: whatever it does not bring on, it never will.
    [[nodiscard]] bool is_gentle() const;
    /// One line: what this run plays with.
    [[nodiscard]] std::string describe() const;

private:
    static std::size_t index_of(Fault fault) { return static_cast<std::size_t>(fault); }

    std::array<double, fault_count> rates_{};
    bool is_calm_ = false;
    Workload workload_;
    LimitSettings limits_;
    TailSettings tail_;
};

}  // namespace followd::sim
