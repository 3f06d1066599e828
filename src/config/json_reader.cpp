#include "config/json_reader.hpp"

#include "config/tree_builder.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace followd::config {

namespace {

void step_over(char character, Place& place) {
    if (character == '\n') {
        ++place.line;
        place.column = 1;
    } else {
        ++place.column;
    }
}

/// Walks beside the parser, one token an event, because the parser does not say where its tokens
/// stand. It trusts that what it passes over has been found to be JSON.
class TokenWalker {
public:
    explicit TokenWalker(std::string_view text) : text_(text) {}

    struct Token {
        Place place;
        std::string_view text;
    };

    Token next() {
        while (at_ < text_.size() && separators.find(text_[at_]) != std::string_view::npos) {
            advance();
        }
        const Place place = place_;
        const std::size_t begin = at_;
        if (at_ < text_.size()) {
            take_token();
        }
        return Token{.place = place, .text = text_.substr(begin, at_ - begin)};
    }

private:
    static constexpr std::string_view separators = " \t\r\n,:";
    static constexpr std::string_view brackets = "{}[]";

    void take_token() {
        const char first = text_[at_];
        advance();
        if (brackets.find(first) != std::string_view::npos) {
            return;
        }
        if (first == '"') {
            while (at_ < text_.size() && text_[at_] != '"') {
                if (text_[at_] == '\\') {
                    advance();
                }
                advance();
            }
            advance();
            return;
        }
        while (at_ < text_.size() && separators.find(text_[at_]) == std::string_view::npos &&
               brackets.find(text_[at_]) == std::string_view::npos) {
            advance();
        }
    }

    void advance() {
        if (at_ == text_.size()) {
            return;
        }
        step_over(text_[at_++], place_);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Place place_{.line = 1, .column = 1};
};

Place place_of_byte(std::string_view text, std::size_t byte) {
    Place place{.line = 1, .column = 1};
    for (const char character : text.substr(0, byte)) {
        step_over(character, place);
    }
    return place;
}

/// The parser's own words without its prefix and without what it read last: that may be long, and
/// may be a secret that stands in the wrong place.
std::string reason(const nlohmann::detail::exception& exception) {
    const std::string_view whole = exception.what();
    if (whole.find("number overflow") != std::string_view::npos) {
        return "a number is too large";
    }
    const std::size_t separator = whole.find(" - ");
    if (separator == std::string_view::npos) {
        return "it cannot be read";
    }
    const std::string_view words = whole.substr(separator + 3);
    return std::string{words.substr(0, words.find("; last read: "))};
}

class Handler final : public nlohmann::json_sax<nlohmann::json> {
public:
    Handler(std::string_view text, Mistakes& mistakes)
        : text_(text), walker_(text), mistakes_(mistakes) {}

    [[nodiscard]] Node take() { return builder_.take(); }

    bool null() override { return add(NodeKind::null, {}); }
    bool boolean(bool value) override { return add(NodeKind::boolean, value ? "true" : "false"); }
    bool number_integer(std::int64_t /*value*/) override { return add_number(); }
    bool number_unsigned(std::uint64_t /*value*/) override { return add_number(); }
    bool number_float(double /*value*/, const std::string& /*text*/) override {
        return add_number();
    }
    bool string(std::string& value) override { return add(NodeKind::text, std::move(value)); }
    bool binary(binary_t& /*value*/) override { return false; }

    bool start_object(std::size_t /*elements*/) override { return begin(NodeKind::map); }
    bool start_array(std::size_t /*elements*/) override { return begin(NodeKind::sequence); }
    bool end_object() override { return end(); }
    bool end_array() override { return end(); }
    bool key(std::string& value) override {
        builder_.key(std::move(value), walker_.next().place);
        return true;
    }

    bool parse_error(std::size_t position,
                     const std::string& /*last_token*/,
                     const nlohmann::detail::exception& exception) override {
        // The position counts what has been read, the offending byte included.
        const std::size_t byte = std::min(position == 0 ? 0 : position - 1, text_.size());
        mistakes_.add(place_of_byte(text_, byte), "", "not valid JSON: " + reason(exception));
        return false;
    }

private:
    bool add(NodeKind kind, std::string text) {
        const TokenWalker::Token token = walker_.next();
        return within_limits(builder_.add(kind, std::move(text), token.place), token.place);
    }

    /// As it was written: no digit is lost.
    bool add_number() {
        const TokenWalker::Token token = walker_.next();
        return within_limits(builder_.add(NodeKind::number, std::string{token.text}, token.place),
                             token.place);
    }

    bool begin(NodeKind kind) {
        const Place place = walker_.next().place;
        return within_limits(builder_.begin(kind, place), place);
    }

    bool end() {
        walker_.next();
        builder_.end();
        return true;
    }

    bool within_limits(bool within, Place place) {
        if (!within) {
            mistakes_.add(place, "", "the file " + builder_.limit());
        }
        return within;
    }

    std::string_view text_;
    TokenWalker walker_;
    Mistakes& mistakes_;
    TreeBuilder builder_;
};

}  // namespace

std::optional<Node> read_json(std::string_view text, Mistakes& mistakes) {
    Handler handler{text, mistakes};
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &handler)) {
        return std::nullopt;
    }
    return handler.take();
}

}  // namespace followd::config
