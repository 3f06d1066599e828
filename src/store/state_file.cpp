#include "store/state_file.hpp"

#include "store/schema.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace followd::store {

namespace {

/// Files up to this size are read whole at the start: that is 100,000 shards and more.
constexpr std::uintmax_t quick_check_bytes_max = 64U << 20;

/// SQLite would create the file with the umask's mode; its -wal takes over the mode of the file.
Result<void> create_private_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) {
        return file_failure(path, errno);
    }
    close(file);
    return {};
}

/// Without this a crash right after the first start could lose the file's name.
Result<void> sync_folder(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return file_failure(path, errno);
    }
    const int synced = fsync(descriptor);
    const int error = errno;
    close(descriptor);
    // Some file systems cannot sync a folder and say so with EINVAL.
    if (synced != 0 && error != EINVAL) {
        return file_failure(path, error);
    }
    return {};
}

Result<void> make_durable(Database& database) {
    const Result<std::string> mode = database.read_text("PRAGMA journal_mode = WAL");
    if (!mode) {
        return mode.failure();
    }
    if (mode.value() != "wal") {
        return database.failure_saying("this file system cannot hold a write-ahead log (mode " +
                                       mode.value() + "): put `state` on a local disk");
    }
    return database.execute(
        "PRAGMA synchronous = FULL;"
        "PRAGMA foreign_keys = ON;"
        "PRAGMA journal_size_limit = 4194304;",
        "set it up");
}

Result<void> check_content(Database& database) {
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(database.path(), error);
    if (error || bytes > quick_check_bytes_max) {
        return {};
    }
    const Result<std::string> verdict = database.read_text("PRAGMA quick_check(1)");
    if (!verdict) {
        return verdict.failure();
    }
    if (verdict.value() != "ok") {
        return database.failure_saying(
            "the file is damaged (" + verdict.value() +
            "); move it away, with its -wal, and start again: losing it costs time (followd "
            "compares both sides anew), never data");
    }
    return {};
}

}  // namespace

Result<StateFile> StateFile::open(const std::string& path) {
    // One name for one file: the lock stands beside the file itself, not beside a link to it.
    std::error_code error;
    std::filesystem::path absolute_path = std::filesystem::absolute(path, error);
    if (!error) {
        absolute_path = std::filesystem::weakly_canonical(absolute_path, error);
    }
    const std::string real_path = absolute_path.string();
    if (error) {
        return file_failure(path, error.value());
    }
    Result<FileLock> lock = FileLock::acquire(real_path);
    if (!lock) {
        return std::move(lock).failure();
    }
    Result<void> created = create_private_file(real_path);
    if (!created) {
        return std::move(created).failure();
    }
    Result<std::unique_ptr<Database>> opened = Database::open(real_path);
    if (!opened) {
        return std::move(opened).failure();
    }
    Database& database = *opened.value();
    // Exclusive: nobody else's SQLite gets in between, and no shared-memory file is needed.
    Result<void> done = database.execute("PRAGMA locking_mode = EXCLUSIVE", "open it");
    using Step = Result<void> (*)(Database&);
    for (const Step step :
         {Step{check_schema}, Step{make_durable}, Step{check_content}, Step{migrate_schema}}) {
        if (done) {
            done = step(database);
        }
    }
    if (done) {
        done = sync_folder(real_path);
    }
    if (!done) {
        return std::move(done).failure();
    }
    Result<std::string> daemon_id = database.read_text("SELECT id FROM daemon");
    if (!daemon_id) {
        return std::move(daemon_id).failure();
    }
    return StateFile{
        std::move(lock).value(), std::move(opened).value(), std::move(daemon_id).value()};
}

}  // namespace followd::store
