#pragma once

#include "engine/index_follower.hpp"
#include "engine/index_ports.hpp"
#include "engine/semaphore.hpp"
#include "support/doors.hpp"
#include "support/fake_clusters.hpp"
#include "support/shard_ports.hpp"
#include "support/virtual_timers.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// Everything that an engine works with, in memory: two clusters, a store, budgets and time. It can
/// say how a follower index differs from its leader.

namespace followd::test {

class FakeShardFactory final : public engine::ShardFactory {
public:
    FakeShardFactory(Doors& doors, FakeLeaderCluster& leader, FakeFollowerCluster& follower)
        : doors_(doors), leader_(leader), follower_(follower) {}

    [[nodiscard]] std::unique_ptr<engine::LeaderShard> leader_shard(
        const ClusterName& /*cluster*/,
        const engine::LeaderIndex& index,
        int shard,
        OriginStrips /*strips*/) override {
        return std::make_unique<LeaderShardPort>(doors_, [this, name = index.name, shard] {
            return find<FakeLeaderShard>(leader_.indices, name, shard);
        });
    }
    [[nodiscard]] std::unique_ptr<engine::FollowerShard> follower_shard(
        const ClusterName& /*cluster*/,
        const engine::FollowerIndex& index,
        int shard,
        OriginStrips /*strips*/) override {
        return std::make_unique<FollowerShardPort>(doors_, [this, name = index.name, shard] {
            return find<FakeFollowerShard>(follower_.indices, name, shard);
        });
    }

private:
    template <class Shard, class Indices>
    static Shard* find(const Indices& indices, const IndexName& name, int shard) {
        const auto index = indices.find(name);
        return index == indices.end()
                   ? nullptr
                   : index->second.shards.at(static_cast<std::size_t>(shard)).get();
    }

    Doors& doors_;
    FakeLeaderCluster& leader_;
    FakeFollowerCluster& follower_;
};

struct EngineWorld {
    explicit EngineWorld(std::size_t memory_bytes = 128U << 20U)
        : memory(context.get_executor(), memory_bytes) {}

    boost::asio::io_context context;
    VirtualTimers timers{context};
    Doors doors{context.get_executor()};
    FakeLeaderCluster leader{doors};
    FakeFollowerCluster follower{doors};
    FakeShardFactory shards{doors, leader, follower};
    FakeStore store{doors};
    engine::Semaphore memory;
    engine::Semaphore write_slots{context.get_executor(), 4};
    engine::Semaphore starts{context.get_executor(), 4};

    [[nodiscard]] engine::IndexPorts ports() {
        return {leader, follower, shards, store, timers, memory, write_slots, starts};
    }

    static std::string id(int number) { return "\"doc-" + std::to_string(number) + "\""; }

    /// Routed as a server would: a document has its shard.
    void put(const std::string& index, int number, const std::string& source = "{}") {
        shard_of(index, number).put(id(number), source);
    }
    void remove(const std::string& index, int number) {
        shard_of(index, number).remove(id(number));
    }
    FakeLeaderShard& shard_of(const std::string& index, int number) {
        const auto& of_index = leader.indices.at(IndexName{index}).shards;
        return *of_index.at(static_cast<std::size_t>(number) % of_index.size());
    }
    FakeFollowerIndex& follower_index(const std::string& index) {
        return follower.indices.at(IndexName{index});
    }

    /// What of the follower index is not as its leader's has it, versions included; empty where
    /// both are equal.
    [[nodiscard]] std::string differences(const std::string& leader_index,
                                          const std::string& follower_index) const {
        const auto to = follower.indices.find(IndexName{follower_index});
        if (to == follower.indices.end()) {
            return "no follower";
        }
        const FakeLeaderIndex& from = leader.indices.at(IndexName{leader_index});
        const VersionBase base = base_of_generation(to->second.info.generation);
        std::string found;
        for (std::size_t shard = 0; shard < from.shards.size(); ++shard) {
            FakeFollowerShard expected;
            expected.copy(base, *from.shards[shard]);
            const std::string prefix = " " + std::to_string(shard) + ":";
            for (const std::string& line : lines_of(expected, *to->second.shards.at(shard))) {
                found += prefix + line;
            }
        }
        return found;
    }
    [[nodiscard]] int bulks(const std::string& follower_index) const {
        int sum = 0;
        for (const auto& shard : follower.indices.at(IndexName{follower_index}).shards) {
            sum += shard->bulks;
        }
        return sum;
    }
    [[nodiscard]] int views_open() const {
        int sum = 0;
        for (const auto& [name, index] : leader.indices) {
            for (const auto& shard : index.shards) {
                sum += shard->views_open;
            }
        }
        return sum;
    }

private:
    static std::vector<std::string> lines_of(const FakeFollowerShard& expected,
                                             const FakeFollowerShard& present) {
        std::map<std::string, std::string> left;
        for (const auto& [version, document] : expected.documents) {
            left.emplace(document.id, std::to_string(version) + document.source);
        }
        std::vector<std::string> lines;
        for (const auto& [version, document] : present.documents) {
            const auto wanted = left.find(document.id);
            const std::string content = std::to_string(version) + document.source;
            if (wanted == left.end()) {
                lines.push_back("extra " + document.id);
                continue;
            }
            if (wanted->second != content) {
                lines.push_back("other " + document.id);
            }
            left.erase(wanted);
        }
        for (const auto& [name, content] : left) {
            lines.push_back("missing " + name);
        }
        return lines;
    }
};

}  // namespace followd::test
