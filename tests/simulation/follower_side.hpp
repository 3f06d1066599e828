#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/operation.hpp"
#include "followd/model/shard_view.hpp"

#include "engine/index_ports.hpp"
#include "simulation/leader_side.hpp"
#include "simulation/scene.hpp"
#include "support/follower_copy.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// The follower's cluster: follower indices, their marks and fences, what clients write where they
/// must not, and where they may. Judges every write of followd as it lands.

namespace followd::sim {

/// An item of a bulk that owns what it is made of: requests may land after their sender is gone.
struct SentItem {
    WriteKind kind = WriteKind::index;
    std::int64_t version = 0;
    std::int64_t seq = 0;
    std::string id;
    std::string source;
};

struct FollowerShardState {
    test::FollowerCopy copy;
    test::FollowerCopy snapshot;
    std::map<std::string, Instant> buried;  ///< when a tombstone was made
    std::int64_t term = 1;
    bool has_foreign_writes = false;  ///< then marks may claim what no longer holds
};

struct FollowerIndexState {
    engine::FollowerIndex info;
    IndexUuid leader;
    bool has_fence = true;
    bool is_promoted = false;
    std::vector<FollowerShardState> shards;
};

class FollowerSide {
public:
    FollowerSide(Scene& scene, LeaderSide& leader) : scene_(scene), leader_(leader) {}

    [[nodiscard]] FollowerIndexState* find(const IndexName& name);
    [[nodiscard]] std::map<IndexName, FollowerIndexState>& indices() { return indices_; }

    // What followd asks for.
    [[nodiscard]] Result<engine::FollowerIndex> prepare(const engine::FollowerRequest& request);
    [[nodiscard]] Result<std::int64_t> claim_generation(const IndexName& name,
                                                        const std::vector<HistoryUuid>& histories);
    [[nodiscard]] Result<void> sync_mapping(const IndexName& name, std::int64_t version);
    [[nodiscard]] Result<void> finish_loading(const IndexName& name);
    [[nodiscard]] Result<FollowerIdentity> identity(const IndexName& name, int shard);
    [[nodiscard]] static HistoryUuid history(const FollowerIndexState& index, int shard);
    /// Through the fence alias.
    [[nodiscard]] Result<BulkOutcome> apply(const IndexName& name,
                                            int shard,
                                            const std::vector<SentItem>& items);

    // What others do.
    void remove(const IndexName& name);
    void write_foreign(FollowerShardState& shard);
    void restore(FollowerShardState& shard);
    void forget_tombstones();
    /// As an operator does: first the mark, then the fence, then clients may write.
    void promote(FollowerIndexState& index, bool keeps_fence);

private:
    void create(const engine::FollowerRequest& request);
    void judge(const FollowerIndexState& index,
               int shard,
               const SentItem& item,
               const test::FollowerCopy& before);

    Scene& scene_;
    LeaderSide& leader_;
    std::map<IndexName, FollowerIndexState> indices_;
    int made_ = 0;
    int written_foreign_ = 0;
};

}  // namespace followd::sim
