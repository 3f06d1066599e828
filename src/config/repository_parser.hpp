#pragma once

#include "followd/model/repository_settings.hpp"

#include "config/document.hpp"
#include "config/mistake.hpp"

#include <optional>
#include <string>
#include <vector>

namespace followd::config {

/// A repository with the places that mistakes found later are reported at.
struct ParsedRepository {
    RepositorySettings settings;
    std::string path;         ///< for example "repositories.shared-nfs"
    std::string folder_path;  ///< of the key that says the leader's folder
    Place folder_place;
    /// Whether settings.clusters is what the file says; else it was reported.
    bool are_clusters_whole = true;
    std::vector<Place> cluster_places;  ///< for each of settings.clusters
};

/// The `repositories` map, in file order, each checked by itself; repository_checks.hpp does the
/// rest. One with a mistake is still in the answer, so that the rules that name it are not called
/// wrong for it. Nothing where the map could not be read, which is reported.
[[nodiscard]] std::optional<std::vector<ParsedRepository>> parse_repositories(const Node& node,
                                                                              Mistakes& mistakes);

}  // namespace followd::config
