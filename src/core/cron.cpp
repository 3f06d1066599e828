#include "followd/core/cron.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace followd::core {

namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::array<std::string_view, 12> month_names{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{
    "sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// What one of the five fields can hold.
struct FieldForm {
    std::string_view name;
    unsigned least;
    unsigned most;
    std::span<const std::string_view> value_names;  ///< from `least` on
    std::string_view possible;
};

constexpr std::array<FieldForm, 5> forms{{
    {"minute", 0, 59, {}, "values from 0 to 59, such as 0,30 or */5"},
    {"hour", 0, 23, {}, "values from 0 to 23, such as 8-18 or */6"},
    {"day of month", 1, 31, {}, "values from 1 to 31, such as 1,15 or 1-7"},
    {"month", 1, 12, month_names, "values from 1 to 12, or jan to dec, such as 1-6 or mar,sep"},
    {"day of week",
     0,
     7,
     weekday_names,
     "values from 0 to 7 (0 and 7 are Sunday), or sun to sat, such as mon-fri"},
}};
constexpr unsigned sunday = 0;
constexpr unsigned sunday_at_the_end = 7;

using Values = std::bitset<60>;

template <class T>
using OrMistake = std::variant<T, CronMistake>;

std::vector<std::string_view> split_at_spaces(std::string_view text) {
    constexpr std::string_view spaces = " \t";
    std::vector<std::string_view> parts;
    for (std::size_t begin = text.find_first_not_of(spaces); begin != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(spaces, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = text.find_first_not_of(spaces, end);
    }
    return parts;
}

/// What stands before the mark and after it; nothing after it where there is none.
std::pair<std::string_view, std::optional<std::string_view>> cut(std::string_view text, char mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) {
        return {text, std::nullopt};
    }
    return {text.substr(0, at), text.substr(at + 1)};
}

bool is_same_name(std::string_view name, std::string_view written) {
    return std::ranges::equal(name, written, {}, {}, [](char character) {
        const bool is_capital = character >= 'A' && character <= 'Z';
        return static_cast<char>(is_capital ? character - 'A' + 'a' : character);
    });
}

/// A whole number of digits alone; one that is too long is the largest.
std::optional<unsigned> parse_number(std::string_view text) {
    unsigned number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc::invalid_argument || stop != end) {
        return std::nullopt;
    }
    return error == std::errc{} ? number : std::numeric_limits<unsigned>::max();
}

class FieldParser {
public:
    FieldParser(const FieldForm& form, std::string_view text) : form_(form), text_(text) {}

    [[nodiscard]] OrMistake<Values> parse() const {
        Values values;
        std::optional<std::string_view> rest = text_;
        while (rest) {
            const auto [item, after] = cut(*rest, ',');
            if (std::optional<CronMistake> mistake = add_item(item, values)) {
                return *std::move(mistake);
            }
            rest = after;
        }
        return values;
    }

private:
    struct Range {
        unsigned first;
        unsigned last;
    };

    [[nodiscard]] CronMistake mistake(std::string_view part, std::string wrong) const {
        return {form_.name,
                std::string{part},
                std::move(wrong),
                "write * or " + std::string{form_.possible}};
    }

    [[nodiscard]] std::optional<CronMistake> add_item(std::string_view item, Values& values) const {
        const auto [range_text, step_text] = cut(item, '/');
        OrMistake<Range> parsed = parse_range(range_text);
        if (auto* wrong = std::get_if<CronMistake>(&parsed)) {
            return std::move(*wrong);
        }
        const Range range = *std::get_if<Range>(&parsed);
        unsigned step = 1;
        if (step_text) {
            const std::optional<unsigned> number = parse_number(*step_text);
            if (!number || *number == 0 || *number > form_.most) {
                return CronMistake{form_.name,
                                   std::string{item},
                                   "has no step that is possible",
                                   "write a step from 1 to " + std::to_string(form_.most)};
            }
            if (range_text.find_first_of("*-") == std::string_view::npos) {
                return CronMistake{form_.name,
                                   std::string{item},
                                   "has a step without a range",
                                   "write for example " + std::to_string(range.first) + "-" +
                                       std::to_string(form_.most) + "/" + std::to_string(*number)};
            }
            step = *number;
        }
        for (unsigned value = range.first; value <= range.last; value += step) {
            values.set(value);
        }
        return std::nullopt;
    }

    [[nodiscard]] OrMistake<Range> parse_range(std::string_view text) const {
        if (text == "*") {
            return Range{form_.least, form_.most};
        }
        const auto [first_text, last_text] = cut(text, '-');
        const OrMistake<unsigned> first = parse_value(first_text);
        if (const auto* wrong = std::get_if<CronMistake>(&first)) {
            return *wrong;
        }
        Range range{*std::get_if<unsigned>(&first), *std::get_if<unsigned>(&first)};
        if (!last_text) {
            return range;
        }
        const OrMistake<unsigned> last = parse_value(*last_text);
        if (const auto* wrong = std::get_if<CronMistake>(&last)) {
            return *wrong;
        }
        range.last = *std::get_if<unsigned>(&last);
        const bool ends_with_sunday = form_.most == sunday_at_the_end && range.last == sunday;
        if (range.last < range.first && ends_with_sunday) {
            range.last = sunday_at_the_end;
        }
        if (range.last < range.first) {
            return CronMistake{form_.name,
                               std::string{text},
                               "runs backwards",
                               "begin the range with its smaller value, or write two ranges"};
        }
        return range;
    }

    [[nodiscard]] OrMistake<unsigned> parse_value(std::string_view text) const {
        const auto name = std::ranges::find_if(
            form_.value_names, [text](std::string_view one) { return is_same_name(one, text); });
        if (name != form_.value_names.end()) {
            return form_.least + static_cast<unsigned>(name - form_.value_names.begin());
        }
        if (text.empty()) {
            return mistake(text_, "lacks a value");
        }
        const std::optional<unsigned> number = parse_number(text);
        if (!number) {
            return mistake(text, "is not known");
        }
        if (*number < form_.least || *number > form_.most) {
            return mistake(text, "is out of range");
        }
        return *number;
    }

    const FieldForm& form_;
    std::string_view text_;
};

/// Copies the values that both can hold.
template <std::size_t N>
std::bitset<N> narrowed(const Values& values) {
    std::bitset<N> narrow;
    for (std::size_t value = 0; value < N; ++value) {
        narrow[value] = values[value];
    }
    return narrow;
}

/// The calendar repeats after 400 years, days of the week too: what is so in them is so for ever.
bool always_comes_in_time(const CronLine& line) {
    constexpr sys_days first{std::chrono::year{2000} / 1 / 1};
    constexpr sys_days last{std::chrono::year{2400} / 1 / 1};
    sys_days fitted = first;
    for (sys_days day = first; day - fitted <= cron_wait_max; day += days{1}) {
        if (!fits_day(line, day)) {
            continue;
        }
        if (day >= last) {
            return true;
        }
        fitted = day;
    }
    return false;
}

bool is_restricted(std::string_view field) {
    return field.find('*') == std::string_view::npos;
}

}  // namespace

std::variant<CronLine, CronMistake> parse_cron(std::string_view text) {
    if (text.size() > cron_line_bytes_max) {
        return CronMistake{{},
                           std::string{text},
                           "is longer than " + std::to_string(cron_line_bytes_max) + " bytes",
                           "write ranges in place of long lists"};
    }
    const std::vector<std::string_view> fields = split_at_spaces(text);
    if (fields.size() != forms.size()) {
        return CronMistake{
            {},
            std::string{text},
            "has " + std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields"),
            "write five: minute, hour, day of month, month, day of week, for "
            "example 0 * * * *"};
    }
    std::array<Values, forms.size()> values;
    for (std::size_t at = 0; at < forms.size(); ++at) {
        OrMistake<Values> parsed = FieldParser{forms[at], fields[at]}.parse();
        if (auto* wrong = std::get_if<CronMistake>(&parsed)) {
            return std::move(*wrong);
        }
        values[at] = *std::get_if<Values>(&parsed);
    }
    if (values[4][sunday_at_the_end]) {
        values[4].set(sunday);
    }
    const CronLine line{.minutes = narrowed<60>(values[0]),
                        .hours = narrowed<24>(values[1]),
                        .days_of_month = narrowed<32>(values[2]),
                        .months = narrowed<13>(values[3]),
                        .days_of_week = narrowed<7>(values[4]),
                        .is_either_day = is_restricted(fields[2]) && is_restricted(fields[4])};
    if (!always_comes_in_time(line)) {
        return CronMistake{{},
                           std::string{text},
                           "can wait more than eight years for a day that fits",
                           "write days that its months have"};
    }
    return line;
}

bool fits_day(const CronLine& line, sys_days day) {
    const std::chrono::year_month_day date{day};
    if (!line.months.test(static_cast<unsigned>(date.month()))) {
        return false;
    }
    const bool is_of_month = line.days_of_month.test(static_cast<unsigned>(date.day()));
    const bool is_of_week = line.days_of_week.test(std::chrono::weekday{day}.c_encoding());
    return line.is_either_day ? is_of_month || is_of_week : is_of_month && is_of_week;
}

}  // namespace followd::core
