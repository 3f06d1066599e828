#include "engine/generation_survey.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/generation_name.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace followd::engine {

namespace {

bool is_of(const Generation& generation, const GenerationOwner& owner) {
    return generation.role && generation.leader_cluster == owner.leader &&
           generation.leader_index == owner.leader_index;
}

/// Nobody made another thing of it since the schedule did.
bool is_whole(const Generation& generation) {
    return generation.role == MarkRole::follower && generation.point;
}

Failure foreign(const Generation& shown, const GenerationOwner& owner) {
    const std::string of = shown.role ? "is a copy of " + shown.leader_cluster.value() + "/" +
                                            shown.leader_index.value()
                                      : "was not restored by the schedule";
    return Failure{FailureKind::conflict,
                   "the alias " + owner.alias.value() + " shows the index " + shown.index.value() +
                       ", which " + of +
                       ": take the alias off that index, or give the rule's followers another "
                       "name with follow_index_pattern",
                   owner.follower.value() + "/" + owner.alias.value()};
}

}  // namespace

WallTime as_of(const Generation& generation) {
    const std::optional<GenerationName> name = parse_generation_name(generation.index.value());
    FOLLOWD_ASSERT(name.has_value());
    return name->as_of;
}

GenerationSurvey survey(std::vector<Generation> generations,
                        const GenerationOwner& owner,
                        const core::ScheduledSnapshotNames& snapshots) {
    std::ranges::sort(generations, {}, as_of);
    GenerationSurvey found;
    for (const Generation& generation : generations) {
        if (!is_of(generation, owner)) {
            if (generation.has_alias) {
                found.obstacle = foreign(generation, owner);
            } else if (!generation.role && snapshots.moment_of(generation.snapshot)) {
                found.unfinished.push_back(generation);
            }
            continue;
        }
        if (generation.has_alias) {
            found.shown = generation;
            found.with_alias.push_back(generation.index);
        }
        if (is_whole(generation)) {
            found.newest = generation;
        } else if (generation.role != MarkRole::follower) {
            found.promoted = generation;
        }
    }
    for (const Generation& generation : generations) {
        const bool is_older = found.shown && as_of(generation) < as_of(*found.shown);
        if (is_older && is_of(generation, owner) && is_whole(generation)) {
            found.older.push_back(generation);
        }
    }
    return found;
}

Generation generation_of(const RoleIndex& index, const IndexName& alias) {
    Generation generation;
    generation.index = index.name;
    generation.uuid = index.uuid;
    generation.role = index.role;
    generation.leader_cluster = index.leader_cluster;
    generation.leader_index = index.leader_index;
    generation.leader_uuid = index.leader_uuid;
    generation.point = index.recovery;
    generation.has_alias =
        std::ranges::find(index.alias_names, alias.value()) != index.alias_names.end();
    return generation;
}

}  // namespace followd::engine
