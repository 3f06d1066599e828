#include "faulty_vfs.hpp"

#include <sqlite3.h>

#include <condition_variable>
#include <mutex>
#include <new>

namespace followd::store {
namespace {

struct Disk {
    std::mutex mutex;
    std::condition_variable changed;
    int write_code = SQLITE_OK;
    int sync_code = SQLITE_OK;
    bool stall_next = false;
    bool is_stalled = false;
    int log_syncs = 0;
    bool log_is_dirty = false;

    sqlite3_vfs* real = nullptr;
    sqlite3_vfs faulty{};
};

Disk* disk = nullptr;

/// SQLite's own view of a file comes first; the real one lies behind it in the same memory.
struct File {
    sqlite3_file base;
    bool is_log;
};

File* ours(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(ours(file) + 1);
}

int close_file(sqlite3_file* file) {
    return real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), data, size, offset);
}
int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    {
        const std::lock_guard lock(disk->mutex);
        if (disk->write_code != SQLITE_OK) {
            return disk->write_code;
        }
        disk->log_is_dirty = disk->log_is_dirty || ours(file)->is_log;
    }
    return real(file)->pMethods->xWrite(real(file), data, size, offset);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return real(file)->pMethods->xTruncate(real(file), size);
}
int sync_file(sqlite3_file* file, int flags) {
    {
        std::unique_lock lock(disk->mutex);
        if (disk->stall_next) {
            disk->stall_next = false;
            disk->is_stalled = true;
            disk->changed.notify_all();
            disk->changed.wait(lock, [] { return !disk->is_stalled; });
        }
        if (disk->sync_code != SQLITE_OK) {
            return disk->sync_code;
        }
        if (ours(file)->is_log) {
            ++disk->log_syncs;
            disk->log_is_dirty = false;
        }
    }
    return real(file)->pMethods->xSync(real(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
int device_characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

/// Version 1: no shared memory, as an exclusively locked database needs none.
constexpr sqlite3_io_methods methods{1,
                                     close_file,
                                     read_file,
                                     write_file,
                                     truncate_file,
                                     sync_file,
                                     file_size,
                                     lock_file,
                                     unlock_file,
                                     check_reserved_lock,
                                     file_control,
                                     sector_size,
                                     device_characteristics,
                                     nullptr,
                                     nullptr,
                                     nullptr,
                                     nullptr,
                                     nullptr,
                                     nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    File* opened = new (file) File{};
    opened->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    const int code = disk->real->xOpen(disk->real, name, real(file), flags, out_flags);
    opened->base.pMethods = real(file)->pMethods != nullptr ? &methods : nullptr;
    return code;
}

}  // namespace

FaultyVfs::FaultyVfs() {
    disk = new Disk;
    disk->real = sqlite3_vfs_find(nullptr);
    disk->faulty = *disk->real;
    disk->faulty.zName = "faulty";
    disk->faulty.szOsFile = disk->real->szOsFile + static_cast<int>(sizeof(File));
    disk->faulty.xOpen = open_file;
    sqlite3_vfs_register(&disk->faulty, 1);
}

FaultyVfs::~FaultyVfs() {
    sqlite3_vfs_unregister(&disk->faulty);
    sqlite3_vfs_register(disk->real, 1);
    delete disk;
    disk = nullptr;
}

void FaultyVfs::fail_writes(int code) {
    const std::lock_guard lock(disk->mutex);
    disk->write_code = code;
}

void FaultyVfs::fail_syncs(int code) {
    const std::lock_guard lock(disk->mutex);
    disk->sync_code = code;
}

void FaultyVfs::stall_next_sync() {
    const std::lock_guard lock(disk->mutex);
    disk->stall_next = true;
}

void FaultyVfs::wait_until_stalled() {
    std::unique_lock lock(disk->mutex);
    disk->changed.wait(lock, [] { return disk->is_stalled; });
}

void FaultyVfs::release() {
    const std::lock_guard lock(disk->mutex);
    disk->is_stalled = false;
    disk->changed.notify_all();
}

int FaultyVfs::log_syncs() const {
    const std::lock_guard lock(disk->mutex);
    return disk->log_syncs;
}

bool FaultyVfs::log_has_unsynced_writes() const {
    const std::lock_guard lock(disk->mutex);
    return disk->log_is_dirty;
}

}  // namespace followd::store
