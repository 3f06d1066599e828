#include "config/scalar_kind.hpp"

namespace followd::config {

namespace {

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

/// Takes leading digits away; false where there is none.
bool take_digits(std::string_view& text) {
    const std::size_t before = text.size();
    while (!text.empty() && is_digit(text.front())) {
        text.remove_prefix(1);
    }
    return text.size() < before;
}

bool take_any_of(std::string_view& text, std::string_view characters) {
    if (text.empty() || characters.find(text.front()) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

bool is_json_number(std::string_view text) {
    take_any_of(text, "-");
    const bool zero_first = text.starts_with('0');
    const std::size_t before = text.size();
    if (!take_digits(text) || (zero_first && before - text.size() > 1)) {
        return false;
    }
    if (take_any_of(text, ".") && !take_digits(text)) {
        return false;
    }
    if (take_any_of(text, "eE")) {
        take_any_of(text, "+-");
        if (!take_digits(text)) {
            return false;
        }
    }
    return text.empty();
}

}  // namespace

NodeKind kind_of_plain_scalar(std::string_view text) {
    if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" ||
        text == "FALSE") {
        return NodeKind::boolean;
    }
    return is_json_number(text) ? NodeKind::number : NodeKind::text;
}

std::string lower_case(std::string_view text) {
    std::string lower{text};
    for (char& character : lower) {
        if (character >= 'A' && character <= 'Z') {
            character = static_cast<char>(character - 'A' + 'a');
        }
    }
    return lower;
}

}  // namespace followd::config
