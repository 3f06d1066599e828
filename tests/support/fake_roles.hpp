#pragma once

#include "followd/model/generation_name.hpp"
#include "followd/model/index_pattern.hpp"

#include "engine/role_ports.hpp"
#include "engine/task.hpp"
#include "support/doors.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A cluster's indices in memory, as far as a change of roles touches them: mark, journal, fence,
/// write block, what is held back. It notes each step, and can die before or after any of them.

namespace followd::test {

struct FakeRoleIndex {
    engine::RoleIndex role;
    std::optional<RoleChange> change;  ///< the journal
    std::int64_t entry = 0;            ///< rises whenever the journal is replaced; 0: none
    bool has_fence = false;
    bool is_held_back = false;
    bool has_write_alias = false;
    bool is_whole = true;  ///< every primary is started
    std::vector<SeqNo> points;
    std::vector<HistoryUuid> histories;
    std::int64_t version_highest = 0;
    int marks = 0;  ///< how often the mark was put
};

class FakeRoleCluster final : public engine::RoleCluster {
public:
    FakeRoleCluster(Doors& doors, std::string name) : doors_(doors), name_(std::move(name)) {}

    std::map<IndexName, FakeRoleIndex> indices;
    std::map<std::string, std::string> documents;     ///< what read_documents shows, by id token
    std::vector<std::string> steps;                   ///< what changed, as "block_writes a,b"
    std::vector<std::string> missing;                 ///< of find_missing
    std::vector<std::string> warnings;                ///< of restore_settings
    std::function<void(const std::string&)> on_step;  ///< before a step has its effect

    /// The process dies at the step of this number (from 0): with its effect or without it, and
    /// nothing that comes later is asked.
    void die_at(int step, bool with_effect) {
        dies_at_ = step;
        dies_with_effect_ = with_effect;
    }
    void live_on() {
        dies_at_ = std::numeric_limits<int>::max();
        is_dead_ = false;
        steps.clear();
    }

    /// An index that nobody marked.
    FakeRoleIndex& make(const std::string& name, const std::string& uuid, int shards = 1) {
        FakeRoleIndex index;
        index.role.name = IndexName{name};
        index.role.uuid = IndexUuid{uuid};
        index.role.shards = shards;
        index.points.assign(static_cast<std::size_t>(shards), SeqNo{9});
        for (int shard = 0; shard < shards; ++shard) {
            index.histories.emplace_back("history of " + uuid + "/" + std::to_string(shard));
        }
        return indices.insert_or_assign(IndexName{name}, std::move(index)).first->second;
    }
    /// A plain follower.
    FakeRoleIndex& make_follower(const std::string& name,
                                 const std::string& uuid,
                                 const std::string& leader,
                                 int shards = 1) {
        FakeRoleIndex& index = make(name, uuid, shards);
        index.role.role = MarkRole::follower;
        index.role.leader_cluster = ClusterName{"near"};
        index.role.leader_index = IndexName{leader};
        index.role.leader_uuid = IndexUuid{"uuid of " + leader};
        index.role.generation = 0;
        index.role.epoch = 1;
        index.role.origins = {OriginSegment{{}, {OriginRow{index.role.leader_uuid, 0}}}};
        index.has_fence = true;
        index.is_held_back = true;
        return index;
    }
    /// A generation that the alias shows: restored by schedule, and never written to since.
    FakeRoleIndex& make_generation(const std::string& alias,
                                   WallTime as_of,
                                   const std::string& leader) {
        const std::string name = generation_name(alias, as_of);
        FakeRoleIndex& index = make_follower(name, "role of " + name, leader);
        index.role.recovery = RecoveryPoint{"snapshot of " + name, as_of, {}};
        index.role.alias_names = {alias};
        index.role.is_write_blocked = true;
        index.has_fence = false;
        return index;
    }
    FakeRoleIndex& at(const std::string& name) { return indices.at(IndexName{name}); }

    /// A client writes; false where the index takes no writes.
    bool write(const std::string& name, std::size_t shard = 0) {
        FakeRoleIndex& index = at(name);
        if (index.role.is_write_blocked) {
            return false;
        }
        index.points.at(shard) = index.points.at(shard).next();
        return true;
    }

    [[nodiscard]] Task<Result<std::vector<engine::RoleIndex>>> list_marked(
        std::vector<std::string> patterns) override {
        Result<void> passed = co_await ask("list_marked");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        std::vector<engine::RoleIndex> found;
        for (const auto& [name, index] : indices) {
            const bool is_meant =
                std::ranges::any_of(patterns, [&index](const std::string& pattern) {
                    const auto matches = [&pattern](const std::string& one) {
                        return matches_wildcard(pattern, one);
                    };
                    return matches(index.role.name.value()) ||
                           std::ranges::any_of(index.role.alias_names, matches);
                });
            if (is_meant && index.role.role) {
                found.push_back(shown(index));
            }
        }
        co_return found;
    }
    [[nodiscard]] Task<Result<engine::RoleIndex>> read_role(IndexName index) override {
        Result<void> passed = co_await ask("read_role");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto found = indices.find(index);
        if (found == indices.end()) {
            co_return Failure{FailureKind::not_found, "there is no such index", name_};
        }
        co_return shown(found->second);
    }
    [[nodiscard]] Task<Result<std::vector<engine::ChangingIndex>>> read_changes(
        std::vector<engine::RoleIndex> asked) override {
        Result<void> passed = co_await ask("read_changes");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        std::vector<engine::ChangingIndex> changes;
        for (engine::RoleIndex& index : asked) {
            const FakeRoleIndex& present = indices.at(index.name);
            changes.push_back(engine::ChangingIndex{
                std::move(index), present.change, present.entry > 0, present.entry, 1});
        }
        co_return changes;
    }
    [[nodiscard]] Task<Result<std::vector<engine::ChangingIndex>>> write_changes(
        std::vector<engine::ChangingIndex> asked) override {
        Result<void> passed = co_await begin("write_changes", names_of(asked));
        if (!passed.ok() && !has_effect_) {
            co_return std::move(passed).failure();
        }
        // As a bulk: each for itself.
        std::optional<Failure> lost;
        for (engine::ChangingIndex& changing : asked) {
            FakeRoleIndex& present = indices.at(changing.index.name);
            if (changing.has_entry != (present.entry > 0) ||
                (changing.has_entry && changing.entry_seq_no != present.entry)) {
                lost = Failure{FailureKind::conflict, "another was faster", name_};
                continue;
            }
            present.change = changing.change;
            changing.has_entry = true;
            changing.entry_seq_no = ++present.entry;
        }
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        if (lost) {
            co_return *lost;
        }
        co_return asked;
    }
    [[nodiscard]] Task<Result<void>> remove_fences(std::vector<engine::RoleIndex> asked) override {
        return each("remove_fences", std::move(asked), [](FakeRoleIndex& index) {
            index.has_fence = false;
        });
    }
    [[nodiscard]] Task<Result<void>> block_writes(std::vector<engine::RoleIndex> asked) override {
        return each("block_writes", std::move(asked), [](FakeRoleIndex& index) {
            index.role.is_write_blocked = true;
        });
    }
    [[nodiscard]] Task<Result<void>> unblock_writes(std::vector<engine::RoleIndex> asked) override {
        return each("unblock_writes", std::move(asked), [](FakeRoleIndex& index) {
            index.role.is_write_blocked = false;
        });
    }
    [[nodiscard]] Task<Result<std::vector<std::vector<SeqNo>>>> read_points(
        std::vector<engine::RoleIndex> asked) override {
        Result<void> passed = co_await ask("read_points");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        std::vector<std::vector<SeqNo>> points;
        for (const engine::RoleIndex& index : asked) {
            const FakeRoleIndex& present = indices.at(index.name);
            points.push_back(present.is_whole ? present.points : std::vector<SeqNo>{});
        }
        co_return points;
    }
    [[nodiscard]] Task<Result<std::vector<HistoryUuid>>> read_histories(
        engine::RoleIndex index) override {
        Result<void> passed = co_await ask("read_histories");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        co_return indices.at(index.name).histories;
    }
    [[nodiscard]] Task<Result<std::int64_t>> read_version_highest(
        engine::RoleIndex index) override {
        Result<void> passed = co_await ask("read_version_highest");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        co_return indices.at(index.name).version_highest;
    }
    [[nodiscard]] Task<Result<void>> mark_promoted(engine::RoleIndex asked,
                                                   Origins origins,
                                                   Promotion promotion) override {
        return each(
            "mark_promoted", {std::move(asked)}, [origins, promotion](FakeRoleIndex& index) {
                index.role.role = MarkRole::promoted;
                index.role.origins = origins;
                index.role.promotion = promotion;
                ++index.marks;
            });
    }
    [[nodiscard]] Task<Result<void>> mark_follower(engine::RoleIndex asked,
                                                   engine::FollowerRole role) override {
        return each("mark_follower", {std::move(asked)}, [role](FakeRoleIndex& index) {
            index.role.role = MarkRole::follower;
            index.role.leader_cluster = role.leader_cluster;
            index.role.leader_index = role.leader_index;
            index.role.leader_uuid = role.leader_uuid;
            index.role.histories = role.histories;
            index.role.generation = role.generation;
            index.role.origins =
                role.origins.empty()
                    ? Origins{OriginSegment{{}, {OriginRow{role.leader_uuid, role.generation}}}}
                    : role.origins;
            index.role.promotion.reset();
            ++index.role.epoch;
            ++index.marks;
        });
    }
    [[nodiscard]] Task<Result<std::vector<std::string>>> restore_settings(
        std::vector<engine::RoleIndex> asked) override {
        Result<void> done = co_await each("restore_settings",
                                          std::move(asked),
                                          [](FakeRoleIndex& index) { index.is_held_back = false; });
        if (!done.ok()) {
            co_return std::move(done).failure();
        }
        co_return warnings;
    }
    [[nodiscard]] Task<Result<void>> hold_back_settings(engine::RoleIndex asked) override {
        return each("hold_back_settings", {std::move(asked)}, [](FakeRoleIndex& index) {
            index.is_held_back = true;
        });
    }
    [[nodiscard]] Task<Result<void>> add_write_aliases(
        std::vector<engine::RoleIndex> asked) override {
        return each("add_write_aliases", std::move(asked), [](FakeRoleIndex& index) {
            index.has_write_alias = true;
        });
    }
    [[nodiscard]] Task<Result<void>> raise_fence(engine::RoleIndex asked) override {
        return each("raise_fence", {std::move(asked)}, [](FakeRoleIndex& index) {
            index.has_fence = true;
            index.has_write_alias = false;
        });
    }
    [[nodiscard]] Task<Result<std::vector<std::string>>> read_documents(
        IndexName /*index*/, std::vector<Lookup> lookups) override {
        Result<void> passed = co_await ask("read_documents");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        std::vector<std::string> found;
        for (const Lookup& lookup : lookups) {
            const auto document = documents.find(lookup.id);
            found.push_back(document == documents.end() ? "null" : document->second);
        }
        co_return found;
    }
    [[nodiscard]] Task<Result<std::vector<std::string>>> find_missing(
        std::vector<engine::RoleIndex> /*asked*/) override {
        Result<void> passed = co_await ask("find_missing");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        co_return missing;
    }

private:
    using Effect = std::function<void(FakeRoleIndex&)>;

    // The mark's text changes with every change of the mark, the aliases' with the fence.
    static engine::RoleIndex shown(const FakeRoleIndex& index) {
        engine::RoleIndex role = index.role;
        role.meta = std::to_string(index.marks);
        role.aliases = index.has_fence ? "fence" : "";
        return role;
    }
    static std::string name_of(const engine::RoleIndex& index) { return index.name.value(); }
    static std::string name_of(const engine::ChangingIndex& changing) {
        return changing.index.name.value();
    }
    template <class Indices>
    static std::string names_of(const Indices& asked) {
        std::string names;
        for (const auto& index : asked) {
            names += (names.empty() ? "" : ",") + name_of(index);
        }
        return names;
    }

    /// A question; nobody dies of one, the dead ask none.
    Task<Result<void>> ask(std::string call) {
        Result<void> passed = co_await doors_.pass(name_ + "." + call);
        if (is_dead_) {
            co_return Failure{FailureKind::cancelled, "killed", name_};
        }
        co_return passed;
    }
    /// A step. `has_effect_` says whether it happens although it fails.
    Task<Result<void>> begin(std::string call, std::string names) {
        has_effect_ = false;
        Result<void> passed = co_await doors_.pass(name_ + "." + call);
        if (is_dead_) {
            co_return Failure{FailureKind::cancelled, "killed", name_};
        }
        if (!passed.ok()) {
            co_return passed;
        }
        if (on_step) {
            on_step(call);
        }
        const bool dies = std::cmp_equal(steps.size(), dies_at_);
        steps.push_back(call + " " + names);
        if (dies) {
            is_dead_ = true;
            has_effect_ = dies_with_effect_;
            co_return Failure{FailureKind::cancelled, "killed", name_};
        }
        co_return Result<void>{};
    }
    Task<Result<void>> each(std::string call, std::vector<engine::RoleIndex> asked, Effect effect) {
        Result<void> passed = co_await begin(std::move(call), names_of(asked));
        if (passed.ok() || has_effect_) {
            for (const engine::RoleIndex& index : asked) {
                effect(indices.at(index.name));
            }
        }
        co_return passed;
    }

    Doors& doors_;
    std::string name_;
    int dies_at_ = std::numeric_limits<int>::max();
    bool dies_with_effect_ = false;
    bool is_dead_ = false;
    bool has_effect_ = false;
};

}  // namespace followd::test
