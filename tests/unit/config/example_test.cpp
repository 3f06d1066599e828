#include "config/load.hpp"

#include <gtest/gtest.h>

namespace followd::config {
namespace {

TEST(Example, is_valid_and_says_the_defaults) {
    const SettingsOrMistakes loaded = load_settings(FOLLOWD_EXAMPLE_CONFIG);
    if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&loaded)) {
        for (const Mistake& mistake : *mistakes) {
            ADD_FAILURE() << to_string(mistake);
        }
        return;
    }
    const Settings& example = *std::get_if<Settings>(&loaded);
    EXPECT_EQ(example.clusters.size(), 3U);
    EXPECT_EQ(example.repositories.size(), 4U);
    ASSERT_EQ(example.follow.size(), 3U);
    const FollowRule rule;
    EXPECT_EQ(example.follow[0].mode, rule.mode);
    EXPECT_EQ(example.follow[0].bootstrap, rule.bootstrap);
    EXPECT_EQ(example.follow[0].on_leader_delete, rule.on_leader_delete);
    EXPECT_EQ(example.follow[0].allow_close, rule.allow_close);
    EXPECT_EQ(example.follow[2].mode, FollowMode::snapshot);
    EXPECT_EQ(example.follow[2].every, rule.every);
    EXPECT_EQ(example.follow[2].snapshots_to_keep, rule.snapshots_to_keep);

    const LimitSettings limits;
    EXPECT_EQ(example.limits.max_read_request_operation_count,
              limits.max_read_request_operation_count);
    EXPECT_EQ(example.limits.max_read_request_bytes, limits.max_read_request_bytes);
    EXPECT_EQ(example.limits.max_write_request_bytes, limits.max_write_request_bytes);
    EXPECT_EQ(example.limits.max_outstanding_write_requests, limits.max_outstanding_write_requests);
    EXPECT_EQ(example.limits.memory_bytes, limits.memory_bytes);
    const TailSettings tail;
    EXPECT_EQ(example.tail.poll_interval, tail.poll_interval);
    EXPECT_EQ(example.tail.idle_poll_interval, tail.idle_poll_interval);
    EXPECT_DOUBLE_EQ(example.tail.refresh_share, tail.refresh_share);
    EXPECT_EQ(example.tail.audit_interval, tail.audit_interval);
    EXPECT_DOUBLE_EQ(example.tail.delete_guard, tail.delete_guard);
    EXPECT_EQ(example.state_path, Settings{}.state_path);
    EXPECT_EQ(example.admin.unix_path, AdminSettings{}.unix_path);
    EXPECT_EQ(example.log.level, LogLevel::info);
    EXPECT_EQ(example.log.format, LogFormat::text);
}

}  // namespace
}  // namespace followd::config
