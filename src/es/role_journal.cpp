#include "es/role_journal.hpp"

#include "followd/base/assert.hpp"

#include <string>
#include <utility>

namespace followd::es {

namespace {

Failure not_ours() {
    return Failure{
        FailureKind::malformed, "the answer about the index .followd is not what was asked", {}};
}

/// One document of the multi-get; false where it is none of ours.
bool read_entry(const Json& item, engine::ChangingIndex& changing) {
    if (!is_true(item, "found")) {
        return is_false(item, "found") && member(item, "error") == nullptr;
    }
    const Result<LedgerEntry> entry = read_ledger_entry(item);
    if (!entry.ok()) {
        return false;
    }
    changing.change = entry->change;
    changing.has_entry = true;
    changing.entry_seq_no = entry->seq_no;
    changing.entry_term = entry->primary_term;
    return true;
}

/// Two lines of a bulk: only where the entry is still what was read.
std::string replacement(const engine::ChangingIndex& changing) {
    Json action = Json::object();
    Json& where = action[changing.has_entry ? "index" : "create"];
    where["_id"] = changing.index.uuid.value();
    if (changing.has_entry) {
        where["if_seq_no"] = changing.entry_seq_no;
        where["if_primary_term"] = changing.entry_term;
    }
    const Claim claim{std::max<std::int64_t>(changing.index.generation, 0),
                      changing.index.histories};
    return to_text(action) + "\n" + ledger_entry_body(changing.index.name, claim, changing.change) +
           "\n";
}

/// Takes the place of what was written from its item of the bulk's answer.
Result<void> take_place(const Json& item, engine::ChangingIndex& changing) {
    if (!item.is_object() || item.size() != 1) {
        return not_ours();
    }
    const Json& outcome = item.begin().value();
    const Json* status = member(outcome, "status");
    const Json* seq_no = member(outcome, "_seq_no");
    const Json* term = member(outcome, "_primary_term");
    if (status == nullptr || !status->is_number_integer()) {
        return not_ours();
    }
    if (status->get<int>() == 409) {
        return Failure{FailureKind::conflict,
                       "somebody else changes the role of this index at the same time: look at "
                       "followd status, then try again",
                       {}};
    }
    if (seq_no == nullptr || !seq_no->is_number_integer() || term == nullptr ||
        !term->is_number_integer()) {
        const Json* error = member(outcome, "error");
        return Failure{
            FailureKind::unavailable,
            "could not keep the journal of the change in the index .followd: " +
                (error == nullptr ? std::string{"no reason given"} : text_of(*error, "reason")),
            {}};
    }
    changing.has_entry = true;
    changing.entry_seq_no = seq_no->get<std::int64_t>();
    changing.entry_term = term->get<std::int64_t>();
    return {};
}

}  // namespace

RoleJournal::RoleJournal(AdminExchange& exchange, GenerationLedger& ledger)
    : exchange_(exchange), ledger_(ledger) {}

Task<Result<std::vector<engine::ChangingIndex>>> RoleJournal::read(
    std::vector<engine::RoleIndex> indices) {
    std::vector<engine::ChangingIndex> changing;
    Json ids = Json::array();
    for (engine::RoleIndex& index : indices) {
        ids.push_back(index.uuid.value());
        changing.push_back(engine::ChangingIndex{std::move(index), std::nullopt, false, 0, 0});
    }
    if (changing.empty()) {
        co_return changing;
    }
    http::Request request = admin_request(
        http::Method::post, "/.followd/_mget?realtime=true", to_text(Json{{"ids", ids}}));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const bool no_index = answer->status == 404 && answer->is_error("index_not_found_exception");
    if (no_index) {
        const Result<void> created = co_await ledger_.create_index();
        if (!created.ok()) {
            co_return created.failure();
        }
        co_return changing;
    }
    if (!answer->ok()) {
        co_return exchange_.failure_of(*answer, "read the journals in the index .followd");
    }
    const Json* items = member(answer->body, "docs");
    if (items == nullptr || !items->is_array() || items->size() != changing.size()) {
        co_return not_ours();
    }
    for (std::size_t at = 0; at < changing.size(); ++at) {
        // An index that was just created and has no entry yet answers "not found" with an error
        // inside where .followd is missing; elsewhere an error is no answer.
        const Json& item = (*items)[at];
        const Json* error = member(item, "error");
        if (error != nullptr && text_of(*error, "type") == "index_not_found_exception") {
            const Result<void> created = co_await ledger_.create_index();
            if (!created.ok()) {
                co_return created.failure();
            }
            co_return changing;
        }
        if (!read_entry(item, changing[at])) {
            co_return not_ours();
        }
    }
    co_return changing;
}

Task<Result<std::vector<engine::ChangingIndex>>> RoleJournal::write(
    std::vector<engine::ChangingIndex> indices) {
    if (indices.empty()) {
        co_return indices;
    }
    std::string body;
    for (const engine::ChangingIndex& changing : indices) {
        body += replacement(changing);
    }
    http::Request request = admin_request(
        http::Method::post, "/.followd/_bulk?require_alias=false&pipeline=_none", std::move(body));
    request.content_type = "application/x-ndjson";
    const std::string attempt = "keep the journals in the index .followd";
    const Result<Json> answer =
        co_await exchange_.send_expecting_success(std::move(request), attempt);
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const Json* items = member(*answer, "items");
    if (items == nullptr || !items->is_array() || items->size() != indices.size()) {
        co_return not_ours();
    }
    for (std::size_t at = 0; at < indices.size(); ++at) {
        Result<void> taken = take_place((*items)[at], indices[at]);
        if (!taken.ok()) {
            Failure failure = std::move(taken).failure();
            failure.where = exchange_.where(indices[at].index.name);
            co_return failure;
        }
    }
    co_return indices;
}

}  // namespace followd::es
