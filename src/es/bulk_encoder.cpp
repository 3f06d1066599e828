#include "es/bulk_encoder.hpp"

#include "followd/base/assert.hpp"

#include "es/json_text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace followd::es {

namespace {

/// What an action line holds beside id, routing and source.
constexpr std::size_t action_bytes = 96;
/// What an item's answer takes: 40 bytes if it went well, with an error's text a thousand.
constexpr std::size_t item_answer_bytes_max = 4096;
constexpr std::size_t answer_bytes_min = 1U << 20U;

void append_item(std::string& body, const WriteItem& item) {
    FOLLOWD_ASSERT(item.id.size() >= 2 && item.id.front() == '"');
    FOLLOWD_ASSERT(item.version.value() >= 0);
    FOLLOWD_ASSERT((item.kind == WriteKind::remove) == item.source.empty());
    body += item.kind == WriteKind::index ? R"({"index":{"_id":)" : R"({"delete":{"_id":)";
    body += item.id;
    if (!item.routing.empty()) {
        body += R"(,"routing":)";
        body += item.routing;
    }
    body += R"(,"version":)";
    body += std::to_string(item.version.value());
    body += R"(,"version_type":"external"}})";
    body += '\n';
    if (item.kind == WriteKind::index) {
        append_in_one_line(body, item.source);
        body += '\n';
    }
}

}  // namespace

bool can_be_fence(const IndexName& alias) {
    return std::ranges::any_of(alias.value(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

http::Request encode_bulk(const IndexName& fence, const Bulk& bulk, Duration deadline) {
    FOLLOWD_ASSERT(can_be_fence(fence));
    FOLLOWD_ASSERT(!bulk.items.empty());
    http::Request request;
    request.method = http::Method::post;
    // An item's status is always left of it, so every item keeps its place.
    request.target = "/" + http::encode_component(fence.value()) +
                     "/_bulk?require_alias=true&pipeline=_none&timeout=30s"
                     "&filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason";
    request.body.reserve(bulk.payload_bytes() + bulk.items.size() * action_bytes);
    for (const WriteItem& item : bulk.items) {
        append_item(request.body, item);
    }
    request.content_type = "application/x-ndjson";
    request.deadline = deadline;
    request.response_bytes_max = answer_bytes_min + bulk.items.size() * item_answer_bytes_max;
    return request;
}

}  // namespace followd::es
