#pragma once

#include "followd/base/result.hpp"

#include "engine/snapshot_ports.hpp"
#include "es/json.hpp"

#include <string>

/// How a repository of the configuration stands on a cluster: its name and its registration. Pure.

namespace followd::es {

/// On the leader's cluster, which writes to it.
[[nodiscard]] std::string leader_repository_name(const engine::RuleRepository& repository);
/// On the follower's, which only reads. Another name: both may be one cluster.
[[nodiscard]] std::string follower_repository_name(const engine::RuleRepository& repository);

/// What to register under these names; null where somebody else registers it. All values are text,
/// as servers answer them.
[[nodiscard]] Json leader_registration(const engine::RuleRepository& repository);
[[nodiscard]] Json follower_registration(const engine::RuleRepository& repository);

/// Whether a cluster has it registered like that already.
[[nodiscard]] bool is_registered_as(const Json& registered, const Json& wanted);

/// Whether a cluster that registered it so could write to it.
[[nodiscard]] bool is_writable(const Json& registration);

/// `refused` where it can not be what the leader's cluster writes its snapshots to; null: there is
/// none.
[[nodiscard]] Result<void> judge_leader_registration(const engine::RuleRepository& repository,
                                                     const Json* registration);

/// Of all registrations on the follower's cluster, by name: `conflict` where one could write to the
/// leader's folder, `refused` where somebody else's is missing.
[[nodiscard]] Result<void> judge_follower_registrations(const engine::RuleRepository& repository,
                                                        const Json& registrations);

/// A server may quote the address, in which the token stands.
[[nodiscard]] Failure without_token(Failure failure, const engine::RuleRepository& repository);

}  // namespace followd::es
