#include "repository/pull_plan.hpp"

#include "repository/root_file.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace followd::repository {

namespace {

std::string_view first_part(std::string_view path) {
    return path.substr(0, path.find('/'));
}

std::string_view last_part(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// What a cluster writes aside before it is renamed, or to find out whether it can write.
bool is_passing(std::string_view path) {
    return last_part(path).starts_with("pending-") || first_part(path).starts_with("tests-");
}

bool is_root_or_pointer(std::string_view path) {
    return path == pointer_name || root_generation(path).has_value();
}

}  // namespace

bool is_apart(std::string_view path) {
    const std::string_view folder = first_part(path);
    return folder == mirror_folder_name || folder == "lost+found";
}

bool is_same_state(const FileState& local, const FileState& source) {
    constexpr std::int64_t second_ns = 1'000'000'000;
    // FAT keeps two seconds, CIFS a tenth of a microsecond.
    constexpr std::int64_t coarse_ns = 100;
    const std::int64_t kept = local.modified_ns;
    const bool is_same_time =
        kept == source.modified_ns ||
        (kept % second_ns == 0 && kept / second_ns / 2 == source.modified_ns / second_ns / 2) ||
        (kept % coarse_ns == 0 && kept / coarse_ns == source.modified_ns / coarse_ns);
    return local.size == source.size && is_same_time;
}

Result<PullPlan> plan_pull(const Listing& source, const std::vector<ListedFile>& local) {
    if (!source.root) {
        return Failure{FailureKind::not_found,
                       "there is no snapshot at the source yet (no index.latest that names a root "
                       "file): take one, or compare --root of followd serve-repository with the "
                       "repository's location",
                       {}};
    }
    PullPlan plan;
    plan.root = *source.root;
    std::map<std::string_view, const FileState*> here;
    for (const ListedFile& file : local) {
        here.emplace(file.path, &file.state);
    }
    const auto has = [&here](const ListedFile& file) {
        const auto found = here.find(file.path);
        return found != here.end() && is_same_state(*found->second, file.state);
    };
    const std::string root_name = root_file_name(plan.root);
    bool is_root_listed = false;
    for (const ListedFile& file : source.files) {
        const bool is_root = file.path == root_name;
        if (is_apart(file.path) || is_passing(file.path) ||
            (!is_root && is_root_or_pointer(file.path))) {
            continue;
        }
        ++plan.files;
        plan.bytes += file.state.size;
        if (is_root) {
            is_root_listed = true;
            plan.root_file = file;
            plan.has_root_file = has(file);
        } else if (!has(file)) {
            plan.fetch.push_back(file);
        }
        here.erase(file.path);
    }
    if (!is_root_listed) {
        return Failure{
            FailureKind::unavailable,
            "the root file " + root_name + " of the source went away while it was listed",
            {}};
    }
    for (const auto& [path, state] : here) {
        if (!is_apart(path) && path != pointer_name) {
            plan.vanished.emplace_back(path);
        }
    }
    std::ranges::partition(plan.vanished, is_root_or_pointer);
    return plan;
}

}  // namespace followd::repository
