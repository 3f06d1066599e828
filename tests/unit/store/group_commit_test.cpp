#include "faulty_vfs.hpp"
#include "store_fixture.hpp"

#include <sqlite3.h>

namespace followd::store {
namespace {

class GroupCommit : public StoreTest {
protected:
    ~GroupCommit() override { store_.reset(); }  // before its disk goes

    /// Leaves the store in the middle of saving shard 0, with these saves queued behind it.
    void queue_behind_a_stalled_save(SaveAnswers& answers,
                                     int count,
                                     const Checkpoint& checkpoint) {
        disk_.stall_next_sync();
        start_saves(answers, 0, 1, checkpoint);
        disk_.wait_until_stalled();
        start_saves(answers, 1, count, checkpoint);
    }

    void finish() {
        loop_.run();
        loop_.restart();
    }

    FaultyVfs disk_;
};

TEST_F(GroupCommit, an_answer_comes_after_the_disk_has_it) {
    open();
    for (int shard = 0; shard < 3; ++shard) {
        ASSERT_TRUE(save(shard, checkpoint_at(1)).ok());
        EXPECT_FALSE(disk_.log_has_unsynced_writes());
    }
    SaveAnswers answers;
    queue_behind_a_stalled_save(answers, 0, checkpoint_at(2));
    EXPECT_FALSE(answers[0]->has_value()) << "answered while the disk was still writing";
    disk_.release();
    finish();
    EXPECT_TRUE(answers[0]->has_value());
}

TEST_F(GroupCommit, saves_that_wait_share_one_transaction) {
    open();
    ASSERT_TRUE(save(0, checkpoint_at(1)).ok());
    SaveAnswers answers;
    queue_behind_a_stalled_save(answers, 100, checkpoint_at(2));
    const int before = disk_.log_syncs();
    disk_.release();
    finish();
    for (const auto& answer : answers) {
        EXPECT_TRUE(answer_of(*answer).ok());
    }
    EXPECT_EQ(disk_.log_syncs() - before, 2) << "the stalled save's and one for all the others";
}

TEST_F(GroupCommit, a_group_that_fails_stores_none_and_fails_all) {
    open();
    for (int shard = 0; shard < 4; ++shard) {
        ASSERT_TRUE(save(shard, checkpoint_at(1)).ok());
    }
    SaveAnswers answers;
    queue_behind_a_stalled_save(answers, 3, checkpoint_at(2));
    disk_.fail_writes(SQLITE_FULL);
    disk_.release();
    finish();
    EXPECT_TRUE(answer_of(*answers[0]).ok()) << "it was written before the disk filled up";
    for (std::size_t i = 1; i < answers.size(); ++i) {
        ASSERT_FALSE(answer_of(*answers[i]).ok());
        EXPECT_EQ(answer_of(*answers[i]).failure().kind, FailureKind::storage);
    }
    disk_.fail_writes(SQLITE_OK);
    open();
    EXPECT_EQ(load(0).value(), checkpoint_at(2));
    for (int shard = 1; shard < 4; ++shard) {
        EXPECT_EQ(load(shard).value(), checkpoint_at(1));
    }
}

TEST_F(GroupCommit, a_load_behind_a_save_sees_it_and_one_before_does_not) {
    open();
    ASSERT_TRUE(save(1, checkpoint_at(1)).ok());
    SaveAnswers answers;
    std::optional<Result<std::optional<Checkpoint>>> earlier;
    std::optional<Result<std::optional<Checkpoint>>> later;
    disk_.stall_next_sync();
    start_saves(answers, 0, 1, checkpoint_at(2));
    disk_.wait_until_stalled();
    boost::asio::co_spawn(
        loop_, put_answer(store_->load(key_of(1)), &earlier), boost::asio::detached);
    start_saves(answers, 1, 1, checkpoint_at(2));
    boost::asio::co_spawn(
        loop_, put_answer(store_->load(key_of(1)), &later), boost::asio::detached);
    loop_.poll();
    disk_.release();
    loop_.restart();
    finish();
    EXPECT_EQ(answer_of(earlier).value(), checkpoint_at(1));
    EXPECT_EQ(answer_of(later).value(), checkpoint_at(2));
}

}  // namespace
}  // namespace followd::store
