#include "store/schema.hpp"
#include "store/sqlite_control_store.hpp"
#include "store_fixture.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <algorithm>
#include <string>

namespace followd::store {
namespace {

using engine::Intent;
using engine::IntentKind;

class ControlStoreTest : public StoreTest {
protected:
    static Intent intent(const std::string& index, IntentKind kind = IntentKind::paused) {
        return Intent{{ClusterName{"west"}, IndexName{index}}, kind, "noon", "me@here"};
    }
    void save(const Intent& asked) {
        SqliteControlStore store(store_->thread());
        EXPECT_TRUE(run(store.save_intent(asked)).ok());
    }
    void forget(const std::string& index) {
        SqliteControlStore store(store_->thread());
        EXPECT_TRUE(run(store.forget_intent({ClusterName{"west"}, IndexName{index}})).ok());
    }
    /// "index kind at by" of each, by name.
    std::vector<std::string> loaded() {
        SqliteControlStore store(store_->thread());
        const Result<std::vector<Intent>> intents = run(store.load_intents());
        EXPECT_TRUE(intents.ok());
        std::vector<std::string> texts;
        for (const Intent& one : *intents) {
            texts.push_back(one.place.text() +
                            (one.kind == IntentKind::paused ? " paused " : " unfollowed ") +
                            one.at + " " + one.by);
        }
        std::ranges::sort(texts);
        return texts;
    }
};

TEST_F(ControlStoreTest, what_was_asked_for_outlasts_the_process) {
    open();
    save(intent("a"));
    save(intent("b", IntentKind::unfollowed));
    open();
    EXPECT_THAT(
        loaded(),
        testing::ElementsAre("west/a paused noon me@here", "west/b unfollowed noon me@here"));
}

TEST_F(ControlStoreTest, a_place_has_the_last_wish_only) {
    open();
    save(intent("a"));
    Intent later = intent("a", IntentKind::unfollowed);
    later.by = "her@there";
    save(later);
    EXPECT_THAT(loaded(), testing::ElementsAre("west/a unfollowed noon her@there"));
}

TEST_F(ControlStoreTest, one_of_the_same_name_in_another_cluster_is_another) {
    open();
    save(intent("a"));
    Intent other = intent("a");
    other.place.cluster = ClusterName{"east"};
    save(other);
    forget("a");
    EXPECT_THAT(loaded(), testing::ElementsAre("east/a paused noon me@here"));
}

TEST_F(ControlStoreTest, what_is_forgotten_stays_so_and_what_is_unknown_is_forgotten_already) {
    open();
    save(intent("a"));
    forget("a");
    forget("never");
    open();
    EXPECT_THAT(loaded(), testing::IsEmpty());
}

// Version 1 had checkpoints and nothing else.
TEST_F(ControlStoreTest, a_file_of_version_1_keeps_its_checkpoints) {
    open();
    ASSERT_TRUE(StoreTest::save(0, checkpoint_at(42, 40)).ok());
    ASSERT_TRUE(StoreTest::save(1, checkpoint_at(7)).ok());
    store_.reset();
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &connection), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(connection,
                           "DROP TABLE intent; DROP TABLE daemon; PRAGMA user_version = 1",
                           nullptr,
                           nullptr,
                           nullptr),
              SQLITE_OK);
    sqlite3_close(connection);

    open();
    EXPECT_EQ(**load(0), checkpoint_at(42, 40));
    EXPECT_EQ(**load(1), checkpoint_at(7));
    EXPECT_THAT(loaded(), testing::IsEmpty());
    save(intent("a"));
    open();
    EXPECT_EQ(loaded().size(), 1U);
    EXPECT_EQ(**load(0), checkpoint_at(42, 40));
}

}  // namespace
}  // namespace followd::store
