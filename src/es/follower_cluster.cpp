#include "es/follower_cluster.hpp"

#include "followd/base/assert.hpp"

#include "es/adoption.hpp"
#include "es/mapping_fields.hpp"
#include "es/name_list.hpp"
#include "es/place.hpp"
#include "es/restore_plan.hpp"
#include "http/message.hpp"

#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view no_such_index = "index_not_found_exception";

std::string path_of(const IndexName& name) {
    return "/" + http::encode_component(name.value());
}

std::int64_t max_result_window_of(const Json& settings) {
    const std::int64_t window =
        number_at<std::int64_t>(settings, "index.max_result_window").value_or(0);
    return window > 0 ? window : engine::FollowerIndex{}.max_result_window;
}

Json settings_of(const Json& index) {
    const Json* settings = member(index, "settings");
    return settings == nullptr ? Json::object() : *settings;
}

/// `index` as it stands, of a follower that was made for `request`.
engine::FollowerIndex describe(const engine::FollowerRequest& request,
                               const Json& index,
                               const FollowMark& mark) {
    const IndexName& name = request.follower_index;
    const Json settings = settings_of(index);
    engine::FollowerIndex follower;
    follower.name = name;
    follower.uuid = IndexUuid{text_of(settings, "index.uuid")};
    follower.fence_alias = fence_alias_of(name, mark.epoch);
    follower.max_result_window = max_result_window_of(settings);
    follower.is_loading = is_loading(request.rule, settings);
    follower.generation = mark.generation;
    follower.histories = mark.histories;
    follower.origins = mark.origins;
    return follower;
}

/// Both aliases and data streams of a template show here: what a crash between creation and check
/// left unsaid, or people have added since.
void warn_of_foreign_fields(const engine::FollowerRequest& request,
                            const Json& index,
                            engine::FollowerIndex& follower) {
    const Result<Json> leader = parse_json(request.leader.mappings, "the leader's mapping");
    const Json* present = member(index, "mappings");
    if (!leader.ok() || present == nullptr) {
        return;
    }
    const std::vector<std::string> added = find_added(*leader, *present);
    if (!added.empty()) {
        follower.warnings.push_back("the follower's mapping has what its leader's has not: " +
                                    name_list(added));
    }
}

}  // namespace

RestFollowerCluster::RestFollowerCluster(http::Client& client,
                                         ClusterName cluster,
                                         FollowerClusterOptions options)
    : exchange_(client, std::move(cluster)),
      writer_(exchange_),
      guard_(exchange_),
      ledger_(exchange_),
      options_(options) {}

Task<Result<engine::FollowerIndex>> RestFollowerCluster::prepare(engine::FollowerRequest request) {
    const IndexName name = request.follower_index;
    const std::string where = exchange_.where(name);
    const Result<void> swept = co_await guard_.remove_stale();
    if (!swept.ok()) {
        co_return located(swept.failure(), where);
    }
    Result<std::optional<Json>> there = co_await read_index(name);
    if (!there.ok()) {
        co_return located(std::move(there).failure(), where);
    }
    std::optional<Json> index = std::move(there).value();
    if (index.has_value()) {
        Json found = *std::move(index);
        Result<engine::FollowerIndex> adopted = co_await adopt(request, std::move(found));
        if (!adopted.ok()) {
            co_return located(std::move(adopted).failure(), where);
        }
        co_return adopted;
    }
    Result<engine::FollowerIndex> created = co_await create(request);
    if (!created.ok()) {
        co_return located(std::move(created).failure(), where);
    }
    co_return created;
}

Task<Result<std::optional<Json>>> RestFollowerCluster::read_index(IndexName name) {
    http::Request request = admin_request(http::Method::get, path_of(name) + "?flat_settings=true");
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const bool absent = answer->status == 404 && answer->is_error(no_such_index);
    if (absent) {
        co_return std::optional<Json>{};
    }
    if (!answer->ok()) {
        co_return exchange_.failure_of(*answer, "read the index");
    }
    Result<Json> index = concrete_index(answer->body, name);
    if (!index.ok()) {
        co_return std::move(index).failure();
    }
    co_return std::optional<Json>{std::move(index).value()};
}

Task<Result<engine::FollowerIndex>> RestFollowerCluster::adopt(engine::FollowerRequest request,
                                                               Json index) {
    const IndexName name = request.follower_index;
    const Result<FollowMark> mark = judge_adoption(request, index);
    if (!mark.ok()) {
        co_return mark.failure();
    }
    engine::FollowerIndex follower = describe(request, index, *mark);
    if (mark->role == MarkRole::promoted) {
        follower.promotion = mark->promotion.value_or(Promotion{});
        co_return follower;
    }
    if (mark->is_closed) {
        const Result<void> opened = co_await open_again(name);
        if (!opened.ok()) {
            co_return opened.failure();
        }
    }
    const Result<void> ready = co_await wait_until_ready(request);
    if (!ready.ok()) {
        co_return ready.failure();
    }
    const Json* aliases = member(index, "aliases");
    if (aliases == nullptr || member(*aliases, follower.fence_alias) == nullptr) {
        const std::string alias = follower.fence_alias;
        const Result<void> added = co_await put_fence_back(name, follower.uuid, alias);
        if (!added.ok()) {
            co_return added.failure();
        }
        follower.warnings.push_back("the alias " + alias +
                                    ", which every write goes through, was missing and was put "
                                    "back");
    }
    if (!standing_of(index).snapshot.empty()) {
        const Result<void> admitted = co_await admit_writes(name);
        if (!admitted.ok()) {
            co_return admitted.failure();
        }
    }
    warn_of_foreign_fields(request, index, follower);
    co_return follower;
}

Task<Result<void>> RestFollowerCluster::admit_writes(IndexName name) {
    http::Request put = change_request(
        http::Method::put, path_of(name) + "/_settings", to_text(admission_settings()));
    const std::string attempt = "let the restored index take writes";
    Result<void> admitted =
        co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
    co_return admitted;
}

Task<Result<engine::FollowerIndex>> RestFollowerCluster::create(engine::FollowerRequest request) {
    const IndexName name = request.follower_index;
    Result<FollowMark> mark = first_mark(request);
    if (!mark.ok()) {
        co_return std::move(mark).failure();
    }
    FollowMark first = std::move(mark).value();
    Result<Creation> created = co_await create_guarded(request, std::move(first));
    if (!created.ok()) {
        co_return std::move(created).failure();
    }
    if (!created->exists_already) {
        Creation creation = std::move(created).value();
        Result<engine::FollowerIndex> checked =
            co_await check_created(request, std::move(creation));
        co_return checked;
    }
    // Another daemon was faster, or an answer of ours was lost: what stands there decides.
    Result<std::optional<Json>> there = co_await read_index(name);
    if (!there.ok()) {
        co_return std::move(there).failure();
    }
    std::optional<Json> found = std::move(there).value();
    if (!found.has_value()) {
        co_return Failure{
            FailureKind::unavailable, "the index was created and removed by another", {}};
    }
    Json index = *std::move(found);
    Result<engine::FollowerIndex> adopted = co_await adopt(request, std::move(index));
    co_return adopted;
}

Task<Result<RestFollowerCluster::Creation>> RestFollowerCluster::create_guarded(
    engine::FollowerRequest request, FollowMark mark) {
    const IndexName name = request.follower_index;
    CreationOptions options;
    options.has_exclude_vectors = options_.has_exclude_vectors;
    // Planned before the guard: what a rule forbids costs no request.
    Result<IndexPlan> plan = plan_follower_index(request, mark, options);
    if (!plan.ok()) {
        co_return std::move(plan).failure();
    }
    const Result<GuardOutcome> guard = co_await guard_.raise(name);
    Creation creation;
    if (guard.ok() && !guard->raised) {
        options.null_held_back = true;
        plan = plan_follower_index(request, mark, options);
        FOLLOWD_ASSERT(plan.ok());
        creation.warnings.push_back(
            "no temporary index template could keep this cluster's templates off (" +
            guard->why_not + "): what they add is only noticed afterwards");
    }
    creation.plan = std::move(plan).value();
    Result<AdminAnswer> answer = Failure{FailureKind::cancelled, "not sent", {}};
    if (guard.ok()) {
        http::Request put = change_request(
            http::Method::put, path_of(name) + "?wait_for_active_shards=1", creation.plan.body());
        answer = co_await exchange_.send(std::move(put));
    }
    // Whatever came of it, the guard goes: also one whose own answer was lost.
    if (!guard.ok() || guard->raised) {
        const Result<void> removed = co_await guard_.remove(name);
        if (!removed.ok()) {
            creation.warnings.push_back(
                "the index template " + guard_name_of(name) +
                " could not be removed and is tried again: " + removed.failure().what);
        }
    }
    if (!guard.ok()) {
        co_return guard.failure();
    }
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    creation.exists_already = answer->is_error("resource_already_exists_exception");
    if (!answer->ok() && !creation.exists_already) {
        co_return exchange_.failure_of(*answer, "create the follower index");
    }
    co_return creation;
}

Task<Result<engine::FollowerIndex>> RestFollowerCluster::check_created(
    engine::FollowerRequest request, Creation creation) {
    const IndexName name = request.follower_index;
    Result<Marked> read = co_await read_follower(name);
    if (!read.ok()) {
        co_return std::move(read).failure();
    }
    const Additions additions = find_additions(creation.plan, read->index);
    if (!additions.bending.empty()) {
        http::Request request_deletion = admin_request(http::Method::del, path_of(name));
        const Result<AdminAnswer> deleted = co_await exchange_.send(std::move(request_deletion));
        const bool gone = deleted.ok() && deleted->ok();
        co_return Failure{FailureKind::conflict,
                          "an index template of this cluster adds " + name_list(additions.bending) +
                              " to the follower index: change the template, or grant followd "
                              "manage_index_templates; the new, empty index " +
                              (gone ? "was removed again" : "could not be removed: delete it"),
                          {}};
    }
    const Result<void> ready = co_await wait_until_ready(request);
    if (!ready.ok()) {
        co_return ready.failure();
    }
    engine::FollowerIndex follower = describe(request, read->index, read->mark);
    follower.created = true;
    follower.warnings = std::move(creation.warnings);
    if (!additions.harmless.empty()) {
        follower.warnings.push_back("an index template of this cluster added " +
                                    name_list(additions.harmless));
    }
    co_return follower;
}

// A promotion takes it away for good, after it has opened its journal. Looked at before and after:
// of the two, one sees the other.
Task<Result<void>> RestFollowerCluster::put_fence_back(IndexName name,
                                                       IndexUuid uuid,
                                                       std::string alias) {
    Result<void> open = co_await ledger_.check_no_change(uuid);
    if (!open.ok()) {
        co_return open;
    }
    Result<void> added = co_await change_fence(name, alias, "add");
    if (!added.ok()) {
        co_return added;
    }
    open = co_await ledger_.check_no_change(uuid);
    if (!open.ok()) {
        const Result<void> removed = co_await change_fence(name, alias, "remove");
        (void)removed;
    }
    co_return open;
}

Task<Result<void>> RestFollowerCluster::change_fence(IndexName name,
                                                     std::string alias,
                                                     std::string verb) {
    Json action = Json::object();
    action[verb]["index"] = name.value();
    action[verb]["alias"] = alias;
    if (verb == "add") {
        action[verb]["is_hidden"] = true;
    }
    Json body = Json::object();
    body["actions"] = Json::array({action});
    http::Request request = admin_request(http::Method::post, "/_aliases", to_text(body));
    const std::string attempt = "put the alias " + alias + " back";
    const Result<void> answer =
        co_await exchange_.send_expecting_acknowledgement(std::move(request), attempt);
    if (!answer.ok()) {
        co_return answer.failure();
    }
    co_return Result<void>{};
}

Task<Result<void>> RestFollowerCluster::finish_loading(IndexName follower) {
    Json settings = Json::object();
    settings[std::string(refresh_interval)] = nullptr;
    http::Request request =
        admin_request(http::Method::put, path_of(follower) + "/_settings", to_text(settings));
    const std::string attempt = "let the follower index refresh by itself";
    const Result<void> answer =
        co_await exchange_.send_expecting_acknowledgement(std::move(request), attempt);
    if (!answer.ok()) {
        co_return located(answer.failure(), exchange_.where(follower));
    }
    co_return Result<void>{};
}

Task<Result<void>> RestFollowerCluster::wait_until_ready(engine::FollowerRequest request) {
    const IndexName name = request.follower_index;
    http::Request state_asked = admin_request(
        http::Method::get,
        "/_cluster/state/metadata" + path_of(name) +
            "?filter_path=metadata.indices.*.state,metadata.indices.*.routing_num_shards,"
            "metadata.indices.*.settings.index.number_of_shards");
    const std::string state_attempt = "read the index's layout";
    const Result<Json> state =
        co_await exchange_.send_expecting_success(std::move(state_asked), state_attempt);
    if (!state.ok()) {
        co_return state.failure();
    }
    const Json::json_pointer place{Json::json_pointer{"/metadata/indices"} / name.value()};
    if (!state->contains(place)) {
        co_return Failure{FailureKind::not_found, "the follower index was deleted", {}};
    }
    const Result<void> layout = judge_layout(request, state->at(place));
    if (!layout.ok()) {
        co_return layout.failure();
    }
    http::Request health_asked =
        admin_request(http::Method::get,
                      "/_cluster/health" + path_of(name) +
                          "?wait_for_status=yellow&timeout=20s&filter_path=status,timed_out");
    health_asked.deadline = std::chrono::seconds{40};
    const Result<AdminAnswer> health = co_await exchange_.send(std::move(health_asked));
    if (!health.ok()) {
        co_return health.failure();
    }
    // The server says 408 where the wait was in vain: an answer, not a lost one.
    if (health->status == 408 || is_true(health->body, "timed_out")) {
        co_return Failure{FailureKind::unavailable,
                          "not every primary shard of the follower index is started: see "
                          "_cluster/allocation/explain",
                          {}};
    }
    if (!health->ok()) {
        co_return exchange_.failure_of(*health, "read the index's health");
    }
    co_return Result<void>{};
}

}  // namespace followd::es
