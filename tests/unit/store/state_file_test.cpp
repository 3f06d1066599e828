#include "store/schema.hpp"
#include "store_fixture.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <array>
#include <fstream>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace followd::store {
namespace {

using testing::HasSubstr;

class StateFileTest : public StoreTest {
protected:
    [[nodiscard]] std::string failure_of_open() const {
        const auto opened = SqliteCheckpointStore::open(path_);
        if (opened.ok()) {
            return "opened";
        }
        EXPECT_EQ(opened.failure().kind, FailureKind::storage);
        return to_string(opened.failure());
    }

    /// A file with enough rows to have inner pages.
    void write_large_file() {
        open();
        SaveAnswers answers;
        start_saves(answers, 0, 500, checkpoint_at(1));
        loop_.run();
        loop_.restart();
        store_.reset();
        ASSERT_GT(std::filesystem::file_size(path_), 32768U);
    }

    void execute(const char* sql) const {
        sqlite3* connection = nullptr;
        ASSERT_EQ(sqlite3_open(path_.c_str(), &connection), SQLITE_OK);
        char* error = nullptr;
        EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, &error), SQLITE_OK) << error;
        sqlite3_close(connection);
    }

    [[nodiscard]] std::string content() const {
        std::ifstream file(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
};

TEST_F(StateFileTest, a_second_process_is_told_who_holds_it) {
    std::array<int, 2> ready{};
    ASSERT_EQ(pipe(ready.data()), 0);
    const pid_t holder = fork();
    ASSERT_GE(holder, 0);
    if (holder == 0) {
        auto store = SqliteCheckpointStore::open(path_);
        const char answer = store.ok() ? 'y' : 'n';
        if (write(ready[1], &answer, 1) != 1) {
            _exit(1);
        }
        pause();
        _exit(0);
    }
    char answer = 'n';
    ASSERT_EQ(read(ready[0], &answer, 1), 1);
    ASSERT_EQ(answer, 'y');
    EXPECT_THAT(failure_of_open(),
                HasSubstr("in use by another followd (pid " + std::to_string(holder) + ")"));
    std::filesystem::create_symlink(path_, folder_.file("link.db"));
    const auto by_another_name = SqliteCheckpointStore::open(folder_.file("link.db"));
    ASSERT_FALSE(by_another_name.ok());
    EXPECT_THAT(by_another_name.failure().what, HasSubstr("in use by another followd"));
    kill(holder, SIGKILL);
    waitpid(holder, nullptr, 0);
    close(ready[0]);
    close(ready[1]);
    EXPECT_EQ(failure_of_open(), "opened") << "a dead process holds nothing";
}

TEST_F(StateFileTest, a_newer_schema_is_refused_untouched) {
    open();
    store_.reset();
    execute("PRAGMA user_version = 99");
    const std::string before = content();
    EXPECT_THAT(failure_of_open(), HasSubstr("newer followd wrote the file (schema 99"));
    EXPECT_EQ(content(), before);
}

TEST_F(StateFileTest, another_programs_database_is_refused_untouched) {
    execute("CREATE TABLE theirs (x)");
    const std::string before = content();
    EXPECT_THAT(failure_of_open(), HasSubstr("another program"));
    EXPECT_EQ(content(), before);
}

TEST_F(StateFileTest, an_empty_file_becomes_a_state_file) {
    std::ofstream(path_).close();
    EXPECT_EQ(failure_of_open(), "opened");
}

TEST_F(StateFileTest, carries_the_marks_of_its_format) {
    open();
    store_.reset();
    auto file = StateFile::open(path_);
    ASSERT_TRUE(file.ok());
    Database& database = file->database();
    EXPECT_EQ(database.read_number("PRAGMA application_id").value(), application_id);
    EXPECT_EQ(database.read_number("PRAGMA user_version").value(), schema_version());
    EXPECT_EQ(database.read_text("PRAGMA journal_mode").value(), "wal");
    EXPECT_EQ(database.read_number("PRAGMA synchronous").value(), 2);
    EXPECT_EQ(database.read_number("PRAGMA foreign_keys").value(), 1);
    EXPECT_EQ(database.read_text("PRAGMA locking_mode").value(), "exclusive");
}

TEST_F(StateFileTest, a_migration_that_fails_leaves_the_file_as_it_was) {
    const std::string marked = "PRAGMA application_id = " + std::to_string(application_id) + ";";
    execute((marked + "CREATE TABLE checkpoint (in_the_way)").c_str());
    EXPECT_THAT(failure_of_open(), HasSubstr("cannot make the tables"));
    execute("SELECT in_the_way FROM checkpoint; DROP TABLE checkpoint");
    EXPECT_EQ(failure_of_open(), "opened");
}

TEST_F(StateFileTest, no_database_at_all) {
    std::ofstream(path_) << std::string(5000, 'x');
    EXPECT_THAT(failure_of_open(), HasSubstr("move the file away"));
}

TEST_F(StateFileTest, a_damaged_page) {
    write_large_file();
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(16384);
    file << std::string(4096, '\xEE');
    file.close();
    EXPECT_THAT(failure_of_open(), HasSubstr("costs time"));
}

TEST_F(StateFileTest, a_torn_file) {
    write_large_file();
    std::filesystem::resize_file(path_, 20000);
    EXPECT_THAT(failure_of_open(), HasSubstr("costs time"));
}

TEST_F(StateFileTest, a_row_that_cannot_be_is_a_failure_of_its_load) {
    open();
    ASSERT_TRUE(save(0, checkpoint_at(5, 5)).ok());
    store_.reset();
    execute(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
        " replace(sql, 'CHECK (swept_through BETWEEN -1 AND applied_through)', '')");
    execute("UPDATE checkpoint SET swept_through = 6");
    open();
    const auto loaded = load(0);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.failure().kind, FailureKind::storage);
    EXPECT_THAT(loaded.failure().what, HasSubstr("logs-1 shard 0"));
}

TEST_F(StateFileTest, a_missing_folder_is_named) {
    path_ = folder_.file("not/there/state.db");
    EXPECT_THAT(failure_of_open(),
                HasSubstr("folder " + folder_.path() + "/not/there does not exist"));
}

TEST_F(StateFileTest, a_folder_in_its_place) {
    std::filesystem::create_directory(path_);
    EXPECT_THAT(failure_of_open(), HasSubstr("Is a directory"));
}

TEST_F(StateFileTest, a_folder_that_cannot_be_written) {
    ASSERT_EQ(chmod(folder_.path().c_str(), 0555), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        // The superuser writes anywhere: be somebody else.
        if (geteuid() == 0 && setuid(65534) != 0) {
            _exit(2);
        }
        const std::string failure = failure_of_open();
        _exit(failure.find("writable for that user") != std::string::npos ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    chmod(folder_.path().c_str(), 0755);
}

TEST_F(StateFileTest, a_file_that_cannot_be_written) {
    open();
    store_.reset();
    chmod(folder_.path().c_str(), 0777);
    chmod(path_.c_str(), 0444);
    chmod((path_ + ".lock").c_str(), 0666);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0) {
            _exit(2);
        }
        const std::string failure = failure_of_open();
        _exit(failure.find("writable for that user") != std::string::npos ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace followd::store
