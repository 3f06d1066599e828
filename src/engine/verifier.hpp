#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"

#include "engine/ports.hpp"
#include "engine/shard_verifier.hpp"
#include "engine/task.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

/// Verifies all shards of one index together: compares until all are level or the time is over.

namespace followd::engine {

/// What came out for one shard.
struct ShardVerdict {
    int shard = 0;
    core::VerifyVerdict verdict = core::VerifyVerdict::moving;
    /// Why the last comparison could not be made; the verdict then is `moving`, or `differs` by
    /// what was found before.
    std::optional<Failure> failure;
    SeqNo through = SeqNo::none();  ///< what the verdict is about: operations up to this one
    std::int64_t leader_documents = 0;
    std::int64_t follower_documents = 0;
    std::int64_t contents_compared = 0;  ///< with `deep`
    std::int64_t missing = 0;            ///< of the last comparison where the verdict is `moving`,
    std::int64_t surplus = 0;            ///< else what lasts
    std::int64_t contents_different = 0;
    bool is_counted_whole = true;       ///< false: there is more than was counted
    std::vector<Discrepancy> examples;  ///< the first of them
};

class Verifier {
public:
    /// `shards` in the order of their numbers. `timers` outlives the verifier.
    Verifier(std::vector<std::unique_ptr<ShardVerifier>> shards, Timers& timers);

    /// Compares at least twice what differs, and again until `wait` is over; `examples_max` is for
    /// each shard.
    [[nodiscard]] Task<std::vector<ShardVerdict>> run(Duration wait, std::size_t examples_max);

private:
    struct Shard {
        std::unique_ptr<ShardVerifier> verifier;
        std::optional<Failure> failure;
        bool is_settled = false;
    };

    [[nodiscard]] Task<void> compare_unsettled();
    [[nodiscard]] bool must_go_on(Instant limit) const;
    [[nodiscard]] Task<ShardVerdict> conclude(std::size_t number, std::size_t examples_max);

    std::vector<Shard> shards_;
    Timers& timers_;
};

}  // namespace followd::engine
