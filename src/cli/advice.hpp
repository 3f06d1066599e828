#pragma once

#include <string_view>

namespace followd::cli {

/// What a person can do now about an error of that kind, as `status --json` names kinds; empty
/// where the error's own words say it, or the kind is none we know.
[[nodiscard]] std::string_view advice_for(std::string_view kind);

}  // namespace followd::cli
