#pragma once

#include "followd/model/ids.hpp"

#include "simulation/roles/two_way_index.hpp"
#include "simulation/scene.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

/// What nobody in the world knows but the judge: which operation made each value, which index ever
/// held it, and which values are safe in a file. Every value is written by a client once.

namespace followd::sim {

class Truth {
public:
    explicit Truth(Scene& scene) : scene_(scene) {}

    /// What the next client's document is to hold.
    [[nodiscard]] int next_value() { return ++values_; }
    [[nodiscard]] int last_value() const { return values_; }
    /// A client's document was taken as this operation.
    void took(const TwoWayIndex& index, std::size_t shard, std::int64_t seq, int value);
    /// A client was told that its write is safe: it replaced `before`, 0 for nothing.
    void acknowledged(WriteKind kind, int value, int before);
    /// What came with a snapshot of `leader` is to be a follower's from now on.
    void restored(const TwoWayIndex& index, const TwoWayIndex& leader);
    /// A file with the value survives whatever happens.
    void saved(int value) { saved_.insert(value); }

    [[nodiscard]] bool was_held(const IndexUuid& index, int value) const;
    /// Whether a client of that index wrote it.
    [[nodiscard]] bool is_own(const IndexUuid& index, int value) const {
        return origins_.at(value).index == index;
    }
    /// The same, and it never left: what an index has back is a copy.
    [[nodiscard]] bool never_left(const IndexUuid& index,
                                  const TwoWayShard::Document& document) const {
        return is_own(index, document.value) && origins_.at(document.value).seq == document.seq;
    }

    /// Before followd changes a document of `index`, which follows `leader`.
    void judge_write(const TwoWayIndex& index,
                     const TwoWayIndex& leader,
                     std::size_t shard,
                     const std::string& id,
                     WriteKind kind,
                     int value);
    /// After it did.
    void copied(const TwoWayIndex& index, std::size_t shard, const std::string& id);
    /// Whether the index's mark tells of each document what made it.
    void judge_mark(const TwoWayIndex& index);

    /// In the end: every document that a client was told is safe is here, in a file, or was
    /// replaced by a client.
    void judge_end(const TwoWayIndex& leader);

private:
    struct Origin {
        IndexUuid index;
        std::size_t shard = 0;
        std::int64_t seq = 0;

        friend bool operator==(const Origin&, const Origin&) = default;
    };

    void judge_document(const TwoWayIndex& index, std::size_t shard, const std::string& id);

    Scene& scene_;
    int values_ = 0;
    std::map<int, Origin> origins_;
    std::map<IndexUuid, std::set<int>> held_;
    std::set<int> acknowledged_;  // documents; and deletions, by values of their own
    std::set<int> documents_;     // those that are documents
    std::set<int> replaced_;      // by a client
    std::set<int> saved_;
};

}  // namespace followd::sim
