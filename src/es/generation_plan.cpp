#include "es/generation_plan.hpp"

#include "followd/model/generation_name.hpp"

#include "es/adoption.hpp"
#include "es/follow_mark.hpp"
#include "es/followed_aliases.hpp"
#include "es/place.hpp"
#include "es/restore_plan.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace followd::es {

namespace {

Failure conflict(std::string what) {
    return Failure{FailureKind::conflict, std::move(what), {}};
}

bool is_generation_of(const IndexName& index, const IndexName& alias) {
    const std::optional<GenerationName> name = parse_generation_name(index.value());
    return name && name->alias == alias.value();
}

/// Scheduled recovery made it, and nobody made another thing of it since.
bool is_ours(const engine::Generation& generation) {
    return generation.role == MarkRole::follower && generation.point.has_value();
}

std::string shown_by(const IndexName& alias, const IndexName& index) {
    return "the alias " + alias.value() + " shows the index " + index.value();
}

/// What of an answer stands in the alias's way.
Result<void> judge_entry(const IndexName& alias, const IndexName& index, const Json& entry) {
    const std::string way_out =
        ": give the rule's followers another name with follow_index_pattern, or ";
    if (index == alias) {
        return conflict("an index of the name " + alias.value() +
                        " is there, where the rule needs an alias" + way_out + "remove the index");
    }
    if (text_of(entry, "data_stream") == alias.value()) {
        return conflict("a data stream of the name " + alias.value() +
                        " is there, where the rule needs an alias" + way_out +
                        "remove the data stream");
    }
    const Json* aliases = member(entry, "aliases");
    const bool is_shown = aliases != nullptr && member(*aliases, alias.value()) != nullptr;
    if (is_shown && !is_generation_of(index, alias)) {
        return conflict(shown_by(alias, index) + ", which is none of its generations" + way_out +
                        "take the alias off that index");
    }
    return {};
}

Result<void> judge_shown(const IndexName& alias, const engine::Generation& generation) {
    if (generation.has_alias && !generation.point) {
        return conflict(shown_by(alias, generation.index) +
                        ", which is called as a generation but was not restored by the schedule, "
                        "or follows its leader by now: take the alias off that index, or take the "
                        "leader index out of the rule");
    }
    return {};
}

Json alias_action(const char* verb, const IndexName& index, const std::string& alias) {
    Json action = Json::object();
    action[verb]["index"] = index.value();
    action[verb]["alias"] = alias;
    return action;
}

/// What goes from a generation that is no longer shown.
void take_off(const engine::GenerationSwitch& change,
              const Json& followed,
              const FoundGeneration& found,
              Json& actions) {
    std::set<std::string> leaving(found.leaders_aliases.begin(), found.leaders_aliases.end());
    leaving.insert(change.alias.value());
    for (const std::string& alias : found.aliases) {
        if (leaving.contains(alias) || member(followed, alias) != nullptr) {
            actions.push_back(alias_action("remove", found.generation.index, alias));
        }
    }
}

Result<void> judge_target(const engine::GenerationSwitch& change,
                          const std::vector<FoundGeneration>& found) {
    const auto there =
        std::ranges::find(found, change.to.index, [](const FoundGeneration& candidate) {
            return candidate.generation.index;
        });
    const bool is_there = there != found.end() && there->generation.uuid == change.to.uuid;
    if (!is_there) {
        return conflict("the index " + change.to.index.value() +
                        ", which is to be shown, is gone or another one by now");
    }
    if (!is_ours(there->generation)) {
        return conflict("the index " + change.to.index.value() +
                        ", which is to be shown, is not marked as a generation");
    }
    return {};
}

/// Of every other generation: whether the alias may leave it.
Result<void> judge_leaving(const engine::GenerationSwitch& change,
                           const engine::Generation& generation) {
    if (!generation.has_alias || generation.index == change.to.index) {
        return {};
    }
    if (generation.role == MarkRole::promoted) {
        return conflict(shown_by(change.alias, generation.index) + ", which was promoted");
    }
    const bool is_expected = std::ranges::find(change.from, generation.index) != change.from.end();
    if (!is_expected || !is_ours(generation)) {
        return conflict(shown_by(change.alias, generation.index) + " by now");
    }
    return {};
}

}  // namespace

Result<FoundGeneration> read_generation(const IndexName& name,
                                        const IndexName& alias,
                                        const Json& index) {
    FoundGeneration found;
    engine::Generation& generation = found.generation;
    generation.index = name;
    generation.uuid = uuid_of(index);
    generation.snapshot = standing_of(index).snapshot;
    if (generation.uuid.value().empty()) {
        return Failure{FailureKind::malformed, "the index has no uuid", name.value()};
    }
    if (const Json* aliases = member(index, "aliases"); aliases != nullptr) {
        for (const auto& [shown_as, properties] : aliases->items()) {
            found.aliases.push_back(shown_as);
        }
    }
    generation.has_alias = std::ranges::find(found.aliases, alias.value()) != found.aliases.end();
    Result<std::optional<FollowMark>> read = own_mark(index);
    if (!read.ok()) {
        return located(std::move(read).failure(), name.value());
    }
    std::optional<FollowMark> mark = std::move(read).value();
    if (mark) {
        generation.role = mark->role;
        generation.leader_cluster = std::move(mark->leader_cluster);
        generation.leader_index = std::move(mark->leader_index);
        generation.leader_uuid = std::move(mark->leader_uuid);
        generation.point = std::move(mark->recovery);
        found.leaders_aliases = std::move(mark->aliases);
    }
    return found;
}

Result<std::vector<FoundGeneration>> read_generations(const IndexName& alias, const Json& answer) {
    std::vector<FoundGeneration> generations;
    // By name, which of one alias's generations is by time.
    for (const auto& [key, entry] : answer.items()) {
        const IndexName name{key};
        const Result<void> judged = judge_entry(alias, name, entry);
        if (!judged.ok()) {
            return judged.failure();
        }
        if (!is_generation_of(name, alias)) {
            continue;
        }
        Result<FoundGeneration> found = read_generation(name, alias, entry);
        if (!found.ok()) {
            return std::move(found).failure();
        }
        const Result<void> shown = judge_shown(alias, found->generation);
        if (!shown.ok()) {
            return shown.failure();
        }
        generations.push_back(std::move(found).value());
    }
    return generations;
}

Result<Json> plan_switch(const engine::GenerationSwitch& change,
                         const std::vector<FoundGeneration>& found) {
    const Result<void> target = judge_target(change, found);
    if (!target.ok()) {
        return target.failure();
    }
    const Result<Json> followed = followed_aliases(change.aliases, change.to.leader_index);
    if (!followed.ok()) {
        return followed.failure();
    }
    Json actions = Json::array();
    for (const auto& [alias, properties] : followed->items()) {
        // That one shows the whole index, whatever filter the leader's has.
        if (alias != change.alias.value()) {
            Json action = alias_action("add", change.to.index, alias);
            action["add"].update(properties);
            actions.push_back(std::move(action));
        }
    }
    actions.push_back(alias_action("add", change.to.index, change.alias.value()));
    for (const FoundGeneration& other : found) {
        const Result<void> judged = judge_leaving(change, other.generation);
        if (!judged.ok()) {
            return judged.failure();
        }
        if (other.generation.index != change.to.index && is_ours(other.generation)) {
            take_off(change, *followed, other, actions);
        }
    }
    return actions;
}

Result<void> judge_removal(const engine::Generation& generation, const FoundGeneration& found) {
    const engine::Generation& now = found.generation;
    const std::string& name = now.index.value();
    if (now.uuid != generation.uuid) {
        return conflict("the index " + name + " is another one by now");
    }
    if (now.has_alias) {
        return conflict("the index " + name + " is shown by its alias");
    }
    const bool is_half_restored =
        !now.role && !now.snapshot.empty() && now.snapshot == generation.snapshot;
    if (!is_half_restored && !is_ours(now)) {
        return conflict("the index " + name + " is " +
                        (now.role == MarkRole::promoted
                             ? "promoted: it is an index of its own"
                             : "none that the schedule restored, or another thing by now"));
    }
    return {};
}

}  // namespace followd::es
