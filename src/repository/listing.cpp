#include "repository/listing.hpp"

#include "repository/manifest_format.hpp"
#include "repository/request_path.hpp"
#include "repository/root_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace followd::repository {

namespace {

using Json = nlohmann::json;
namespace format = manifest_format;

constexpr std::size_t path_bytes_max = 4000;
constexpr auto size_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Failure malformed(const std::string& what) {
    return {FailureKind::malformed, "the manifest of the source " + what, {}};
}

bool can_be_path(std::string_view path) {
    std::size_t levels = 0;
    if (path.size() > path_bytes_max) {
        return false;
    }
    for (;;) {
        const auto slash = path.find('/');
        if (!can_be_name(path.substr(0, slash)) || ++levels > folder_levels_max) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

std::optional<ListedFile> read_file(const Json& entry) {
    const auto path = entry.find(format::path);
    const auto size = entry.find(format::size);
    const auto modified = entry.find(format::modified_ns);
    if (path == entry.end() || !path->is_string() || size == entry.end() ||
        !size->is_number_unsigned() || modified == entry.end() || !modified->is_number_integer()) {
        return std::nullopt;
    }
    ListedFile file{.path = path->get<std::string>(),
                    .state = {.size = size->get<std::uint64_t>(),
                              .modified_ns = modified->get<std::int64_t>()}};
    const bool is_sound = file.state.size <= size_max && can_be_path(file.path);
    return is_sound ? std::optional{std::move(file)} : std::nullopt;
}

/// Takes each file out of the document as soon as it was read: there may be a million.
class FileCollector {
public:
    bool take(int depth, Json::parse_event_t event, const Json& parsed) {
        if (depth == 1 && event == Json::parse_event_t::key) {
            is_within_files_ = parsed == format::files;
        }
        if (depth != 2 || event != Json::parse_event_t::object_end || !is_within_files_) {
            return true;
        }
        auto file = read_file(parsed);
        has_unsound_ = has_unsound_ || !file;
        if (file) {
            files_.push_back(std::move(*file));
        }
        return false;
    }

    [[nodiscard]] bool has_unsound() const { return has_unsound_; }
    [[nodiscard]] std::vector<ListedFile> take_files() { return std::move(files_); }

private:
    std::vector<ListedFile> files_;
    bool is_within_files_ = false;
    bool has_unsound_ = false;
};

/// False where it names what can be no root file.
bool read_root(const Json& document, Listing& listing) {
    const auto root = document.find(format::root_file);
    if (root == document.end()) {
        return false;
    }
    if (root->is_null()) {
        return true;
    }
    listing.root = root->is_string() ? root_generation(root->get<std::string>()) : std::nullopt;
    return listing.root.has_value();
}

}  // namespace

Result<Listing> read_listing(std::string_view manifest) {
    FileCollector collector;
    const auto take = [&collector](int depth, Json::parse_event_t event, const Json& parsed) {
        return collector.take(depth, event, parsed);
    };
    const Json document = Json::parse(manifest, take, false);
    if (!document.is_object()) {
        return malformed("is not whole, or no manifest");
    }
    if (document.value(format::schema, Json{}) != format::schema_number) {
        return malformed("is of another version of followd: install the same one on both sides");
    }
    Listing listing;
    const auto changed = document.find(format::root_changed);
    if (!read_root(document, listing) || changed == document.end() || !changed->is_boolean()) {
        return malformed("does not say which root file the repository has");
    }
    listing.root_changed = changed->get<bool>();
    listing.files = collector.take_files();
    if (collector.has_unsound()) {
        return malformed("names a file that no repository can have: nothing was copied");
    }
    if (document.value(format::files_count, Json{}) != listing.files.size()) {
        return malformed("has not as many files as it says");
    }
    std::ranges::sort(listing.files, {}, &ListedFile::path);
    if (std::ranges::adjacent_find(listing.files, {}, &ListedFile::path) != listing.files.end()) {
        return malformed("names a file twice");
    }
    return listing;
}

}  // namespace followd::repository
