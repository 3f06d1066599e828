#pragma once

#include "admin/metrics_document.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

/// An answer of /metrics read as a scraper would, and what to fill one with.

namespace followd::admin {

/// What a scraper makes of an answer: each sample's value, by "name{labels}" as it stands there.
/// A line that is not of the text exposition format is a failure.
struct Scrape {
    std::map<std::string, double> samples;
    std::map<std::string, std::string> types;  // by metric

    explicit Scrape(const std::string& text) {
        static const std::regex help(R"(# HELP ([a-z_]+) [A-Z1].*\.)");
        static const std::regex type("# TYPE ([a-z_]+) (counter|gauge)");
        static const std::regex sample(
            R"(([a-z_]+)(\{[a-z_]+="([^"\\\n]|\\[n"\\])*"(,[a-z_]+="([^"\\\n]|\\[n"\\])*")*\})? (\S+))");
        EXPECT_TRUE(text.ends_with('\n'));
        std::istringstream lines(text);
        std::smatch match;
        std::string helped;
        for (std::string line; std::getline(lines, line);) {
            if (std::regex_match(line, match, help)) {
                helped = match[1];
            } else if (std::regex_match(line, match, type)) {
                EXPECT_EQ(match[1], helped) << "no help: " << line;
                EXPECT_TRUE(types.emplace(match[1], match[2]).second) << "twice: " << line;
            } else if (std::regex_match(line, match, sample)) {
                EXPECT_TRUE(types.contains(match[1])) << "no type: " << line;
                const std::string name = match[1].str() + match[2].str();
                EXPECT_TRUE(samples.emplace(name, std::stod(match[6])).second) << "twice: " << line;
            } else {
                ADD_FAILURE() << "not of the format: " << line;
            }
        }
    }

    /// The one sample of a metric without regard to its labels but `labels`.
    [[nodiscard]] double value(const std::string& metric, const std::string& labels = "") const {
        std::vector<double> found;
        for (const auto& [name, value] : samples) {
            const bool is_it = name == metric || name.starts_with(metric + "{");
            if (is_it && name.find(labels) != std::string::npos) {
                found.push_back(value);
            }
        }
        EXPECT_EQ(found.size(), 1U) << metric << " " << labels;
        return found.empty() ? -1000 : found.front();
    }
};

inline core::ShardStatus shard_at(std::int64_t checkpoint, std::int64_t leader) {
    core::ShardStatus shard;
    shard.phase = core::ShardPhase::tail;
    shard.leader_checkpoint = SeqNo{leader};
    shard.checkpoint = SeqNo{checkpoint};
    shard.lag = std::chrono::milliseconds{1250};
    shard.proof = core::Proof{SeqNo{120}, Instant{}};
    shard.operations_written = 101;
    shard.deletes_written = 3;
    shard.docs_total = 90;
    shard.docs_copied = 45;
    shard.counters.requests = 7;
    shard.counters.retries = 2;
    shard.counters.bytes_read = 1000;
    shard.counters.bytes_written = 800;
    shard.counters.failures = {{FailureKind::timeout, 4}};
    return shard;
}

inline engine::FollowerStatus follower_with(std::vector<core::ShardStatus> shards) {
    engine::FollowerStatus follower;
    follower.rule = RuleName{"logs"};
    follower.leader = ClusterName{"beijing"};
    follower.follower = ClusterName{"shanghai"};
    follower.leader_index = IndexName{"logs-a"};
    follower.follower_index = IndexName{"copy-a"};
    follower.phase = engine::IndexPhase::following;
    follower.shards = std::move(shards);
    return follower;
}

inline Scrape scrape(const StatusReport& report) {
    return Scrape(metrics_document(report, ProcessFigures{1.5, 2e6, 10, 1024, 1.7e9}));
}

inline Scrape scrape(engine::FollowerStatus follower) {
    StatusReport report;
    report.followers.push_back(std::move(follower));
    return scrape(report);
}

}  // namespace followd::admin
