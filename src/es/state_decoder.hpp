#pragma once

#include "followd/base/result.hpp"
#include "followd/model/shard_view.hpp"

#include "engine/index_ports.hpp"

#include <string>
#include <vector>

/// Answers about indices and shards rather than documents.

namespace followd::es {

/// From `_cluster/state/metadata/{index}`. `not_found` where the index is not in it, `unavailable`
/// where it is closed.
[[nodiscard]] Result<LeaderIdentity> decode_identity(const std::string& body,
                                                     const IndexName& index,
                                                     int shard,
                                                     std::string where);

/// Every index of a `_stats?level=shards` answer, by shard number up to the highest that has a
/// primary in service: a shard beyond the end of the list has none, too.
[[nodiscard]] Result<std::vector<engine::IndexSample>> decode_samples(const std::string& body,
                                                                      std::string where);

/// The one shard of such an answer; `unavailable` where it has no primary in service.
[[nodiscard]] Result<ShardSample> decode_sample(const std::string& body,
                                                const IndexName& index,
                                                int shard,
                                                std::string where);

/// How many copies of shards a broadcast (refresh, stats) reached. `failed` counts only copies that
/// tried: one whose node went away is missing from both, so compare `successful` too.
struct ReachedCopies {
    int total = 0;
    int successful = 0;
    int failed = 0;
};
[[nodiscard]] Result<ReachedCopies> decode_reached_copies(const std::string& body,
                                                          std::string_view attempt,
                                                          std::string where);

/// The id of a point in time, which is called `id` or `pit_id`. `unavailable` where the answer says
/// that not exactly one shard is in it.
[[nodiscard]] Result<ViewId> decode_view(const std::string& body, std::string where);

}  // namespace followd::es
