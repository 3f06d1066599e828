#include "simulation/roles/truth.hpp"

#include "followd/base/assert.hpp"

#include <optional>

namespace followd::sim {

namespace {

/// The operation that made a document, by its index's mark: the space and the number there. Nothing
/// where the mark has no row for it.
std::optional<std::pair<IndexUuid, std::int64_t>> told_by_mark(
    const TwoWayIndex& index, std::size_t shard, const TwoWayShard::Document& document) {
    const OriginSegment* segment = nullptr;
    const Origins origins = index.origins();
    for (const OriginSegment& candidate : origins) {
        if (candidate.first(static_cast<int>(shard)).value() <= document.seq) {
            segment = &candidate;
        }
    }
    if (segment == nullptr || segment->is_own()) {
        return std::pair{index.uuid, document.seq};
    }
    if (segment->is_restored) {
        return std::pair{segment->table.front().space, document.seq};
    }
    const OriginRow* row = nullptr;
    for (const OriginRow& candidate : segment->table) {
        if (base_of_generation(candidate.generation).value() < document.version) {
            row = &candidate;
        }
    }
    if (row == nullptr) {
        return std::nullopt;
    }
    const VersionBase base = base_of_generation(row->generation);
    return std::pair{row->space, base.origin_of(Version{document.version}).value()};
}

std::string place_of(const TwoWayIndex& index, const std::string& id) {
    return index.cluster.value() + "/" + index.name.value() + " " + id;
}

}  // namespace

void Truth::took(const TwoWayIndex& index, std::size_t shard, std::int64_t seq, int value) {
    origins_.emplace(value, Origin{index.uuid, shard, seq});
    held_[index.uuid].insert(value);
    if (!index.fences.empty() || index.is(MarkRole::follower)) {
        scene_.violated("a client's write was taken by an index that followd writes to");
    }
    if (index.mark() != nullptr && index.has_settings != index.mark()->holds_settings) {
        scene_.violated("a client's write was taken before what was held back was there");
    }
}

void Truth::acknowledged(WriteKind kind, int value, int before) {
    acknowledged_.insert(value);
    if (kind == WriteKind::index) {
        documents_.insert(value);
    }
    replaced_.insert(before);
}

void Truth::judge_end(const TwoWayIndex& leader) {
    std::set<int> present;
    for (const TwoWayShard& shard : leader.shards) {
        for (const auto& [id, document] : shard.documents) {
            present.insert(document.value);
        }
    }
    for (const int value : documents_) {
        if (!present.contains(value) && !saved_.contains(value) && !replaced_.contains(value)) {
            scene_.violated("an acknowledged write is nowhere: " + std::to_string(value));
        }
    }
}

void Truth::restored(const TwoWayIndex& index, const TwoWayIndex& leader) {
    for (const TwoWayShard& shard : index.shards) {
        for (const auto& [id, document] : shard.documents) {
            if (!was_held(leader.uuid, document.value) || !acknowledged_.contains(document.value)) {
                scene_.violated("restored: the leader has not, or may still lose, " +
                                place_of(index, id));
            }
            held_[index.uuid].insert(document.value);
        }
    }
}

bool Truth::was_held(const IndexUuid& index, int value) const {
    const auto held = held_.find(index);
    return held != held_.end() && held->second.contains(value);
}

void Truth::judge_write(const TwoWayIndex& index,
                        const TwoWayIndex& leader,
                        std::size_t shard,
                        const std::string& id,
                        WriteKind kind,
                        int value) {
    if (!index.is(MarkRole::follower)) {
        return scene_.violated("a write of followd landed on the promoted index: " +
                               place_of(index, id));
    }
    const TwoWayShard& theirs = leader.shards.at(shard);
    const auto live = theirs.documents.find(id);
    if (kind == WriteKind::index) {
        if (!was_held(leader.uuid, value) || !acknowledged_.contains(value)) {
            return scene_.violated(
                "invented: the leader has not, or may still lose, what was "
                "written to " +
                place_of(index, id));
        }
    }
    const auto here = index.shards.at(shard).documents.find(id);
    if (here == index.shards.at(shard).documents.end() ||
        (kind == WriteKind::index && here->second.value == value)) {
        return;
    }
    const int present = here->second.value;
    const bool leader_has_it = live != theirs.documents.end() && live->second.value == present;
    if (leader_has_it) {
        return scene_.violated("lost: the leader has what was taken away from " +
                               place_of(index, id));
    }
    if (!was_held(leader.uuid, present) && !saved_.contains(present)) {
        scene_.violated("lost: what a client wrote was taken away, and is in no file: " +
                        place_of(index, id) + " with " + std::to_string(present));
    }
}

void Truth::copied(const TwoWayIndex& index, std::size_t shard, const std::string& id) {
    const auto& documents = index.shards.at(shard).documents;
    if (const auto held = documents.find(id); held != documents.end()) {
        held_[index.uuid].insert(held->second.value);
        judge_document(index, shard, id);
    }
}

void Truth::judge_document(const TwoWayIndex& index, std::size_t shard, const std::string& id) {
    const TwoWayShard::Document& document = index.shards.at(shard).documents.at(id);
    const Origin& origin = origins_.at(document.value);
    const auto told = told_by_mark(index, shard, document);
    if (origin.shard != shard || told != std::pair{origin.index, origin.seq}) {
        scene_.violated("a false origin: the mark says of " + place_of(index, id) + " that it is " +
                        (told ? told->first.value() + " " + std::to_string(told->second)
                              : std::string{"of a past"}) +
                        ", and it is " + origin.index.value() + " " + std::to_string(origin.seq));
    }
}

void Truth::judge_mark(const TwoWayIndex& index) {
    for (std::size_t shard = 0; shard < index.shards.size(); ++shard) {
        for (const auto& [id, document] : index.shards[shard].documents) {
            judge_document(index, shard, id);
        }
    }
}

}  // namespace followd::sim
