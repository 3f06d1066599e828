#pragma once

#include "followd/base/assert.hpp"
#include "followd/model/checkpoint.hpp"

#include "store/sqlite_checkpoint_store.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

/// What every test of the store needs: a folder of its own, a loop, keys and checkpoints.

namespace followd::store {

inline ShardKey key_of(int shard) {
    return ShardKey{.leader = ClusterName{"east"},
                    .leader_index = IndexUuid{"leader-uuid"},
                    .follower = ClusterName{"west"},
                    .follower_index = IndexName{"logs-1"},
                    .shard = shard};
}

inline Checkpoint checkpoint_at(std::int64_t applied, std::int64_t swept = -1) {
    return Checkpoint{.history = HistoryUuid{"leader-history"},
                      .term = PrimaryTerm{3},
                      .applied_through = SeqNo{applied},
                      .swept_through = SeqNo{swept},
                      .base = VersionBase{1000},
                      .follower = FollowerIdentity{.uuid = IndexUuid{"follower-uuid"},
                                                   .history = HistoryUuid{"follower-history"},
                                                   .term = PrimaryTerm{7}}};
}

template <class T>
Task<void> put_answer(Task<T> task, std::optional<T>* answer) {
    T value = co_await std::move(task);
    *answer = std::move(value);
}

/// The answer of a call that must have ended.
template <class T>
const T& answer_of(const std::optional<T>& answer) {
    FOLLOWD_ASSERT(answer.has_value());
    return *answer;
}

/// Answers of calls that were started and may not have ended yet.
using SaveAnswers = std::vector<std::unique_ptr<std::optional<Result<void>>>>;

class StoreTest : public testing::Test {
protected:
    /// Opens the store; a test that expects a Failure calls SqliteCheckpointStore::open itself.
    void open() {
        store_.reset();
        auto opened = SqliteCheckpointStore::open(path_);
        ASSERT_TRUE(opened.ok()) << to_string(opened.failure());
        store_ = std::move(opened).value();
    }

    template <class T>
    T run(Task<T> task) {
        std::optional<T> answer;
        boost::asio::co_spawn(loop_, put_answer(std::move(task), &answer), boost::asio::detached);
        loop_.run();
        loop_.restart();
        FOLLOWD_ASSERT(answer.has_value());
        return std::move(*answer);
    }

    Result<void> save(int shard, Checkpoint checkpoint) {
        return run(store_->save(key_of(shard), std::move(checkpoint)));
    }
    Result<std::optional<Checkpoint>> load(int shard) { return run(store_->load(key_of(shard))); }

    /// Starts saves of shards [first, first + count) at once; finish with loop_.run().
    void start_saves(SaveAnswers& answers, int first, int count, const Checkpoint& checkpoint) {
        for (int shard = first; shard < first + count; ++shard) {
            answers.push_back(std::make_unique<std::optional<Result<void>>>());
            boost::asio::co_spawn(
                loop_,
                put_answer(store_->save(key_of(shard), checkpoint), answers.back().get()),
                boost::asio::detached);
        }
        loop_.poll();
        loop_.restart();
    }

    test::TemporaryFolder folder_;
    std::string path_ = folder_.file("state.db");
    boost::asio::io_context loop_{1};
    std::unique_ptr<SqliteCheckpointStore> store_;
};

}  // namespace followd::store
