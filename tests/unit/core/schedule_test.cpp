#include "followd/model/schedule.hpp"

#include "followd/core/cron.hpp"
#include "followd/model/wall_time.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace followd {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

Schedule every(Duration duration) {
    return Schedule{duration, {}};
}

/// Nothing where the line is a mistake.
std::optional<Schedule> schedule_of(const std::string& text) {
    const std::variant<CronLine, core::CronMistake> parsed = core::parse_cron(text);
    const auto* line = std::get_if<CronLine>(&parsed);
    return line == nullptr ? std::nullopt : std::optional{Schedule{*line, text}};
}

std::string next_of(const std::string& text, WallTime last) {
    const std::optional<Schedule> schedule = schedule_of(text);
    return schedule ? utc_text(next_after(*schedule, last)) : "a mistake";
}

TEST(Schedule, a_duration_counts_from_the_last_time) {
    const WallTime last = sys_days{2026y / 2 / 28} + 23h + 30min + 1s;
    EXPECT_EQ(next_after(every(1h), last), last + 1h);
    EXPECT_EQ(next_after(every(1s), last), last + 1s);
    EXPECT_EQ(next_after(every(24h * 365), last), last + 24h * 365);
    EXPECT_EQ(next_after(Schedule{}, last), last + 1h);
}

TEST(Schedule, parts_of_a_second_are_waited_for) {
    EXPECT_EQ(next_after(every(1500ms), WallTime{}), WallTime{2s});
    EXPECT_EQ(next_after(every(60s + 1ns), WallTime{}), WallTime{61s});
}

TEST(Schedule, a_line_comes_at_its_minutes) {
    const WallTime noon = sys_days{2026y / 11 / 30} + 12h;
    EXPECT_EQ(next_of("* * * * *", noon), "2026-11-30T12:01:00Z");
    EXPECT_EQ(next_of("* * * * *", noon + 1s), "2026-11-30T12:01:00Z");
    EXPECT_EQ(next_of("* * * * *", noon + 59s), "2026-11-30T12:01:00Z");
    EXPECT_EQ(next_of("* * * * *", noon - 1s), "2026-11-30T12:00:00Z");
    EXPECT_EQ(next_of("0 * * * *", noon), "2026-11-30T13:00:00Z");
    EXPECT_EQ(next_of("*/15 * * * *", noon + 44min), "2026-11-30T12:45:00Z");
    EXPECT_EQ(next_of("30 8 * * *", noon), "2026-12-01T08:30:00Z");
    EXPECT_EQ(next_of("0 12 * * *", noon), "2026-12-01T12:00:00Z");
    EXPECT_EQ(next_of("0 0 1 1 *", noon), "2027-01-01T00:00:00Z");
    EXPECT_EQ(next_of("0 0 * * mon", noon), "2026-12-07T00:00:00Z");
    EXPECT_EQ(next_of("59 23 31 12 *", sys_days{2026y / 12 / 31} + 23h + 59min),
              "2027-12-31T23:59:00Z");
}

TEST(Schedule, leap_days_are_waited_for) {
    EXPECT_EQ(next_of("0 0 29 2 *", sys_days{2026y / 11 / 30}), "2028-02-29T00:00:00Z");
    EXPECT_EQ(next_of("0 0 29 2 *", sys_days{2096y / 2 / 29}), "2104-02-29T00:00:00Z");
    EXPECT_EQ(next_of("0 0 29 2 *", sys_days{1996y / 2 / 29}), "2000-02-29T00:00:00Z");
    EXPECT_EQ(next_of("0 0 31 * *", sys_days{2026y / 8 / 31}), "2026-10-31T00:00:00Z");
    EXPECT_EQ(next_of("0 0 28-31 2 *", sys_days{2027y / 2 / 28}), "2028-02-28T00:00:00Z");
}

// --- against minutes that are tried one by one ---------------------------------------------------

/// A calendar that can only go on by a minute.
struct Clock {
    int minute = 0;
    int hour = 0;
    int day = 1;
    int month = 1;
    int year = 2000;
    int weekday = 6;  ///< 1 January 2000 was a Saturday
    std::int64_t minutes = 0;

    void tick() {
        ++minutes;
        if (++minute < 60) {
            return;
        }
        minute = 0;
        if (++hour < 24) {
            return;
        }
        hour = 0;
        weekday = (weekday + 1) % 7;
        if (++day <= days_of_month()) {
            return;
        }
        day = 1;
        if (++month <= 12) {
            return;
        }
        month = 1;
        ++year;
    }
    [[nodiscard]] int days_of_month() const {
        constexpr std::array<int, 13> days{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        return days.at(static_cast<std::size_t>(month)) + (month == 2 && is_leap ? 1 : 0);
    }
    [[nodiscard]] WallTime now() const {
        return sys_days{2000y / 1 / 1} + std::chrono::minutes{minutes};
    }
};

/// One item of a field as numbers, and how it is written.
struct Item {
    int first;
    int last;
    int step;
};

struct Field {
    int least;
    int most;
    std::vector<Item> items;

    [[nodiscard]] bool is_starred() const {
        return std::ranges::any_of(
            items, [this](const Item& item) { return item.first == least && item.last == most; });
    }
    [[nodiscard]] bool fits(int value) const {
        return std::ranges::any_of(items, [value](const Item& item) {
            return value >= item.first && value <= item.last &&
                   (value - item.first) % item.step == 0;
        });
    }
    [[nodiscard]] std::string text() const {
        std::ostringstream text;
        for (const Item& item : items) {
            text << (text.str().empty() ? "" : ",");
            if (item.first == least && item.last == most) {
                text << '*';
            } else {
                text << item.first;
                if (item.last != item.first) {
                    text << '-' << item.last;
                }
            }
            if (item.step > 1) {
                text << '/' << item.step;
            }
        }
        return text.str();
    }
};

class Lines {
public:
    explicit Lines(unsigned seed) : random_(seed) {}

    Field field(int least, int most, int chance_of_star) {
        Field made{least, most, {}};
        if (number(1, 100) <= chance_of_star) {
            made.items.push_back({least, most, number(1, 3) == 1 ? number(1, most) : 1});
            return made;
        }
        for (int count = number(1, 3); count > 0; --count) {
            const int first = number(least, most);
            const int last = number(1, 2) == 1 ? first : number(first, most);
            made.items.push_back({first, last, last == first ? 1 : number(1, most)});
        }
        return made;
    }
    int number(int least, int most) {
        return std::uniform_int_distribution<int>{least, most}(random_);
    }

private:
    std::mt19937 random_;
};

struct Line {
    Field minute;
    Field hour;
    Field day;
    Field month;
    Field weekday;

    [[nodiscard]] std::string text() const {
        return minute.text() + " " + hour.text() + " " + day.text() + " " + month.text() + " " +
               weekday.text();
    }
};

/// What each field says of each value, looked up: millions of minutes are tried.
class Oracle {
public:
    explicit Oracle(const Line& line)
        : is_either_(!line.day.is_starred() && !line.weekday.is_starred()) {
        for (int value = 0; value < 60; ++value) {
            const auto at = static_cast<std::size_t>(value);
            minute_[at] = line.minute.fits(value);
            hour_[at] = line.hour.fits(value);
            day_[at] = line.day.fits(value);
            month_[at] = line.month.fits(value);
            weekday_[at] = line.weekday.fits(value) || (value == 0 && line.weekday.fits(7));
        }
    }
    [[nodiscard]] bool fits(const Clock& clock) const {
        if (!minute_[clock.minute] || !hour_[clock.hour] || !month_[clock.month]) {
            return false;
        }
        const bool of_month = day_[clock.day];
        const bool of_week = weekday_[clock.weekday];
        return is_either_ ? of_week || of_month : of_week && of_month;
    }

private:
    bool is_either_;
    bool minute_[60];
    bool hour_[60];
    bool day_[60];
    bool month_[60];
    bool weekday_[60];
};

TEST(Schedule, the_next_time_is_the_first_minute_that_fits) {
    Lines lines{7};
    int compared = 0;
    for (int count = 0; count < 150; ++count) {
        const Line line{lines.field(0, 59, 30),
                        lines.field(0, 23, 50),
                        lines.field(1, 31, 60),
                        lines.field(1, 12, 70),
                        lines.field(0, 7, 60)};
        const std::optional<Schedule> schedule = schedule_of(line.text());
        if (!schedule) {
            continue;  // it can wait too long, says cron_test.cpp
        }
        const Oracle oracle{line};
        Clock clock;
        for (int skip = lines.number(0, 100'000); skip > 0; --skip) {
            clock.tick();
        }
        for (int times = 0; times < 3; ++times) {
            const WallTime last = clock.now() + std::chrono::seconds{lines.number(0, 59)};
            const WallTime next = next_after(*schedule, last);
            const std::int64_t next_minute = (next - Clock{}.now()) / 1min;
            do {
                clock.tick();
            } while (!oracle.fits(clock) && clock.minutes < next_minute);
            ASSERT_TRUE(oracle.fits(clock)) << line.text() << " after " << utc_text(last);
            ASSERT_EQ(utc_text(next), utc_text(clock.now()))
                << line.text() << " after " << utc_text(last);
            ++compared;
        }
    }
    EXPECT_GT(compared, 300);
}

}  // namespace
}  // namespace followd
