#pragma once

#include <string>
#include <vector>

namespace followd::es {

/// "a, b, c and 4 more"; bounded, for a message.
[[nodiscard]] std::string name_list(const std::vector<std::string>& names);

}  // namespace followd::es
