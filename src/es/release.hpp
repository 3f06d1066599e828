#pragma once

#include "engine/snapshot_ports.hpp"
#include "es/dialect.hpp"

namespace followd::es {

[[nodiscard]] engine::Release release_of(const ClusterInfo& info);

}  // namespace followd::es
