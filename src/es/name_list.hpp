#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace followd::es {

/// "a, b, c and 4 more"; bounded, for a message.
[[nodiscard]] std::string name_list(const std::vector<std::string>& names,
                                    std::size_t shown_max = 5);

}  // namespace followd::es
