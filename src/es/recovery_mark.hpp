#pragma once

#include "followd/model/recovery_point.hpp"

#include "es/json.hpp"

#include <optional>

/// The member `recovery` of a mark: what an index that was restored by schedule is a copy of. Pure.

namespace followd::es {

[[nodiscard]] Json to_json(const RecoveryPoint& point);

/// Strict: nothing where a member is missing, unknown or of another form than to_json() gives it.
[[nodiscard]] std::optional<RecoveryPoint> read_recovery_point(const Json& json);

}  // namespace followd::es
