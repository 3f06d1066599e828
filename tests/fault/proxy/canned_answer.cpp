#include "fault/proxy/canned_answer.hpp"

#include "followd/base/assert.hpp"

#include <string_view>

namespace followd::fault {

namespace {

constexpr std::string_view json = "application/json";
constexpr std::string_view page = "text/html";

// As servers word them (Elasticsearch 9.2.0, nginx 1.22).
constexpr std::string_view rejected =
    R"({"error":{"root_cause":[{"type":"es_rejected_execution_exception",)"
    R"("reason":"rejected execution of coordinating operation"}],)"
    R"("type":"es_rejected_execution_exception",)"
    R"("reason":"rejected execution of coordinating operation"},"status":429})";

constexpr std::string_view broken_circuit =
    R"({"error":{"root_cause":[{"type":"circuit_breaking_exception","reason":)"
    R"("[parent] Data too large, data for [<http_request>] would be [514/514b]",)"
    R"("bytes_wanted":514,"bytes_limit":513,"durability":"TRANSIENT"}],)"
    R"("type":"circuit_breaking_exception","reason":)"
    R"("[parent] Data too large, data for [<http_request>] would be [514/514b]",)"
    R"("bytes_wanted":514,"bytes_limit":513,"durability":"TRANSIENT"},"status":429})";

constexpr std::string_view gateway_page =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n";

constexpr std::string_view login_page =
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>"
    "<body><form action=\"/login\"><input name=\"user\"></form></body></html>\n";

/// Fits a search, a count, a listing, a refresh and statistics alike.
constexpr std::string_view nothing_found =
    R"({"took":1,"timed_out":false,"_shards":{"total":1,"successful":0,"skipped":0,"failed":1,)"
    R"("failures":[{"shard":0,"index":"i","node":"n","reason":)"
    R"({"type":"illegal_index_shard_state_exception","reason":"CurrentState[RECOVERING]"}}]},)"
    R"("hits":{"total":{"value":0,"relation":"eq"},"max_score":null,"hits":[]}})";

std::string answer(std::string_view status, std::string_view type, std::string_view body) {
    std::string text = "HTTP/1.1 ";
    text += status;
    text += "\r\ncontent-type: ";
    text += type;
    text += "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n";
    text += body;
    return text;
}

}  // namespace

std::string canned_answer(Fault fault) {
    FOLLOWD_ASSERT(effect_of(fault) == Effect::instead);
    switch (fault) {
        case Fault::too_many_requests:
            return answer("429 Too Many Requests", json, rejected);
        case Fault::circuit_breaker:
            return answer("429 Too Many Requests", json, broken_circuit);
        case Fault::service_unavailable:
            return answer("503 Service Unavailable", "text/plain", "upstream unavailable\n");
        case Fault::bad_gateway:
            return answer("502 Bad Gateway", page, gateway_page);
        case Fault::html:
            return answer("200 OK", page, login_page);
        case Fault::failed_shards:
            return answer("200 OK", json, nothing_found);
        case Fault::refuse:
        case Fault::stall:
        case Fault::swallow:
        case Fault::reset:
        case Fault::cut:
        case Fault::half_close:
        case Fault::corrupt:
        case Fault::delay:
        case Fault::slow:
        case Fault::slice:
            break;
    }
    return {};
}

}  // namespace followd::fault
