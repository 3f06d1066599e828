#include "cli/service_notifier.hpp"

#include <gtest/gtest.h>

namespace followd::cli {
namespace {

engine::FollowerStatus follower(engine::IndexPhase phase) {
    engine::FollowerStatus status;
    status.phase = phase;
    return status;
}

const core::ShardError error{Failure{FailureKind::refused, "a mapping", "logs"}, Instant{}};

TEST(ServiceStatus, CountsWhatIsFollowedAndWhatIsWrong) {
    admin::StatusReport report;
    EXPECT_EQ(service_status(report), "0 of 0 indices followed");
    report.followers.push_back(follower(engine::IndexPhase::following));
    report.followers.push_back(follower(engine::IndexPhase::following));
    report.followers.push_back(follower(engine::IndexPhase::bootstrap));
    EXPECT_EQ(service_status(report), "2 of 3 indices followed");
    report.followers[1].shards.resize(2);
    report.followers[1].shards[1].last_error = error;
    report.followers[2].last_error = error;
    EXPECT_EQ(service_status(report), "2 of 3 indices followed, 2 with an error");
}

}  // namespace
}  // namespace followd::cli
