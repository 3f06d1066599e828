#pragma once

#include "repository/root_folder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace followd::repository {

/// The file that names the root file.
inline constexpr const char* pointer_name = "index.latest";

/// What stands in it for a generation, and the other way round; nothing where it is something else.
[[nodiscard]] std::string write_pointer(std::uint64_t generation);
[[nodiscard]] std::optional<std::uint64_t> read_pointer(std::string_view content);

/// 7 for "index-7"; nothing where no root file has that name. The highest one in a folder is the
/// root for a cluster that may list it.
[[nodiscard]] std::optional<std::uint64_t> root_generation(std::string_view name);
[[nodiscard]] std::string root_file_name(std::uint64_t generation);

/// The file from which everything else in a snapshot repository is reached: "index-7", as
/// `index.latest` names it. Nothing where that names none, or one that is not there: an empty
/// repository, or a folder that is none. It appears under this name whole, by a rename.
[[nodiscard]] std::optional<std::string> find_root_file(const RootFolder& folder);

}  // namespace followd::repository
