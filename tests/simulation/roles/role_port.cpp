#include "simulation/roles/role_port.hpp"

#include "followd/model/index_pattern.hpp"

#include <algorithm>

namespace followd::sim {

namespace {

Failure absent(const ClusterName& cluster, const IndexName& name) {
    return {FailureKind::not_found, "no such index", cluster.value() + "/" + name.value()};
}

std::vector<engine::RoleIndex> only(engine::RoleIndex index) {
    std::vector<engine::RoleIndex> one;
    one.push_back(std::move(index));
    return one;
}

}  // namespace

Task<Result<std::vector<engine::RoleIndex>>> TwoWayRoles::list_marked(
    std::vector<std::string> patterns) {
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  patterns = std::move(patterns)]() -> Result<std::vector<engine::RoleIndex>> {
        std::vector<engine::RoleIndex> found;
        for (const TwoWayIndex* const index : sides->in(cluster)) {
            const bool is_meant =
                std::ranges::any_of(patterns, [index](const std::string& pattern) {
                    return matches_wildcard(pattern, index->name.value());
                });
            if (is_meant && index->mark() != nullptr) {
                found.push_back(index->shown());
            }
        }
        return found;
    };
    return link_.ask<std::vector<engine::RoleIndex>>("list the marked", serve);
}

Task<Result<engine::RoleIndex>> TwoWayRoles::read_role(IndexName index) {
    auto serve = [sides = &sides_, cluster = cluster_, index]() -> Result<engine::RoleIndex> {
        const TwoWayIndex* const found = sides->find(cluster, index);
        return found == nullptr ? Result<engine::RoleIndex>{absent(cluster, index)}
                                : found->shown();
    };
    return link_.ask<engine::RoleIndex>("role of " + index.value(), serve);
}

Task<Result<std::vector<engine::ChangingIndex>>> TwoWayRoles::read_changes(
    std::vector<engine::RoleIndex> indices) {
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  indices = std::move(indices)]() -> Result<std::vector<engine::ChangingIndex>> {
        std::vector<engine::ChangingIndex> changes;
        for (const engine::RoleIndex& index : indices) {
            const TwoWayIndex* const found = sides->find(cluster, index.name);
            engine::ChangingIndex changing{index, std::nullopt, false, 0, 1};
            if (found != nullptr && found->entry) {
                changing.change = found->entry->change;
                changing.has_entry = true;
                changing.entry_seq_no = found->entry->seq_no;
            }
            changes.push_back(std::move(changing));
        }
        return changes;
    };
    return link_.ask<std::vector<engine::ChangingIndex>>("journals", serve);
}

Task<Result<std::vector<engine::ChangingIndex>>> TwoWayRoles::write_changes(
    std::vector<engine::ChangingIndex> indices) {
    auto serve = [sides = &sides_, cluster = cluster_, indices = std::move(indices)]() mutable
        -> Result<std::vector<engine::ChangingIndex>> {
        // As a bulk: each for itself.
        std::optional<Failure> lost;
        for (engine::ChangingIndex& changing : indices) {
            TwoWayIndex* const found = sides->find(cluster, changing.index.name);
            if (found == nullptr || changing.has_entry != found->entry.has_value() ||
                (found->entry && found->entry->seq_no != changing.entry_seq_no)) {
                lost = Failure{FailureKind::conflict, "another was faster", cluster.value()};
                continue;
            }
            const std::int64_t seq_no = changing.entry_seq_no + 1;
            found->entry = TwoWayIndex::Entry{std::max<std::int64_t>(changing.index.generation, 0),
                                              changing.index.histories,
                                              changing.change,
                                              seq_no};
            changing.has_entry = true;
            changing.entry_seq_no = seq_no;
        }
        return lost ? Result<std::vector<engine::ChangingIndex>>{*lost} : indices;
    };
    return link_.ask<std::vector<engine::ChangingIndex>>("write journals", std::move(serve));
}

Task<Result<void>> TwoWayRoles::change(std::string what,
                                       std::vector<engine::RoleIndex> indices,
                                       Effect effect) {
    for (const engine::RoleIndex& index : indices) {
        what += " " + index.name.value();
    }
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  indices = std::move(indices),
                  effect = std::move(effect)]() -> Result<void> {
        for (const engine::RoleIndex& index : indices) {
            TwoWayIndex* const found = sides->find(cluster, index.name);
            if (found == nullptr) {
                return absent(cluster, index.name);
            }
            effect(*found, index);
        }
        return {};
    };
    return link_.ask<void>(std::move(what), serve);
}

// Those that were seen; where one of them went meanwhile the server refuses the whole request, and
// it is asked again with those that stand.
Task<Result<void>> TwoWayRoles::remove_fences(std::vector<engine::RoleIndex> indices) {
    return change(
        "remove fences", std::move(indices), [](TwoWayIndex& index, const engine::RoleIndex& read) {
            const bool all_stand = std::ranges::all_of(
                read.alias_names,
                [&index](const std::string& fence) { return index.fences.contains(fence); });
            if (!all_stand) {
                index.fences.clear();
            }
            for (const std::string& fence : read.alias_names) {
                index.fences.erase(fence);
            }
        });
}

Task<Result<void>> TwoWayRoles::block_writes(std::vector<engine::RoleIndex> indices) {
    return change("block writes",
                  std::move(indices),
                  [](TwoWayIndex& index, const engine::RoleIndex& /*read*/) {
                      index.is_blocked = true;
                      ++index.blocks;
                      for (TwoWayShard& shard : index.shards) {
                          shard.settle();
                      }
                  });
}

Task<Result<void>> TwoWayRoles::unblock_writes(std::vector<engine::RoleIndex> indices) {
    return change(
        "unblock writes",
        std::move(indices),
        [](TwoWayIndex& index, const engine::RoleIndex& /*read*/) { index.is_blocked = false; });
}

Task<Result<std::vector<std::vector<SeqNo>>>> TwoWayRoles::read_points(
    std::vector<engine::RoleIndex> indices) {
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  indices = std::move(indices)]() -> Result<std::vector<std::vector<SeqNo>>> {
        std::vector<std::vector<SeqNo>> points;
        for (const engine::RoleIndex& index : indices) {
            std::vector<SeqNo>& of_index = points.emplace_back();
            if (const TwoWayIndex* const found = sides->find(cluster, index.name)) {
                for (const TwoWayShard& shard : found->shards) {
                    of_index.emplace_back(shard.max_seq_no);
                }
            }
        }
        return points;
    };
    return link_.ask<std::vector<std::vector<SeqNo>>>("points", serve);
}

Task<Result<std::vector<HistoryUuid>>> TwoWayRoles::read_histories(engine::RoleIndex index) {
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  name = index.name]() -> Result<std::vector<HistoryUuid>> {
        const TwoWayIndex* const found = sides->find(cluster, name);
        return found == nullptr ? Result<std::vector<HistoryUuid>>{absent(cluster, name)}
                                : found->histories();
    };
    return link_.ask<std::vector<HistoryUuid>>("histories", serve);
}

Task<Result<std::int64_t>> TwoWayRoles::read_version_highest(engine::RoleIndex index) {
    auto serve =
        [sides = &sides_, cluster = cluster_, name = index.name]() -> Result<std::int64_t> {
        TwoWayIndex* const found = sides->find(cluster, name);
        if (found == nullptr) {
            return absent(cluster, name);
        }
        std::int64_t highest = 0;
        for (TwoWayShard& shard : found->shards) {
            shard.refresh();
            highest = std::max(highest, shard.version_highest());
        }
        return highest;
    };
    return link_.ask<std::int64_t>("highest version", serve);
}

Task<Result<void>> TwoWayRoles::mark_promoted(engine::RoleIndex index,
                                              Origins origins,
                                              Promotion promotion) {
    return change("mark promoted",
                  only(std::move(index)),
                  [sides = &sides_, origins = std::move(origins), promotion = std::move(promotion)](
                      TwoWayIndex& found, const engine::RoleIndex& read) {
                      TwoWayMark mark = found.mark_in(read);
                      mark.role = MarkRole::promoted;
                      ++mark.epoch;
                      mark.origins = origins;
                      mark.promotion = promotion;
                      sides->put_mark(found, std::move(mark));
                  });
}

Task<Result<void>> TwoWayRoles::mark_follower(engine::RoleIndex index, engine::FollowerRole role) {
    return change("mark follower",
                  only(std::move(index)),
                  [sides = &sides_, role = std::move(role)](TwoWayIndex& found,
                                                            const engine::RoleIndex& read) {
                      TwoWayMark mark = read.role ? found.mark_in(read) : TwoWayMark{};
                      mark.promotion.reset();
                      mark.epoch = role.epoch;
                      mark.role = MarkRole::follower;
                      mark.leader_cluster = role.leader_cluster;
                      mark.leader_index = role.leader_index;
                      mark.leader_uuid = role.leader_uuid;
                      mark.histories = role.histories;
                      mark.generation = role.generation;
                      mark.origins = role.origins;
                      if (!read.is(MarkRole::follower)) {
                          mark.holds_alias = found.has_write_alias;
                          mark.holds_settings = found.has_settings;
                      }
                      sides->put_mark(found, std::move(mark));
                  });
}

Task<Result<std::vector<std::string>>> TwoWayRoles::restore_settings(
    std::vector<engine::RoleIndex> indices) {
    const Result<void> done = co_await change(
        "restore settings",
        std::move(indices),
        [](TwoWayIndex& index, const engine::RoleIndex& read) {
            index.has_settings = index.has_settings || index.mark_in(read).holds_settings;
            ++index.definition_version;
        });
    if (!done.ok()) {
        co_return done.failure();
    }
    co_return std::vector<std::string>{};
}

Task<Result<void>> TwoWayRoles::hold_back_settings(engine::RoleIndex index) {
    return change("hold settings back",
                  only(std::move(index)),
                  [](TwoWayIndex& found, const engine::RoleIndex& read) {
                      found.has_settings =
                          found.has_settings && !found.mark_in(read).holds_settings;
                      ++found.definition_version;
                  });
}

Task<Result<void>> TwoWayRoles::add_write_aliases(std::vector<engine::RoleIndex> indices) {
    return change("add write aliases",
                  std::move(indices),
                  [](TwoWayIndex& index, const engine::RoleIndex& read) {
                      index.has_write_alias =
                          index.has_write_alias || index.mark_in(read).holds_alias;
                      ++index.definition_version;
                  });
}

Task<Result<void>> TwoWayRoles::raise_fence(engine::RoleIndex index) {
    return change("raise the fence",
                  only(std::move(index)),
                  [](TwoWayIndex& found, const engine::RoleIndex& read) {
                      for (const std::string& fence : read.alias_names) {
                          found.fences.erase(fence);
                      }
                      found.has_write_alias = found.has_write_alias && read.aliases.empty();
                      found.fences.insert(found.fence_of_epoch(found.mark_in(read).epoch));
                      ++found.definition_version;
                  });
}

Task<Result<std::vector<std::string>>> TwoWayRoles::read_documents(IndexName index,
                                                                   std::vector<Lookup> lookups) {
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  index,
                  lookups = std::move(lookups)]() -> Result<std::vector<std::string>> {
        const TwoWayIndex* const found = sides->find(cluster, index);
        if (found == nullptr) {
            return absent(cluster, index);
        }
        std::vector<std::string> documents;
        for (const Lookup& lookup : lookups) {
            std::string& text = documents.emplace_back("null");
            for (const TwoWayShard& shard : found->shards) {
                const auto live = shard.documents.find(lookup.id);
                if (live != shard.documents.end()) {
                    text = R"({"source":{"v":)" + std::to_string(live->second.value) + "}}";
                }
            }
        }
        return documents;
    };
    return link_.ask<std::vector<std::string>>("documents of " + index.value(), serve);
}

Task<Result<std::vector<std::string>>> TwoWayRoles::find_missing(
    std::vector<engine::RoleIndex> /*indices*/) {
    return link_.ask<std::vector<std::string>>("what is missing", [] {
        return Result<std::vector<std::string>>{std::vector<std::string>{}};
    });
}

}  // namespace followd::sim
