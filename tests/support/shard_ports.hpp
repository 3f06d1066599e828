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

class LeaderShardPort final : public engine::LeaderShard {
public:
    using Shard = FakeLeaderShard;

    LeaderShardPort(Doors& doors, std::function<Shard*()> find)
        : doors_(doors), find_(std::move(find)) {}

    [[nodiscard]] Task<Result<LeaderIdentity>> read_identity() override {
        Result<Shard*> shard = co_await enter("leader.read_identity");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<LeaderIdentity> answer = co_await (*shard)->read_identity();
        co_return answer;
    }
    [[nodiscard]] Task<Result<ShardSample>> read_sample() override {
        Result<Shard*> shard = co_await enter("leader.read_sample");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<ShardSample> answer = co_await (*shard)->read_sample();
        co_return answer;
    }
    [[nodiscard]] Task<Result<void>> refresh() override {
        Result<Shard*> shard = co_await enter("leader.refresh");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<void> answer = co_await (*shard)->refresh();
        co_return answer;
    }
    [[nodiscard]] Task<Result<ViewId>> open_view() override {
        Result<Shard*> shard = co_await enter("leader.open_view");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<ViewId> answer = co_await (*shard)->open_view();
        co_return answer;
    }
    [[nodiscard]] Task<Result<void>> close_view(ViewId view) override {
        Result<Shard*> shard = co_await enter("leader.close_view");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<void> answer = co_await (*shard)->close_view(std::move(view));
        co_return answer;
    }
    [[nodiscard]] Task<Result<Page>> read_page(PageRequest request) override {
        Result<Shard*> shard = co_await enter("leader.read_page");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<Page> answer = co_await (*shard)->read_page(std::move(request));
        co_return answer;
    }
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(ViewId view,
                                                          HistogramRequest request) override {
        Result<Shard*> shard = co_await enter("leader.count");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<std::vector<Bucket>> answer = co_await (*shard)->count(std::move(view), request);
        co_return answer;
    }
    [[nodiscard]] Task<Result<std::vector<SeqNo>>> list(ViewId view,
                                                        SeqNoRange range,
                                                        std::size_t limit) override {
        Result<Shard*> shard = co_await enter("leader.list");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<std::vector<SeqNo>> answer = co_await (*shard)->list(std::move(view), range, limit);
        co_return answer;
    }
    [[nodiscard]] Task<Result<std::vector<LookupResult>>> look_up(
        std::vector<Lookup> lookups) override {
        Result<Shard*> shard = co_await enter("leader.look_up");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<std::vector<LookupResult>> answer = co_await (*shard)->look_up(std::move(lookups));
        co_return answer;
    }
    [[nodiscard]] Task<Result<std::int64_t>> count_documents(ViewId view) override {
        Result<Shard*> shard = co_await enter("leader.count_documents");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<std::int64_t> answer = co_await (*shard)->count_documents(std::move(view));
        co_return answer;
    }

private:
    [[nodiscard]] Task<Result<Shard*>> enter(std::string call) {
        Result<void> passed = co_await doors_.pass(std::move(call));
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        Shard* shard = find_();
        if (shard == nullptr) {
            co_return Failure{FailureKind::not_found, "no such index", "leader"};
        }
        co_return shard;
    }

    Doors& doors_;
    std::function<Shard*()> find_;
};

class FollowerShardPort final : public engine::FollowerShard {
public:
    using Shard = FakeFollowerShard;

    FollowerShardPort(Doors& doors, std::function<Shard*()> find)
        : doors_(doors), find_(std::move(find)) {}

    [[nodiscard]] Task<Result<FollowerIdentity>> read_identity() override {
        Result<Shard*> shard = co_await enter("follower.read_identity");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<FollowerIdentity> answer = co_await (*shard)->read_identity();
        co_return answer;
    }
    [[nodiscard]] Task<Result<void>> refresh() override {
        Result<Shard*> shard = co_await enter("follower.refresh");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<void> answer = co_await (*shard)->refresh();
        co_return answer;
    }
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(VersionBase base,
                                                          HistogramRequest request) override {
        Result<Shard*> shard = co_await enter("follower.count");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<std::vector<Bucket>> answer = co_await (*shard)->count(base, request);
        co_return answer;
    }
    [[nodiscard]] Task<Result<std::vector<FollowerDocument>>> list(VersionBase base,
                                                                   SeqNoRange range,
                                                                   std::size_t limit) override {
        Result<Shard*> shard = co_await enter("follower.list");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<std::vector<FollowerDocument>> answer = co_await (*shard)->list(base, range, limit);
        co_return answer;
    }
    [[nodiscard]] Task<Result<BulkOutcome>> apply(Bulk bulk) override {
        Result<Shard*> shard = co_await enter("follower.apply");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<BulkOutcome> answer = co_await (*shard)->apply(std::move(bulk));
        co_return answer;
    }
    [[nodiscard]] Task<Result<Page>> read_documents(VersionBase base,
                                                    SeqNoRange range,
                                                    std::size_t limit,
                                                    std::size_t bytes_max) override {
        Result<Shard*> shard = co_await enter("follower.read_documents");
        if (!shard.ok()) {
            co_return shard.failure();
        }
        Result<Page> answer = co_await (*shard)->read_documents(base, range, limit, bytes_max);
        co_return answer;
    }

private:
    [[nodiscard]] Task<Result<Shard*>> enter(std::string call) {
        Result<void> passed = co_await doors_.pass(std::move(call));
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        Shard* shard = find_();
        if (shard == nullptr) {
            co_return Failure{FailureKind::not_found, "no such index", "follower"};
        }
        co_return shard;
    }

    Doors& doors_;
    std::function<Shard*()> find_;
};

}  // namespace followd::test
