#include "unit/admin/scrape.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace followd::admin {
namespace {

/// Every metric there is, as an answer that has everything shows them.
std::set<std::string> metrics() {
    StatusReport report;
    const core::ShardError error{Failure{FailureKind::refused, "", ""}, {}};
    engine::FollowerStatus follower = follower_with({shard_at(1, 2)});
    follower.last_error = error;
    follower.shards[0].last_error = error;
    follower.recovery =
        engine::RecoveryStatus{std::nullopt, RecoveryPoint{}, Duration{}, std::nullopt};
    report.recoveries.emplace_back().snapshots = 1;
    report.followers.push_back(follower);
    report.clusters.push_back({ClusterName{"beijing"}, error.failure});
    report.traffic.push_back(
        {ClusterName{"beijing"}, http::Traffic{1, 1, 1, {{200, 1}}, {{FailureKind::timeout, 1}}}});
    std::set<std::string> names;
    for (const auto& [name, type] : scrape(report).types) {
        names.insert(name);
    }
    return names;
}

/// What `pattern` finds in a file of the project: its first group each time.
std::set<std::string> names_in(const std::string& file, const std::string& pattern) {
    std::ifstream stream(std::string(FOLLOWD_SOURCE "/") + file);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_FALSE(text.empty()) << file;
    const std::regex name(pattern);
    std::set<std::string> names;
    for (std::sregex_iterator found(text.begin(), text.end(), name), end; found != end; ++found) {
        names.insert((*found)[1]);
    }
    return names;
}

TEST(MetricsNames, AreAllDocumentedAndNoOthers) {
    // In backticks and first in a row of the table, where a few stand together.
    EXPECT_EQ(names_in("docs/METRICS.md", "[|,] `((?:followd|process)_[a-z_]+)`"), metrics());
}

TEST(MetricsNames, OfTheAlertRulesExist) {
    const std::set<std::string> known = metrics();
    const std::set<std::string> used =
        names_in("config/followd.alerts.yaml", "\\b((?:followd|process)_[a-z_]+)");
    EXPECT_GE(used.size(), 8U);
    for (const std::string& name : used) {
        EXPECT_TRUE(known.contains(name)) << name;
    }
}

}  // namespace
}  // namespace followd::admin
