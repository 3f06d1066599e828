#include "es/generation_ledger.hpp"

#include "followd/base/assert.hpp"

#include "es/json.hpp"
#include "http/message.hpp"

#include <string>
#include <utility>

namespace followd::es {

namespace {

std::string document_path(const IndexUuid& follower) {
    return "/.followd/_doc/" + http::encode_component(follower.value());
}

/// Nothing where there is no journal; false where it is none of ours.
bool read_change(const Json& source, std::optional<RoleChange>& change) {
    const Json* json = member(source, "change");
    if (json == nullptr) {
        return true;
    }
    const std::string kind = text_of(*json, "kind");
    const Json* points = member(*json, "points");
    if (points == nullptr || !points->is_array()) {
        return false;
    }
    change.emplace();
    for (const RoleChangeKind candidate : {RoleChangeKind::promote, RoleChangeKind::follow}) {
        if (kind == to_string(candidate)) {
            change->kind = candidate;
        }
    }
    change->at = text_of(*json, "at");
    change->by = text_of(*json, "by");
    for (const Json& point : *points) {
        if (!point.is_number_integer() || point.get<std::int64_t>() < -1) {
            return false;
        }
        change->points.emplace_back(point.get<std::int64_t>());
    }
    return kind == to_string(change->kind);
}

std::string ledger_index_body() {
    Json body = Json::object();
    body["settings"]["index.hidden"] = true;
    body["settings"]["index.number_of_shards"] = 1;
    body["settings"]["index.auto_expand_replicas"] = "0-1";
    body["mappings"]["dynamic"] = false;
    return to_text(body);
}

}  // namespace

Result<LedgerEntry> read_ledger_entry(const Json& answer) {
    const Failure malformed{
        FailureKind::malformed, "the entry in the index .followd is not of our making", {}};
    const Json* source = member(answer, "_source");
    const Json* seq_no = member(answer, "_seq_no");
    const Json* term = member(answer, "_primary_term");
    const Json* generation = source == nullptr ? nullptr : member(*source, "generation");
    const Json* histories = source == nullptr ? nullptr : member(*source, "histories");
    for (const Json* number : {seq_no, term, generation}) {
        if (number == nullptr || !number->is_number_integer()) {
            return malformed;
        }
    }
    if (histories == nullptr || !histories->is_array()) {
        return malformed;
    }
    LedgerEntry entry;
    entry.seq_no = seq_no->get<std::int64_t>();
    entry.primary_term = term->get<std::int64_t>();
    entry.claim.generation = generation->get<std::int64_t>();
    for (const Json& history : *histories) {
        if (!history.is_string()) {
            return malformed;
        }
        entry.claim.histories.emplace_back(history.get<std::string>());
    }
    if (!read_change(*source, entry.change)) {
        return malformed;
    }
    if (entry.claim.generation < 0 || entry.claim.generation > generation_max) {
        return malformed;
    }
    return entry;
}

std::string ledger_entry_body(const IndexName& name,
                              const Claim& claim,
                              const std::optional<RoleChange>& change) {
    Json body = Json::object();
    body["follower_index"] = name.value();
    body["generation"] = claim.generation;
    body["histories"] = Json::array();
    for (const HistoryUuid& history : claim.histories) {
        body["histories"].push_back(history.value());
    }
    if (change) {
        Json points = Json::array();
        for (const SeqNo point : change->points) {
            points.push_back(point.value());
        }
        body["change"] = Json{{"kind", std::string(to_string(change->kind))},
                              {"at", change->at},
                              {"by", change->by},
                              {"points", std::move(points)}};
    }
    return to_text(body);
}

Result<Claim> next_claim(const std::optional<Claim>& ledger,
                         const Claim& mark,
                         const std::vector<HistoryUuid>& histories) {
    FOLLOWD_ASSERT(!histories.empty());
    // The ledger is written first; it is behind only where it was lost or restored from a backup.
    const bool ledger_counts = ledger.has_value() && ledger->generation >= mark.generation;
    const Claim& recorded = ledger_counts ? *ledger : mark;
    if (recorded.histories == histories) {
        return recorded;
    }
    const std::int64_t generation =
        recorded.histories.empty() ? recorded.generation : recorded.generation + 1;
    if (generation > generation_max) {
        return Failure{FailureKind::refused,
                       "the leader's history has changed " + std::to_string(generation_max) +
                           " times, more than versions have room for: delete the follower index "
                           "and let it be made afresh",
                       {}};
    }
    return Claim{generation, histories};
}

Failure change_under_way(const RoleChange& change, std::string where) {
    return Failure{FailureKind::conflict,
                   "a change of its role (" + std::string(to_string(change.kind)) +
                       ") was begun at " + change.at + " by " + change.by +
                       " and has not ended: if nobody is at it, followd promote or followd "
                       "failback finishes it, followd resume undoes it",
                   std::move(where)};
}

std::optional<Claim> LedgerReading::claim() const {
    return entry.has_value() ? std::optional<Claim>{entry->claim} : std::nullopt;
}

GenerationLedger::GenerationLedger(AdminExchange& exchange) : exchange_(exchange) {}

Task<Result<LedgerReading>> GenerationLedger::read(IndexUuid follower) {
    http::Request request = admin_request(http::Method::get, document_path(follower));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const bool no_index = answer->status == 404 && answer->is_error("index_not_found_exception");
    if (no_index) {
        co_return LedgerReading{};
    }
    LedgerReading reading;
    reading.index_exists = true;
    if (answer->status == 404 && is_false(answer->body, "found")) {
        co_return reading;
    }
    if (!answer->ok()) {
        co_return exchange_.failure_of(*answer, "read an entry of the index .followd");
    }
    Result<LedgerEntry> entry = read_ledger_entry(answer->body);
    if (!entry.ok()) {
        Failure failure = std::move(entry).failure();
        failure.where = exchange_.where({});
        co_return failure;
    }
    reading.entry = std::move(entry).value();
    co_return reading;
}

Task<Result<void>> GenerationLedger::check_no_change(IndexUuid follower) {
    const Result<LedgerReading> ledger = co_await read(std::move(follower));
    if (!ledger.ok()) {
        co_return ledger.failure();
    }
    if (ledger->entry && ledger->entry->change) {
        co_return change_under_way(*ledger->entry->change, {});
    }
    co_return Result<void>{};
}

Task<Result<void>> GenerationLedger::create_index() {
    http::Request request =
        admin_request(http::Method::put, "/.followd?wait_for_active_shards=1", ledger_index_body());
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    if (answer->ok() || answer->is_error("resource_already_exists_exception")) {
        co_return Result<void>{};
    }
    co_return exchange_.failure_of(*answer, "create the index .followd");
}

Task<Result<bool>> GenerationLedger::replace(IndexUuid follower,
                                             IndexName name,
                                             std::optional<LedgerEntry> seen,
                                             Claim claim) {
    const std::string condition = seen.has_value()
                                      ? "if_seq_no=" + std::to_string(seen->seq_no) +
                                            "&if_primary_term=" + std::to_string(seen->primary_term)
                                      : "op_type=create";
    http::Request request =
        admin_request(http::Method::put,
                      document_path(follower) + "?pipeline=_none&" + condition,
                      ledger_entry_body(name, claim, seen ? seen->change : std::nullopt));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    if (answer->status == 409) {
        co_return false;
    }
    if (!answer->ok()) {
        co_return exchange_.failure_of(*answer, "record a generation in the index .followd");
    }
    co_return true;
}

}  // namespace followd::es
