#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "es/admin_exchange.hpp"
#include "es/plain_restore_plan.hpp"
#include "es/restore_watch.hpp"
#include "http/client.hpp"

#include <string>
#include <vector>

/// Restores indices of a snapshot as indices of their own, for a person who asks for it, over REST.

namespace followd::es {

/// What a restore of ours made. A name alone could be another index by now.
struct CreatedIndex {
    IndexName name;
    IndexUuid uuid;
    bool was_marked = false;  ///< it came with followd's mark, which was taken away

    friend bool operator==(const CreatedIndex&, const CreatedIndex&) = default;
};

struct PlainRestoreRequest {
    std::string snapshot;
    std::vector<RestoredName> names;  ///< at least one; nothing stands under them
    std::string rename;               ///< that they were made by
    std::string tag;                  ///< by chance: no other restore has it
};

/// The cluster that restores: the leader's own, or another one. The client must outlive it.
///
/// A copy may bring the mark of a follower, or of a leader, from its cluster; nobody would have to
/// ask for its being followed or promoted here. So the mark is taken away as soon as the index is
/// there, long before its documents are.
class PlainRestore {
public:
    PlainRestore(http::Client& client, ClusterName cluster, engine::RuleRepository repository);

    /// `conflict` where an index, an alias or a data stream has one of the names: it names them.
    [[nodiscard]] Task<Result<void>> check_free(std::vector<RestoredName> names);
    /// Returns when the indices are there, and none of their documents need be. Where it fails,
    /// nothing that it made stays, or it says what may.
    [[nodiscard]] Task<Result<std::vector<CreatedIndex>>> begin(PlainRestoreRequest request);
    /// `not_found` where one of them is gone.
    [[nodiscard]] Task<Result<WatchedRestore>> read(std::vector<CreatedIndex> created);
    /// Deletes those that are still the same. One that is gone is deleted.
    [[nodiscard]] Task<Result<void>> discard(std::vector<CreatedIndex> created);

private:
    /// What stands under one of the names.
    struct Present {
        CreatedIndex index;
        std::string tag;
        Json meta;  ///< of its mapping; null: none
    };

    /// `index` with flat settings.
    [[nodiscard]] static Present read_present(const std::string& name, const Json& index);
    [[nodiscard]] Task<Result<std::string>> taken_by(IndexName name);
    /// Those that are there, by name.
    [[nodiscard]] Task<Result<std::vector<Present>>> look(std::vector<std::string> names);
    /// Makes them plain indices.
    [[nodiscard]] Task<Result<void>> take_over(std::vector<Present> made);
    [[nodiscard]] Task<Result<void>> remove_mark(Present index);
    /// Where it went wrong, and without the repository's token.
    [[nodiscard]] Failure told(Failure failure) const;

    engine::RuleRepository repository_;
    std::string name_;  // of the repository there
    AdminExchange exchange_;
    RestoreWatch watch_;
};

}  // namespace followd::es
