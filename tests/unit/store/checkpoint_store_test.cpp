#include "store_fixture.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <thread>

namespace followd::store {
namespace {

class CheckpointStore : public StoreTest {};

TEST_F(CheckpointStore, keeps_every_field) {
    open();
    Checkpoint checkpoint = checkpoint_at(41, 17);
    checkpoint.base = VersionBase{(std::int64_t{1} << 52) - 1};
    checkpoint.history = HistoryUuid{std::string("h\0'\"\xC3\xA9", 6)};
    ASSERT_TRUE(save(0, checkpoint).ok());
    const auto loaded = load(0);
    ASSERT_TRUE(loaded.ok());
    EXPECT_EQ(loaded.value(), checkpoint);
}

TEST_F(CheckpointStore, knows_nothing_of_a_shard_never_saved) {
    open();
    const auto loaded = load(0);
    ASSERT_TRUE(loaded.ok());
    EXPECT_FALSE(loaded.value().has_value());
}

TEST_F(CheckpointStore, survives_being_closed) {
    open();
    ASSERT_TRUE(save(0, checkpoint_at(5)).ok());
    open();
    EXPECT_EQ(load(0).value(), checkpoint_at(5));
}

TEST_F(CheckpointStore, stores_what_it_is_given_even_if_lower) {
    open();
    ASSERT_TRUE(save(0, checkpoint_at(5)).ok());
    ASSERT_TRUE(save(0, checkpoint_at(-1)).ok());
    EXPECT_EQ(load(0).value(), checkpoint_at(-1));
}

TEST_F(CheckpointStore, tells_keys_apart_by_each_part) {
    open();
    std::vector<ShardKey> keys(6, key_of(1));
    keys[1].leader = ClusterName{"north"};
    keys[2].leader_index = IndexUuid{"created again"};
    keys[3].follower = ClusterName{"south"};
    keys[4].follower_index = IndexName{"logs-2"};
    keys[5].shard = 2;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        ASSERT_TRUE(run(store_->save(keys[i], checkpoint_at(static_cast<std::int64_t>(i)))).ok());
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        EXPECT_EQ(run(store_->load(keys[i])).value(), checkpoint_at(static_cast<std::int64_t>(i)));
    }
}

TEST_F(CheckpointStore, forgets_all_shards_of_one_pair_only) {
    open();
    ShardKey other = key_of(0);
    other.follower_index = IndexName{"logs-2"};
    ASSERT_TRUE(save(0, checkpoint_at(1)).ok());
    ASSERT_TRUE(save(7, checkpoint_at(1)).ok());
    ASSERT_TRUE(run(store_->save(other, checkpoint_at(1))).ok());
    ASSERT_TRUE(run(store_->forget(key_of(3))).ok());
    EXPECT_EQ(load(0).value(), std::nullopt);
    EXPECT_EQ(load(7).value(), std::nullopt);
    EXPECT_EQ(run(store_->load(other)).value(), checkpoint_at(1));
}

Task<std::thread::id> thread_after_save(engine::CheckpointStore* store) {
    ShardKey key = key_of(0);
    Checkpoint checkpoint = checkpoint_at(1);
    const Result<void> saved = co_await store->save(std::move(key), std::move(checkpoint));
    EXPECT_TRUE(saved.ok());
    co_return std::this_thread::get_id();
}

TEST_F(CheckpointStore, resumes_its_caller_on_the_callers_own_loop) {
    open();
    EXPECT_EQ(run(thread_after_save(store_.get())), std::this_thread::get_id());
}

TEST_F(CheckpointStore, close_stores_what_is_queued_and_later_calls_are_told_so) {
    open();
    SaveAnswers answers;
    start_saves(answers, 0, 50, checkpoint_at(9));
    store_->close();
    loop_.run();
    loop_.restart();
    for (const auto& answer : answers) {
        EXPECT_TRUE(answer_of(*answer).ok());
    }
    const auto late = save(0, checkpoint_at(10));
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.failure().kind, FailureKind::cancelled);
    open();
    EXPECT_EQ(load(49).value(), checkpoint_at(9));
}

TEST_F(CheckpointStore, a_loop_that_dies_first_takes_the_waiting_call_with_it) {
    open();
    {
        boost::asio::io_context short_lived{1};
        std::optional<Result<void>> answer;
        boost::asio::co_spawn(short_lived,
                              put_answer(store_->save(key_of(0), checkpoint_at(1)), &answer),
                              boost::asio::detached);
        short_lived.poll();
        store_->close();  // the answer is posted, and never run
    }
    open();
    EXPECT_EQ(load(0).value(), checkpoint_at(1));
}

TEST_F(CheckpointStore, the_file_is_readable_by_its_owner_alone) {
    const mode_t before = umask(0);
    open();
    ASSERT_TRUE(save(0, checkpoint_at(1)).ok());
    umask(before);
    for (const char* suffix : {"", "-wal", ".lock"}) {
        struct stat status{};
        ASSERT_EQ(stat((path_ + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
    }
}

using CheckpointStoreDeathTest = CheckpointStore;

TEST_F(CheckpointStoreDeathTest, refuses_to_save_what_cannot_be) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    open();
    EXPECT_DEATH(static_cast<void>(store_->save(key_of(0), checkpoint_at(4, 5))), "is_sound");
}

}  // namespace
}  // namespace followd::store
