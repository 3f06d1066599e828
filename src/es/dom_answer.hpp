#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Answers that hold no document, parsed whole. Inside src/es only.

namespace followd::es {

/// Parses the answer; false where it is not one JSON object from its first byte to its last. What
/// it yields is valid until the next call on this thread and as long as `body`. The parser is kept
/// between calls, a large one only until the next small answer.
[[nodiscard]] bool parse_object(const std::string& body, simdjson::dom::object& answer);

/// The member's text, or empty. Valid as the object is.
[[nodiscard]] std::string_view text_at(const simdjson::dom::object& object, std::string_view key);

/// The member's integer; nothing where it is absent or no integer of 64 bits.
[[nodiscard]] std::optional<std::int64_t> integer_at(const simdjson::dom::object& object,
                                                     std::string_view key);

/// A search counts only where nothing was left out: it did not time out, and the one shard that was
/// asked answered. HTTP 200 says neither. A view of a shard that is not there has `total` 0.
[[nodiscard]] bool is_whole_search(const simdjson::dom::object& answer);

}  // namespace followd::es
