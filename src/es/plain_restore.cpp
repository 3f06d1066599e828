#include "es/plain_restore.hpp"

#include "es/index_lists.hpp"
#include "es/name_list.hpp"
#include "es/place.hpp"
#include "es/repository.hpp"
#include "es/restore_plan.hpp"
#include "es/snapshot_request.hpp"
#include "http/message.hpp"

#include <algorithm>
#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view mark_key = "followd";
constexpr std::size_t taken_names_max = 50;

std::vector<std::string> copies_of(const std::vector<RestoredName>& names) {
    std::vector<std::string> copies;
    copies.reserve(names.size());
    for (const RestoredName& name : names) {
        copies.push_back(name.restored_as.value());
    }
    return copies;
}

bool has_alias(const Json& entry, const std::string& name) {
    const Json* aliases = member(entry, "aliases");
    return aliases != nullptr && aliases->is_array() &&
           std::ranges::find(*aliases, Json(name)) != aliases->end();
}

/// What has the name, of the cluster's state asked for it; empty where nothing has.
std::string holder_of(const Json& state, const std::string& name) {
    const Json* metadata = member(state, "metadata");
    const Json* indices = metadata == nullptr ? nullptr : member(*metadata, "indices");
    if (indices == nullptr || indices->empty()) {
        return {};
    }
    if (const Json* index = member(*indices, name); index != nullptr) {
        return text_of(*index, "state") == "close" ? "a closed index" : "an index";
    }
    const auto first = indices->items().begin();
    return (has_alias(first.value(), name) ? "an alias of " : "a data stream of ") + first.key();
}

/// Of a restore of which it is not known whether it is under way.
Failure going_on(Failure failure) {
    failure.what +=
        ". The restore may go on there: GET _cat/recovery shows it, and whoever deletes "
        "its indices ends it";
    return failure;
}

Failure gone() {
    return Failure{FailureKind::not_found, "what was just begun to be restored is gone", {}};
}

}  // namespace

PlainRestore::PlainRestore(http::Client& client,
                           ClusterName cluster,
                           engine::RuleRepository repository)
    : repository_(std::move(repository)),
      name_(cluster == repository_.leader ? leader_repository_name(repository_)
                                          : follower_repository_name(repository_)),
      exchange_(client, std::move(cluster)),
      watch_(exchange_) {}

Failure PlainRestore::told(Failure failure) const {
    return located(without_token(std::move(failure), repository_), exchange_.where({}));
}

Task<Result<void>> PlainRestore::check_free(std::vector<RestoredName> names) {
    std::vector<std::string> taken;
    for (const RestoredName& name : names) {
        const IndexName copy = name.restored_as;
        const Result<std::string> holder = co_await taken_by(copy);
        if (!holder.ok()) {
            co_return told(holder.failure());
        }
        if (!holder->empty()) {
            taken.push_back(copy.value() + " (" + *holder + ")");
        }
    }
    if (!taken.empty()) {
        co_return told(
            Failure{FailureKind::conflict,
                    "nothing was restored, because there is: " + name_list(taken, taken_names_max) +
                        ". Restore under other names (--rename), leave them out, or "
                        "delete what is there",
                    {}});
    }
    co_return Result<void>{};
}

Task<Result<std::string>> PlainRestore::taken_by(IndexName name) {
    http::Request ask =
        admin_request(http::Method::get,
                      "/_cluster/state/metadata/" + http::encode_component(name.value()) +
                          "?ignore_unavailable=true&expand_wildcards=all&filter_path=cluster_uuid,"
                          "metadata.indices.*.state,metadata.indices.*.aliases");
    const std::string attempt = "look for " + name.value();
    const Result<Json> state = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!state.ok()) {
        co_return state.failure();
    }
    co_return holder_of(*state, name.value());
}

Task<Result<std::vector<CreatedIndex>>> PlainRestore::begin(PlainRestoreRequest request) {
    const std::string attempt = "restore the snapshot " + request.snapshot;
    std::vector<std::string> copies = copies_of(request.names);
    const Json body = plan_plain_restore(request.names, request.rename, request.tag);
    http::Request post = begin_restore_request(name_, request.snapshot, to_text(body));
    const Result<Json> begun = co_await exchange_.send_expecting_success(std::move(post), attempt);
    if (!begun.ok() && !may_have_arrived(begun.failure().kind)) {
        co_return told(begun.failure());
    }
    Result<std::vector<Present>> present = co_await look(std::move(copies));
    if (!present.ok()) {
        co_return told(going_on(begun.ok() ? present.failure() : begun.failure()));
    }
    std::erase_if(*present, [&request](const Present& one) { return one.tag != request.tag; });
    std::vector<CreatedIndex> created;
    for (const Present& made : *present) {
        created.push_back(made.index);
    }
    Result<void> taken_over = begun.ok() ? gone() : begun.failure();
    if (created.size() == request.names.size()) {
        taken_over = co_await take_over(std::move(present).value());
    }
    if (taken_over.ok()) {
        co_return created;
    }
    const bool is_all_known = created.size() == request.names.size();
    const Result<void> discarded = co_await discard(std::move(created));
    const bool is_all_gone = is_all_known && discarded.ok();
    co_return told(is_all_gone ? taken_over.failure() : going_on(taken_over.failure()));
}

PlainRestore::Present PlainRestore::read_present(const std::string& name, const Json& index) {
    Present present;
    present.index.name = IndexName{name};
    if (const Json* settings = member(index, "settings"); settings != nullptr) {
        present.index.uuid = IndexUuid{text_of(*settings, "index.uuid")};
        present.tag = text_of(*settings, restore_tag);
    }
    const Json* mappings = member(index, "mappings");
    if (const Json* meta = mappings == nullptr ? nullptr : member(*mappings, "_meta")) {
        present.meta = *meta;
        present.index.was_marked = member(*meta, mark_key) != nullptr;
    }
    return present;
}

Task<Result<std::vector<PlainRestore::Present>>> PlainRestore::look(
    std::vector<std::string> names) {
    const std::string attempt = "read what was restored";
    std::vector<Present> present;
    const std::vector<std::string> lists = index_lists(names);
    for (const std::string& list : lists) {
        http::Request ask =
            admin_request(http::Method::get,
                          "/" + list +
                              "?flat_settings=true&ignore_unavailable=true&expand_wildcards=all&"
                              "filter_path=*.settings,*.mappings._meta");
        const Result<Json> answer =
            co_await exchange_.send_expecting_success(std::move(ask), attempt);
        if (!answer.ok()) {
            co_return answer.failure();
        }
        for (const auto& [name, index] : answer->items()) {
            present.push_back(read_present(name, index));
        }
    }
    std::ranges::sort(present, {}, [](const Present& one) { return one.index.name; });
    co_return present;
}

Task<Result<void>> PlainRestore::take_over(std::vector<Present> made) {
    std::vector<std::string> names;
    for (Present& index : made) {
        names.push_back(index.index.name.value());
        if (index.index.was_marked) {
            const Result<void> removed = co_await remove_mark(std::move(index));
            if (!removed.ok()) {
                co_return removed;
            }
        }
    }
    const std::string attempt = "make the copies plain indices";
    Json settings = Json::object();
    settings[std::string(restore_tag)] = nullptr;
    const std::vector<std::string> lists = index_lists(names);
    for (const std::string& list : lists) {
        http::Request put =
            change_request(http::Method::put, "/" + list + "/_settings", to_text(settings));
        const Result<void> removed =
            co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
        if (!removed.ok()) {
            co_return removed;
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> PlainRestore::remove_mark(Present index) {
    index.meta.erase(std::string(mark_key));
    const std::string path = "/" + http::encode_component(index.index.name.value()) + "/_mapping";
    http::Request put =
        change_request(http::Method::put, path, to_text(Json{{"_meta", std::move(index.meta)}}));
    const std::string attempt = "take the mark of followd away from the copy";
    Result<void> removed =
        co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
    co_return removed;
}

Task<Result<WatchedRestore>> PlainRestore::read(std::vector<CreatedIndex> created) {
    std::vector<IndexName> names;
    names.reserve(created.size());
    for (const CreatedIndex& index : created) {
        names.push_back(index.name);
    }
    Result<WatchedRestore> restore = co_await watch_.read(std::move(names));
    co_return restore;
}

Task<Result<void>> PlainRestore::discard(std::vector<CreatedIndex> created) {
    std::vector<std::string> names;
    names.reserve(created.size());
    for (const CreatedIndex& index : created) {
        names.push_back(index.name.value());
    }
    const Result<std::vector<Present>> present = co_await look(std::move(names));
    if (!present.ok()) {
        co_return told(present.failure());
    }
    std::vector<std::string> same;
    for (const Present& one : *present) {
        const auto made = std::ranges::find(created, one.index.uuid, &CreatedIndex::uuid);
        if (made != created.end()) {
            same.push_back(one.index.name.value());
        }
    }
    const std::string attempt = "remove what was half restored";
    const std::vector<std::string> lists = index_lists(same);
    for (const std::string& list : lists) {
        http::Request del = change_request(http::Method::del, "/" + list);
        const Result<AdminAnswer> answer = co_await exchange_.send(std::move(del));
        if (!answer.ok()) {
            co_return told(answer.failure());
        }
        if (!answer->ok() && !answer->is_error("index_not_found_exception")) {
            co_return told(exchange_.failure_of(*answer, attempt));
        }
    }
    co_return Result<void>{};
}

}  // namespace followd::es
