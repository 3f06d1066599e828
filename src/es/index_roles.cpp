#include "es/index_roles.hpp"

#include "followd/base/assert.hpp"

#include "es/error_decoder.hpp"
#include "es/index_definition.hpp"
#include "es/index_lists.hpp"
#include "es/index_sampler.hpp"
#include "es/live_documents.hpp"
#include "es/request.hpp"
#include "es/restore_plan.hpp"
#include "http/message.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view no_such_index = "index_not_found_exception";
constexpr std::string_view fields =
    "?flat_settings=true&expand_wildcards=open,closed,hidden&ignore_unavailable=true"
    "&allow_no_indices=true&filter_path=*.aliases,*.mappings._meta,*.settings";

std::vector<std::string> names_of(const std::vector<engine::RoleIndex>& indices) {
    std::vector<std::string> names;
    names.reserve(indices.size());
    for (const engine::RoleIndex& index : indices) {
        names.push_back(index.name.value());
    }
    return names;
}

std::vector<std::string> names_being_made(const std::vector<engine::RoleIndex>& indices) {
    std::vector<std::string> names;
    for (const engine::RoleIndex& index : indices) {
        if (index.is_being_made) {
            names.push_back(index.name.value());
        }
    }
    return names;
}

Json parsed_or_empty(const std::string& text) {
    const Result<Json> json = parse_json(text, "kept metadata");
    return json.ok() && json->is_object() ? *json : Json::object();
}

Result<engine::RoleIndex> read_index(const std::string& name, const Json& json) {
    engine::RoleIndex index;
    index.name = IndexName{name};
    const Json* settings = member(json, "settings");
    const Json nothing = Json::object();
    const Json& flat = settings == nullptr ? nothing : *settings;
    index.uuid = IndexUuid{text_of(flat, "index.uuid")};
    index.shards = number_at<int>(flat, "index.number_of_shards").value_or(0);
    index.is_write_blocked = is_true(flat, "index.blocks.write");
    index.is_closed = is_true(flat, "index.verified_before_close");
    if (index.uuid.value().empty() || index.shards <= 0) {
        return Failure{FailureKind::malformed, "the index has no uuid or shard count", name};
    }
    const Json* aliases = member(json, "aliases");
    const Json& named = aliases == nullptr ? nothing : *aliases;
    index.aliases = to_text(named);
    for (const auto& [alias, properties] : named.items()) {
        index.alias_names.push_back(alias);
    }
    const Json* mappings = member(json, "mappings");
    if (mappings == nullptr) {
        index.meta = "{}";
        return index;
    }
    const Json* meta = member(*mappings, "_meta");
    index.meta = to_text(meta == nullptr ? nothing : *meta);
    Result<std::optional<FollowMark>> read = own_mark(json);
    if (!read.ok()) {
        return Failure{read.failure().kind, read.failure().what, name};
    }
    const std::optional<FollowMark> mark = std::move(read).value();
    if (!mark) {
        return index;
    }
    const Result<void> fits = check_shards(*mark, index.shards);
    if (!fits.ok()) {
        return Failure{fits.failure().kind, fits.failure().what, name};
    }
    index.role = mark->role;
    index.leader_cluster = mark->leader_cluster;
    index.leader_index = mark->leader_index;
    index.leader_uuid = mark->leader_uuid;
    index.histories = mark->histories;
    index.generation = mark->generation;
    index.epoch = mark->epoch;
    index.origins = origins_of(*mark);
    index.promotion = mark->promotion;
    index.recovery = mark->recovery;
    index.is_being_made = !standing_of(json).snapshot.empty();
    return index;
}

Json alias_action(std::string_view verb, const std::string& index, const std::string& alias) {
    Json action = Json::object();
    action[std::string(verb)]["index"] = index;
    action[std::string(verb)]["alias"] = alias;
    return action;
}

Json fence_removals(const std::vector<engine::RoleIndex>& indices) {
    Json actions = Json::array();
    for (const engine::RoleIndex& index : indices) {
        const Json aliases = parsed_or_empty(index.aliases);
        for (const auto& [alias, properties] : aliases.items()) {
            if (is_fence_alias(alias)) {
                actions.push_back(alias_action("remove", index.name.value(), alias));
            }
        }
    }
    return actions;
}

/// Keeps everything of an alias but its write flag.
Json with_write_flag(const std::string& index,
                     const std::string& alias,
                     const Json& properties,
                     bool is_write_index) {
    Json action = alias_action("add", index, alias);
    for (const std::string_view key : {"filter", "index_routing", "search_routing", "is_hidden"}) {
        if (const Json* value = member(properties, key); value != nullptr) {
            action["add"][std::string(key)] = *value;
        }
    }
    action["add"]["is_write_index"] = is_write_index;
    return action;
}

}  // namespace

RestIndexRoles::RestIndexRoles(http::Client& client, ClusterName cluster)
    : client_(client),
      exchange_(client, std::move(cluster)),
      ledger_(exchange_),
      journal_(exchange_, ledger_),
      settings_(exchange_) {}

Task<Result<std::vector<engine::RoleIndex>>> RestIndexRoles::list_marked(
    std::vector<std::string> patterns) {
    std::map<std::string, engine::RoleIndex> by_name;
    const std::vector<std::string> lists = index_lists(patterns);
    for (const std::string& list : lists) {
        http::Request request = admin_request(http::Method::get, "/" + list + std::string(fields));
        request.response_bytes_max = 64U << 20U;
        const std::string attempt = "list the followers";
        const Result<Json> answer =
            co_await exchange_.send_expecting_success(std::move(request), attempt);
        if (!answer.ok()) {
            co_return answer.failure();
        }
        for (const auto& [name, json] : answer->items()) {
            Result<engine::RoleIndex> index = read_index(name, json);
            if (!index.ok()) {
                co_return Failure{
                    index.failure().kind, index.failure().what, exchange_.where(IndexName{name})};
            }
            if (index->role) {
                by_name.insert_or_assign(name, std::move(index).value());
            }
        }
    }
    std::vector<engine::RoleIndex> indices;
    indices.reserve(by_name.size());
    for (auto& [name, index] : by_name) {
        indices.push_back(std::move(index));
    }
    co_return indices;
}

Task<Result<engine::RoleIndex>> RestIndexRoles::read_role(IndexName index) {
    const std::string where = exchange_.where(index);
    http::Request request =
        admin_request(http::Method::get,
                      "/" + http::encode_component(index.value()) +
                          "?flat_settings=true&filter_path=*.aliases,*.mappings._meta,*.settings,"
                          "error,status");
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const bool is_absent = answer->status == 404 && answer->is_error(no_such_index);
    if (is_absent) {
        co_return Failure{FailureKind::not_found, "there is no such index", where};
    }
    if (!answer->ok()) {
        co_return exchange_.failure_of(*answer, "read the index");
    }
    const Json* json = member(answer->body, index.value());
    if (json == nullptr) {
        co_return Failure{
            FailureKind::conflict, "the name is that of an alias or data stream", where};
    }
    Result<engine::RoleIndex> read = read_index(index.value(), *json);
    if (!read.ok()) {
        co_return Failure{read.failure().kind, read.failure().what, where};
    }
    co_return read;
}

Task<Result<std::vector<engine::ChangingIndex>>> RestIndexRoles::read_changes(
    std::vector<engine::RoleIndex> indices) {
    Result<std::vector<engine::ChangingIndex>> changes = co_await journal_.read(std::move(indices));
    co_return changes;
}

Task<Result<std::vector<engine::ChangingIndex>>> RestIndexRoles::write_changes(
    std::vector<engine::ChangingIndex> indices) {
    Result<std::vector<engine::ChangingIndex>> changes =
        co_await journal_.write(std::move(indices));
    co_return changes;
}

Task<Result<void>> RestIndexRoles::change_aliases(Json actions, std::string attempt) {
    if (actions.empty()) {
        co_return Result<void>{};
    }
    Json body = Json::object();
    body["actions"] = std::move(actions);
    http::Request request = change_request(http::Method::post, "/_aliases", to_text(body));
    Result<void> done =
        co_await exchange_.send_expecting_acknowledgement(std::move(request), std::move(attempt));
    co_return done;
}

Task<Result<void>> RestIndexRoles::remove_fences(std::vector<engine::RoleIndex> indices) {
    // First what says that they are being made: while it does, an index without a fence counts as
    // one that nobody marked, and may be deleted.
    std::vector<std::string> being_made = names_being_made(indices);
    Json completion = completion_settings();
    Result<void> done =
        co_await settings_.put(std::move(being_made), std::move(completion), "end the restore");
    if (!done.ok()) {
        co_return done;
    }
    const std::string attempt = "take the aliases of our writes away";
    Json actions = fence_removals(indices);
    done = co_await change_aliases(std::move(actions), attempt);
    if (done.ok() || done.failure().kind != FailureKind::not_found) {
        co_return done;
    }
    // One went since it was read, and the whole request was refused with it: what stands now goes.
    std::vector<std::string> names = names_of(indices);
    const Result<std::vector<engine::RoleIndex>> present = co_await list_marked(std::move(names));
    if (!present.ok()) {
        co_return present.failure();
    }
    Json present_actions = fence_removals(*present);
    done = co_await change_aliases(std::move(present_actions), attempt);
    co_return done;
}

Task<Result<void>> RestIndexRoles::block_writes(std::vector<engine::RoleIndex> indices) {
    const std::vector<std::string> lists = index_lists(names_of(indices));
    for (const std::string& list : lists) {
        http::Request request = change_request(http::Method::put, "/" + list + "/_block/write");
        const std::string attempt = "block writes";
        const Result<Json> answer =
            co_await exchange_.send_expecting_success(std::move(request), attempt);
        if (!answer.ok()) {
            co_return answer.failure();
        }
        // Acknowledged by the nodes, and nothing under way on any copy. Where all were blocked
        // before, no shard is named.
        const Json* blocked = member(*answer, "indices");
        const bool was_blocked = blocked != nullptr && blocked->is_array() && blocked->empty();
        if (!is_true(*answer, "acknowledged") ||
            !(was_blocked || is_true(*answer, "shards_acknowledged"))) {
            co_return Failure{FailureKind::unavailable,
                              "could not block writes: not every shard has taken it over in time",
                              exchange_.where({})};
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> RestIndexRoles::unblock_writes(std::vector<engine::RoleIndex> indices) {
    Json settings = Json::object();
    settings["index.blocks.write"] = nullptr;
    Result<void> done =
        co_await settings_.put(names_of(indices), std::move(settings), "let writes in again");
    co_return done;
}

Task<Result<std::vector<std::vector<SeqNo>>>> RestIndexRoles::read_points(
    std::vector<engine::RoleIndex> indices) {
    IndexSampler sampler(client_, exchange_.cluster());
    std::vector<std::string> names = names_of(indices);
    const Result<std::vector<engine::IndexSample>> samples =
        co_await sampler.sample(std::move(names));
    if (!samples.ok()) {
        co_return samples.failure();
    }
    std::vector<std::vector<SeqNo>> points;
    for (const engine::RoleIndex& index : indices) {
        std::vector<SeqNo>& of_index = points.emplace_back();
        const auto sample = std::ranges::find(*samples, index.name, &engine::IndexSample::name);
        const bool is_whole = sample != samples->end() && sample->uuid == index.uuid &&
                              std::cmp_equal(sample->shards.size(), index.shards) &&
                              std::ranges::all_of(sample->shards, [](const auto& shard) {
                                  return shard.has_value();
                              });
        if (is_whole) {
            for (const std::optional<ShardSample>& shard : sample->shards) {
                of_index.push_back(shard->max_seq_no);
            }
        }
    }
    co_return points;
}

Task<Result<std::vector<HistoryUuid>>> RestIndexRoles::read_histories(engine::RoleIndex index) {
    IndexSampler sampler(client_, exchange_.cluster());
    std::vector<std::string> name{index.name.value()};
    const Result<std::vector<engine::IndexSample>> samples =
        co_await sampler.sample(std::move(name));
    if (!samples.ok()) {
        co_return samples.failure();
    }
    std::vector<HistoryUuid> histories;
    for (const engine::IndexSample& sample : *samples) {
        for (const std::optional<ShardSample>& shard : sample.shards) {
            if (sample.uuid == index.uuid && shard) {
                histories.push_back(shard->history);
            }
        }
    }
    if (!std::cmp_equal(histories.size(), index.shards)) {
        co_return Failure{FailureKind::unavailable,
                          "not every primary shard is started: see _cluster/allocation/explain",
                          exchange_.where(index.name)};
    }
    co_return histories;
}

Task<Result<std::vector<std::string>>> RestIndexRoles::read_documents(IndexName index,
                                                                      std::vector<Lookup> lookups) {
    http::Request request =
        admin_request(http::Method::post,
                      "/" + http::encode_component(index.value()) + "/_mget?realtime=true",
                      multi_get_body(lookups));
    request.response_bytes_max = 512U << 20U;
    Result<http::Response> response = co_await client_.send(std::move(request));
    const std::string where = exchange_.where(index);
    if (!response.ok()) {
        co_return std::move(response).failure();
    }
    if (response->status != 200) {
        co_return failure_of(read_error(*response), ErrorScope::request, "read documents", where);
    }
    co_return decode_live_documents(std::move(response->body), lookups.size(), where);
}

Task<Result<std::int64_t>> RestIndexRoles::read_version_highest(engine::RoleIndex index) {
    const std::string path = "/" + http::encode_component(index.name.value());
    http::Request refresh = admin_request(http::Method::post, path + "/_refresh");
    const std::string refreshing = "refresh the index";
    const Result<Json> refreshed =
        co_await exchange_.send_expecting_success(std::move(refresh), refreshing);
    if (!refreshed.ok()) {
        co_return refreshed.failure();
    }
    const Json::json_pointer failed{"/_shards/failed"};
    if (!refreshed->contains(failed) || refreshed->at(failed) != 0) {
        co_return Failure{FailureKind::unavailable,
                          "not every shard of the index could be refreshed",
                          exchange_.where(index.name)};
    }
    http::Request ask = admin_request(
        http::Method::post,
        path + "/_search?allow_partial_search_results=false&request_cache=false",
        R"({"size":0,"track_total_hits":false,"aggs":{"m":{"max":{"field":"_version"}}}})");
    const std::string attempt = "read the highest version";
    const Result<Json> answer = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const Json::json_pointer place{"/aggregations/m/value"};
    if (is_true(*answer, "timed_out") || !answer->contains(place)) {
        co_return Failure{FailureKind::unavailable,
                          "could not read the highest version",
                          exchange_.where(index.name)};
    }
    const Json& value = answer->at(place);
    // Without any document it is null.
    co_return value.is_number() ? static_cast<std::int64_t>(value.get<double>()) : 0;
}

Task<Result<void>> RestIndexRoles::put_mark(IndexName index, std::string meta, FollowMark mark) {
    Json body = Json::object();
    body["_meta"] = parsed_or_empty(meta);
    set_mark(body, mark);
    http::Request request =
        change_request(http::Method::put,
                       "/" + http::encode_component(index.value()) + "/_mapping",
                       to_text(body));
    const std::string attempt = "put the role into the index's mark";
    Result<void> done =
        co_await exchange_.send_expecting_acknowledgement(std::move(request), attempt);
    co_return done;
}

Task<Result<void>> RestIndexRoles::mark_promoted(engine::RoleIndex index,
                                                 Origins origins,
                                                 Promotion promotion) {
    FollowMark mark = mark_in(index.meta);
    mark.role = MarkRole::promoted;
    ++mark.epoch;
    mark.origins = std::move(origins);
    mark.promotion = std::move(promotion);
    Result<void> done = co_await put_mark(index.name, index.meta, std::move(mark));
    co_return done;
}

Task<Result<void>> RestIndexRoles::mark_follower(engine::RoleIndex index,
                                                 engine::FollowerRole role) {
    FollowMark mark;
    if (index.role) {
        mark = mark_in(index.meta);
        mark.promotion.reset();
    }
    // A promotion that is taken back leaves it the copy of one moment that it was; whoever follows
    // anew has a generation of versions of his own.
    if (mark.leader_uuid != role.leader_uuid || mark.generation != role.generation) {
        mark.recovery.reset();
    }
    mark.epoch = role.epoch;
    mark.role = MarkRole::follower;
    mark.leader_cluster = std::move(role.leader_cluster);
    mark.leader_index = std::move(role.leader_index);
    mark.leader_uuid = std::move(role.leader_uuid);
    mark.histories = std::move(role.histories);
    mark.generation = role.generation;
    mark.origins = std::move(role.origins);
    // What it has as an index of its own is what it gets back when it is promoted.
    http::Request request =
        admin_request(http::Method::get,
                      "/" + http::encode_component(index.name.value()) +
                          "?flat_settings=true&filter_path=*.aliases,*.settings");
    const std::string attempt = "read the index's settings";
    const Result<Json> answer =
        co_await exchange_.send_expecting_success(std::move(request), attempt);
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const Json* json = member(*answer, index.name.value());
    const Json* settings = json == nullptr ? nullptr : member(*json, "settings");
    if (settings == nullptr) {
        co_return Failure{
            FailureKind::malformed, "the index has no settings", exchange_.where(index.name)};
    }
    engine::IndexDefinition own;
    own.index.name = index.name;
    own.settings = to_text(*settings);
    const Json* aliases = member(*json, "aliases");
    own.aliases = aliases == nullptr ? "{}" : to_text(*aliases);
    Result<HeldBack> held_back = held_back_of(own);
    if (!held_back.ok()) {
        co_return std::move(held_back).failure();
    }
    // Taken up again after a crash, the settings may be off already: what the mark says stays.
    const bool is_known = index.is(MarkRole::follower);
    if (!is_known) {
        mark.held_back = std::move(held_back).value();
    }
    Result<void> done = co_await put_mark(index.name, index.meta, std::move(mark));
    co_return done;
}

Task<Result<std::vector<std::string>>> RestIndexRoles::restore_settings(
    std::vector<engine::RoleIndex> indices) {
    return settings_.restore(std::move(indices));
}

Task<Result<void>> RestIndexRoles::hold_back_settings(engine::RoleIndex index) {
    return settings_.hold_back(std::move(index));
}

Task<Result<std::vector<std::string>>> RestIndexRoles::find_missing(
    std::vector<engine::RoleIndex> indices) {
    return settings_.find_missing(std::move(indices));
}

Task<Result<void>> RestIndexRoles::add_write_aliases(std::vector<engine::RoleIndex> indices) {
    std::map<std::string, std::string> writer_of;
    for (const engine::RoleIndex& index : indices) {
        const FollowMark mark = mark_in(index.meta);
        for (const std::string& alias : mark.held_back.write_aliases) {
            writer_of[alias] = index.name.value();  // the last by name, as a rollover counts them
        }
    }
    if (writer_of.empty()) {
        co_return Result<void>{};
    }
    std::string list;
    for (const auto& [alias, index] : writer_of) {
        list += (list.empty() ? "" : ",") + http::encode_component(alias);
    }
    http::Request request = admin_request(
        http::Method::get, "/_alias/" + list + "?ignore_unavailable=true&expand_wildcards=all");
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    // Where some of the aliases are missing the status is 404, and the others are told all the
    // same. Any other failure tells nothing: an alias put anew would lose its filter.
    if (!answer->ok() && answer->status != 404) {
        co_return exchange_.failure_of(*answer, "read the write aliases");
    }
    Json actions = Json::array();
    std::set<std::string> present;
    for (const auto& [index, json] : answer->body.items()) {
        const Json* aliases = member(json, "aliases");
        if (aliases == nullptr) {
            continue;
        }
        for (const auto& [alias, properties] : aliases->items()) {
            const auto writer = writer_of.find(alias);
            if (writer == writer_of.end()) {
                continue;
            }
            if (writer->second == index) {
                present.insert(alias);
                actions.push_back(with_write_flag(index, alias, properties, true));
            } else if (is_true(properties, "is_write_index")) {
                actions.push_back(with_write_flag(index, alias, properties, false));
            }
        }
    }
    for (const auto& [alias, index] : writer_of) {
        if (!present.contains(alias)) {
            actions.push_back(with_write_flag(index, alias, Json::object(), true));
        }
    }
    Result<void> done = co_await change_aliases(std::move(actions), "set the write aliases");
    co_return done;
}

Task<Result<void>> RestIndexRoles::raise_fence(engine::RoleIndex index) {
    const FollowMark mark = mark_in(index.meta);
    const Json aliases = parsed_or_empty(index.aliases);
    Json actions = Json::array();
    for (const auto& [alias, properties] : aliases.items()) {
        if (is_fence_alias(alias)) {
            actions.push_back(alias_action("remove", index.name.value(), alias));
        } else if (is_true(properties, "is_write_index")) {
            actions.push_back(with_write_flag(index.name.value(), alias, properties, false));
        }
    }
    Json fence = alias_action("add", index.name.value(), fence_alias_of(index.name, mark.epoch));
    fence["add"]["is_hidden"] = true;
    actions.push_back(std::move(fence));
    Result<void> done =
        co_await change_aliases(std::move(actions), "put the alias of our writes on the index");
    co_return done;
}

}  // namespace followd::es
