#pragma once

#include "followd/model/generation_name.hpp"

#include "es/follow_mark.hpp"
#include "es/json.hpp"
#include "es/restore_plan.hpp"

#include <chrono>
#include <string>

/// Indices that scheduled recovery made, as their cluster shows them.

namespace followd::test {

/// Eight o'clock, and so many hours later.
inline WallTime moment_of(int hour) {
    return WallTime{std::chrono::seconds{1'796'025'600}} + std::chrono::hours{hour};
}

inline IndexName generation_of_orders(int hour) {
    return IndexName{generation_name("orders", moment_of(hour))};
}

/// Of the generation of that hour.
inline es::FollowMark generation_mark(int hour) {
    es::FollowMark mark;
    mark.leader_cluster = ClusterName{"berlin"};
    mark.leader_index = IndexName{"orders"};
    mark.leader_uuid = IndexUuid{"u-1"};
    mark.histories = {HistoryUuid{"h0"}};
    mark.generation = 1;
    const OriginRow row{IndexUuid{"u-1"}, 1};
    mark.origins = {OriginSegment{{}, {row}, true}, OriginSegment{{SeqNo{5}}, {row}}};
    mark.recovery = RecoveryPoint{
        "s-" + std::to_string(hour), moment_of(hour), std::chrono::milliseconds{1500}};
    return mark;
}

/// As it is found in an answer to GET. Without a mark where `mark` is null.
inline es::Json generation_json(const es::FollowMark* mark,
                                const std::string& uuid,
                                const es::Json& aliases = es::Json::object()) {
    es::Json json = es::Json::object();
    json["aliases"] = aliases;
    json["settings"] = {
        {"index.uuid", uuid}, {"index.number_of_shards", "1"}, {"index.blocks.write", "true"}};
    if (mark != nullptr) {
        es::set_mark(json["mappings"] = es::Json::object(), *mark);
    }
    return json;
}

/// The same while it is restored from that snapshot.
inline es::Json half_restored_json(const std::string& snapshot,
                                   const std::string& uuid,
                                   const es::FollowMark* leaders = nullptr) {
    es::Json json = generation_json(leaders, uuid);
    json["settings"][std::string(es::restore_tag)] = snapshot;
    return json;
}

}  // namespace followd::test
