#pragma once

#include "followd/base/time.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/operation.hpp"

#include "http/message.hpp"

#include <string_view>

/// A bulk as the follower's cluster takes it.

namespace followd::es {

/// Whether an alias may serve as a fence: it must hold a capital letter. `require_alias=true` stops
/// a bulk without its alias only if it indexes something. A bulk of external-version deletes alone
/// creates an index of the alias's name and answers "not found", which reads like success (tried:
/// Elasticsearch 7.17 and 9.2, OpenSearch 2.19). An alias may have capital letters, an index never:
/// with one, such a bulk is refused.
[[nodiscard]] bool can_be_fence(const IndexName& alias);

/// The request that writes `bulk` through `fence`. Every item is written with its external version;
/// no ingest pipeline runs. A source takes one line (json_text.hpp) and is not changed otherwise.
[[nodiscard]] http::Request encode_bulk(const IndexName& fence,
                                        const Bulk& bulk,
                                        Duration deadline);

}  // namespace followd::es
