#include "es/generation_target.hpp"

#include "followd/model/generation_name.hpp"

#include "es/dialect.hpp"
#include "es/place.hpp"
#include "es/restore_plan.hpp"
#include "http/message.hpp"

#include <utility>

namespace followd::es {

namespace {

constexpr Duration count_deadline = std::chrono::seconds{60};
constexpr std::string_view fields = "*.aliases,*.data_stream,*.mappings._meta,*.settings";

std::string path_of(const IndexName& name) {
    return "/" + http::encode_component(name.value());
}

/// Nothing where it is not the answer of a search of all shards.
std::optional<std::int64_t> whole_count_in(const Json& answer) {
    const Json* shards = member(answer, "_shards");
    const Json::json_pointer hits{"/hits/total"};
    if (shards == nullptr || !answer.contains(hits) || is_true(answer, "timed_out")) {
        return std::nullopt;
    }
    const Json* total = member(*shards, "total");
    const Json* successful = member(*shards, "successful");
    const Json* count = member(answer.at(hits), "value");
    const bool is_whole = total != nullptr && successful != nullptr && *total == *successful &&
                          *total != 0 && text_of(answer.at(hits), "relation") == "eq" &&
                          count != nullptr && count->is_number_integer();
    return is_whole ? std::optional{count->get<std::int64_t>()} : std::nullopt;
}

}  // namespace

RestGenerationTarget::RestGenerationTarget(http::Client& client, ClusterName cluster)
    : client_(client), exchange_(client, std::move(cluster)), ledger_(exchange_) {}

Task<Result<std::vector<engine::Generation>>> RestGenerationTarget::list_generations(
    IndexName alias) {
    Result<std::vector<FoundGeneration>> found = co_await find(std::move(alias));
    if (!found.ok()) {
        co_return std::move(found).failure();
    }
    std::vector<engine::Generation> generations;
    generations.reserve(found->size());
    for (FoundGeneration& one : *found) {
        generations.push_back(std::move(one.generation));
    }
    co_return generations;
}

// The name itself is asked for with what may be its generations: all of one state of the cluster.
Task<Result<std::vector<FoundGeneration>>> RestGenerationTarget::find(IndexName alias) {
    const std::string path = path_of(alias);
    http::Request ask = admin_request(
        http::Method::get,
        path + "," + http::encode_component(alias.value() + ".") +
            "*?flat_settings=true&expand_wildcards=open,closed,hidden&ignore_unavailable=true"
            "&allow_no_indices=true&filter_path=" +
            std::string(fields));
    const std::string attempt = "list the generations";
    const Result<Json> answer = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!answer.ok()) {
        co_return located(answer.failure(), exchange_.where(alias));
    }
    Result<std::vector<FoundGeneration>> found = read_generations(alias, *answer);
    if (!found.ok()) {
        co_return located(std::move(found).failure(), exchange_.where(alias));
    }
    co_return found;
}

Task<Result<void>> RestGenerationTarget::show(engine::GenerationSwitch change) {
    const std::string where = exchange_.where(change.alias);
    const Result<std::vector<FoundGeneration>> found = co_await find(change.alias);
    if (!found.ok()) {
        co_return found.failure();
    }
    Result<Json> actions = plan_switch(change, *found);
    if (!actions.ok()) {
        co_return located(std::move(actions).failure(), where);
    }
    for (const FoundGeneration& one : *found) {
        const engine::Generation& generation = one.generation;
        const bool is_shown = generation.index == change.to.index;
        Result<void> done;
        if (is_shown && !generation.snapshot.empty()) {
            done = co_await complete(generation.index);
        } else if (!is_shown && generation.has_alias) {
            // Its mark does not say yet that it is being promoted.
            done = co_await ledger_.check_no_change(generation.uuid);
        }
        if (!done.ok()) {
            co_return located(std::move(done).failure(), exchange_.where(generation.index));
        }
    }
    Result<void> moved = co_await move_aliases(std::move(change), std::move(actions).value());
    co_return moved;
}

Task<Result<void>> RestGenerationTarget::move_aliases(engine::GenerationSwitch change,
                                                      Json actions) {
    const std::string where = exchange_.where(change.alias);
    const std::string attempt = "show " + change.to.index.value();
    Json body = Json::object();
    body["actions"] = std::move(actions);
    http::Request request = change_request(http::Method::post, "/_aliases", to_text(body));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return located(answer.failure(), where);
    }
    if (answer->is_error("invalid_alias_name_exception")) {
        co_return Failure{FailureKind::conflict,
                          exchange_.failure_of(*answer, attempt).what +
                              ". An alias of the leader is called as an index of this cluster: "
                              "rename one of the two. Nothing was changed",
                          where};
    }
    if (!answer->ok()) {
        co_return located(exchange_.failure_of(*answer, attempt), where);
    }
    if (!is_true(answer->body, "acknowledged")) {
        co_return Failure{FailureKind::unavailable,
                          "could not " + attempt + ": not every node has taken it over in time",
                          where};
    }
    co_return Result<void>{};
}

Task<Result<void>> RestGenerationTarget::complete(IndexName index) {
    http::Request put = change_request(
        http::Method::put, path_of(index) + "/_settings", to_text(completion_settings()));
    const std::string attempt = "end the restore";
    Result<void> done = co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
    co_return done;
}

Task<Result<std::optional<FoundGeneration>>> RestGenerationTarget::look(IndexName index) {
    const std::string where = exchange_.where(index);
    http::Request ask =
        admin_request(http::Method::get,
                      path_of(index) + "?flat_settings=true&filter_path=" + std::string(fields) +
                          ",error,status");
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(ask));
    if (!answer.ok()) {
        co_return located(answer.failure(), where);
    }
    if (answer->status == 404 && answer->is_error("index_not_found_exception")) {
        co_return std::optional<FoundGeneration>{};
    }
    if (!answer->ok()) {
        co_return located(exchange_.failure_of(*answer, "read the index"), where);
    }
    const std::optional<GenerationName> name = parse_generation_name(index.value());
    const Json* json = member(answer->body, index.value());
    if (!name || json == nullptr) {
        co_return Failure{FailureKind::conflict,
                          "the name is that of no generation, alias or data stream",
                          where};
    }
    Result<FoundGeneration> found = read_generation(index, IndexName{name->alias}, *json);
    if (!found.ok()) {
        co_return located(std::move(found).failure(), where);
    }
    co_return std::optional<FoundGeneration>{std::move(found).value()};
}

Task<Result<void>> RestGenerationTarget::remove(engine::Generation generation) {
    const std::string where = exchange_.where(generation.index);
    // Its mark does not say yet that it is being promoted.
    const Result<void> open = co_await ledger_.check_no_change(generation.uuid);
    if (!open.ok()) {
        co_return located(open.failure(), where);
    }
    const Result<std::optional<FoundGeneration>> there = co_await look(generation.index);
    if (!there.ok()) {
        co_return there.failure();
    }
    const std::optional<FoundGeneration>& found = *there;
    if (!found) {
        co_return Result<void>{};
    }
    const Result<void> judged = judge_removal(generation, *found);
    if (!judged.ok()) {
        co_return located(judged.failure(), where);
    }
    http::Request request = change_request(http::Method::del, path_of(generation.index));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return located(answer.failure(), where);
    }
    if (!answer->ok() && !answer->is_error("index_not_found_exception")) {
        co_return located(exchange_.failure_of(*answer, "remove the generation"), where);
    }
    co_return Result<void>{};
}

Task<Result<void>> RestGenerationTarget::refresh(IndexName index) {
    const std::string attempt = "refresh the index";
    http::Request request =
        admin_request(http::Method::post, path_of(index) + "/_refresh?filter_path=_shards");
    request.deadline = count_deadline;
    const Result<Json> answer =
        co_await exchange_.send_expecting_success(std::move(request), attempt);
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const Json::json_pointer failed{"/_shards/failed"};
    if (!answer->contains(failed) || answer->at(failed) != 0) {
        co_return Failure{
            FailureKind::unavailable, "not every shard of the index could be refreshed", {}};
    }
    co_return Result<void>{};
}

Task<Result<std::string>> RestGenerationTarget::search_options() {
    if (search_options_) {
        co_return *search_options_;
    }
    ClusterProbe probe(client_, exchange_.cluster());
    const Result<ClusterInfo> info = co_await probe.identify();
    if (!info.ok()) {
        co_return info.failure();
    }
    const Capabilities capabilities = capabilities_of(*info);
    std::string options = "?allow_partial_search_results=false&request_cache=false";
    if (capabilities.search_pipeline) {
        options += "&search_pipeline=_none";
    }
    // A refresh does not level replicas under segment replication.
    if (capabilities.primary_preference) {
        options += "&preference=_primary";
    }
    search_options_ = options;
    co_return options;
}

Task<Result<std::int64_t>> RestGenerationTarget::count_documents(IndexName index) {
    const std::string where = exchange_.where(index);
    const Result<std::string> options = co_await search_options();
    if (!options.ok()) {
        co_return located(options.failure(), where);
    }
    const Result<void> refreshed = co_await refresh(index);
    if (!refreshed.ok()) {
        co_return located(refreshed.failure(), where);
    }
    const std::string attempt = "count the documents";
    http::Request ask = admin_request(http::Method::post,
                                      path_of(index) + "/_search" + *options,
                                      R"({"size":0,"track_total_hits":true})");
    ask.deadline = count_deadline;
    const Result<Json> answer = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!answer.ok()) {
        co_return located(answer.failure(), where);
    }
    const std::optional<std::int64_t> count = whole_count_in(*answer);
    if (!count) {
        co_return Failure{
            FailureKind::unavailable, "could not " + attempt + ": not every shard answered", where};
    }
    co_return *count;
}

}  // namespace followd::es
