#include "fuzz/lying_server.hpp"

#include <charconv>

namespace followd::fuzz {

namespace {

constexpr std::string_view whole_search =
    R"("timed_out":false,"_shards":{"total":1,"successful":1,"failed":0})";

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// The number behind `key` in a request of ours; 0 where there is none.
std::int64_t number_behind(std::string_view text, std::string_view key) {
    const std::size_t at = text.find(key);
    std::int64_t value = 0;
    if (at != std::string_view::npos) {
        std::from_chars(text.data() + at + key.size(), text.data() + text.size(), value);
    }
    return value;
}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

void append(std::string& list, const std::string& element) {
    list += (list.empty() ? "" : ",") + element;
}

std::string search_answer(const std::string& rest) {
    return "{" + std::string{whole_search} + "," + rest + "}";
}

std::string hits_answer(const std::string& hits) {
    return search_answer(R"("hits":{"hits":[)" + hits + "]}");
}

}  // namespace

boost::asio::awaitable<Result<http::Response>> LyingServer::send(http::Request request) {
    http::Response response{200, {}, "application/json", "http://lie:9200"};
    const std::uint8_t how = choices_.byte();
    if (how >= 248) {
        response.status = choices_.one_of({503, 404, 429, 413, 401});
        response.body = R"({"error":{"type":"x_exception","reason":"so"}})";
    } else {
        response.body = body_for(request);
        if (how >= 244) {
            response.body.resize(response.body.size() / 2);
        }
    }
    response.body.reserve(response.body.size() + 64);
    co_return response;
}

std::string LyingServer::number(std::int64_t likely) {
    const bool lies = choices_.rarely(8);
    return std::to_string(lies ? choices_.wild_number() : likely);
}

std::size_t LyingServer::documents() {
    return choices_.below(5);
}

std::string LyingServer::body_for(const http::Request& request) {
    const std::string_view target = request.target;
    if (holds(target, "/_cluster/state")) {
        return identity();
    }
    if (holds(target, "/_stats/docs,indexing,store")) {
        return stats();
    }
    if (holds(target, "/_stats") || holds(target, "/_refresh")) {
        return copies();
    }
    if (holds(target, "/_pit")) {
        return view();
    }
    if (holds(target, "/_mget")) {
        return lookups(request.body);
    }
    if (holds(target, "/_bulk")) {
        return outcome(request.body);
    }
    return search_body(request.body);
}

std::string LyingServer::search_body(std::string_view asked) {
    if (holds(asked, R"("aggs")")) {
        return histogram(asked);
    }
    if (holds(asked, R"("track_total_hits":true)")) {
        return total();
    }
    if (holds(asked, R"({"_version":"asc"})")) {
        return versions(asked);
    }
    return holds(asked, R"("_none_")") ? seq_nos(asked) : page(asked);
}

std::string LyingServer::identity() {
    return R"({"cluster_uuid":"c","metadata":{"indices":{"i":{"mapping_version":)" + number(1) +
           R"(,"state":"open","settings":{"index":{"uuid":"u"}},"primary_terms":{"0":)" +
           number(1) + "}}}}}";
}

std::string LyingServer::stats() {
    checkpoint_ += static_cast<std::int64_t>(choices_.below(4));
    const std::string checkpoint = number(checkpoint_);
    const std::string top = choices_.rarely(4) ? number(checkpoint_ + 1) : checkpoint;
    return R"({"_shards":{},"indices":{"i":{"uuid":"u","shards":{"0":[{"routing":{"state":)"
           R"("STARTED","primary":true,"node":"n"},"docs":{"count":)" +
           number(4) + R"(},"store":{"size_in_bytes":)" + number(4488) +
           R"(},"indexing":{"delete_total":)" + number(0) +
           R"(},"commit":{"user_data":{"history_uuid":"h"}},"seq_no":{"max_seq_no":)" + top +
           R"(,"global_checkpoint":)" + checkpoint + "}}]}}}}";
}

std::string LyingServer::copies() {
    return R"({"_shards":{"total":)" + number(1) + R"(,"successful":)" + number(1) +
           R"(,"failed":)" + number(0) + "}}";
}

std::string LyingServer::view() {
    return R"({"id":"v)" + std::to_string(++views_opened_) + R"("})";
}

std::string LyingServer::histogram(std::string_view asked) {
    const std::int64_t interval = number_behind(asked, R"("interval":)");
    std::int64_t key = number_behind(asked, R"("offset":)");
    std::string buckets;
    for (std::size_t left = documents(); left > 0; --left) {
        const auto step = static_cast<std::int64_t>(choices_.below(3));
        key += interval < (std::int64_t{1} << 53U) ? interval * step : 0;
        append(buckets, R"({"key":)" + number(key) + R"(,"doc_count":)" + number(2) + "}");
    }
    return search_answer(R"("aggregations":{"h":{"buckets":[)" + buckets + "]}}");
}

std::string LyingServer::total() {
    return search_answer(R"("hits":{"total":{"value":)" + number(4) + R"(,"relation":"eq"}})");
}

std::string LyingServer::seq_nos(std::string_view asked) {
    std::int64_t next = number_behind(asked, R"("search_after":[)");
    std::string hits;
    for (std::size_t left = documents(); left > 0; --left) {
        next += next < checkpoint_ ? 1 : 0;
        append(hits, R"({"sort":[)" + number(next) + "]}");
    }
    return hits_answer(hits);
}

std::string LyingServer::versions(std::string_view asked) {
    std::int64_t next = number_behind(asked, R"("search_after":[)");
    std::string hits;
    for (std::size_t left = documents(); left > 0; --left) {
        next += next < (std::int64_t{1} << 60U) ? 1 : 0;
        append(hits, R"({"_id":"k)" + std::to_string(left) + R"(","sort":[)" + number(next) + "]}");
    }
    return hits_answer(hits);
}

std::string LyingServer::page(std::string_view asked) {
    std::int64_t next = number_behind(asked, R"("search_after":[)");
    std::string hits;
    for (std::size_t left = documents(); left > 0; --left) {
        next += next < (std::int64_t{1} << 60U) ? 1 : 0;
        const std::string seq_no = number(next);
        append(hits,
               R"({"_id":"k)" + std::to_string(left) + R"(","_seq_no":)" + seq_no +
                   R"(,"_source":{"a":1},"sort":[)" + seq_no + "]}");
    }
    return hits_answer(hits);
}

std::string LyingServer::lookups(std::string_view asked) {
    std::string docs;
    for (std::size_t left = count_of(asked, R"({"_id":)"); left > 0; --left) {
        append(docs,
               choices_.rarely(4) ? R"({"found":true,"_seq_no":)" + number(2) + "}"
                                  : R"({"found":false})");
    }
    return R"({"docs":[)" + docs + "]}";
}

std::string LyingServer::outcome(std::string_view asked) {
    std::string items;
    while (!asked.empty()) {
        const bool is_index = asked.starts_with(R"({"index")");
        const std::string status = number(choices_.one_of({200, 201, 409, 429}));
        append(items,
               std::string{is_index ? R"({"index":{"status":)" : R"({"delete":{"status":)"} +
                   status + "}}");
        for (int lines = is_index ? 2 : 1; lines > 0; --lines) {
            asked.remove_prefix(std::min(asked.find('\n') + 1, asked.size()));
        }
    }
    return R"({"errors":true,"items":[)" + items + "]}";
}

}  // namespace followd::fuzz
