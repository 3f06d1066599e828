#include "followd/core/scheduled_snapshot_name.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

namespace followd::core {
namespace {

using namespace std::chrono_literals;

const WallTime eight = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30} + 8h;

ScheduledSnapshotNames names(const std::string& rule, const std::string& daemon = "d1") {
    return {daemon, RuleName{rule}};
}

TEST(ScheduledSnapshotNames, SayDaemonRuleAndMoment) {
    EXPECT_EQ(names("orders").name_of(eight), "followd-every-d1-orders-20261130t080000z");
    EXPECT_EQ(names("orders").moment_of("followd-every-d1-orders-20261130t080000z"), eight);
}

TEST(ScheduledSnapshotNames, AreNobodyElses) {
    const ScheduledSnapshotNames orders = names("orders");
    for (const std::string& other : {names("orders", "d2").name_of(eight),
                                     names("orders", "d12").name_of(eight),
                                     names("orders-eu").name_of(eight),
                                     names("orders-20261130t080000z").name_of(eight),
                                     names("Orders").name_of(eight),
                                     names("order").name_of(eight)}) {
        EXPECT_FALSE(orders.moment_of(other)) << other;
    }
    for (const char* other : {"followd-every-d1-orders-",
                              "followd-every-d1-orders-20261130t080000z-1",
                              "followd-every-d1-orders-20261131t080000z",
                              "followd-every-d1-orders-latest",
                              "followd-d1-1-1",
                              "20261130t080000z",
                              ""}) {
        EXPECT_FALSE(orders.moment_of(other)) << other;
    }
}

TEST(ScheduledSnapshotNames, HaveNoCapitalsAndStayApart) {
    std::set<std::string> all;
    for (const char* rule : {"logs", "Logs", "LOGS", "lOgs", "l-ogs", "l_ogs", "l.ogs"}) {
        const std::string name = names(rule).name_of(eight);
        for (const char character : name) {
            EXPECT_FALSE(character >= 'A' && character <= 'Z') << name;
        }
        EXPECT_EQ(names(rule).moment_of(name), eight);
        all.insert(name);
    }
    EXPECT_EQ(all.size(), 7U);
}

}  // namespace
}  // namespace followd::core
