#include "followd/core/recovery_schedule.hpp"

#include "followd/core/cron.hpp"
#include "followd/model/wall_time.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace followd::core {
namespace {

using namespace std::chrono_literals;

const WallTime midnight = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};

Schedule every(Duration duration) {
    return Schedule{duration, {}};
}

Schedule cron(const std::string& line) {
    return Schedule{std::get<CronLine>(parse_cron(line)), line};
}

std::string next(RecoverySchedule& schedule, WallTime now) {
    schedule.heed(now);
    return utc_text(schedule.next()).substr(11);
}

TEST(RecoverySchedule, IsDueAtOnceWhereThereIsNothingYet) {
    RecoverySchedule schedule(every(1h), std::nullopt);
    EXPECT_LE(schedule.next(), midnight);
    EXPECT_TRUE(schedule.is_run_due(midnight));
}

TEST(RecoverySchedule, GoesOnFromTheLastPoint) {
    RecoverySchedule schedule(every(1h), midnight + 7h);
    EXPECT_EQ(next(schedule, midnight + 7h + 20min), "08:00:00Z");
    EXPECT_FALSE(schedule.is_run_due(midnight + 7h + 59min + 59s));
    EXPECT_TRUE(schedule.is_run_due(midnight + 8h));
    schedule.began(midnight + 8h);
    schedule.succeeded();
    EXPECT_EQ(next(schedule, midnight + 8h + 3min), "09:00:00Z");
}

TEST(RecoverySchedule, MakesUpForAllThatWasMissedOnce) {
    RecoverySchedule schedule(cron("0 * * * *"), midnight + 1h);
    const WallTime back = midnight + 10h + 17min;
    EXPECT_TRUE(schedule.is_run_due(back));
    schedule.began(back);
    schedule.succeeded();
    EXPECT_EQ(next(schedule, back + 1min), "11:00:00Z");
    EXPECT_FALSE(schedule.is_run_due(back + 1min));
}

TEST(RecoverySchedule, ARunThatLastsTooLongIsFollowedByOne) {
    RecoverySchedule schedule(every(1h), midnight);
    schedule.began(midnight + 1h);
    schedule.succeeded();
    const WallTime ended = midnight + 4h + 30min;
    EXPECT_TRUE(schedule.is_run_due(ended));
    schedule.began(ended);
    schedule.succeeded();
    EXPECT_EQ(next(schedule, ended + 1min), "05:30:00Z");
}

TEST(RecoverySchedule, BacksOffDoubling) {
    EXPECT_EQ(recovery_back_off(1), 1min);
    EXPECT_EQ(recovery_back_off(2), 2min);
    EXPECT_EQ(recovery_back_off(6), 32min);
    EXPECT_EQ(recovery_back_off(15), recovery_back_off(1'000'000));
    EXPECT_GT(recovery_back_off(1'000'000), 24h);
}

TEST(RecoverySchedule, TriesAgainUntilTheNextIsDue) {
    RecoverySchedule schedule(every(1h), midnight + 7h);
    WallTime now = midnight + 8h;
    for (const char* again : {"08:01:00Z", "08:03:00Z", "08:07:00Z", "08:15:00Z", "08:31:00Z"}) {
        schedule.began(now);
        schedule.failed(now);
        EXPECT_EQ(next(schedule, now), again);
        now = schedule.next();
        EXPECT_FALSE(schedule.is_run_due(now)) << "it is another try";
    }
    schedule.began(now);
    schedule.failed(now);
    EXPECT_EQ(next(schedule, now), "09:00:00Z") << "not 32 minutes later";
    EXPECT_TRUE(schedule.is_run_due(midnight + 9h));
    schedule.began(midnight + 9h);
    schedule.failed(midnight + 9h);
    EXPECT_EQ(next(schedule, midnight + 9h), "09:01:00Z") << "each run has tries of its own";
}

TEST(RecoverySchedule, BeginsToBackOffAnewAfterASuccess) {
    RecoverySchedule schedule(every(24h), midnight);
    for (int times = 0; times < 3; ++times) {
        schedule.failed(midnight + 1h);
    }
    EXPECT_EQ(next(schedule, midnight + 1h), "01:04:00Z");
    schedule.succeeded();
    schedule.failed(midnight + 2h);
    EXPECT_EQ(next(schedule, midnight + 2h), "02:01:00Z");
}

TEST(RecoverySchedule, AClockThatIsSetBackHoldsNothingUp) {
    RecoverySchedule schedule(every(1h), midnight + 240h);
    EXPECT_EQ(next(schedule, midnight + 5h), "06:00:00Z");
    EXPECT_EQ(next(schedule, midnight + 5h + 30min), "06:00:00Z");
    EXPECT_TRUE(schedule.is_run_due(midnight + 6h));
}

}  // namespace
}  // namespace followd::core
