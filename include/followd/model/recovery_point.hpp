#pragma once

#include "followd/base/time.hpp"

#include <string>

/// What an index that was restored by schedule (`mode: snapshot`) is a copy of.

namespace followd {

struct RecoveryPoint {
    std::string snapshot;  ///< that it was restored from
    /// By followd's clock, before the snapshot began: everything that the leader had acknowledged
    /// and copied by then is in it.
    WallTime as_of;
    Duration restore_took{};  ///< until it was proved whole; milliseconds count

    friend bool operator==(const RecoveryPoint&, const RecoveryPoint&) = default;
};

}  // namespace followd
