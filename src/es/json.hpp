#pragma once

#include "followd/base/result.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

/// JSON of requests and answers that are not documents: settings, mappings, templates. Documents
/// never pass through here (search_decoder.hpp). Integers of 64 bits keep their value; a number
/// beyond that becomes a double, which no mapping is expected to hold.

namespace followd::es {

/// Sorts its keys: none of these objects means anything by its order, two of them are equal
/// whatever order they came in, and a listing of ten thousand indices is read in linear time.
using Json = nlohmann::json;

/// `malformed` where the text is not JSON; `what` names the thing, never its content.
[[nodiscard]] Result<Json> parse_json(std::string_view text, std::string_view what);

/// Compact; never throws.
[[nodiscard]] std::string to_text(const Json& json);

/// The member, or null where `json` is no object or has no such member. Valid as long as `json`.
[[nodiscard]] const Json* member(const Json& json, std::string_view key);

/// The member's text; empty where it is absent or no string.
[[nodiscard]] std::string text_of(const Json& json, std::string_view key);

/// A setting's whole number, which servers write as text; nothing where it is none, or too large.
template <std::integral Number>
[[nodiscard]] std::optional<Number> number_at(const Json& json, std::string_view key) {
    const std::string text = text_of(json, key);
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    return is_whole ? std::optional{number} : std::nullopt;
}

/// A setting's or mapping's boolean, which servers write as true or as "true".
[[nodiscard]] bool is_true(const Json& json, std::string_view key);
[[nodiscard]] bool is_false(const Json& json, std::string_view key);

}  // namespace followd::es
