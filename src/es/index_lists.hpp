#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// Many index names and patterns in the paths of as few requests as can hold them.

namespace followd::es {

/// Most bytes of a list in one request's line; servers take 4096 of the line by default.
inline constexpr std::size_t index_list_bytes_max = 3000;

/// The patterns percent-encoded but for their `*`, parted by commas, in lists that each fit into a
/// request's line. One too long for a line has a list of its own. An exclusion aborts: in a list
/// that is cut in two it would not reach the other half.
[[nodiscard]] std::vector<std::string> index_lists(const std::vector<std::string>& patterns);

}  // namespace followd::es
