#pragma once

#include "config/document.hpp"

#include <optional>
#include <string_view>

namespace followd::config {

/// One YAML document of UTF-8 text. Anchors, aliases, merge keys and tags are reported, not
/// obeyed. Nothing where the syntax is wrong or a limit is passed; the mistake then says which.
[[nodiscard]] std::optional<Node> read_yaml(std::string_view text, Mistakes& mistakes);

}  // namespace followd::config
