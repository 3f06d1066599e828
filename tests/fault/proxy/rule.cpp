#include "fault/proxy/rule.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace followd::fault {

namespace {

using enum Direction;

Failure refuse(std::string what) {
    return {FailureKind::refused, std::move(what), {}};
}

std::string quoted(std::string_view text) {
    return '"' + std::string{text} + '"';
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; (at = line.find_first_not_of(" \t\r", at)) != line.npos;) {
        const auto end = std::min(line.find_first_of(" \t\r", at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && stop == end ? std::optional{value} : std::nullopt;
}

std::optional<Range> range(std::string_view text) {
    const auto dash = text.find('-');
    const auto least = number<std::uint64_t>(text.substr(0, dash));
    const auto most = dash == text.npos ? least : number<std::uint64_t>(text.substr(dash + 1));
    if (!least || !most || *least > *most) {
        return std::nullopt;
    }
    return Range{*least, *most};
}

/// What the value should have been; nothing where it was taken.
std::optional<std::string> take(Rule& rule,
                                const FaultTraits& traits,
                                std::string_view key,
                                std::string_view value) {
    if (key == "direction" && (value == name_of(request) || value == name_of(answer))) {
        rule.direction = value == name_of(request) ? request : answer;
        return std::nullopt;
    }
    if (key == "direction") {
        return "request or answer";
    }
    if (key == "method" || key == "path") {
        (key == "method" ? rule.method : rule.path) = value;
        return value.empty() ? std::optional<std::string>{"some text"} : std::nullopt;
    }
    if (key == "probability") {
        const auto share = number<double>(value);
        rule.probability = share.value_or(0);
        const bool is_share = share && *share > 0 && *share <= 1;
        return is_share ? std::nullopt : std::optional<std::string>{"above 0 and at most 1"};
    }
    if (key == "count") {
        const auto count = number<std::uint64_t>(value);
        rule.count = count.value_or(0);
        return rule.count > 0 ? std::nullopt : std::optional<std::string>{"a whole number from 1"};
    }
    rule.amount = range(value);
    if (rule.amount && rule.amount->least >= traits.allowed.least &&
        rule.amount->most <= traits.allowed.most) {
        return std::nullopt;
    }
    return "a whole number or a range A-B, from " + std::to_string(traits.allowed.least) + " to " +
           std::to_string(traits.allowed.most);
}

bool has_parameter(const FaultTraits& traits, std::string_view key) {
    constexpr std::array<std::string_view, 5> common{
        "direction", "method", "path", "probability", "count"};
    return traits.fault != Fault::refuse && (std::ranges::find(common, key) != common.end() ||
                                             (!traits.amount.empty() && key == traits.amount));
}

std::string parameters_of(const FaultTraits& traits) {
    if (traits.fault == Fault::refuse) {
        return "none";
    }
    std::string text = "direction, method, path, probability, count";
    if (!traits.amount.empty()) {
        text += ", ";
        text += traits.amount;
    }
    return text;
}

}  // namespace

Result<Rule> parse_rule(std::string_view line) {
    const auto words = words_of(line);
    const std::string_view name = words.empty() ? std::string_view{} : words.front();
    const auto faults = all_faults();
    const auto traits = std::ranges::find(faults, name, &FaultTraits::name);
    if (traits == faults.end()) {
        std::string names;
        for (const FaultTraits& known : faults) {
            names += (names.empty() ? "" : ", ") + std::string{known.name};
        }
        return refuse("there is no fault " + quoted(name) + "; there are: " + names);
    }
    Rule rule;
    rule.fault = traits->fault;
    rule.direction = traits->direction;
    rule.amount = traits->usually;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto equals = words[i].find('=');
        const auto key = words[i].substr(0, equals);
        if (equals == std::string_view::npos || !has_parameter(*traits, key)) {
            return refuse(std::string{name} + " has no parameter " + quoted(words[i]) +
                          "; it has: " + parameters_of(*traits) + " (each as key=value)");
        }
        const auto value = words[i].substr(equals + 1);
        if (const auto wanted = take(rule, *traits, key, value)) {
            return refuse(std::string{name} + ": " + std::string{key} + " is " + quoted(value) +
                          ", not " + *wanted);
        }
    }
    return rule;
}

}  // namespace followd::fault
