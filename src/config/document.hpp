#pragma once

#include "config/mistake.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A configuration file as a tree in which every value knows where it stands, whether the file was
/// YAML or JSON.

namespace followd::config {

enum class NodeKind {
    null,     ///< nothing, `null` or `~`
    boolean,  ///< text is "true" or "false"
    number,   ///< text is the number as written, in JSON's grammar
    text,     ///< everything else that is one value; a quoted number is text
    sequence,
    map,
    unreadable,  ///< reported already: whoever reads it stays silent
};

struct Node {
    NodeKind kind = NodeKind::null;
    std::string text;  ///< of boolean, number and text
    Place place;       ///< where the value begins; for a null in a map, its key's place
    std::string key;   ///< of a map's child
    Place key_place;
    std::vector<Node> children;  ///< a sequence's items or a map's values, in file order
};

/// Limits of a document, far above what a person writes, so that reading stays bounded.
inline constexpr std::size_t document_bytes_max = 1U << 20;
inline constexpr std::size_t document_nodes_max = 20'000;
inline constexpr std::size_t document_depth_max = 32;

/// Reads `text` as JSON if the file's name ends in .json or the text begins with '{', else as YAML.
/// Reports what is wrong with the syntax (which ends the reading: then nothing is returned), and
/// duplicate keys, aliases and tags (which do not).
[[nodiscard]] std::optional<Node> read_document(std::string_view text, Mistakes& mistakes);

}  // namespace followd::config
