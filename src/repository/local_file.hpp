#pragma once

#include "followd/base/descriptor.hpp"
#include "followd/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Writing to a folder so that a power cut leaves the old or the new. All of it blocks.

namespace followd::repository {

/// The Failure of a system call on `path`, by errno: `unauthorised` where a privilege is missing,
/// else `storage`, with what to do where that is known.
[[nodiscard]] Failure local_failure(const std::string& path, const std::string& what, int error);

/// The name is another one's or the whole new content's, in each moment.
[[nodiscard]] Result<void> replace_file(const Descriptor& folder,
                                        const std::string& name,
                                        std::string_view content);
/// Nothing where there is none, or a link.
[[nodiscard]] std::optional<std::string> read_small_file(const Descriptor& folder,
                                                         const std::string& name);

[[nodiscard]] Result<void> write_all(const Descriptor& file, std::string_view bytes);

}  // namespace followd::repository
