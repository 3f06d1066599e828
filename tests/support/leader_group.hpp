#pragma once

#include "support/dice.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// One shard of the leader as REST shows it, small enough to be checked completely.
///
/// It is a shard group: an operation gets its number at the primary, each copy processes it later
/// and in any order, and the global checkpoint is the least local checkpoint the primary knows of.
/// A search sees a copy as of its last refresh, a real-time lookup what the copy has processed. On
/// failover the new primary keeps what it has and fills its gaps with no-ops; every other copy
/// drops what is above the checkpoint known to it at its first contact with the new term.

namespace followd::test {

enum class OpKind { index, remove, no_op };

struct LeaderOp {
    std::int64_t seq = 0;
    OpKind kind = OpKind::index;
    std::string id;
    int value = 0;
    std::size_t padding = 0;  ///< bytes beside the value
};

struct Copy {
    int node = 0;
    std::int64_t term = 1;
    std::int64_t known_checkpoint = -1;
    std::int64_t local_checkpoint = -1;
    std::int64_t deletes = 0;
    std::map<std::int64_t, LeaderOp> ops;
    std::map<std::int64_t, LeaderOp> translog;    // what a reset took away
    std::map<std::string, LeaderOp> current;      // newest of each id, deletes too
    std::map<std::int64_t, LeaderOp> searchable;  // live, as of the last refresh

    void process(const LeaderOp& op) {
        if (ops.emplace(op.seq, op).second) {
            put(op);
            deletes += op.kind == OpKind::remove ? 1 : 0;
        }
    }
    void rebuild() {
        current.clear();
        local_checkpoint = -1;
        for (const auto& [seq, op] : ops) {
            put(op);
        }
    }
    void refresh() {
        searchable.clear();
        for (const auto& [id, op] : current) {
            if (op.kind == OpKind::index) {
                searchable.emplace(op.seq, op);
            }
        }
    }
    // The translog keeps what the index forgets, up to the new primary's top.
    void reset(std::int64_t checkpoint, std::int64_t top) {
        translog.insert(ops.begin(), ops.end());
        std::erase_if(translog, [=](auto& o) { return o.first <= checkpoint || o.first > top; });
        std::erase_if(ops, [=](auto& o) { return o.first > checkpoint; });
        rebuild();
        refresh();
    }

private:
    void put(const LeaderOp& op) {
        if (op.kind != OpKind::no_op) {
            const auto at = current.emplace(op.id, op).first;
            if (at->second.seq < op.seq) {
                at->second = op;
            }
        }
        while (ops.contains(local_checkpoint + 1)) {
            ++local_checkpoint;
        }
    }
};

class LeaderGroup {
public:
    LeaderGroup(Dice& dice, std::size_t replicas) : dice_(dice) { start({}, replicas); }

    std::int64_t term = 1;
    int history = 1;
    std::int64_t mapping_version = 1;
    std::int64_t checkpoint = -1;
    std::int64_t max_seq_no = -1;
    std::map<int, std::int64_t> mapping_of;  // value -> the mapping its document needs

    [[nodiscard]] Copy& primary() { return copies_.front(); }
    [[nodiscard]] Copy& any_copy() { return copies_[dice_.below(copies_.size())]; }
    [[nodiscard]] std::vector<Copy>& copies() { return copies_; }

    /// Clients wait for answers, so one document's operations reach the primary in order.
    void client(OpKind kind, const std::string& id, std::size_t padding = 0) {
        const bool open = std::ranges::any_of(queued_, [&](auto& op) { return op.id == id; });
        if (open || queued_.size() + wire_.size() > 10) {
            return;
        }
        mapping_of[++value_] = mapping_version;
        queued_.push_back(
            LeaderOp{++max_seq_no, kind, kind == OpKind::no_op ? "" : id, value_, padding});
    }

    /// The highest that the checkpoint ever was in this history: nothing at or below it is ever
    /// rolled back, though a new primary may know a lower one for a moment.
    [[nodiscard]] std::int64_t highest_checkpoint() const { return highest_checkpoint_; }
    /// Whether this very operation of the document can no longer be rolled back.
    [[nodiscard]] bool is_committed(std::int64_t seq, int value) {
        const auto op = primary().ops.find(seq);
        return seq <= highest_checkpoint_ && op != primary().ops.end() && op->second.value == value;
    }
    /// Nothing of its own is left to be done.
    [[nodiscard]] bool is_settled() const {
        return queued_.empty() && wire_.empty() && acks_.empty() && uncounted_ == 0;
    }

    /// Something moves on inside of the group.
    void step() {
        switch (dice_.below(5)) {
            case 0:
                return process_one();
            case 1:
            case 2:
                return ship_one();
            case 3:
                return acknowledge_one();
            default:
                primary().deletes += std::exchange(uncounted_, 0);
                Copy& copy = any_copy();
                if (copy.term == term) {
                    copy.known_checkpoint = std::max(copy.known_checkpoint, checkpoint);
                }
        }
    }
    void settle() {
        while (!queued_.empty() || !wire_.empty() || !acks_.empty()) {
            step();
        }
        primary().deletes += std::exchange(uncounted_, 0);
    }

    void refresh_all() {
        for (Copy& copy : copies_) {
            contact(copy);
            copy.refresh();
        }
    }

    void fail_over() {
        if (copies_.size() == 1) {  // it restarts: what was not acknowledged may be gone
            std::erase_if(primary().ops,
                          [this](auto& o) { return o.first > checkpoint && dice_.chance(0.5); });
            primary().deletes = 0;
        } else {
            const auto next = 1 + static_cast<std::ptrdiff_t>(dice_.below(copies_.size() - 1));
            std::iter_swap(copies_.begin(), copies_.begin() + next);
            copies_.erase(copies_.begin() + next);
            checkpoint = primary().known_checkpoint;
        }
        Copy& chosen = primary();
        chosen.ops.merge(chosen.translog);
        chosen.translog.clear();
        chosen.term = ++term;
        top_ = chosen.ops.empty() ? -1 : chosen.ops.rbegin()->first;
        fill(chosen.ops, top_);
        chosen.rebuild();
        if (copies_.size() == 1) {
            chosen.refresh();
        }
        max_seq_no = top_;
        queued_.clear();
        acks_.clear();
        wire_.clear();
        uncounted_ = 0;
        for (std::size_t at = 1; at < copies_.size(); ++at) {
            wire_.emplace_back(copies_[at].node, std::nullopt);  // a resync carries the term
            for (auto op = chosen.ops.upper_bound(checkpoint); op != chosen.ops.end(); ++op) {
                wire_.emplace_back(copies_[at].node, op->second);
            }
        }
        known_ = {{chosen.node, chosen.local_checkpoint}};
        raise_checkpoint();
    }

    void join() {
        const bool level = std::ranges::all_of(copies_, [this](auto& c) { return c.term == term; });
        if (copies_.size() < 3 && level) {
            copies_.push_back(copy_of(primary().ops));
            known_[copies_.back().node] = copies_.back().local_checkpoint;
        }
    }
    /// The primary is relocated: same term, its counters start again.
    void move_primary() {
        while (!queued_.empty()) {
            process_one();
        }
        copies_.front() = copy_of(primary().ops);
        known_[primary().node] = primary().local_checkpoint;
        uncounted_ = 0;
    }
    void take_snapshot() { snapshot_ = primary().ops; }
    void restore_snapshot(std::size_t replicas) {
        ++term;
        ++history;
        start(snapshot_, replicas);
    }

private:
    static void fill(std::map<std::int64_t, LeaderOp>& ops, std::int64_t top) {
        for (std::int64_t seq = 0; seq < top; ++seq) {
            ops.emplace(seq, LeaderOp{seq, OpKind::no_op, "", 0, 0});
        }
    }
    Copy copy_of(const std::map<std::int64_t, LeaderOp>& ops) {
        Copy copy;
        copy.node = ++nodes_;
        copy.term = term;
        copy.known_checkpoint = checkpoint;
        copy.ops = ops;
        copy.rebuild();
        copy.refresh();
        return copy;
    }
    void start(std::map<std::int64_t, LeaderOp> ops, std::size_t replicas) {
        top_ = ops.empty() ? -1 : ops.rbegin()->first;
        fill(ops, top_);
        checkpoint = max_seq_no = highest_checkpoint_ = top_;
        copies_.clear();
        known_.clear();
        queued_.clear();
        wire_.clear();
        acks_.clear();
        uncounted_ = 0;
        for (std::size_t made = 0; made <= replicas; ++made) {
            copies_.push_back(copy_of(ops));
            known_[copies_.back().node] = top_;
        }
    }
    void contact(Copy& copy) {
        if (copy.term < term) {
            copy.known_checkpoint = std::max(copy.known_checkpoint, checkpoint);
            copy.reset(copy.known_checkpoint, top_);
            copy.term = term;
        }
    }
    template <class T>
    [[nodiscard]] std::optional<T> pick(std::vector<T>& from) {
        if (from.empty()) {
            return std::nullopt;
        }
        std::swap(from[dice_.below(from.size())], from.back());
        std::optional<T> picked = std::move(from.back());
        from.pop_back();
        return picked;
    }
    void process_one() {
        if (const std::optional<LeaderOp> op = pick(queued_)) {
            primary().process(*op);
            if (op->kind == OpKind::remove && dice_.chance(0.1)) {
                --primary().deletes;  // counted a moment later
                ++uncounted_;
            }
            for (std::size_t at = 1; at < copies_.size(); ++at) {
                wire_.emplace_back(copies_[at].node, *op);
            }
            raise_checkpoint();
        }
    }
    void ship_one() {
        if (const auto sent = pick(wire_)) {
            const auto copy = std::ranges::find(copies_, sent->first, &Copy::node);
            if (copy != copies_.end()) {
                contact(*copy);
                if (sent->second) {
                    copy->process(*sent->second);
                }
                acks_.emplace_back(copy->node, copy->local_checkpoint);
            }
        }
    }
    void acknowledge_one() {
        if (const auto ack = pick(acks_)) {
            const auto at = known_.emplace(*ack).first;
            at->second = std::max(at->second, ack->second);
            raise_checkpoint();
        }
    }
    void raise_checkpoint() {
        known_[primary().node] = primary().local_checkpoint;
        std::int64_t least = primary().local_checkpoint;
        for (const Copy& copy : copies_) {
            const auto known = known_.find(copy.node);
            if (known == known_.end()) {
                return;
            }
            least = std::min(least, known->second);
        }
        checkpoint = std::max(checkpoint, least);
        highest_checkpoint_ = std::max(highest_checkpoint_, checkpoint);
    }

    Dice& dice_;
    std::vector<Copy> copies_;  // the primary first
    std::map<int, std::int64_t> known_;
    std::vector<LeaderOp> queued_;
    std::vector<std::pair<int, std::optional<LeaderOp>>> wire_;
    std::vector<std::pair<int, std::int64_t>> acks_;
    std::map<std::int64_t, LeaderOp> snapshot_;
    std::int64_t top_ = -1;
    std::int64_t highest_checkpoint_ = -1;
    std::int64_t uncounted_ = 0;
    int nodes_ = 0;
    int value_ = 0;
};

}  // namespace followd::test
