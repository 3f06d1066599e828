#pragma once

#include "followd/model/settings.hpp"

#include "config/document.hpp"
#include "config/mistake.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace followd::config {

/// The `clusters` map, in file order. Reports everything that is wrong with it; a cluster with a
/// mistake is still in the answer, so that the rules that name it are not called wrong for it.
[[nodiscard]] std::vector<ClusterSettings> parse_clusters(const Node& node, Mistakes& mistakes);

/// Why this cannot name a cluster, a rule or a repository (it goes into metadata, paths and command
/// lines), the end of a sentence; nothing where it can.
[[nodiscard]] std::optional<std::string> label_problem(std::string_view label);

/// Reports a name, written at `path`, that is none of the clusters'.
void check_cluster(const ClusterName& name,
                   const std::string& path,
                   Place place,
                   std::span<const ClusterSettings> clusters,
                   Mistakes& mistakes);

}  // namespace followd::config
