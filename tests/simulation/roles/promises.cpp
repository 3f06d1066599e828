#include "simulation/roles/promises.hpp"

namespace followd::sim {

Promises::Before Promises::look() {
    Before before;
    int followers = 0;
    bool is_begun = false;
    for (const TwoWayIndex* const index : sides_.all()) {
        is_begun = is_begun || (index->entry && index->entry->change);
        if (index->is(MarkRole::follower)) {
            ++followers;
            before.follower = index->cluster;
            const TwoWayIndex& leader = *sides_.other_than(*index);
            for (const TwoWayShard& shard : leader.shards) {
                before.tops.push_back(shard.max_seq_no);
                for (const auto& [id, document] : shard.documents) {
                    before.led.emplace(id, shard.is_under_way(id) ? 0 : document.value);
                }
            }
        }
    }
    before.is_plain = followers == 1 && !is_begun;
    before.last_value = sides_.truth().last_value();
    return before;
}

TwoWayIndex* Promises::promoted_by(const std::string& at) {
    for (TwoWayIndex* const index : sides_.all()) {
        if (index->is(MarkRole::promoted) && index->mark()->promotion->at == at) {
            return index;
        }
    }
    return nullptr;
}

void Promises::judge_drain(const Before& before, const std::string& at) {
    TwoWayIndex* const promoted = promoted_by(at);
    if (promoted == nullptr || promoted->cluster != before.follower) {
        return;
    }
    const TwoWayIndex& leader = *sides_.other_than(*promoted);
    for (const auto& [id, value] : before.led) {
        const auto now = leader.document(id);
        const bool is_still = now && now->value == value;
        if (is_still && !sides_.truth().was_held(promoted->uuid, value)) {
            return scene_.violated("drained, and " + id + " of before the command is missing");
        }
    }
    for (std::size_t shard = 0; shard < promoted->shards.size(); ++shard) {
        const auto& graves = leader.shards[shard].tombstones;
        for (const auto& [id, document] : promoted->shards[shard].documents) {
            const auto led = before.led.find(id);
            const bool is_older = document.value <= before.last_value &&
                                  !sides_.truth().is_own(promoted->uuid, document.value);
            const bool is_gone =
                led == before.led.end() || (led->second != 0 && led->second != document.value);
            // What the leader took again since then is brought by a cycle of its own.
            const auto grave = graves.find(id);
            const bool is_touched = leader.document(id) || (grave != graves.end() &&
                                                            grave->second.seq > before.tops[shard]);
            if (is_older && is_gone && !is_touched) {
                return scene_.violated("drained, and " + id +
                                       ", taken away before the command, is there");
            }
        }
    }
}

void Promises::judge_switch(const LostWrites& files, const std::string& at) {
    TwoWayIndex* const promoted = promoted_by(at);
    if (promoted == nullptr) {
        return;
    }
    for (const KeptFile& file : files.kept()) {
        for (const int value : file.values) {
            if (file.at == at && !sides_.truth().was_held(promoted->uuid, value)) {
                return scene_.violated("a switch lost " + std::to_string(value));
            }
        }
    }
}

}  // namespace followd::sim
