#include "config/document.hpp"

#include "config/json_reader.hpp"
#include "config/yaml_reader.hpp"

#include <string>
#include <unordered_map>

namespace followd::config {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Bytes of the UTF-8 sequence that `text` begins with; 0 where there is none. Overlong forms,
/// surrogates and what lies above U+10FFFF are none.
std::size_t utf8_sequence_bytes(std::string_view text) {
    const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) {
        return 0;
    }
    for (std::size_t at = 1; at < bytes; ++at) {
        if ((byte(at) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    const bool wrong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
                       (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F);
    return wrong ? 0 : bytes;
}

/// yaml-cpp replaces bad bytes silently, and a zero byte ends its text: both are found here.
bool check_bytes(std::string_view text, Mistakes& mistakes) {
    Place place{.line = 1, .column = 1};
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = utf8_sequence_bytes(text.substr(at));
        if (bytes == 0 || text[at] == '\0') {
            mistakes.add(place, "", "is not UTF-8 text from here on", "save the file as UTF-8");
            return false;
        }
        if (text[at] == '\n') {
            ++place.line;
            place.column = 1;
        } else {
            place.column += static_cast<int>(bytes);
        }
        at += bytes;
    }
    return true;
}

bool is_json(std::string_view file, std::string_view text) {
    if (file.ends_with(".json")) {
        return true;
    }
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{';
}

void report_duplicate_keys(const Node& node, const std::string& path, Mistakes& mistakes) {
    std::unordered_map<std::string_view, Place> seen;
    for (std::size_t at = 0; at < node.children.size(); ++at) {
        const Node& child = node.children[at];
        std::string child_path;
        if (node.kind == NodeKind::map) {
            child_path = join_path(path, child.key);
            const auto [first, fresh] = seen.emplace(child.key, child.key_place);
            if (!fresh) {
                mistakes.add(child.key_place,
                             child_path,
                             "is given twice, first in line " + std::to_string(first->second.line),
                             "keep one");
            }
        } else {
            child_path = path + "[" + std::to_string(at) + "]";
        }
        report_duplicate_keys(child, child_path, mistakes);
    }
}

}  // namespace

std::optional<Node> read_document(std::string_view text, Mistakes& mistakes) {
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    if (!check_bytes(text, mistakes)) {
        return std::nullopt;
    }
    std::optional<Node> root =
        is_json(mistakes.file(), text) ? read_json(text, mistakes) : read_yaml(text, mistakes);
    if (root) {
        report_duplicate_keys(*root, "", mistakes);
    }
    return root;
}

}  // namespace followd::config
