#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// How far a bootstrap from a snapshot is.

namespace followd::engine {

/// Files that were copied, of those to be copied; all primaries together.
struct TransferProgress {
    std::int64_t bytes = 0;
    std::int64_t bytes_total = 0;
    std::int64_t files = 0;
    std::int64_t files_total = 0;

    friend bool operator==(const TransferProgress&, const TransferProgress&) = default;
};

enum class BootstrapStep {
    waiting,       ///< for the snapshot of others to end
    snapshot,      ///< the leader's cluster writes
    restore,       ///< the follower's cluster reads
    confirmation,  ///< of what was restored, by the leader's global checkpoint
};

/// All of them, in the enumeration's order.
inline constexpr std::array bootstrap_steps{BootstrapStep::waiting,
                                            BootstrapStep::snapshot,
                                            BootstrapStep::restore,
                                            BootstrapStep::confirmation};

[[nodiscard]] std::string_view to_string(BootstrapStep step) noexcept;

struct BootstrapStatus {
    BootstrapStep step = BootstrapStep::waiting;
    TransferProgress transfer;  ///< of the step

    friend bool operator==(const BootstrapStatus&, const BootstrapStatus&) = default;
};

}  // namespace followd::engine
