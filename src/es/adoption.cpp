#include "es/adoption.hpp"

#include "es/error_decoder.hpp"

#include <string>
#include <utility>

namespace followd::es {

namespace {

Failure conflict(const std::string& what) {
    return Failure{FailureKind::conflict, what, {}};
}

std::string number_text(const Json& parent, std::string_view key) {
    const Json* number = member(parent, key);
    if (number == nullptr) {
        return {};
    }
    return number->is_string() ? number->get<std::string>() : number->dump();
}

}  // namespace

Result<Json> concrete_index(const Json& answer, const IndexName& name) {
    if (const Json* index = member(answer, name.value()); index != nullptr) {
        return *index;
    }
    const bool is_of_indices =
        answer.is_object() && !answer.empty() && member(*answer.begin(), "mappings") != nullptr;
    if (!is_of_indices) {
        return malformed("read the index", "it is no index's", {});
    }
    const std::string stands_for = answer.items().begin().key();
    const bool is_stream = stands_for.starts_with(".ds-");
    return conflict("the name is taken by " +
                    std::string(is_stream ? "a data stream" : "an alias") + " (of " + stands_for +
                    "): give the follower another name with follow_index_pattern, or remove it");
}

IndexUuid uuid_of(const Json& index) {
    const Json* settings = member(index, "settings");
    return IndexUuid{settings == nullptr ? std::string{} : text_of(*settings, "index.uuid")};
}

Result<FollowMark> judge_adoption(const engine::FollowerRequest& request, const Json& index) {
    const Json* mappings = member(index, "mappings");
    Result<std::optional<FollowMark>> read =
        mappings == nullptr ? Result<std::optional<FollowMark>>{std::optional<FollowMark>{}}
                            : read_mark(*mappings);
    if (!read.ok()) {
        return conflict(read.failure().what);
    }
    if (!read->has_value()) {
        return conflict(
            "an index of that name is there and was not made by followd (its mapping has no "
            "_meta.followd): delete it, or give the follower another name with "
            "follow_index_pattern");
    }
    FollowMark mark = std::move(read).value().value();
    if (mark.role == MarkRole::leader) {
        return conflict("the index was a follower of " + mark.leader_index.value() +
                        " and is now " + std::string(to_string(mark.role)) +
                        ": followd does not write to it again by itself; fail back, or delete it");
    }
    if (mark.leader_uuid != request.leader.index.uuid) {
        return conflict("the index follows " + mark.leader_index.value() + " with uuid " +
                        mark.leader_uuid.value() + " of cluster " + mark.leader_cluster.value() +
                        ", not " + request.leader.index.name.value() + " with uuid " +
                        request.leader.index.uuid.value() +
                        ": if the leader index was created anew, delete the follower index and it "
                        "will be made afresh");
    }
    if (mark.recovery && mark.role == MarkRole::follower) {
        return conflict(
            "the index was restored by schedule (mode: snapshot), as a copy of one moment, and is "
            "not written to: delete it, or give the follower another name with "
            "follow_index_pattern");
    }
    const Result<void> fits = check_shards(mark, request.leader.index.shards);
    if (!fits.ok()) {
        return conflict(fits.failure().what);
    }
    return mark;
}

Result<void> judge_layout(const engine::FollowerRequest& request, const Json& state) {
    if (text_of(state, "state") == "close") {
        return Failure{FailureKind::unavailable, "the follower index is closed: open it", {}};
    }
    const Result<Json> leader = parse_json(request.leader.settings, "the leader's settings");
    if (!leader.ok()) {
        return leader.failure();
    }
    const Json* settings = member(state, "settings");
    const Json* own = settings == nullptr ? nullptr : member(*settings, "index");
    const std::string shards =
        own == nullptr ? std::string{} : number_text(*own, "number_of_shards");
    const std::string routing_shards = number_text(state, "routing_num_shards");
    const std::string leader_routing = number_text(*leader, "index.number_of_routing_shards");
    if (shards != std::to_string(request.leader.index.shards)) {
        return conflict("the follower index has " + shards + " shards, its leader " +
                        std::to_string(request.leader.index.shards) +
                        ": delete the follower index and it will be made afresh");
    }
    if (!leader_routing.empty() && routing_shards != leader_routing) {
        return conflict("the follower index has " + routing_shards +
                        " routing shards, its leader " + leader_routing +
                        ", so documents lie in other shards: delete the follower index and it "
                        "will be made afresh");
    }
    return {};
}

}  // namespace followd::es
