#pragma once

#include "followd/base/time.hpp"
#include "followd/model/operation.hpp"
#include "followd/model/shard_view.hpp"

#include "support/dice.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A shard of an index that can lead and follow: what clients write gets the next number and the
/// next version of its document, what followd writes brings its version along. A client's operation
/// counts once the replicas have it; until then a failover may take it away, and its number is
/// given again.

namespace followd::sim {

class TwoWayShard {
public:
    struct Document {
        std::int64_t seq = 0;
        std::int64_t version = 0;
        int value = 0;
    };
    struct Tombstone {
        std::int64_t seq = 0;
        std::int64_t version = 0;
        Instant since;
    };
    struct Shown {
        std::string id;
        std::int64_t version = 0;
        int value = 0;
    };
    using View = std::map<std::int64_t, Shown>;  ///< live documents by number

    std::map<std::string, Document> documents;
    std::map<std::string, Tombstone> tombstones;
    View searchable;  ///< as of the last refresh
    std::map<ViewId, View> views;
    int views_opened = 0;
    std::int64_t max_seq_no = -1;
    std::int64_t checkpoint = -1;
    std::int64_t term = 1;
    std::int64_t deletes = 0;
    int node = 1;
    std::int64_t version_step = 1;  ///< of a client's, who may bring versions of his own
    Instant lags_until{};           ///< replicas take nothing before

    /// A client's; nothing where one of the same document is under way. `counts` is called when it
    /// can no longer be lost.
    [[nodiscard]] std::optional<std::int64_t> write(WriteKind kind,
                                                    const std::string& id,
                                                    int value,
                                                    Instant now,
                                                    std::function<void()> counts);
    /// With a version of its own; false for a conflict. It counts at once.
    [[nodiscard]] bool copy(
        WriteKind kind, const std::string& id, int value, std::int64_t version, Instant now);

    void refresh();
    /// The replicas have the oldest of what is under way.
    void replicate_one();
    void settle();
    /// What does not count yet may be gone.
    void fail_over(test::Dice& dice);
    void forget_tombstones(Instant before);

    [[nodiscard]] bool is_under_way(const std::string& id) const;
    [[nodiscard]] std::int64_t version_of(const std::string& id) const;
    [[nodiscard]] std::int64_t version_highest() const;

private:
    /// An operation that does not count yet, and what stood in its place.
    struct Pending {
        std::int64_t seq = 0;
        std::string id;
        std::optional<Document> document;
        std::optional<Tombstone> tombstone;
        std::function<void()> counts;
    };

    void put(WriteKind kind, const std::string& id, int value, std::int64_t version, Instant now);

    std::vector<Pending> pending_;  // ascending
};

}  // namespace followd::sim
