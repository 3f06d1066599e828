#pragma once

#include <string>
#include <string_view>

/// Ids and routings travel as JSON string tokens, byte for byte as a server wrote them. Servers of
/// different versions escape the same text differently, so tokens are compared by what they mean.

namespace followd::core {

/// The text of a JSON string token, without its quotes and escapes. What is no escape stays as it
/// is; a half of a surrogate pair becomes the three bytes that UTF-8 would give it.
[[nodiscard]] std::string text_of_token(std::string_view token);

/// Whether both tokens mean the same text; both may be empty, which is no text at all.
[[nodiscard]] bool is_same_token(std::string_view left, std::string_view right);

}  // namespace followd::core
