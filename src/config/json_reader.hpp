#pragma once

#include "config/document.hpp"

#include <optional>
#include <string_view>

namespace followd::config {

/// One JSON value of UTF-8 text. Nothing where the syntax is wrong or a limit is passed; the
/// mistake then says which.
[[nodiscard]] std::optional<Node> read_json(std::string_view text, Mistakes& mistakes);

}  // namespace followd::config
