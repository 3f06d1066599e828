#pragma once

#include "followd/model/settings.hpp"

#include "config/mistake.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace followd::config {

/// The settings, or everything that is wrong, in the file's order; never an empty list.
using SettingsOrMistakes = std::variant<Settings, std::vector<Mistake>>;

/// Reads a configuration from its text. `file` names it in mistakes; if it ends in .json, or the
/// text begins with '{', the text is JSON, else YAML. No file is opened, also none that the
/// settings name.
[[nodiscard]] SettingsOrMistakes parse_settings(std::string_view text, const std::string& file);

}  // namespace followd::config
