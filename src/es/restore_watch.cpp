#include "es/restore_watch.hpp"

#include "es/index_lists.hpp"
#include "es/place.hpp"
#include "es/snapshot_answers.hpp"

#include <optional>
#include <utility>

namespace followd::es {

namespace {

const std::string attempt = "read how far the restore is";

/// The colour does not tell: a primary that waits to be restored is yellow.
bool is_active(const Json& counts) {
    const Json* all = member(counts, "number_of_shards");
    const Json* active = member(counts, "active_primary_shards");
    return all != nullptr && active != nullptr && *all == *active;
}

void add(const engine::TransferProgress& part, engine::TransferProgress& sum) {
    sum.bytes += part.bytes;
    sum.bytes_total += part.bytes_total;
    sum.files += part.files;
    sum.files_total += part.files_total;
}

/// The question why it has no place; nothing where it has one.
std::optional<Json> question_of(const std::string& index, const Json& copy) {
    if (!is_true(copy, "primary") || text_of(copy, "state") != "UNASSIGNED") {
        return std::nullopt;
    }
    Json question{{"index", index}, {"primary", true}};
    question["shard"] = copy.at("shard");
    return question;
}

std::optional<Json> first_question(const Json& table) {
    const Json::json_pointer place{"/routing_table/indices"};
    if (!table.contains(place)) {
        return std::nullopt;
    }
    for (const auto& [index, entry] : table.at(place).items()) {
        const Json* shards = member(entry, "shards");
        if (shards == nullptr) {
            continue;
        }
        for (const Json& copies : *shards) {
            for (const Json& copy : copies) {
                if (std::optional<Json> question = question_of(index, copy)) {
                    return question;
                }
            }
        }
    }
    return std::nullopt;
}

}  // namespace

Task<Result<WatchedRestore>> RestoreWatch::read(std::vector<IndexName> indices) {
    std::vector<std::string> names;
    names.reserve(indices.size());
    for (const IndexName& index : indices) {
        names.push_back(index.value());
    }
    const std::string where = exchange_.where(indices.size() == 1 ? indices.front() : IndexName{});
    const std::vector<std::string> lists = index_lists(names);
    WatchedRestore restore;
    engine::RestoreProgress& progress = restore.progress;
    progress.is_done = true;
    for (const std::string& list : lists) {
        const Result<bool> is_done = co_await are_primaries_active(list);
        if (!is_done.ok()) {
            co_return located(is_done.failure(), where);
        }
        progress.is_done = progress.is_done && *is_done;
        http::Request ask = admin_request(http::Method::get, "/" + list + "/_recovery");
        const Result<Json> recovery =
            co_await exchange_.send_expecting_success(std::move(ask), attempt);
        if (!recovery.ok()) {
            co_return located(recovery.failure(), where);
        }
        add(read_restore_transfer(*recovery), progress.transfer);
    }
    if (progress.is_done || progress.transfer.bytes != progress.transfer.bytes_total) {
        co_return restore;
    }
    for (const std::string& list : lists) {
        const Json why = co_await explain(list);
        progress.obstacle = read_obstacle(why);
        restore.has_failed = has_restore_failed(why);
        if (!progress.obstacle.empty()) {
            break;
        }
    }
    co_return restore;
}

Task<Result<bool>> RestoreWatch::are_primaries_active(std::string list) {
    // It would wait for an index that is not there.
    http::Request ask = admin_request(http::Method::get,
                                      "/_cluster/health/" + list +
                                          "?level=indices&timeout=0s&filter_path=indices.*."
                                          "number_of_shards,indices.*.active_primary_shards");
    const Result<AdminAnswer> health = co_await exchange_.send(std::move(ask));
    if (!health.ok()) {
        co_return health.failure();
    }
    constexpr int status_not_there = 408;
    if (health->status == status_not_there) {
        co_return false;
    }
    if (!health->ok()) {
        co_return exchange_.failure_of(*health, attempt);
    }
    const Json* indices = member(health->body, "indices");
    if (indices == nullptr || indices->empty()) {
        co_return false;
    }
    bool are_all_active = true;
    for (const Json& counts : *indices) {
        are_all_active = are_all_active && is_active(counts);
    }
    co_return are_all_active;
}

Task<Json> RestoreWatch::explain(std::string list) {
    http::Request ask = admin_request(
        http::Method::get,
        "/_cluster/state/routing_table/" + list +
            "?filter_path=routing_table.indices.*.shards.*.state,routing_table.indices.*.shards.*."
            "primary,routing_table.indices.*.shards.*.shard");
    const Result<Json> table = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    const std::optional<Json> question = table.ok() ? first_question(*table) : std::nullopt;
    if (!question) {
        co_return Json{};
    }
    http::Request ask_why =
        admin_request(http::Method::post, "/_cluster/allocation/explain", to_text(*question));
    const Result<Json> why = co_await exchange_.send_expecting_success(std::move(ask_why), attempt);
    co_return why.ok() ? *why : Json{};
}

}  // namespace followd::es
