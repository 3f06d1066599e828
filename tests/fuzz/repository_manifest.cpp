#include "fuzz/oracle.hpp"
#include "repository/listing.hpp"
#include "repository/pull_plan.hpp"
#include "repository/request_path.hpp"
#include "repository/root_file.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

/// The list of a repository's files, as whoever is asked for it may write it.
///
/// No name that is accepted leads out of a folder, and each can be asked for; a cut list is none;
/// and whatever is planned from it touches nothing of ours and no root file but one.

namespace followd::fuzz {
namespace {

using repository::ListedFile;
using repository::Listing;
using repository::PullPlan;

void check_path(const std::string& path) {
    require(!path.empty() && path.front() != '/' && path.back() != '/', "a path is relative", path);
    const std::string fenced = "/" + path + "/";
    for (const char* out : {"/../", "/./", "//"}) {
        require(fenced.find(out) == std::string::npos, "a path stays where it begins", path);
    }
    require(path.find('\0') == std::string::npos, "a path is one for the system, too", path);
    const auto asked = repository::read_target("/token" + repository::target_of(path), "token");
    require(asked && !asked->manifest && asked->path == path, "a path can be asked for", path);
}

void check_listing(const Listing& listing) {
    for (const ListedFile& file : listing.files) {
        check_path(file.path);
        require(file.state.size <= std::numeric_limits<std::int64_t>::max(),
                "a size is one of a file",
                file.path);
    }
    require(
        std::ranges::adjacent_find(
            listing.files, std::ranges::greater_equal{}, &ListedFile::path) == listing.files.end(),
        "paths are in order, each once");
}

void check_plan(const Listing& listing, const std::vector<ListedFile>& local) {
    const auto planned = repository::plan_pull(listing, local);
    if (!planned.ok()) {
        return;
    }
    const PullPlan& plan = *planned;
    require(plan.root_file.path == repository::root_file_name(plan.root),
            "the root file is the one that the list is of");
    for (const ListedFile& file : plan.fetch) {
        require(!repository::is_apart(file.path) && file.path != repository::pointer_name &&
                    !repository::root_generation(file.path),
                "no root file is copied before the others",
                file.path);
    }
    for (const std::string& path : plan.vanished) {
        require(!repository::is_apart(path) && path != repository::pointer_name &&
                    path != plan.root_file.path,
                "nothing of ours is removed, nor what the root is reached by",
                path);
        require(std::ranges::find(plan.fetch, path, &ListedFile::path) == plan.fetch.end(),
                "what is copied is not removed",
                path);
    }
}

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace followd;
    using fuzz::require;
    const std::string body{reinterpret_cast<const char*>(data), size};
    const auto listing = repository::read_listing(body);
    if (!listing.ok()) {
        require(listing.failure().what.size() < 400, "a failure is a sentence");
        return 0;
    }
    require(!repository::read_listing(body.substr(0, body.find_last_of('}'))).ok(),
            "a cut list is none",
            body);
    fuzz::check_listing(*listing);
    fuzz::check_plan(*listing, {});
    fuzz::check_plan(*listing, listing->files);
    repository::Listing half = *listing;
    for (std::size_t at = 0; at < half.files.size(); ++at) {
        half.files.erase(half.files.begin() + static_cast<std::ptrdiff_t>(at));
    }
    fuzz::check_plan(half, listing->files);
    fuzz::check_plan(*listing, half.files);
    return 0;
}
