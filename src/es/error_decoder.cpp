#include "es/error_decoder.hpp"

#include "es/dom_answer.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace followd::es {

namespace {

struct KnownType {
    std::string_view type;
    FailureKind kind;
};

/// Types that mean the same whatever status they come with. Everything else goes by its status.
constexpr std::array known_types{
    KnownType{"index_not_found_exception", FailureKind::not_found},
    KnownType{"search_context_missing_exception", FailureKind::not_found},
    KnownType{"version_conflict_engine_exception", FailureKind::conflict},
    KnownType{"resource_already_exists_exception", FailureKind::conflict},
    KnownType{"security_exception", FailureKind::unauthorised},
    KnownType{"circuit_breaking_exception", FailureKind::throttled},
    KnownType{"es_rejected_execution_exception", FailureKind::throttled},
    KnownType{"open_search_rejected_execution_exception", FailureKind::throttled},
    KnownType{"rejected_execution_exception", FailureKind::throttled},
    // Closed indices are opened again, lost shards come back, masters get elected: worth waiting.
    KnownType{"index_closed_exception", FailureKind::unavailable},
    KnownType{"unavailable_shards_exception", FailureKind::unavailable},
    KnownType{"no_shard_available_action_exception", FailureKind::unavailable},
    KnownType{"shard_not_found_exception", FailureKind::unavailable},
    KnownType{"illegal_index_shard_state_exception", FailureKind::unavailable},
    KnownType{"index_shard_closed_exception", FailureKind::unavailable},
    KnownType{"index_shard_not_started_exception", FailureKind::unavailable},
    KnownType{"index_shard_recovering_exception", FailureKind::unavailable},
    KnownType{"already_closed_exception", FailureKind::unavailable},
    KnownType{"node_closed_exception", FailureKind::unavailable},
    KnownType{"node_disconnected_exception", FailureKind::unavailable},
    KnownType{"node_not_connected_exception", FailureKind::unavailable},
    KnownType{"connect_transport_exception", FailureKind::unavailable},
    KnownType{"receive_timeout_transport_exception", FailureKind::unavailable},
    KnownType{"master_not_discovered_exception", FailureKind::unavailable},
    KnownType{"task_cancelled_exception", FailureKind::unavailable},
    // Snapshots and repositories: what is wrong with them comes with status 500, too.
    KnownType{"snapshot_missing_exception", FailureKind::not_found},
    KnownType{"repository_missing_exception", FailureKind::refused},
    KnownType{"repository_exception", FailureKind::refused},
    KnownType{"repository_verification_exception", FailureKind::refused},
    KnownType{"snapshot_restore_exception", FailureKind::refused},
    KnownType{"concurrent_snapshot_execution_exception", FailureKind::unavailable},
};

FailureKind kind_of_status(int status, bool is_json) {
    switch (status) {
        case 0:
            return FailureKind::refused;
        case 401:
        case 403:
            return FailureKind::unauthorised;
        case 404:
            // Only the server itself may say that something is gone: a proxy that has lost its way
            // answers 404 too, and an index must not be given up for that.
            return is_json ? FailureKind::not_found : FailureKind::unavailable;
        case 408:
        case 504:
            return FailureKind::timeout;
        case 409:
            return FailureKind::conflict;
        case 413:
            return FailureKind::too_large;
        case 429:
            return FailureKind::throttled;
        default:
            break;
    }
    if (status >= 500) {
        return FailureKind::unavailable;
    }
    return status >= 400 ? FailureKind::refused : FailureKind::malformed;
}

/// Block 12 is set by the server on a full disk and lifted by it again; it stops writes only, so it
/// is the follower that has it. Before 7.8 it came with 403.
bool is_disk_full(const ServerError& error) {
    return error.type == "cluster_block_exception" &&
           error.reason.find("/12/") != std::string::npos;
}

FailureKind kind_of_block(const ServerError& error) {
    if (error.status == 429 || is_disk_full(error)) {
        return FailureKind::throttled;
    }
    return FailureKind::unavailable;
}

/// From these words on a reason quotes what it was given.
constexpr std::array<std::string_view, 11> quoting_words{
    "Preview of field's value",
    "at [Source",
    "For input string",
    "but got [",
    "Numeric value",
    "The prefix of the first immense term",
    "failed to parse: ",
    "failed to parse date",
    "Unrecognized token",
    "source[",
    "request: [",
};

/// Errors about a document whose reasons name fields, shards and limits, not values.
constexpr std::array<std::string_view, 14> harmless_types{
    "version_conflict_engine_exception",
    "index_not_found_exception",
    "index_closed_exception",
    "invalid_index_name_exception",
    "cluster_block_exception",
    "security_exception",
    "circuit_breaking_exception",
    "es_rejected_execution_exception",
    "unavailable_shards_exception",
    "routing_missing_exception",
    "strict_dynamic_mapping_exception",
    "mapper_parsing_exception",
    "document_parsing_exception",
    "no_shard_available_action_exception",
};

/// An illegal argument can be anything; these beginnings are about fields and limits.
constexpr std::array<std::string_view, 4> harmless_arguments{
    "mapper [",
    "Limit of ",
    "can't merge ",
    "Document contains at least one immense term",
};

/// Types whose reason is the parser's, which quotes what it read.
constexpr std::array<std::string_view, 4> quoting_types{
    "x_content_parse_exception",
    "json_parse_exception",
    "json_e_o_f_exception",
    "input_coercion_exception",
};

bool is_one_of(std::span<const std::string_view> list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

bool may_show_reason(const ServerError& error, ErrorScope scope) {
    if (is_one_of(quoting_types, error.type)) {
        return false;
    }
    if (scope == ErrorScope::request || is_one_of(harmless_types, error.type)) {
        return true;
    }
    return error.type == "illegal_argument_exception" &&
           std::ranges::any_of(harmless_arguments, [&](std::string_view beginning) {
               return error.reason.starts_with(beginning);
           });
}

std::string_view without_quotes(std::string_view reason) {
    std::size_t end = reason.size();
    for (const std::string_view words : quoting_words) {
        end = std::min(end, reason.find(words));
    }
    reason = reason.substr(0, end);
    while (!reason.empty() && (reason.back() == ' ' || reason.back() == '\n')) {
        reason.remove_suffix(1);
    }
    return reason;
}

/// Cuts between characters, not within one, and leaves no line break.
std::string cut(std::string text) {
    if (text.size() > error_text_max) {
        std::size_t end = error_text_max - 3;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        text.resize(end);
        text += "...";
    }
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text;
}

/// The error object that says most: the first root cause where the outer one only wraps it.
void read_error_object(const simdjson::dom::object& outer, ServerError& error) {
    std::string_view type = text_at(outer, "type");
    std::string_view reason = text_at(outer, "reason");
    simdjson::dom::object inner;
    const bool is_wrapper = type == "search_phase_execution_exception";
    if (is_wrapper && outer["root_cause"].at(0).get(inner) == simdjson::SUCCESS) {
        type = text_at(inner, "type");
        reason = text_at(inner, "reason");
    } else if (is_wrapper && reason.empty() && outer["caused_by"].get(inner) == simdjson::SUCCESS) {
        reason = text_at(inner, "reason");
    }
    error.type = type;
    error.reason = reason;
}

}  // namespace

ServerError read_error(const http::Response& response) {
    ServerError error;
    error.status = response.status;
    simdjson::dom::object answer;
    if (!parse_object(response.body, answer)) {
        return error;
    }
    simdjson::dom::object outer;
    if (answer["error"].get(outer) == simdjson::SUCCESS) {
        read_error_object(outer, error);
    } else if (!text_at(answer, "error").empty()) {
        error.type = "error";
        error.reason = text_at(answer, "error");
    }
    return error;
}

FailureKind kind_of(const ServerError& error, ErrorScope scope) {
    if (error.type == "cluster_block_exception") {
        return kind_of_block(error);
    }
    // Nobody can create an index of the fence alias's name: this is what a bulk of deletes alone
    // gets once the alias is gone (bulk_encoder.hpp).
    if (scope == ErrorScope::document && error.type == "invalid_index_name_exception") {
        return FailureKind::not_found;
    }
    const auto* const known = std::ranges::find(known_types, error.type, &KnownType::type);
    if (known != known_types.end()) {
        return known->kind;
    }
    return kind_of_status(error.status, !error.type.empty());
}

std::string describe(const ServerError& error, ErrorScope scope) {
    std::string text;
    if (is_disk_full(error)) {
        text = "the follower's disk is full: ";
    }
    if (error.type.empty()) {
        return text + "HTTP status " + std::to_string(error.status);
    }
    text += error.type;
    if (!may_show_reason(error, scope)) {
        return cut(std::move(text) + " (its reason may quote a document and is left out)");
    }
    const std::string_view reason = without_quotes(error.reason);
    if (!reason.empty()) {
        text += ": ";
        text += reason;
    }
    return cut(std::move(text));
}

Failure failure_of(const ServerError& error,
                   ErrorScope scope,
                   std::string_view attempt,
                   std::string where) {
    std::string what = "could not ";
    what += attempt;
    what += ": ";
    what += describe(error, scope);
    return Failure{kind_of(error, scope), std::move(what), std::move(where)};
}

Failure malformed(std::string_view attempt, std::string_view why, std::string where) {
    std::string what = "could not ";
    what += attempt;
    what += ": the answer is not what was expected: ";
    what += why;
    return Failure{FailureKind::malformed, std::move(what), std::move(where)};
}

}  // namespace followd::es
