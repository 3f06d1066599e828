#pragma once

#include "config/document.hpp"

#include <string>
#include <string_view>

namespace followd::config {

/// What an unquoted YAML value is: boolean for true and false (not yes, on and the like), number
/// for what JSON calls one (so 010 and 0x10 stay text and mean nothing else by accident), else
/// text. The empty value and null are the parser's matter.
[[nodiscard]] NodeKind kind_of_plain_scalar(std::string_view text);

/// ASCII only.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace followd::config
