#pragma once

#include "followd/core/action.hpp"
#include "followd/core/event.hpp"
#include "followd/model/checkpoint.hpp"

#include "support/planner_script.hpp"
#include "support/shard_sides.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Performs a planner's actions on the two sides of a shard, and judges what it claims of them.

namespace followd::test {

class ShardWorld {
public:
    ShardWorld(Dice& dice, std::size_t replicas) : leader(dice, replicas), dice_(dice) {}

    LeaderGroup leader;
    FollowerCopy follower;
    VersionBase base;                 ///< of the leader's history
    std::optional<Checkpoint> store;  ///< what a crash leaves
    double refused_items = 0;         ///< share of a bulk's items that are answered 429
    bool forgets_tombstones = false;  ///< then only audits promise deletes
    bool is_tampered_with = false;    ///< by another's hand: marks may claim what no longer holds
    std::vector<std::string> violations;

    [[nodiscard]] HistoryUuid history() const {
        return HistoryUuid{"h" + std::to_string(leader.history)};
    }
    [[nodiscard]] FollowerIdentity follower_identity() const {
        return {IndexUuid{"follower"},
                HistoryUuid{"f" + std::to_string(follower.history)},
                PrimaryTerm{1}};
    }

    /// A sample's counters are collected first, then its sequence numbers: a test may let the world
    /// go on in between. Both come from one primary.
    struct HalfSample {
        NodeId node;
        std::int64_t term = 0;
        std::int64_t deletes = 0;
    };
    [[nodiscard]] HalfSample begin_sample() {
        return {NodeId{"n" + std::to_string(leader.primary().node)},
                leader.term,
                leader.primary().deletes};
    }
    [[nodiscard]] ShardSample finish_sample(HalfSample half) {
        const HalfSample now = begin_sample();
        if (half.term != now.term || half.node != now.node) {
            half = now;
        }
        ShardSample sample;
        sample.uuid = IndexUuid{"leader"};
        sample.node = half.node;
        sample.delete_total = half.deletes;
        sample.history = history();
        sample.global_checkpoint = SeqNo{leader.checkpoint};
        sample.max_seq_no = SeqNo{leader.max_seq_no};
        sample.docs_count = std::ssize(leader.primary().searchable);
        return sample;
    }

    [[nodiscard]] core::Event perform(const core::Action& action) {
        return std::visit([this](const auto& asked) -> core::Event { return answer(asked); },
                          action);
    }

    /// What `checkpoint` claims must hold of the follower now.
    void judge(const Checkpoint& checkpoint) {
        if (is_tampered_with || checkpoint.history != history()) {
            return;
        }
        const std::int64_t applied = checkpoint.applied_through.value();
        const std::int64_t swept = checkpoint.swept_through.value();
        if (applied > leader.checkpoint && leader.term == 1) {
            violations.push_back("C lies above the global checkpoint");
        }
        for (const auto& [id, op] : leader.primary().current) {
            const auto held = follower.documents.find(id);
            if (op.kind == OpKind::index && op.seq <= std::min(applied, leader.checkpoint) &&
                (held == follower.documents.end() ||
                 held->second.version < base.of_write(SeqNo{op.seq}).value())) {
                violations.push_back("C=" + std::to_string(applied) + ", but the follower lacks " +
                                     id + " of " + std::to_string(op.seq));
            }
            const bool gone = op.kind == OpKind::remove && op.seq <= swept;
            if (gone && !forgets_tombstones && held != follower.documents.end() &&
                held->second.version <= base.of_write(SeqNo{op.seq}).value()) {
                violations.push_back("D=" + std::to_string(swept) + ", but the follower has " + id +
                                     ", deleted at " + std::to_string(op.seq));
            }
        }
    }

    /// Empty when both sides hold the same operations' documents; else the first difference.
    [[nodiscard]] std::string difference() {
        for (const auto& [id, op] : leader.primary().current) {
            const auto held = follower.documents.find(id);
            if (op.kind == OpKind::remove) {
                continue;
            }
            if (held == follower.documents.end()) {
                return "the follower lacks " + id;
            }
            if (held->second.value != op.value) {
                return "the follower has another " + id;
            }
        }
        for (const auto& [id, document] : follower.documents) {
            const auto live = leader.primary().current.find(id);
            if (live == leader.primary().current.end() || live->second.kind == OpKind::remove) {
                return "the follower still has " + id;
            }
        }
        return {};
    }

private:
    core::Event answer(const core::ReadIdentity&) {
        return core::IdentityRead{
            LeaderIdentity{IndexUuid{"leader"}, PrimaryTerm{leader.term}, leader.mapping_version}};
    }
    core::Event answer(const core::ReadSample&) {
        return core::SampleRead{finish_sample(begin_sample())};
    }
    core::Event answer(const core::RefreshLeader&) {
        leader.refresh_all();
        return core::LeaderRefreshed{Result<void>{}};
    }
    core::Event answer(const core::OpenView&) {
        const ViewId view{"v" + std::to_string(++views_opened_)};
        views_[view] = leader.any_copy().searchable;
        return core::ViewOpened{view};
    }
    core::Event answer(const core::CloseView& asked) {
        views_.erase(asked.view);
        return core::ViewClosed{Result<void>{}};
    }
    core::Event answer(const core::ReadPage& asked) {
        const PageRequest& request = asked.request;
        std::vector<LeaderOp> found;
        const std::int64_t after = request.after.empty() ? -1 : std::stoll(request.after);
        const auto shown = request.view ? views_.at(*request.view) : leader.any_copy().searchable;
        for (const auto& [seq, op] : shown) {
            const auto wanted = [at = SeqNo{seq}](const SeqNoRange& range) {
                return range.first <= at && at <= range.last;
            };
            if (seq > after && std::ranges::any_of(request.ranges, wanted)) {
                found.push_back(op);
            }
        }
        const bool is_last = found.size() < request.operations_max;
        found.resize(std::min(found.size(), request.operations_max));
        auto bytes = std::make_shared<std::string>();
        for (const LeaderOp& op : found) {
            *bytes += op.id + "{\"v\":" + std::to_string(op.value) + "}";
        }
        Page page{OperationBatch{bytes, {}}, {}, is_last};
        std::string_view rest = *bytes;
        for (const LeaderOp& op : found) {
            const std::size_t end = rest.find('}') + 1;
            page.batch.operations.push_back(
                Operation{SeqNo{op.seq},
                          rest.substr(0, op.id.size()),
                          {},
                          rest.substr(op.id.size(), end - op.id.size())});
            rest.remove_prefix(end);
            page.cursor = std::to_string(op.seq);
        }
        return core::PageRead{std::move(page)};
    }
    core::Event answer(const core::SyncMapping&) {
        follower.mapping_version = leader.mapping_version;
        return core::MappingSynced{core::MappingState{leader.mapping_version, false}};
    }
    core::Event answer(const core::SendBulk& asked) {
        BulkOutcome outcome;
        for (std::size_t at = 0; at < asked.bulk.items.size(); ++at) {
            const WriteItem& item = asked.bulk.items[at];
            if (dice_.chance(refused_items)) {
                outcome.failed.push_back({at, failure_of(FailureKind::throttled)});
            } else if (!follower.apply(item)) {
                outcome.conflicts.push_back(at);
            } else if (item.kind == WriteKind::index &&
                       leader.mapping_of.at(follower.documents[std::string{item.id}].value) >
                           follower.mapping_version) {
                violations.push_back("a document came before its mapping");
            }
        }
        return core::BulkDone{asked.id, std::move(outcome)};
    }
    core::Event answer(const core::SaveCheckpoint& asked) {
        store = asked.checkpoint;
        return core::CheckpointSaved{Result<void>{}};
    }
    core::Event answer(const core::ReadFollowerIdentity&) {
        return core::FollowerIdentityRead{follower_identity()};
    }
    core::Event answer(const core::RefreshFollower&) {
        follower.refresh();
        return core::FollowerRefreshed{Result<void>{}};
    }
    static std::vector<Bucket> buckets(const std::multiset<std::int64_t>& seqs,
                                       const HistogramRequest& request) {
        std::map<std::int64_t, std::int64_t> counts;
        for (const std::int64_t seq : seqs) {
            const std::int64_t from = seq - request.offset;
            const std::int64_t into =
                ((from % request.interval) + request.interval) % request.interval;
            ++counts[seq - into];
        }
        std::vector<Bucket> found;
        for (const auto& [first, count] : counts) {
            if (first <= request.range.last.value() &&
                first + request.interval > request.range.first.value()) {
                found.push_back(Bucket{SeqNo{first}, count});
            }
        }
        return found;
    }
    core::Event answer(const core::CountLeader& asked) {
        std::multiset<std::int64_t> seqs;
        for (const auto& [seq, op] : views_.at(asked.view)) {
            const SeqNoRange& range = asked.request.range;
            if (SeqNo{seq} >= range.first && SeqNo{seq} <= range.last) {
                seqs.insert(seq);
            }
        }
        return core::LeaderCounted{buckets(seqs, asked.request)};
    }
    // There is no range on versions: buckets at the ends hold what lies outside, too.
    core::Event answer(const core::CountFollower& asked) {
        std::multiset<std::int64_t> seqs;
        for (const auto& [id, version] : follower.searchable) {
            seqs.insert(asked.base.origin_of(Version{version}).value());
        }
        return core::FollowerCounted{buckets(seqs, asked.request)};
    }
    core::Event answer(const core::ListLeader& asked) {
        std::vector<SeqNo> found;
        for (const auto& [seq, op] : views_.at(asked.view)) {
            if (SeqNo{seq} >= asked.range.first && SeqNo{seq} <= asked.range.last) {
                found.emplace_back(seq);
            }
        }
        found.resize(std::min(found.size(), asked.limit));
        return core::LeaderListed{std::move(found)};
    }
    core::Event answer(const core::ListFollower& asked) {
        std::vector<FollowerDocument> found;
        for (const auto& [id, version] : follower.searchable) {
            const SeqNo origin = asked.base.origin_of(Version{version});
            if (origin >= asked.range.first && origin <= asked.range.last) {
                found.push_back(FollowerDocument{origin, id, {}});
            }
        }
        std::ranges::sort(found, {}, &FollowerDocument::origin);
        found.resize(std::min(found.size(), asked.limit));
        return core::FollowerListed{std::move(found)};
    }
    core::Event answer(const core::LookUp& asked) {
        std::vector<LookupResult> found;
        for (const Lookup& lookup : asked.lookups) {
            const Copy& copy = leader.any_copy();
            const auto current = copy.current.find(lookup.id);
            const bool live =
                current != copy.current.end() && current->second.kind == OpKind::index;
            found.push_back(live ? LookupResult{SeqNo{current->second.seq}} : std::nullopt);
        }
        return core::LookedUp{std::move(found)};
    }
    core::Event answer(const core::CountDocuments& asked) {
        return core::DocumentsCounted{std::ssize(views_.at(asked.view))};
    }
    core::Event answer(const core::Sleep&) { return core::Woke{}; }

    Dice& dice_;
    std::map<ViewId, std::map<std::int64_t, LeaderOp>> views_;
    int views_opened_ = 0;
};

}  // namespace followd::test
