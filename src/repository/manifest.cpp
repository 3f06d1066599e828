#include "repository/manifest.hpp"

#include "followd/base/assert.hpp"

#include "repository/manifest_format.hpp"
#include "repository/root_file.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace followd::repository {

namespace {

namespace format = manifest_format;

// On a network's file system each entry may be a question to its server, and nothing else is served
// meanwhile.
constexpr int entries_per_piece = 256;

/// Nothing for what is no UTF-8, and so cannot be said in JSON.
std::optional<std::string> json_text(const std::string& text) {
    try {
        return nlohmann::json(text).dump();
    } catch (const nlohmann::json::type_error&) {
        return std::nullopt;
    }
}

/// "name":value
std::string member(const char* name, const std::string& value) {
    return std::string{"\""} + name + "\":" + value;
}

}  // namespace

Manifest::Manifest(const RootFolder* folder) : folder_{folder}, walk_{folder} {
    FOLLOWD_ASSERT(folder_ != nullptr);
}

Result<std::string> Manifest::next() {
    FOLLOWD_ASSERT(!is_complete_);
    std::string piece;
    if (!has_begun_) {
        has_begun_ = true;
        root_file_ = find_root_file(*folder_);
        piece = "{" + member(format::schema, std::to_string(format::schema_number)) + "," +
                member(format::root_file,
                       root_file_ ? nlohmann::json(*root_file_).dump() : std::string{"null"}) +
                "," + member(format::files, "[");
    }
    for (int entry = 0; entry < entries_per_piece && !walk_.is_complete(); ++entry) {
        const auto found = walk_.step();
        if (!found) {
            return found.failure();
        }
        if (*found) {
            add(**found, piece);
        }
    }
    if (walk_.is_complete()) {
        is_complete_ = true;
        const bool has_changed = find_root_file(*folder_) != root_file_;
        piece += "\n]," + member(format::files_count, std::to_string(files_)) + "," +
                 member(format::root_changed, has_changed ? "true" : "false") + "}\n";
    }
    return piece;
}

void Manifest::add(const ListedFile& file, std::string& piece) {
    const auto path = json_text(file.path);
    if (!path) {
        return;
    }
    piece += (files_ == 0 ? "\n{" : ",\n{");
    piece += member(format::path, *path) + ",";
    piece += member(format::size, std::to_string(file.state.size)) + ",";
    piece += member(format::modified_ns, std::to_string(file.state.modified_ns)) + "}";
    ++files_;
}

}  // namespace followd::repository
