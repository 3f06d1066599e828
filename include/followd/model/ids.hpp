#pragma once

#include "followd/base/strong.hpp"

#include <string>

/// Names and identities of what is followed.

namespace followd {

/// A cluster's name in our configuration.
using ClusterName = Strong<std::string, struct ClusterNameTag>;
/// A concrete index's name, never an alias or a pattern.
using IndexName = Strong<std::string, struct IndexNameTag>;
/// The UUID an index got at its creation; a re-created index has another.
using IndexUuid = Strong<std::string, struct IndexUuidTag>;
/// A shard's history UUID: it changes when operations were lost or a snapshot was restored.
using HistoryUuid = Strong<std::string, struct HistoryUuidTag>;
/// The node that holds a shard's primary; its counters start anew elsewhere.
using NodeId = Strong<std::string, struct NodeIdTag>;
/// A follow rule's name.
using RuleName = Strong<std::string, struct RuleNameTag>;
/// A snapshot repository's name in our configuration.
using RepositoryName = Strong<std::string, struct RepositoryNameTag>;

}  // namespace followd
