#pragma once

#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "support/doors.hpp"
#include "support/fake_follower_shard.hpp"
#include "support/fake_ports.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// The ports of a shard as an engine gets them: each call passes its door ("leader.refresh",
/// "follower.apply") and then asks whatever shard stands at that place now. None there: not_found.

namespace followd::test {

/// The place of a shard, and the way to it.
template <class Shard>
class ShardPlace {
public:
    ShardPlace(Doors& doors, std::string side, std::function<Shard*()> find)
        : doors_(doors), side_(std::move(side)), find_(std::move(find)) {}

    template <class T>
    using Question = std::function<Task<Result<T>>(Shard&)>;

    template <class T>
    [[nodiscard]] Task<Result<T>> ask(std::string call, Question<T> question) {
        Result<void> passed = co_await doors_.pass(side_ + "." + call);
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        Shard* shard = find_();
        if (shard == nullptr) {
            co_return Failure{FailureKind::not_found, "no such index", side_};
        }
        Result<T> answer = co_await question(*shard);
        co_return answer;
    }

private:
    Doors& doors_;
    std::string side_;
    std::function<Shard*()> find_;
};

class LeaderShardPort final : public engine::LeaderShard {
public:
    using Shard = FakeLeaderShard;

    LeaderShardPort(Doors& doors, std::function<Shard*()> find)
        : place_(doors, "leader", std::move(find)) {}

    [[nodiscard]] Task<Result<LeaderIdentity>> read_identity() override {
        return place_.ask<LeaderIdentity>("read_identity",
                                          [](Shard& shard) { return shard.read_identity(); });
    }
    [[nodiscard]] Task<Result<ShardSample>> read_sample() override {
        return place_.ask<ShardSample>("read_sample",
                                       [](Shard& shard) { return shard.read_sample(); });
    }
    [[nodiscard]] Task<Result<void>> refresh() override {
        return place_.ask<void>("refresh", [](Shard& shard) { return shard.refresh(); });
    }
    [[nodiscard]] Task<Result<ViewId>> open_view() override {
        return place_.ask<ViewId>("open_view", [](Shard& shard) { return shard.open_view(); });
    }
    [[nodiscard]] Task<Result<void>> close_view(ViewId view) override {
        return place_.ask<void>("close_view",
                                [view](Shard& shard) { return shard.close_view(view); });
    }
    [[nodiscard]] Task<Result<Page>> read_page(PageRequest request) override {
        return place_.ask<Page>("read_page",
                                [request](Shard& shard) { return shard.read_page(request); });
    }
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(ViewId view,
                                                          HistogramRequest request) override {
        return place_.ask<std::vector<Bucket>>(
            "count", [view, request](Shard& shard) { return shard.count(view, request); });
    }
    [[nodiscard]] Task<Result<std::vector<SeqNo>>> list(ViewId view,
                                                        SeqNoRange range,
                                                        std::size_t limit) override {
        return place_.ask<std::vector<SeqNo>>(
            "list", [view, range, limit](Shard& shard) { return shard.list(view, range, limit); });
    }
    [[nodiscard]] Task<Result<std::vector<LookupResult>>> look_up(
        std::vector<Lookup> lookups) override {
        return place_.ask<std::vector<LookupResult>>(
            "look_up", [lookups](Shard& shard) { return shard.look_up(lookups); });
    }
    [[nodiscard]] Task<Result<std::int64_t>> count_documents(ViewId view) override {
        return place_.ask<std::int64_t>(
            "count_documents", [view](Shard& shard) { return shard.count_documents(view); });
    }

private:
    ShardPlace<Shard> place_;
};

class FollowerShardPort final : public engine::FollowerShard {
public:
    using Shard = FakeFollowerShard;

    FollowerShardPort(Doors& doors, std::function<Shard*()> find)
        : place_(doors, "follower", std::move(find)) {}

    [[nodiscard]] Task<Result<FollowerIdentity>> read_identity() override {
        return place_.ask<FollowerIdentity>("read_identity",
                                            [](Shard& shard) { return shard.read_identity(); });
    }
    [[nodiscard]] Task<Result<void>> refresh() override {
        return place_.ask<void>("refresh", [](Shard& shard) { return shard.refresh(); });
    }
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(VersionBase base,
                                                          HistogramRequest request) override {
        return place_.ask<std::vector<Bucket>>(
            "count", [base, request](Shard& shard) { return shard.count(base, request); });
    }
    [[nodiscard]] Task<Result<std::vector<FollowerDocument>>> list(VersionBase base,
                                                                   std::vector<SeqNoRange> ranges,
                                                                   std::size_t limit) override {
        return place_.ask<std::vector<FollowerDocument>>(
            "list",
            [base, ranges, limit](Shard& shard) { return shard.list(base, ranges, limit); });
    }
    [[nodiscard]] Task<Result<BulkOutcome>> apply(Bulk bulk) override {
        return place_.ask<BulkOutcome>("apply", [bulk](Shard& shard) { return shard.apply(bulk); });
    }
    [[nodiscard]] Task<Result<Page>> read_documents(VersionBase base,
                                                    SeqNoRange range,
                                                    std::size_t limit,
                                                    std::size_t bytes_max) override {
        return place_.ask<Page>("read_documents", [base, range, limit, bytes_max](Shard& shard) {
            return shard.read_documents(base, range, limit, bytes_max);
        });
    }

private:
    ShardPlace<Shard> place_;
};

}  // namespace followd::test
