#pragma once

#include "followd/base/result.hpp"
#include "followd/model/checkpoint.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/promotion.hpp"
#include "followd/model/recovery_point.hpp"
#include "followd/model/seq_no.hpp"
#include "followd/model/shard_view.hpp"

#include "engine/metadata.hpp"
#include "engine/ports.hpp"
#include "engine/task.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What the engine asks of whole indices: what there is on the leader, and making and keeping its
/// follower. Same thread rule and errors as ports.hpp. JSON stays inside the adapters: here it is
/// text that nobody looks into.

namespace followd::engine {

enum class IndexState { open, closed };

/// What an index that was made by followd follows, by its mark.
struct Following {
    ClusterName cluster;
    IndexName index;
    IndexUuid uuid;

    friend bool operator==(const Following&, const Following&) = default;
};

/// One concrete index of the leader as a listing shows it.
struct LeaderIndex {
    IndexName name;
    IndexUuid uuid;
    IndexState state = IndexState::open;
    int shards = 0;
    std::int64_t max_result_window = 10000;  ///< no search of it may ask for more hits
    std::int64_t mapping_version = 0;
    std::optional<std::int64_t> settings_version;  ///< nothing where its cluster does not count
    std::optional<std::int64_t> aliases_version;
    std::vector<std::string> aliases;
    /// Set where the index is itself a follower.
    std::optional<Following> follows;
    /// It was a follower once, and is an index of its own now.
    bool is_promoted = false;
    /// The server's own index (security, Kibana): never followed.
    bool is_system = false;
};

/// Everything of a leader index that its follower is made from.
struct IndexDefinition {
    LeaderIndex index;
    /// Flat JSON object, as the leader answers, and `index.number_of_routing_shards`, which answers
    /// leave out.
    std::string settings;
    std::string mappings;  ///< JSON object, as the leader answers
    std::string aliases;   ///< JSON object, as the leader answers: name -> filter, routing, flags
    bool has_nested = false;  ///< a nested field: Lucene counts its children as documents too
    Origins origins;          ///< none where it was never marked
};

/// Whether an index can be followed, and what a person should know if it can.
struct FollowVerdict {
    std::optional<Failure> refusal;
    std::vector<std::string> warnings;
};

/// All shards' counters of one index, by shard number; absent where no primary is started.
struct IndexSample {
    IndexName name;
    IndexUuid uuid;
    std::vector<std::optional<ShardSample>> shards;
};

class LeaderCluster {
public:
    virtual ~LeaderCluster() = default;
    /// The open indices that the patterns (or names, or aliases; no exclusions) mean, in one
    /// request as long as the patterns fit into one. A pattern that matches nothing adds nothing.
    [[nodiscard]] virtual Task<Result<std::vector<IndexSample>>> sample(
        std::vector<std::string> patterns) = 0;
    /// Open and closed indices that the patterns mean, each once, by name; none that is being made
    /// from a snapshot and is nobody's follower yet, and no generation of scheduled recovery.
    [[nodiscard]] virtual Task<Result<std::vector<LeaderIndex>>> list_indices(
        std::vector<std::string> patterns) = 0;
    [[nodiscard]] virtual Task<Result<IndexDefinition>> read_definition(IndexName index) = 0;
    /// What changed since an earlier answer with this `known_state`; empty: nothing is known.
    [[nodiscard]] virtual Task<Result<VersionListing>> read_versions(
        std::vector<std::string> patterns, std::string known_state) = 0;
    /// Pure judgement, no request: `_source`, sequence numbers, index mode, nested, and so on.
    [[nodiscard]] virtual FollowVerdict judge(const IndexDefinition& definition) const = 0;
};

/// How a follower index is to be made.
struct FollowerRequest {
    FollowRule rule;
    IndexName follower_index;
    IndexDefinition leader;
    /// Of a generation that is restored by schedule: its mark says it.
    std::optional<RecoveryPoint> recovery{};
};

/// What a follower index is to be made like, apart from its mapping.
struct MetadataRequest {
    FollowRule rule;
    IndexName follower_index;
    IndexDefinition leader;
    /// Its first copy is complete: before, no alias of the leader's may show it.
    bool is_copied = false;
};

/// A follower index that is ours: created now, or adopted.
struct FollowerIndex {
    IndexName name;
    IndexUuid uuid;
    std::string fence_alias;  ///< every write goes through it (decisions.md, "Fence")
    std::int64_t max_result_window = 10000;
    /// Which of the leader's histories our versions count in: raised by claim_generation.
    std::int64_t generation = 0;
    std::vector<HistoryUuid> histories;  ///< the leader's, by shard, of that generation
    Origins origins;                     ///< none: all of it is a copy of this leader
    bool created = false;
    /// It is a follower no more: nothing may be written to it.
    std::optional<Promotion> promotion;
    /// It does not refresh by itself, so that a bootstrap costs less: finish_loading() ends that.
    bool is_loading = false;
    std::vector<std::string> warnings;  ///< for example what an index template added
};

class FollowerCluster {
public:
    virtual ~FollowerCluster() = default;
    /// Creates the follower index, marked from its first moment, or adopts the one that is there
    /// and ours. `conflict`: an index (or alias) of that name is not ours, or follows another
    /// leader index; it was not touched. One that was promoted is told as that, untouched.
    /// `refused`: mapping or settings that this cluster does not
    /// take.
    [[nodiscard]] virtual Task<Result<FollowerIndex>> prepare(FollowerRequest request) = 0;
    /// Puts the leader's mapping on the follower, keeping our own mark in `_meta`.
    [[nodiscard]] virtual Task<Result<void>> sync_mapping(IndexName follower,
                                                          IndexDefinition leader) = 0;
    /// Settings and aliases as the leader has them and the rule says, and what is held back until
    /// promotion remembered anew. One that the cluster refuses does not keep the others off.
    [[nodiscard]] virtual Task<Result<MetadataOutcome>> sync_metadata(MetadataRequest request) = 0;
    /// The index refreshes by itself from now on, as its cluster's indices do by default.
    [[nodiscard]] virtual Task<Result<void>> finish_loading(IndexName follower) = 0;
    /// Agrees, by compare-and-set on the follower's cluster, on the generation of these histories:
    /// the present one where they are the recorded ones, else a new one. Whoever asks gets the
    /// same.
    [[nodiscard]] virtual Task<Result<std::int64_t>> claim_generation(
        FollowerIndex follower, std::vector<HistoryUuid> histories) = 0;
    /// Begins the next generation of the same histories, above every version that the index holds:
    /// for a repair, while nobody follows. `through`: the leader's max_seq_no by shard. The
    /// follower as it is marked then. `refused` where versions have no more room.
    [[nodiscard]] virtual Task<Result<FollowerIndex>> raise_generation(
        FollowerIndex follower, std::vector<SeqNo> through) = 0;
};

/// Makes the ports of single shards. The strips are those of a pair's line (origins.hpp).
class ShardFactory {
public:
    virtual ~ShardFactory() = default;
    [[nodiscard]] virtual std::unique_ptr<LeaderShard> leader_shard(const ClusterName& cluster,
                                                                    const LeaderIndex& index,
                                                                    int shard,
                                                                    OriginStrips strips) = 0;
    [[nodiscard]] virtual std::unique_ptr<FollowerShard> follower_shard(const ClusterName& cluster,
                                                                        const FollowerIndex& index,
                                                                        int shard,
                                                                        OriginStrips strips) = 0;
};

}  // namespace followd::engine
