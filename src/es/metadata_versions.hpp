#pragma once

#include "followd/base/result.hpp"

#include "engine/metadata.hpp"
#include "es/json.hpp"
#include "http/message.hpp"

#include <string>
#include <vector>

/// How often mapping, settings and aliases of indices were changed: `*_version` in the cluster's
/// state. Elasticsearch counts all three since 7.0, OpenSearch always.

namespace followd::es {

/// Of one index's entry in `_cluster/state`.
[[nodiscard]] engine::MetadataVersions versions_of(const Json& entry);

/// The name of the cluster's present state: another with every change of anything. It costs the
/// cluster the same, however many indices it has.
[[nodiscard]] http::Request state_name_request();

/// The name in the answer; empty where there is none.
[[nodiscard]] std::string read_state_name(const Json& answer);

/// The versions of the indices of one list, which is encoded already.
[[nodiscard]] http::Request versions_request(const std::string& index_list);

[[nodiscard]] std::vector<engine::IndexVersions> read_versions_of(const Json& answer);

}  // namespace followd::es
