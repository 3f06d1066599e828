#pragma once

#include <string>
#include <string_view>

/// The JSON that servers store is wider than the standard. They take comments, a byte order mark
/// and broken UTF-8 in a document, keep its bytes, and put them into every answer that holds it
/// (tried: Elasticsearch 7.17 and 9.2, OpenSearch 2.19).

namespace followd::es {

/// Whether comments may stand in `text`. Cheap, and true too often: "*/*" in a string looks like
/// one.
[[nodiscard]] bool may_hold_comment(std::string_view text);

/// The same text with every byte in its place, but comments and what is not ASCII outside of
/// strings blanked, and what is not ASCII within strings replaced by 'x': it has the structure of
/// `text` and is standard JSON.
[[nodiscard]] std::string structure_of(std::string_view text);

/// `text`, which is valid UTF-8, as a JSON string token.
[[nodiscard]] std::string quoted(std::string_view text);

/// Whether a string in `source` holds a raw line break. JSON has none, but whoever reads no more
/// than brackets and quotes may take such a text for an object, and it cannot be put into one line.
[[nodiscard]] bool breaks_a_string(std::string_view source);

/// Appends a document, which must not break a string, so that it takes one line: as it is where it
/// has no raw line break, else without the white space and comments between its tokens. Tokens are
/// never changed.
void append_in_one_line(std::string& out, std::string_view source);

}  // namespace followd::es
