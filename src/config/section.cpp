#include "config/section.hpp"

#include "config/units.hpp"

#include <algorithm>
#include <charconv>

namespace followd::config {

namespace {

std::string range_text(const std::string& least, const std::string& most) {
    return "write a value from " + least + " to " + most;
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char character) {
        return (character >= 0 && character < ' ') || character == '\x7f';
    });
}

constexpr std::string_view size_right = "write a number with b, kb, mb or gb, for example 128mb";
constexpr std::string_view duration_right =
    "write a number with ms, s, m, h or d, for example 500ms";
constexpr std::string_view share_right = "write a percentage, for example 10%";

}  // namespace

std::string is_not(std::string_view kind, const Node& node, Show show) {
    if (node.kind == NodeKind::null) {
        return "has no value";
    }
    return describe(node, show) + " is not " + std::string{kind};
}

std::string describe(const Node& node, Show show) {
    switch (node.kind) {
        case NodeKind::null:
            return "null";
        case NodeKind::sequence:
            return "a list";
        case NodeKind::map:
            return "a map";
        case NodeKind::boolean:
        case NodeKind::number:
        case NodeKind::text:
        case NodeKind::unreadable:
            break;
    }
    return show == Show::value ? in_quotes(node.text) : "the value";
}

bool read_text_node(
    const Node& node, const std::string& path, Mistakes& mistakes, Show show, std::string& out) {
    if (node.kind == NodeKind::unreadable) {
        return false;
    }
    if (node.kind != NodeKind::text) {
        const bool unquoted = node.kind == NodeKind::number || node.kind == NodeKind::boolean;
        mistakes.add(node.place,
                     path,
                     is_not("text", node, show),
                     unquoted ? "put it in quotes" : "write one text");
        return false;
    }
    if (node.text.empty()) {
        mistakes.add(node.place, path, "is empty", "write a text, or leave the key out");
        return false;
    }
    if (has_control_character(node.text)) {
        mistakes.add(node.place, path, "holds a control character", "write it on one line");
        return false;
    }
    out = node.text;
    return true;
}

Section::Section(const Node& node,
                 std::string path,
                 std::span<const std::string_view> known,
                 Mistakes& mistakes,
                 Show show)
    : path_(std::move(path)),
      place_(node.key.empty() ? node.place : node.key_place),
      mistakes_(mistakes),
      show_(show) {
    if (node.kind == NodeKind::null || node.kind == NodeKind::unreadable) {
        return;
    }
    if (node.kind != NodeKind::map) {
        mistakes_.add(
            node.place, path_, is_not("a map", node, show_), "write \"key: value\" lines below it");
        return;
    }
    map_ = &node;
    for (const Node& child : node.children) {
        if (std::find(known.begin(), known.end(), child.key) == known.end()) {
            mistakes_.add(
                child.key_place, path_of(child.key), "unknown key", suggestion(child.key, known));
        }
    }
}

const Node* Section::find(std::string_view key) const {
    if (map_ == nullptr) {
        return nullptr;
    }
    const auto found = std::find_if(map_->children.begin(),
                                    map_->children.end(),
                                    [key](const Node& child) { return child.key == key; });
    return found == map_->children.end() ? nullptr : &*found;
}

void Section::report(std::string_view key, std::string wrong, std::string right) const {
    mistakes_.add(place_of(key), path_of(key), std::move(wrong), std::move(right));
}

void Section::require(std::string_view key, std::string_view example) const {
    if (!has(key)) {
        report(key, "is missing", "write for example " + std::string{example});
    }
}

Place Section::place_of(std::string_view key) const {
    const Node* node = find(key);
    return node == nullptr ? place_ : node->place;
}

void Section::report_value(const Node& node,
                           std::string_view key,
                           std::string_view kind,
                           std::string_view right) const {
    mistakes_.add(node.place, path_of(key), is_not(kind, node, show_), std::string{right});
}

const Node* Section::find_scalar(std::string_view key,
                                 std::string_view kind,
                                 std::string_view right) const {
    const Node* node = find(key);
    if (node == nullptr || node->kind == NodeKind::unreadable) {
        return nullptr;
    }
    if (node->kind != NodeKind::text) {
        report_value(*node, key, kind, right);
        return nullptr;
    }
    return node;
}

void Section::read_text(std::string_view key, std::string& out) const {
    if (const Node* node = find(key)) {
        static_cast<void>(read_text_node(*node, path_of(key), mistakes_, show_, out));
    }
}

void Section::read_boolean(std::string_view key, bool& out) const {
    const Node* node = find(key);
    if (node == nullptr || node->kind == NodeKind::unreadable) {
        return;
    }
    if (node->kind != NodeKind::boolean) {
        report_value(*node, key, "a boolean", "write true or false");
        return;
    }
    out = node->text == "true";
}

void Section::read_count(std::string_view key, Range<std::size_t> range, std::size_t& out) const {
    const Node* node = find(key);
    if (node == nullptr || node->kind == NodeKind::unreadable) {
        return;
    }
    const std::string right = "write a whole number from " + std::to_string(range.least) + " to " +
                              std::to_string(range.most);
    std::size_t count = 0;
    const char* const end = node->text.data() + node->text.size();
    const auto [stop, error] = std::from_chars(node->text.data(), end, count);
    const bool whole = node->kind == NodeKind::number && stop == end;
    if (!whole || error == std::errc::invalid_argument) {
        report_value(*node, key, "a whole number", right);
    } else if (error != std::errc{} || count < range.least || count > range.most) {
        report(key, describe(*node, show_) + " is out of range", right);
    } else {
        out = count;
    }
}

void Section::read_size(std::string_view key, Range<std::size_t> range, std::size_t& out) const {
    const Node* node = find_scalar(key, "a size", size_right);
    if (node == nullptr) {
        return;
    }
    const std::optional<std::size_t> size = parse_size(node->text);
    if (!size) {
        report_value(*node, key, "a size", size_right);
    } else if (*size < range.least || *size > range.most) {
        report(key,
               describe(*node, show_) + " is out of range",
               range_text(size_text(range.least), size_text(range.most)));
    } else {
        out = *size;
    }
}

void Section::read_duration(std::string_view key, Range<Duration> range, Duration& out) const {
    const Node* node = find_scalar(key, "a duration", duration_right);
    if (node == nullptr) {
        return;
    }
    const std::optional<Duration> duration = parse_duration(node->text);
    if (!duration) {
        report_value(*node, key, "a duration", duration_right);
    } else if (*duration < range.least || *duration > range.most) {
        report(key,
               describe(*node, show_) + " is out of range",
               range_text(duration_text(range.least), duration_text(range.most)));
    } else {
        out = *duration;
    }
}

void Section::read_share(std::string_view key, double& out) const {
    const Node* node = find_scalar(key, "a share", share_right);
    if (node == nullptr) {
        return;
    }
    const std::optional<double> share = parse_share(node->text);
    if (!share) {
        report_value(*node, key, "a share", share_right);
    } else if (*share <= 0.0 || *share > 1.0) {
        report(key, describe(*node, show_) + " is out of range", "write more than 0%, up to 100%");
    } else {
        out = *share;
    }
}

std::size_t Section::find_choice(std::string_view key,
                                 std::span<const std::string_view> names) const {
    const Node* node = find(key);
    if (node == nullptr || node->kind == NodeKind::unreadable) {
        return names.size();
    }
    const auto found = node->kind == NodeKind::text
                           ? std::find(names.begin(), names.end(), node->text)
                           : names.end();
    if (found == names.end()) {
        std::string right = "write ";
        for (std::size_t at = 0; at < names.size(); ++at) {
            right += at == 0 ? "" : at + 1 == names.size() ? " or " : ", ";
            right += names[at];
        }
        report(key, describe(*node, show_) + " is not known here", right);
    }
    return static_cast<std::size_t>(found - names.begin());
}

std::span<const Node> Section::list(std::string_view key, std::string_view example) const {
    const Node* node = find(key);
    if (node == nullptr || node->kind == NodeKind::null || node->kind == NodeKind::unreadable) {
        return {};
    }
    if (node->kind != NodeKind::sequence) {
        report_value(*node, key, "a list", "write one, for example " + std::string{example});
        return {};
    }
    return node->children;
}

}  // namespace followd::config
