#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Folders of other machines, which nobody here can look at.

namespace followd::config {

/// One way to write each folder, so that two that are one can be told: no "." and no slash that
/// says nothing; empty for the root.
[[nodiscard]] std::string normal_location(std::string_view text);

/// Why a repository cannot lie there, the end of a sentence; nothing where it can.
[[nodiscard]] std::optional<std::string> location_problem(std::string_view text);

}  // namespace followd::config
