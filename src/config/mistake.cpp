#include "config/mistake.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace followd::config {

namespace {

constexpr std::size_t quoted_bytes_max = 64;
constexpr std::size_t suggested_max = 10;

/// Levenshtein's distance. Both words are cut short, so the time is bounded.
std::size_t edit_distance(std::string_view from, std::string_view to) {
    from = from.substr(0, quoted_bytes_max);
    to = to.substr(0, quoted_bytes_max);
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

/// `password` for `password_file`, `interval` for `poll_interval`.
bool is_part_of(std::string_view part, std::string_view whole) {
    return part.size() >= 3 && whole.find(part) != std::string_view::npos;
}

}  // namespace

std::string to_string(const Mistake& mistake) {
    std::string line = mistake.file;
    if (mistake.place.line > 0) {
        line +=
            ':' + std::to_string(mistake.place.line) + ':' + std::to_string(mistake.place.column);
    }
    line += ": ";
    if (!mistake.key.empty()) {
        line += mistake.key + ": ";
    }
    line += mistake.wrong;
    if (!mistake.right.empty()) {
        line += "; " + mistake.right;
    }
    return line;
}

Mistakes::Mistakes(std::string file) : file_(std::move(file)) {}

void Mistakes::add(Place place, std::string key, std::string wrong, std::string right) {
    found_.push_back(Mistake{.file = file_,
                             .place = place,
                             .key = std::move(key),
                             .wrong = std::move(wrong),
                             .right = std::move(right)});
}

std::vector<Mistake> Mistakes::in_file_order() const {
    std::vector<std::size_t> order(found_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [this](std::size_t one, std::size_t other) {
        return std::tie(found_[one].place, one) < std::tie(found_[other].place, other);
    });
    std::vector<Mistake> sorted;
    sorted.reserve(order.size());
    for (const std::size_t at : order) {
        sorted.push_back(found_[at]);
    }
    if (sorted.size() > reported_max) {
        const std::size_t more = sorted.size() - reported_max + 1;
        sorted.resize(reported_max);
        Mistake& last = sorted.back();
        last.key.clear();
        last.wrong = "and " + std::to_string(more) + " more mistakes from here on";
        last.right = "correct the others first";
    }
    return sorted;
}

std::string join_path(std::string_view path, std::string_view key) {
    std::string joined{path};
    joined += joined.empty() ? "" : ".";
    return joined + as_word(key);
}

std::string as_word(std::string_view text) {
    const bool is_word =
        !text.empty() && text.size() <= quoted_bytes_max && std::ranges::none_of(text, [](char c) {
            return (c >= 0 && c <= ' ') || c == '"' || c == '\x7f';
        });
    return is_word ? std::string{text} : in_quotes(text);
}

std::string in_quotes(std::string_view text) {
    std::string shown = "\"";
    for (const char character : text) {
        // A cut never falls inside a UTF-8 sequence.
        const bool continues = (static_cast<unsigned char>(character) & 0xC0U) == 0x80U;
        if (shown.size() > quoted_bytes_max && !continues) {
            shown += "...";
            break;
        }
        const bool control = (character >= 0 && character < ' ') || character == '\x7f';
        shown += control ? '?' : character;
    }
    return shown + '"';
}

std::string suggestion(std::string_view unknown, std::span<const std::string_view> known) {
    std::string_view nearest;
    std::size_t nearest_distance = std::max<std::size_t>(2, unknown.size() / 3) + 1;
    std::string all;
    std::size_t listed = 0;
    for (const std::string_view candidate : known) {
        const std::size_t distance =
            is_part_of(unknown, candidate) ? 1 : edit_distance(unknown, candidate);
        if (distance < nearest_distance) {
            nearest = candidate;
            nearest_distance = distance;
        }
        if (++listed <= suggested_max) {
            all += (all.empty() ? "" : ", ") + as_word(candidate);
        }
    }
    if (listed > suggested_max) {
        all += " and " + std::to_string(listed - suggested_max) + " more";
    }
    return nearest.empty() ? "known here: " + all : "did you mean " + in_quotes(nearest) + "?";
}

}  // namespace followd::config
