#pragma once

#include "followd/model/ids.hpp"

#include "engine/task.hpp"
#include "es/admin_exchange.hpp"
#include "es/json.hpp"

#include <cstdint>
#include <set>

/// Lifts the ceiling that a cluster puts on restores of its own accord (40 MB a second and node),
/// while some of ours are under way. One that somebody set is his decision and stays.

namespace followd::es {

/// The exchange must outlive it. Best effort: without the privilege a restore only takes longer.
class RestoreThrottle {
public:
    explicit RestoreThrottle(AdminExchange& exchange) : exchange_(exchange) {}

    [[nodiscard]] bool knows(const IndexName& restored) const {
        return restored_.contains(restored);
    }
    /// `bytes_per_sec`: the ceiling instead; 0: none. What an earlier life of the daemon set is
    /// taken for ours, so that it goes with the last restore.
    [[nodiscard]] Task<void> lift(IndexName restored, std::int64_t bytes_per_sec);
    /// After the last one the cluster's own ceiling is back.
    [[nodiscard]] Task<void> drop(IndexName restored);

private:
    [[nodiscard]] Task<void> put(Json value);

    AdminExchange& exchange_;
    std::set<IndexName> restored_;
    Json ours_;  // what we set; null: nothing
};

}  // namespace followd::es
