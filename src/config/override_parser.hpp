#pragma once

#include "config/document.hpp"
#include "config/mistake.hpp"

#include <string>
#include <utility>
#include <vector>

namespace followd::config {

/// A rule's `settings`: index settings that the follower gets instead of the leader's, flat or
/// nested, as flat name ("index." put in front where it is absent, as the servers do) and value as
/// JSON text. Reports names that are none, values that are no setting's, names given twice, and
/// settings that followd itself must control, with the reason.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_overrides(
    const Node& node, const std::string& path, Mistakes& mistakes);

}  // namespace followd::config
