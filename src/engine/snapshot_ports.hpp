#pragma once

#include "followd/base/result.hpp"
#include "followd/core/origin_line.hpp"
#include "followd/model/checkpoint.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/repository_settings.hpp"
#include "followd/model/seq_no.hpp"

#include "engine/bootstrap_status.hpp"
#include "engine/index_ports.hpp"
#include "engine/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a bootstrap from a snapshot asks of both clusters (design.md sections 6 and 7). Same thread
/// rule and errors as ports.hpp; what a server refuses for good is `refused`.

namespace followd::engine {

/// Of the oldest node, as far as it decides whose snapshots it can restore.
struct Release {
    bool is_opensearch = false;
    int major = 0;
    int minor = 0;
    bool excludes_vectors = false;  ///< leaves vectors out of `_source` by default
    std::string text;               ///< "Elasticsearch 9.2.0"
};

enum class SnapshotState { in_progress, success, partial, failed };

struct SnapshotProgress {
    SnapshotState state = SnapshotState::in_progress;
    TransferProgress transfer;
    std::string reason;  ///< of a partial or failed one
};

/// A repository as a rule uses it: the folder of one leader in it.
struct RuleRepository {
    RepositorySettings settings;
    std::string token;  ///< of a `url` one, to stand behind the url; secret
    ClusterName leader;
};

/// The leader's cluster, as the one that writes snapshots.
class SnapshotSource {
public:
    virtual ~SnapshotSource() = default;
    [[nodiscard]] virtual Task<Result<Release>> read_release() = 0;
    /// Registers the repository, where it is ours to register, and has every node write to it.
    [[nodiscard]] virtual Task<Result<void>> prepare_to_write(RuleRepository repository) = 0;
    /// Returns at once. A snapshot of that name is success: our answer was lost.
    [[nodiscard]] virtual Task<Result<void>> begin_snapshot(RuleRepository repository,
                                                            std::string snapshot,
                                                            std::vector<IndexName> indices) = 0;
    [[nodiscard]] virtual Task<Result<SnapshotProgress>> read_snapshot(RuleRepository repository,
                                                                       std::string snapshot) = 0;
    /// Names that begin with `prefix`.
    [[nodiscard]] virtual Task<Result<std::vector<std::string>>> list_snapshots(
        RuleRepository repository, std::string prefix) = 0;
    /// One that is gone is deleted.
    [[nodiscard]] virtual Task<Result<void>> delete_snapshot(RuleRepository repository,
                                                             std::string snapshot) = 0;
};

/// What stands under a follower's name.
struct Standing {
    bool exists = false;
    /// The snapshot that it is being made from; empty: it is not, or no more.
    std::string snapshot;
    bool is_marked = false;
};

struct RestoreRequest {
    RuleRepository repository;
    std::string snapshot;
    FollowerRequest follower;
};

struct RestoreProgress {
    bool is_done = false;  ///< every primary is started
    TransferProgress transfer;
    std::string obstacle;  ///< why a primary cannot be restored, by its cluster; empty: none known
};

struct RestoredIndex {
    std::vector<SeqNo> points;             ///< max_seq_no by shard
    std::vector<FollowerIdentity> shards;  ///< of the restored index
    /// Of live documents, over all shards; nothing where the cluster cannot tell (OpenSearch).
    std::optional<std::int64_t> version_highest = 0;
};

/// The follower's cluster, as the one that reads them.
///
/// Invariant: an index that is being made from a snapshot says so from its first moment, by a
/// setting, and takes no write until FollowerCluster::prepare() has adopted it, which takes that
/// setting away. Only such an index, while it has no mark, is ever deleted. A generation
/// (FollowerRequest::recovery) is never adopted: mark_restored() takes the setting away, and it
/// takes no write until it is promoted.
class SnapshotTarget {
public:
    virtual ~SnapshotTarget() = default;
    [[nodiscard]] virtual Task<Result<Release>> read_release() = 0;
    /// Pure judgement, no request: why this cluster cannot restore the leader's snapshots of that
    /// index; empty where it can.
    [[nodiscard]] virtual std::string why_not_restorable(const Release& leader,
                                                         const Release& follower,
                                                         const IndexDefinition& index) const = 0;
    /// Registers the repository read-only, where it is ours to register; `conflict` where the
    /// cluster could write to it.
    [[nodiscard]] virtual Task<Result<void>> prepare_to_read(RuleRepository repository) = 0;
    [[nodiscard]] virtual Task<Result<Standing>> look(IndexName follower) = 0;
    /// Returns at once. `conflict` where something stands under the follower's name, also closed.
    [[nodiscard]] virtual Task<Result<void>> begin_restore(RestoreRequest request) = 0;
    [[nodiscard]] virtual Task<Result<RestoreProgress>> read_restore(IndexName follower) = 0;
    [[nodiscard]] virtual Task<Result<RestoredIndex>> read_restored(IndexName follower) = 0;
    /// Makes it a follower that knows where its documents come from. `histories`: the leader's.
    /// May be called again after a Failure.
    [[nodiscard]] virtual Task<Result<void>> mark_restored(FollowerRequest request,
                                                           core::Turn begun,
                                                           std::vector<HistoryUuid> histories) = 0;
    /// Deletes an index that is being made from `snapshot` and was not marked; any other is left.
    [[nodiscard]] virtual Task<Result<void>> discard(IndexName follower, std::string snapshot) = 0;
};

}  // namespace followd::engine
