#pragma once

#include "followd/base/result.hpp"
#include "followd/model/operation.hpp"
#include "followd/model/shard_view.hpp"

#include <string>

/// What became of a bulk.

namespace followd::es {

/// Reads the answer to `bulk`, item by item; `errors` of the answer is not relied on. An item is
/// applied with a 2xx status, or as a removal of what was not there; 409 is a conflict. `malformed`
/// where the answer does not speak of just these items: then nothing is known of any.
[[nodiscard]] Result<BulkOutcome> decode_bulk(const std::string& body,
                                              const Bulk& bulk,
                                              std::string where);

}  // namespace followd::es
