#pragma once

#include <string_view>

namespace followd {

/// What an index's own mark says it is (decisions.md, "Roles and ownership").
enum class MarkRole {
    follower,  ///< we write to it, through its fence alias
    leader,    ///< clients write to it, others follow it
    promoted,  ///< was a follower; never followed again without a person asking
};

[[nodiscard]] std::string_view to_string(MarkRole role) noexcept;

}  // namespace followd
