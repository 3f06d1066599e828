#pragma once

#include "followd/model/settings.hpp"

#include "engine/holds.hpp"
#include "engine/index_ports.hpp"
#include "engine/lost_writes.hpp"
#include "engine/role_ports.hpp"
#include "engine/task.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What an index took that its new leader never had: found by listing its own sequence numbers
/// above what the leader certainly copied, and saved before following takes it away.

namespace followd::engine {

/// What an incremental way is not possible without, at the end of a refusal.
inline constexpr const char* copy_anew =
    ": follow it anew under another name (a rule with follow_index_pattern) and move the alias "
    "when it is level";

/// An index and its leader to be. As many shards on both sides.
struct TurnedPair {
    IndexPlace index;
    IndexPlace leader;
    LeaderIndex leader_index;
    RoleIndex leader_role;
    FollowerIndex follower;     ///< the index as it will follow
    std::vector<SeqNo> points;  ///< of the index: max_seq_no by shard, while it takes no writes
};

struct LostWrites {
    std::int64_t documents = 0;
    std::optional<std::string> file;
};

class LostWriteSearch {
public:
    /// All referred to outlives it.
    LostWriteSearch(ShardFactory& shards,
                    RoleCluster& leader_roles,
                    TurnedPair pair,
                    LimitSettings limits);

    /// Once. Without a file they are only counted. `refused` where the leader has documents of
    /// which nothing tells what made them: those would never be copied.
    [[nodiscard]] Task<Result<LostWrites>> run(std::unique_ptr<LostWritesFile> file);

private:
    /// Documents of a shard that its new leader does not have.
    struct SurplusOfShard {
        FollowerShard* follower;  // outlives it
        VersionBase base;
        std::int64_t zero;
        int shard;
        std::vector<FollowerDocument> documents;
    };

    [[nodiscard]] Task<Result<void>> check_places(int shard);
    [[nodiscard]] Task<Result<void>> save_of_shard(int shard);
    [[nodiscard]] Task<Result<void>> save_surplus(SurplusOfShard surplus);
    [[nodiscard]] std::string where() const {
        return "cluster " + pair_.index.cluster.value() + ", index " + pair_.index.index.value();
    }

    ShardFactory& shards_;
    RoleCluster& leader_roles_;
    TurnedPair pair_;
    LimitSettings limits_;
    std::unique_ptr<LostWritesFile> file_;
    LostWrites found_;
};

}  // namespace followd::engine
