#include "repository/mirror_folder.hpp"

#include "followd/base/assert.hpp"

#include "repository/beneath.hpp"
#include "repository/local_file.hpp"
#include "repository/pull_plan.hpp"
#include "repository/root_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace followd::repository {

namespace {

constexpr const char* roots_name = "roots";
constexpr std::string_view parts_prefix = "parts-";

std::string own_path(std::string_view name) {
    return std::string{mirror_folder_name} + "/" + std::string{name};
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string{} : path.substr(0, slash);
}

std::string name_in(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

/// What was written before a power cut may be there in length only, so parts are of one boot.
std::string boot_id() {
    const Descriptor folder{::open("/proc/sys/kernel/random", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    auto id = read_small_file(folder, "boot_id").value_or("");
    id.resize(std::min(id.find('\n'), id.size()));
    return id.empty() ? "process-" + std::to_string(::getpid()) : id;
}

int open_folder_in(const Descriptor& folder, const std::string& name) {
    return open_beneath(folder.number(), name, O_RDONLY | O_DIRECTORY);
}

}  // namespace

MirrorFolder::MirrorFolder(RootFolder root, std::string path, FolderClaim claim)
    : root_{std::move(root)}, path_{std::move(path)}, claim_{std::move(claim)} {}

Failure MirrorFolder::told(Failure failure) const {
    failure.where = path_;
    return failure;
}

Result<MirrorFolder> MirrorFolder::open(const std::string& path, const std::string& source) {
    auto root = RootFolder::open(path);
    if (!root && root.failure().kind == FailureKind::not_found) {
        if (::mkdir(path.c_str(), 0777) != 0) {
            const int error = errno;
            Failure failure = local_failure("the folder", "cannot be made", error);
            if (error == ENOENT) {
                failure = {FailureKind::refused, "the folder above it does not exist", {}};
            }
            failure.where = path;
            return failure;
        }
        root = RootFolder::open(path);
    }
    if (!root) {
        return std::move(root).failure();
    }
    auto claimed = claim_folder(*root, source);
    if (!claimed) {
        Failure failure = std::move(claimed).failure();
        failure.where = path;
        return failure;
    }
    return MirrorFolder{std::move(*root), path, std::move(*claimed)};
}

Result<std::vector<ListedFile>> MirrorFolder::list() const {
    std::vector<ListedFile> files;
    const std::set<std::string> ours = own_roots();
    FolderWalk walk{&root_};
    while (!walk.is_complete()) {
        auto found = walk.step();
        if (!found) {
            return told(std::move(found).failure());
        }
        if (!*found) {
            continue;
        }
        if (root_generation((*found)->path) && !ours.contains((*found)->path)) {
            return Failure{
                FailureKind::conflict,
                "the root file " + (*found)->path +
                    " in the folder is not from the source, so a cluster writes snapshots there, "
                    "and nothing was changed: a mirror is for a repository with \"readonly\": "
                    "true. To keep both, name another folder for the mirror",
                path_};
        }
        files.push_back(std::move(**found));
    }
    return files;
}

Result<void> MirrorFolder::clean_parts(const std::vector<ListedFile>& found,
                                       const std::vector<ListedFile>& wanted) {
    parts_name_ = std::string{parts_prefix} + boot_id();
    std::set<std::string> kept;
    for (const ListedFile& file : wanted) {
        kept.insert(own_path(parts_name_) + "/" + PartFile::name_of(file));
    }
    const int root = root_.descriptor().number();
    for (const ListedFile& file : found) {
        if (!file.path.starts_with(own_path(parts_prefix)) || kept.contains(file.path)) {
            continue;
        }
        const Descriptor folder{open_folder_in(root_.descriptor(), folder_of(file.path))};
        if (::unlinkat(folder.number(), name_in(file.path).c_str(), 0) != 0) {
            return told(local_failure(file.path, "cannot be removed", errno));
        }
        if (folder_of(file.path) != own_path(parts_name_)) {
            // Succeeds with its last file.
            ::unlinkat(root, folder_of(file.path).c_str(), AT_REMOVEDIR);
        }
    }
    if (::mkdirat(claim_.own.number(), parts_name_.c_str(), 0700) != 0 && errno != EEXIST) {
        return told(local_failure(own_path(parts_name_), "cannot be made", errno));
    }
    parts_ = Descriptor{open_folder_in(claim_.own, parts_name_)};
    return parts_.is_open() ? Result<void>{}
                            : told(local_failure(own_path(parts_name_), "cannot be opened", errno));
}

Result<PartFile> MirrorFolder::open_part(ListedFile file) const {
    FOLLOWD_ASSERT(parts_.is_open());
    auto part = PartFile::open(parts_, std::move(file));
    return part ? std::move(part) : told(std::move(part).failure());
}

void MirrorFolder::drop(PartFile part) const {
    ::unlinkat(parts_.number(), PartFile::name_of(part.file()).c_str(), 0);
}

Result<void> MirrorFolder::install(PartFile part) {
    const std::string& path = part.file().path;
    FOLLOWD_ASSERT(!is_apart(path));
    auto finished = part.finish();
    if (!finished) {
        return told(std::move(finished).failure());
    }
    const auto folder = make_folder(folder_of(path));
    if (!folder) {
        return told(folder.failure());
    }
    if (::renameat(parts_.number(),
                   PartFile::name_of(part.file()).c_str(),
                   folder->number(),
                   name_in(path).c_str()) != 0) {
        return told(local_failure(path, "cannot be put in place", errno));
    }
    return {};
}

/// Opens it, and makes what is missing of it.
Result<Descriptor> MirrorFolder::make_folder(const std::string& path) {
    Descriptor folder{open_folder_in(root_.descriptor(), path.empty() ? "." : path)};
    if (folder.is_open()) {
        return folder;
    }
    if (errno != ENOENT) {
        return local_failure(path, "is no folder that could be written to", errno);
    }
    FOLLOWD_ASSERT(!path.empty());
    const auto above = make_folder(folder_of(path));
    if (!above) {
        return above.failure();
    }
    if (::mkdirat(above->number(), name_in(path).c_str(), 0777) != 0 && errno != EEXIST) {
        return local_failure(path, "cannot be made", errno);
    }
    folder = Descriptor{open_folder_in(*above, name_in(path))};
    if (!folder.is_open()) {
        return local_failure(path, "is no folder that could be written to", errno);
    }
    return folder;
}

/// Also what a process that was killed put in place: nobody knows any more which folders those
/// were.
Result<void> MirrorFolder::make_durable() const {
    return ::syncfs(root_.descriptor().number()) == 0
               ? Result<void>{}
               : told(local_failure("what was copied", "cannot be made durable", errno));
}

std::set<std::string> MirrorFolder::own_roots() const {
    std::set<std::string> roots;
    std::istringstream lines{read_small_file(claim_.own, roots_name).value_or("")};
    for (std::string line; std::getline(lines, line);) {
        roots.insert(line);
    }
    return roots;
}

Result<void> MirrorFolder::write_own_roots(const std::set<std::string>& roots) {
    if (own_roots() == roots) {
        return {};
    }
    std::string text;
    for (const std::string& root : roots) {
        text += root + "\n";
    }
    const auto written = replace_file(claim_.own, roots_name, text);
    return written ? written : told(written.failure());
}

Result<void> MirrorFolder::set_root(std::uint64_t generation, std::optional<PartFile> root) {
    Result<void> done;
    if (root) {
        std::set<std::string> roots = own_roots();
        roots.insert(root_file_name(generation));
        done = make_durable();
        done = done ? write_own_roots(roots) : done;
        done = done ? install(std::move(*root)) : done;
        done = done ? make_durable() : done;
    }
    if (done && find_root_file(root_) != root_file_name(generation)) {
        done = replace_file(root_.descriptor(), pointer_name, write_pointer(generation));
        done = done ? done : told(done.failure());
    }
    return done;
}

Result<std::uint64_t> MirrorFolder::remove(const std::vector<std::string>& paths) {
    std::uint64_t removed = 0;
    for (const std::string& path : paths) {
        FOLLOWD_ASSERT(!is_apart(path));
        Descriptor folder{
            open_folder_in(root_.descriptor(), folder_of(path).empty() ? "." : folder_of(path))};
        const int unlinked = ::unlinkat(folder.number(), name_in(path).c_str(), 0);
        if (unlinked != 0 && errno != ENOENT) {
            return told(local_failure(path, "cannot be removed", errno));
        }
        removed += unlinked == 0 ? 1 : 0;
        for (std::string above = folder_of(path); !above.empty(); above = folder_of(above)) {
            folder = Descriptor{open_folder_in(root_.descriptor(),
                                               folder_of(above).empty() ? "." : folder_of(above))};
            if (::unlinkat(folder.number(), name_in(above).c_str(), AT_REMOVEDIR) != 0) {
                break;
            }
        }
    }
    return removed;
}

Result<void> MirrorFolder::forget_other_roots(std::uint64_t generation) {
    return write_own_roots({root_file_name(generation)});
}

}  // namespace followd::repository
