#include "store/lost_writes_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace followd::store {

namespace {

constexpr std::size_t buffer_bytes = 1U << 20U;
// Of an index's name, which may be as long as a file's: the time and a number must fit behind it.
constexpr std::size_t name_bytes_max = 200;

Failure failed(const std::string& what, const std::string& path) {
    std::array<char, 128> text{};
    const char* reason = strerror_r(errno, text.data(), text.size());
    return Failure{FailureKind::storage,
                   "lost writes could not be saved (" + what + ": " + reason +
                       "), so nothing was taken back: make room, then try again",
                   path};
}

/// Durable names: a file that is there after a power cut is there whole.
Result<void> sync_folder(const std::string& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return failed("open", folder);
    }
    const bool synced = fsync(descriptor) == 0;
    const Failure failure = failed("fsync", folder);
    close(descriptor);
    return synced ? Result<void>{} : Result<void>{failure};
}

class File final : public engine::LostWritesFile {
public:
    File(std::string folder, std::string path)
        : folder_(std::move(folder)), path_(std::move(path)) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() override {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
    }

    [[nodiscard]] Result<void> add(std::string_view line) override {
        if (descriptor_ < 0) {
            Result<void> opened = open_file();
            if (!opened.ok()) {
                return opened;
            }
        }
        buffer_ += line;
        buffer_ += '\n';
        return buffer_.size() < buffer_bytes ? Result<void>{} : write_buffer();
    }

    [[nodiscard]] Result<std::string> keep() override {
        Result<void> done = write_buffer();
        if (done.ok() && fsync(descriptor_) != 0) {
            done = failed("fsync", path_);
        }
        if (done.ok()) {
            done = sync_folder(folder_);
        }
        if (done.ok()) {
            done = sync_folder(std::filesystem::path(folder_).parent_path().string());
        }
        if (!done.ok()) {
            return std::move(done).failure();
        }
        return path_;
    }

private:
    Result<void> open_file() {
        if (mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
            return failed("mkdir", folder_);
        }
        // One that is there is of an attempt that was given up: it stays.
        const std::string stem = path_;
        for (int attempt = 2; descriptor_ < 0; ++attempt) {
            descriptor_ =
                open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
            if (descriptor_ < 0 && errno != EEXIST) {
                return failed("create", path_);
            }
            if (descriptor_ < 0) {
                path_ = stem.substr(0, stem.rfind('.')) + "-" + std::to_string(attempt) + ".ndjson";
            }
        }
        return {};
    }

    Result<void> write_buffer() {
        std::string_view rest = buffer_;
        while (!rest.empty()) {
            const ssize_t written = write(descriptor_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) {
                continue;
            }
            if (written <= 0) {
                return failed("write", path_);
            }
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        buffer_.clear();
        return {};
    }

    std::string folder_;
    std::string path_;
    std::string buffer_;
    int descriptor_ = -1;
};

}  // namespace

LostWritesFiles::LostWritesFiles(const std::string& state_path)
    : folder_((std::filesystem::path(state_path).parent_path() / "lost-writes").string()) {}

std::unique_ptr<engine::LostWritesFile> LostWritesFiles::file_for(const IndexName& index,
                                                                  std::string_view at) {
    std::string time(at);
    std::erase_if(time, [](char c) { return c == ':' || c == '-'; });
    const std::string name = index.value().substr(0, name_bytes_max);
    return std::make_unique<File>(folder_, folder_ + "/" + name + "-" + time + ".ndjson");
}

}  // namespace followd::store
