#include "faulty_vfs.hpp"
#include "store_fixture.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

namespace followd::store {
namespace {

using testing::HasSubstr;

class DiskFailure : public StoreTest {
protected:
    ~DiskFailure() override { store_.reset(); }  // before its disk goes

    FaultyVfs disk_;
};

TEST_F(DiskFailure, a_full_disk_keeps_the_old_value_and_heals_by_itself) {
    open();
    ASSERT_TRUE(save(0, checkpoint_at(1)).ok());
    disk_.fail_writes(SQLITE_FULL);
    for (int attempt = 0; attempt < 3; ++attempt) {
        const Result<void> saved = save(0, checkpoint_at(2));
        ASSERT_FALSE(saved.ok());
        EXPECT_EQ(saved.failure().kind, FailureKind::storage);
        EXPECT_THAT(saved.failure().what, HasSubstr("disk is full"));
        EXPECT_THAT(saved.failure().what, HasSubstr("free space"));
        EXPECT_THAT(saved.failure().where, HasSubstr(path_));
        EXPECT_EQ(load(0).value(), checkpoint_at(1));
    }
    disk_.fail_writes(SQLITE_OK);
    ASSERT_TRUE(save(0, checkpoint_at(3)).ok());
    EXPECT_EQ(load(0).value(), checkpoint_at(3));
    open();
    EXPECT_EQ(load(0).value(), checkpoint_at(3));
}

TEST_F(DiskFailure, a_sync_that_fails_is_not_a_save) {
    open();
    ASSERT_TRUE(save(0, checkpoint_at(1)).ok());
    disk_.fail_syncs(SQLITE_IOERR_FSYNC);
    const Result<void> saved = save(0, checkpoint_at(2));
    ASSERT_FALSE(saved.ok());
    EXPECT_THAT(saved.failure().what, HasSubstr("disk I/O error"));
    EXPECT_THAT(saved.failure().what, HasSubstr("check that disk"));
    EXPECT_EQ(load(0).value(), checkpoint_at(1));
    disk_.fail_syncs(SQLITE_OK);
    ASSERT_TRUE(save(0, checkpoint_at(3)).ok());
    EXPECT_FALSE(disk_.log_has_unsynced_writes());
}

TEST_F(DiskFailure, a_disk_full_at_the_first_start_is_told_and_leaves_a_file_that_starts_later) {
    disk_.fail_writes(SQLITE_FULL);
    const auto opened = SqliteCheckpointStore::open(path_);
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(opened.failure().what, HasSubstr("free space"));
    disk_.fail_writes(SQLITE_OK);
    open();
    EXPECT_TRUE(save(0, checkpoint_at(1)).ok());
}

}  // namespace
}  // namespace followd::store
