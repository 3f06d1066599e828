#pragma once

#include "engine/index_ports.hpp"

/// Which leader indices can be followed at all, said before anything is created.

namespace followd::es {

/// Pure. A refusal says what stands in the way and what to do; a warning what a person should know
/// of the follower. Texts name settings and fields, never content.
[[nodiscard]] engine::FollowVerdict judge_leader(const engine::IndexDefinition& definition);

}  // namespace followd::es
