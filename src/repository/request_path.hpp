#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What a request's target asks for. Pure.

namespace followd::repository {

struct Asked {
    bool manifest = false;
    std::string path{};  ///< of a file below the root: "indices/a/0/b"; empty with `manifest`
};

/// Nothing where the answer is 404: another token, or what can be no file's path here. `token`
/// stands in front of every path, unless it is empty. Each part of the path can_be_name() once it
/// is decoded.
[[nodiscard]] std::optional<Asked> read_target(std::string_view target, std::string_view token);

/// The other way round, without a token: what to ask for a file, and for the manifest.
[[nodiscard]] std::string target_of(std::string_view path);
inline constexpr const char* manifest_target = "/?manifest";

/// Whether a token can stand in a URL as it is: letters, digits, "-", ".", "_" and "~", and not
/// dots alone, which clients take out of a path.
[[nodiscard]] bool can_be_token(std::string_view token);

/// Whether a file or folder of that name can be asked for: not empty, "." or "..", and without a
/// slash, a backslash or a control character.
[[nodiscard]] bool can_be_name(std::string_view name);

}  // namespace followd::repository
