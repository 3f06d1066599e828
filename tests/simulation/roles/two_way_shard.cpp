#include "simulation/roles/two_way_shard.hpp"

#include <algorithm>
#include <ranges>

namespace followd::sim {

namespace {

template <class T>
std::optional<T> found_in(const std::map<std::string, T>& all, const std::string& id) {
    const auto found = all.find(id);
    return found == all.end() ? std::nullopt : std::optional{found->second};
}

template <class T>
void put_back(std::map<std::string, T>& all,
              const std::string& id,
              const std::optional<T>& before) {
    if (before) {
        all.insert_or_assign(id, *before);
    } else {
        all.erase(id);
    }
}

}  // namespace

bool TwoWayShard::is_under_way(const std::string& id) const {
    return std::ranges::find(pending_, id, &Pending::id) != pending_.end();
}

std::int64_t TwoWayShard::version_of(const std::string& id) const {
    const auto held = documents.find(id);
    const auto tomb = tombstones.find(id);
    return held != documents.end()    ? held->second.version
           : tomb != tombstones.end() ? tomb->second.version
                                      : 0;
}

std::int64_t TwoWayShard::version_highest() const {
    std::int64_t highest = 0;
    for (const auto& [id, document] : documents) {
        highest = std::max(highest, document.version);
    }
    return highest;
}

void TwoWayShard::put(
    WriteKind kind, const std::string& id, int value, std::int64_t version, Instant now) {
    ++max_seq_no;
    if (kind == WriteKind::index) {
        documents.insert_or_assign(id, Document{max_seq_no, version, value});
        tombstones.erase(id);
    } else {
        documents.erase(id);
        tombstones.insert_or_assign(id, Tombstone{max_seq_no, version, now});
        ++deletes;
    }
}

std::optional<std::int64_t> TwoWayShard::write(
    WriteKind kind, const std::string& id, int value, Instant now, std::function<void()> counts) {
    if (is_under_way(id)) {
        return std::nullopt;
    }
    Pending pending{
        max_seq_no + 1, id, found_in(documents, id), found_in(tombstones, id), std::move(counts)};
    put(kind, id, value, version_of(id) + version_step, now);
    pending_.push_back(std::move(pending));
    return max_seq_no;
}

bool TwoWayShard::copy(
    WriteKind kind, const std::string& id, int value, std::int64_t version, Instant now) {
    settle();
    if (version <= version_of(id)) {
        return false;
    }
    put(kind, id, value, version, now);
    checkpoint = max_seq_no;
    return true;
}

void TwoWayShard::refresh() {
    searchable.clear();
    for (const auto& [id, document] : documents) {
        searchable.emplace(document.seq, Shown{id, document.version, document.value});
    }
}

void TwoWayShard::replicate_one() {
    if (pending_.empty()) {
        checkpoint = max_seq_no;
        return;
    }
    const Pending first = std::move(pending_.front());
    pending_.erase(pending_.begin());
    checkpoint = pending_.empty() ? max_seq_no : pending_.front().seq - 1;
    first.counts();
}

void TwoWayShard::settle() {
    while (!pending_.empty()) {
        replicate_one();
    }
    checkpoint = max_seq_no;
}

// The new primary has any of them, and fills the gaps up to its highest with nothing.
void TwoWayShard::fail_over(test::Dice& dice) {
    std::vector<Pending> kept;
    std::int64_t top = checkpoint;
    for (Pending& pending : pending_ | std::views::reverse) {
        if (dice.chance(0.5)) {
            top = std::max(top, pending.seq);
            kept.insert(kept.begin(), std::move(pending));
            continue;
        }
        put_back(documents, pending.id, pending.document);
        put_back(tombstones, pending.id, pending.tombstone);
    }
    pending_ = std::move(kept);
    max_seq_no = top;
    ++term;
    ++node;
    deletes = 0;
    settle();
}

void TwoWayShard::forget_tombstones(Instant before) {
    std::erase_if(tombstones, [before](const auto& grave) { return grave.second.since < before; });
}

}  // namespace followd::sim
