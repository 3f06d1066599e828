#pragma once

#include "followd/base/result.hpp"
#include "followd/model/shard_view.hpp"

#include <cstddef>
#include <string>

/// Documents out of a search's answer, without touching a byte of them.

namespace followd::es {

/// Reads the answer of a page search that asked for `size` documents of one shard. Ids, routings
/// and sources of the page are slices of `body`, which the page takes over. `unavailable` where the
/// answer is partial, `malformed` where it is cut or wrong, `refused` where documents come without
/// `_source` or without a sequence number: such an index cannot be followed.
[[nodiscard]] Result<Page> decode_page(std::string body, std::size_t size, std::string where);

/// The same of a search on the follower that sorts by `_version`: Operation::seq_no becomes the
/// document's origin. `malformed` where the versions do not ascend.
[[nodiscard]] Result<Page> decode_version_page(std::string body,
                                               std::size_t size,
                                               VersionBase base,
                                               std::string where);

}  // namespace followd::es
