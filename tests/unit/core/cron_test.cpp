#include "followd/core/cron.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bitset>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace followd::core {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using ::testing::HasSubstr;

CronLine line_of(const std::string& text) {
    const std::variant<CronLine, CronMistake> parsed = parse_cron(text);
    if (const auto* mistake = std::get_if<CronMistake>(&parsed)) {
        ADD_FAILURE() << text << ": " << mistake->field << " " << mistake->part << " "
                      << mistake->wrong;
        return {};
    }
    return *std::get_if<CronLine>(&parsed);
}

CronMistake mistake_of(const std::string& text) {
    const std::variant<CronLine, CronMistake> parsed = parse_cron(text);
    if (const auto* mistake = std::get_if<CronMistake>(&parsed)) {
        return *mistake;
    }
    ADD_FAILURE() << text << " is taken";
    return {};
}

template <std::size_t N>
std::vector<std::size_t> values(const std::bitset<N>& bits) {
    std::vector<std::size_t> found;
    for (std::size_t value = 0; value < N; ++value) {
        if (bits[value]) {
            found.push_back(value);
        }
    }
    return found;
}

using Values = std::vector<std::size_t>;

Values minutes_of(const std::string& field) {
    return values(line_of(field + " * * * *").minutes);
}
Values months_of(const std::string& field) {
    return values(line_of("0 0 1 " + field + " *").months);
}
Values weekdays_of(const std::string& field) {
    return values(line_of("0 0 * * " + field).days_of_week);
}

TEST(Cron, a_star_is_every_value) {
    const CronLine line = line_of("* * * * *");
    EXPECT_TRUE(line.minutes.all());
    EXPECT_TRUE(line.hours.all());
    EXPECT_TRUE(line.days_of_week.all());
    EXPECT_EQ(values(line.days_of_month).front(), 1U);
    EXPECT_EQ(line.days_of_month.count(), 31U);
    EXPECT_EQ(values(line.months).front(), 1U);
    EXPECT_EQ(line.months.count(), 12U);
}

TEST(Cron, fields_hold_lists_ranges_and_steps) {
    EXPECT_EQ(minutes_of("7"), (Values{7}));
    EXPECT_EQ(minutes_of("0,59"), (Values{0, 59}));
    EXPECT_EQ(minutes_of("59,0,0"), (Values{0, 59}));
    EXPECT_EQ(minutes_of("8-11"), (Values{8, 9, 10, 11}));
    EXPECT_EQ(minutes_of("8-8"), (Values{8}));
    EXPECT_EQ(minutes_of("*/20"), (Values{0, 20, 40}));
    EXPECT_EQ(minutes_of("*/59"), (Values{0, 59}));
    EXPECT_EQ(minutes_of("1-10/3"), (Values{1, 4, 7, 10}));
    EXPECT_EQ(minutes_of("1-9/3,30,50-52"), (Values{1, 4, 7, 30, 50, 51, 52}));
    EXPECT_EQ(minutes_of("007"), (Values{7}));
    EXPECT_EQ(months_of("*/5"), (Values{1, 6, 11}));
}

TEST(Cron, each_field_is_its_own) {
    const CronLine line = line_of("1 2 3 4 5");
    EXPECT_EQ(values(line.minutes), (Values{1}));
    EXPECT_EQ(values(line.hours), (Values{2}));
    EXPECT_EQ(values(line.days_of_month), (Values{3}));
    EXPECT_EQ(values(line.months), (Values{4}));
    EXPECT_EQ(values(line.days_of_week), (Values{5}));
    EXPECT_EQ(line_of(" \t1  2 3\t4 5 "), line);
}

TEST(Cron, months_and_days_have_names) {
    EXPECT_EQ(months_of("jan"), (Values{1}));
    EXPECT_EQ(months_of("Feb-APR,dec"), (Values{2, 3, 4, 12}));
    EXPECT_EQ(months_of("jan-dec/6"), (Values{1, 7}));
    EXPECT_EQ(weekdays_of("mon-fri"), (Values{1, 2, 3, 4, 5}));
    EXPECT_EQ(weekdays_of("SAT,sun"), (Values{0, 6}));
    std::size_t number = 0;
    for (const char* name : {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}) {
        EXPECT_EQ(weekdays_of(name), (Values{number++}));
    }
}

TEST(Cron, sunday_is_0_and_7) {
    EXPECT_EQ(weekdays_of("7"), (Values{0}));
    EXPECT_EQ(weekdays_of("5-7"), (Values{0, 5, 6}));
    EXPECT_EQ(weekdays_of("fri-sun"), (Values{0, 5, 6}));
    EXPECT_EQ(weekdays_of("0-6"), (Values{0, 1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(weekdays_of("sun-tue"), (Values{0, 1, 2}));
    EXPECT_EQ(weekdays_of("sun-sun"), (Values{0}));
    EXPECT_EQ(weekdays_of("*/2"), (Values{0, 2, 4, 6}));
}

// A star counts as no restriction, also with a step: so cron has it, and so people use it.
TEST(Cron, of_two_restricted_fields_of_days_either_will_do) {
    EXPECT_TRUE(line_of("0 0 13 * 5").is_either_day);
    EXPECT_FALSE(line_of("0 0 13 * *").is_either_day);
    EXPECT_FALSE(line_of("0 0 * * 5").is_either_day);
    EXPECT_FALSE(line_of("0 0 */2 * 5").is_either_day);
    EXPECT_FALSE(line_of("0 0 1-7 * */7").is_either_day);
    EXPECT_TRUE(line_of("0 0 1-31 * 0-7").is_either_day);

    const CronLine either = line_of("0 0 13 * 5");
    EXPECT_TRUE(fits_day(either, 2026y / 11 / 13));   // a Friday
    EXPECT_TRUE(fits_day(either, 2026y / 11 / 20));   // a Friday
    EXPECT_TRUE(fits_day(either, 2026y / 12 / 13));   // a Sunday
    EXPECT_FALSE(fits_day(either, 2026y / 12 / 14));  // a Monday
    const CronLine first_sunday = line_of("0 0 1-7 * */7");
    EXPECT_TRUE(fits_day(first_sunday, 2026y / 12 / 6));
    EXPECT_FALSE(fits_day(first_sunday, 2026y / 12 / 13));
    EXPECT_FALSE(fits_day(first_sunday, 2026y / 12 / 1));
}

TEST(Cron, each_mistake_names_its_field_and_what_is_possible) {
    struct Case {
        const char* text;
        const char* field;
        const char* part;
        const char* wrong;
        const char* right;
    };
    const Case cases[] = {
        {"60 * * * *", "minute", "60", "is out of range", "values from 0 to 59"},
        {"* 24 * * *", "hour", "24", "is out of range", "values from 0 to 23"},
        {"* * 0 * *", "day of month", "0", "is out of range", "values from 1 to 31"},
        {"* * 1-32 * *", "day of month", "32", "is out of range", "values from 1 to 31"},
        {"* * * 13 *", "month", "13", "is out of range", "1 to 12, or jan to dec"},
        {"* * * * 8", "day of week", "8", "is out of range", "0 to 7 (0 and 7 are Sunday)"},
        {"99999999999999999999 * * * *", "minute", "99999999999999999999", "is out of range", ""},
        {"x * * * *", "minute", "x", "is not known", "write * or values"},
        {"* mon * * *", "hour", "mon", "is not known", ""},
        {"* * * mon *", "month", "mon", "is not known", ""},
        {"* * * * jan", "day of week", "jan", "is not known", "sun to sat"},
        {"* * * * monday", "day of week", "monday", "is not known", ""},
        {"-1 * * * *", "minute", "-1", "lacks a value", ""},
        {"+1 * * * *", "minute", "+1", "is not known", ""},
        {"1.5 * * * *", "minute", "1.5", "is not known", ""},
        {"1-2-3 * * * *", "minute", "2-3", "is not known", ""},
        {"1,,2 * * * *", "minute", "1,,2", "lacks a value", ""},
        {"1, * * * *", "minute", "1,", "lacks a value", ""},
        {"5- * * * *", "minute", "5-", "lacks a value", ""},
        {"** * * * *", "minute", "**", "is not known", ""},
        {"*-5 * * * *", "minute", "*", "is not known", ""},
        {"? * * * *", "minute", "?", "is not known", ""},
        {"5-1 * * * *", "minute", "5-1", "runs backwards", "smaller value"},
        {"* 22-2 * * *", "hour", "22-2", "runs backwards", "two ranges"},
        {"* * * dec-jan *", "month", "dec-jan", "runs backwards", ""},
        {"* * * * fri-mon", "day of week", "fri-mon", "runs backwards", ""},
        {"*/0 * * * *", "minute", "*/0", "no step that is possible", "from 1 to 59"},
        {"* */24 * * *", "hour", "*/24", "no step that is possible", "from 1 to 23"},
        {"*/ * * * *", "minute", "*/", "no step that is possible", ""},
        {"*/a * * * *", "minute", "*/a", "no step that is possible", ""},
        {"*/1/2 * * * *", "minute", "*/1/2", "no step that is possible", ""},
        {"5/10 * * * *", "minute", "5/10", "a step without a range", "for example 5-59/10"},
        {"* * * mar/2 *", "month", "mar/2", "a step without a range", "for example 3-12/2"},
        {"", "", "", "has 0 fields", "write five"},
        {"*", "", "*", "has 1 field", "minute, hour, day of month, month, day of week"},
        {"@daily", "", "@daily", "has 1 field", ""},
        {"0 0 * * * *", "", "0 0 * * * *", "has 6 fields", ""},
    };
    for (const Case& one : cases) {
        const CronMistake mistake = mistake_of(one.text);
        EXPECT_EQ(mistake.field, one.field) << one.text;
        EXPECT_EQ(mistake.part, one.part) << one.text;
        EXPECT_THAT(mistake.wrong, HasSubstr(one.wrong)) << one.text;
        EXPECT_THAT(mistake.right, HasSubstr(one.right)) << one.text;
    }
}

TEST(Cron, a_line_is_of_a_length_that_a_person_writes) {
    const std::string rest = " * * * *";
    const std::string longest(cron_line_bytes_max - rest.size(), '0');
    EXPECT_EQ(minutes_of(longest), (Values{0}));
    const CronMistake mistake = mistake_of(longest + "0" + rest);
    EXPECT_EQ(mistake.field, "");
    EXPECT_THAT(mistake.wrong, HasSubstr("longer than 255 bytes"));
}

TEST(Cron, a_line_that_never_comes_is_a_mistake) {
    for (const char* never : {"0 0 31 2 *",
                              "0 0 30 feb *",
                              "0 0 31 4,6,9,11 *",
                              "0 0 30-31 2 */2",
                              // On a Sunday, 29 February comes each 28 years.
                              "0 0 29 2 */7",
                              // 1 January is a Sunday again after 11 years at worst.
                              "0 0 1 1 */7"}) {
        const CronMistake mistake = mistake_of(never);
        EXPECT_EQ(mistake.field, "") << never;
        EXPECT_EQ(mistake.part, never);
        EXPECT_THAT(mistake.wrong, HasSubstr("more than eight years")) << never;
    }
    for (const char* rare : {"0 0 29 2 *",
                             "59 23 31 12 *",
                             "0 0 31 2,3 *",
                             // Either will do: the Mondays of February.
                             "0 0 31 2 1",
                             "0 0 1-7 1 */7"}) {
        EXPECT_TRUE(std::holds_alternative<CronLine>(parse_cron(rare))) << rare;
    }
}

}  // namespace
}  // namespace followd::core
