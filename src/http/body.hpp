#pragma once

#include <cstddef>
#include <string>

/// How the text of an answer grows.

namespace followd::http {

/// What simdjson may read (never use) behind the text, so that it needs no copy of its own.
constexpr std::size_t body_padding_bytes = 64;

/// Makes room for `size` bytes and the padding; std::string doubles its capacity where it must
/// grow.
void reserve_body(std::string& text, std::size_t size);

/// Gives back room that a whole text did not need, where it is much; the padding remains.
void fit_body(std::string& text);

}  // namespace followd::http
