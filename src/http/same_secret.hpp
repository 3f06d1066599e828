#pragma once

#include <string_view>

namespace followd::http {

/// Whether what somebody sent is the secret, in a time that does not tell how much of it was right.
[[nodiscard]] bool is_same_secret(std::string_view sent, std::string_view secret);

}  // namespace followd::http
