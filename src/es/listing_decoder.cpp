#include "es/listing_decoder.hpp"

#include "es/dom_answer.hpp"
#include "es/error_decoder.hpp"
#include "es/json_text.hpp"
#include "es/shard_bounds.hpp"

#include <cmath>
#include <optional>
#include <utility>

namespace followd::es {

namespace {

namespace dom = simdjson::dom;

/// Above it not every integer is a double.
constexpr double exact_max = 9007199254740992.0;

Failure partial(std::string_view attempt, std::string where) {
    return Failure{FailureKind::unavailable,
                   "could not " + std::string(attempt) + ": the shard did not answer in whole",
                   std::move(where)};
}

/// The answer of a search that left nothing out.
Result<dom::object> whole_search(const std::string& body,
                                 std::string_view attempt,
                                 const std::string& where) {
    dom::object answer;
    if (!parse_object(body, answer)) {
        return malformed(attempt, "it is cut or no JSON object", where);
    }
    if (answer["timed_out"].error() != simdjson::SUCCESS) {
        return malformed(attempt, "it is no search's", where);
    }
    if (!is_whole_search(answer)) {
        return partial(attempt, where);
    }
    return answer;
}

/// A key as an integer; nothing where it is none that a double holds exactly.
std::optional<std::int64_t> integer_of(const dom::element& key) {
    double value = 0;
    if (key.get(value) != simdjson::SUCCESS || !(std::abs(value) <= exact_max) ||
        std::trunc(value) != value) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(value);
}

std::optional<KeyedCount> read_bucket(const dom::element& element) {
    dom::object bucket;
    dom::element key;
    if (element.get(bucket) != simdjson::SUCCESS || bucket["key"].get(key) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    const std::optional<std::int64_t> first = integer_of(key);
    const std::optional<std::int64_t> count = integer_at(bucket, "doc_count");
    if (!first.has_value() || !count.has_value() || !is_document_count(*count)) {
        return std::nullopt;
    }
    return KeyedCount{*first, *count};
}

std::optional<std::int64_t> first_sort_value(const dom::object& hit) {
    std::int64_t value = 0;
    if (hit["sort"].at(0).get(value) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return value;
}

/// A string as the JSON token that a bulk takes. Servers only send valid Unicode here.
std::optional<std::string> token_at(const dom::object& hit, std::string_view key) {
    std::string_view text;
    if (hit[key].get(text) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return quoted(text);
}

bool read_document(const dom::object& hit, VersionBase base, FollowerDocument& document) {
    const std::optional<std::int64_t> version = first_sort_value(hit);
    std::optional<std::string> id = token_at(hit, "_id");
    if (!version.has_value() || *version < 0 || !id.has_value()) {
        return false;
    }
    document.version = Version{*version};
    document.origin = base.origin_of(document.version);
    document.id = *std::move(id);
    if (hit["_routing"].error() == simdjson::NO_SUCH_FIELD) {
        return true;
    }
    const std::optional<std::string> routing = token_at(hit, "_routing");
    document.routing = routing.value_or(std::string{});
    return routing.has_value();
}

/// The hits of a search that left nothing out; `read` adds one to what was read, or says that it is
/// wrong.
template <class T, class Read>
Result<std::vector<T>> decode_hits(const std::string& body, std::string where, const Read& read) {
    constexpr std::string_view attempt = "list documents";
    const Result<dom::object> answer = whole_search(body, attempt, where);
    if (!answer.ok()) {
        return answer.failure();
    }
    dom::array hits;
    if ((*answer)["hits"]["hits"].get(hits) != simdjson::SUCCESS) {
        return malformed(attempt, "no hits", std::move(where));
    }
    std::vector<T> all;
    all.reserve(hits.size());
    for (const dom::element element : hits) {
        dom::object hit;
        if (element.get(hit) != simdjson::SUCCESS || !read(hit, all)) {
            return malformed(attempt, "a hit is wrong", std::move(where));
        }
    }
    return all;
}

}  // namespace

Result<std::vector<KeyedCount>> decode_histogram(const std::string& body, std::string where) {
    constexpr std::string_view attempt = "count documents";
    const Result<dom::object> answer = whole_search(body, attempt, where);
    if (!answer.ok()) {
        return answer.failure();
    }
    dom::array buckets;
    if ((*answer)["aggregations"]["h"]["buckets"].get(buckets) != simdjson::SUCCESS) {
        return malformed(attempt, "no buckets", std::move(where));
    }
    std::vector<KeyedCount> counts;
    counts.reserve(buckets.size());
    for (const dom::element element : buckets) {
        const std::optional<KeyedCount> bucket = read_bucket(element);
        if (!bucket.has_value() || (!counts.empty() && bucket->key <= counts.back().key)) {
            return malformed(attempt, "a bucket is wrong", std::move(where));
        }
        if (bucket->count > 0) {
            counts.push_back(*bucket);
        }
    }
    return counts;
}

Result<std::int64_t> decode_total(const std::string& body, std::string where) {
    constexpr std::string_view attempt = "count documents";
    const Result<dom::object> answer = whole_search(body, attempt, where);
    if (!answer.ok()) {
        return answer.failure();
    }
    dom::object total;
    if ((*answer)["hits"]["total"].get(total) != simdjson::SUCCESS ||
        text_at(total, "relation") != "eq") {
        return malformed(attempt, "no exact total", std::move(where));
    }
    const std::optional<std::int64_t> value = integer_at(total, "value");
    if (!value.has_value() || !is_document_count(*value)) {
        return malformed(attempt, "no exact total", std::move(where));
    }
    return *value;
}

Result<std::vector<SeqNo>> decode_seq_nos(const std::string& body, std::string where) {
    const auto read = [](const dom::object& hit, std::vector<SeqNo>& seq_nos) {
        const std::optional<std::int64_t> value = first_sort_value(hit);
        if (!value.has_value() || !is_seq_no(*value) ||
            (!seq_nos.empty() && SeqNo{*value} < seq_nos.back())) {
            return false;
        }
        seq_nos.emplace_back(*value);
        return true;
    };
    return decode_hits<SeqNo>(body, std::move(where), read);
}

Result<std::vector<FollowerDocument>> decode_documents(const std::string& body,
                                                       VersionBase base,
                                                       std::string where) {
    const auto read = [base](const dom::object& hit, std::vector<FollowerDocument>& documents) {
        FollowerDocument document;
        if (!read_document(hit, base, document) ||
            (!documents.empty() && document.origin < documents.back().origin)) {
            return false;
        }
        documents.push_back(std::move(document));
        return true;
    };
    return decode_hits<FollowerDocument>(body, std::move(where), read);
}

Result<std::vector<StripDocument>> decode_strip(const std::string& body, std::string where) {
    const auto read = [](const dom::object& hit, std::vector<StripDocument>& documents) {
        const std::optional<std::int64_t> local = integer_at(hit, "_seq_no");
        const std::optional<std::int64_t> version = integer_at(hit, "_version");
        std::optional<std::string> id = token_at(hit, "_id");
        std::optional<std::string> routing{std::in_place};
        if (hit["_routing"].error() != simdjson::NO_SUCH_FIELD) {
            routing = token_at(hit, "_routing");
        }
        if (!local || !is_seq_no(*local) || !version || *version < 0 || !id || !routing) {
            return false;
        }
        documents.push_back(
            StripDocument{SeqNo{*local}, Version{*version}, *std::move(id), *std::move(routing)});
        return true;
    };
    return decode_hits<StripDocument>(body, std::move(where), read);
}

Result<std::vector<std::optional<LiveDocument>>> decode_lookups(const std::string& body,
                                                                std::size_t expected,
                                                                std::string where) {
    constexpr std::string_view attempt = "look up documents";
    dom::object answer;
    dom::array items;
    if (!parse_object(body, answer) || answer["docs"].get(items) != simdjson::SUCCESS) {
        return malformed(attempt, "it is cut or no multi-get's", std::move(where));
    }
    std::vector<std::optional<LiveDocument>> results;
    results.reserve(expected);
    for (const dom::element element : items) {
        dom::object item;
        dom::object cause;
        bool found = false;
        if (element.get(item) != simdjson::SUCCESS) {
            return malformed(attempt, "an item is no object", std::move(where));
        }
        if (item["error"].get(cause) == simdjson::SUCCESS) {
            const ServerError error{
                0, std::string(text_at(cause, "type")), std::string(text_at(cause, "reason"))};
            return failure_of(error, ErrorScope::document, attempt, std::move(where));
        }
        if (item["found"].get(found) != simdjson::SUCCESS) {
            return malformed(attempt, "an item says neither found nor why not", std::move(where));
        }
        const std::optional<std::int64_t> seq_no = integer_at(item, "_seq_no");
        const std::optional<std::int64_t> version = integer_at(item, "_version");
        if (!found) {
            results.emplace_back(std::nullopt);
        } else if (!seq_no || !is_seq_no(*seq_no) || version.value_or(0) < 0) {
            return malformed(attempt, "a document has no sequence number", std::move(where));
        } else {
            results.emplace_back(LiveDocument{SeqNo{*seq_no}, Version{version.value_or(0)}});
        }
    }
    if (results.size() != expected) {
        return malformed(attempt, "not as many items as were asked for", std::move(where));
    }
    return results;
}

}  // namespace followd::es
