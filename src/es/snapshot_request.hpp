#pragma once

#include "followd/model/ids.hpp"

#include "http/message.hpp"

#include <string>
#include <vector>

/// Requests about snapshots that more than one adapter sends. Pure.

namespace followd::es {

/// "/_snapshot/{repository}", by the name that the cluster knows it under.
[[nodiscard]] std::string repository_path(const std::string& repository);
[[nodiscard]] std::string snapshot_path(const std::string& repository, const std::string& snapshot);

/// Begins a snapshot of all of these indices or none, and does not wait for it.
[[nodiscard]] http::Request begin_snapshot_request(const std::string& repository,
                                                   const std::string& snapshot,
                                                   const std::vector<IndexName>& indices);

/// Begins a restore and does not wait for it.
[[nodiscard]] http::Request begin_restore_request(const std::string& repository,
                                                  const std::string& snapshot,
                                                  std::string body);

}  // namespace followd::es
