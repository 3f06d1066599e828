#include "repository/manifest.hpp"

#include "followd/base/assert.hpp"

#include "repository/request_path.hpp"
#include "repository/root_file.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace followd::repository {

namespace {

// On a network's file system each entry may be a question to its server, and nothing else is served
// meanwhile.
constexpr int entries_per_piece = 256;
// A repository has four levels.
constexpr std::size_t levels_max = 32;

/// Nothing for what is no UTF-8, and so cannot be said in JSON.
std::optional<std::string> json_text(const std::string& text) {
    try {
        return nlohmann::json(text).dump();
    } catch (const nlohmann::json::type_error&) {
        return std::nullopt;
    }
}

Failure cannot_list(const std::string& path, int code) {
    return {FailureKind::unavailable,
            (path.empty() ? "the root" : path) +
                " cannot be listed: " + std::generic_category().message(code),
            {}};
}

}  // namespace

Manifest::Manifest(const RootFolder* folder) : folder_{folder} {
    FOLLOWD_ASSERT(folder_ != nullptr);
}

Result<std::string> Manifest::next() {
    FOLLOWD_ASSERT(!is_complete_);
    std::string piece;
    if (!has_begun_) {
        has_begun_ = true;
        root_file_ = find_root_file(*folder_);
        piece = R"({"schema":1,"root_file":)" + nlohmann::json(root_file_.value_or("")).dump();
        if (!root_file_) {
            piece = R"({"schema":1,"root_file":null)";
        }
        piece += R"(,"files":[)";
        const auto entered = enter("");
        if (!entered) {
            return entered.failure();
        }
    }
    for (int entry = 0; entry < entries_per_piece && !levels_.empty(); ++entry) {
        const auto read = read_entry(piece);
        if (!read) {
            return read.failure();
        }
    }
    if (levels_.empty()) {
        is_complete_ = true;
        const bool has_changed = find_root_file(*folder_) != root_file_;
        piece += "\n],\"files_count\":" + std::to_string(files_) +
                 ",\"root_changed\":" + (has_changed ? "true" : "false") + "}\n";
    }
    return piece;
}

Result<void> Manifest::enter(const std::string& path) {
    auto opened = folder_->open_folder(path);
    if (!opened) {
        // Deleted since its name was read.
        const bool is_gone = opened.failure().kind == FailureKind::not_found && !path.empty();
        return is_gone ? Result<void>{} : std::move(opened).failure();
    }
    if (levels_.size() >= levels_max) {
        return Failure{
            FailureKind::too_large, path + " lies deeper than any folder of a repository", {}};
    }
    std::unique_ptr<DIR, CloseFolder> folder{::fdopendir(opened->number())};
    if (!folder) {
        return cannot_list(path, errno);
    }
    (void)opened->release();
    levels_.push_back({.folder = std::move(folder), .path = path.empty() ? "" : path + "/"});
    return {};
}

/// One entry of the innermost folder, or its end.
Result<void> Manifest::read_entry(std::string& piece) {
    const Level& level = levels_.back();
    errno = 0;
    const dirent* const entry = ::readdir(level.folder.get());
    if (entry != nullptr) {
        return add_entry(*entry, piece);
    }
    if (errno != 0) {
        return cannot_list(level.path, errno);
    }
    levels_.pop_back();
    return {};
}

Result<void> Manifest::add_entry(const dirent& entry, std::string& piece) {
    const Level& level = levels_.back();
    const int folder = ::dirfd(level.folder.get());
    FOLLOWD_ASSERT(folder >= 0);
    const std::string name{entry.d_name};
    struct stat found{};
    if (!can_be_name(name) || ::fstatat(folder, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
        return {};  // Not to be asked for, or deleted meanwhile.
    }
    const std::string path = level.path + name;
    if (S_ISDIR(found.st_mode)) {
        return enter(path);
    }
    const auto text = json_text(path);
    if (!S_ISREG(found.st_mode) || !text) {
        return {};
    }
    piece += (files_ == 0 ? "\n" : ",\n");
    piece += "{\"path\":" + *text + ",\"size\":" + std::to_string(found.st_size) + "}";
    ++files_;
    return {};
}

}  // namespace followd::repository
