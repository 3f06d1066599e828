#pragma once

#include "config/settings_parser.hpp"

#include <string>

namespace followd::config {

/// Reads and checks a configuration file; blocks. A file that cannot be read, or is larger than
/// document_bytes_max, is one mistake without a line.
[[nodiscard]] SettingsOrMistakes load_settings(const std::string& path);

}  // namespace followd::config
