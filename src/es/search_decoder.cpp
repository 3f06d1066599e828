#include "es/search_decoder.hpp"

#include "es/error_decoder.hpp"
#include "es/json_text.hpp"
#include "es/shard_bounds.hpp"

#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view attempt = "read documents";

/// A parser needs several times its longest text; one that has grown beyond this is not kept.
constexpr std::size_t parser_bytes_kept = 16U << 20U;

enum class Verdict { whole, malformed, partial, no_source, no_seq_no };

/// Slices of the text that was parsed, which may be another one than the body: only their places
/// count.
struct Hit {
    std::int64_t seq_no = -1;
    bool has_seq_no = false;
    std::string_view id;
    std::string_view routing;
    std::string_view source;
    std::string_view sort;
};

struct Shards {
    std::int64_t total = -1;
    std::int64_t successful = -1;
    std::int64_t failed = -1;
};

/// simdjson's raw slices reach to the next token.
std::string_view trimmed(std::string_view text) {
    const std::size_t end = text.find_last_not_of(" \t\r\n");
    return end == std::string_view::npos ? std::string_view{} : text.substr(0, end + 1);
}

bool read_string(ondemand::value& value, std::string_view& token) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS || type != ondemand::json_type::string) {
        return false;
    }
    token = trimmed(value.raw_json_token());
    return token.size() >= 2 && token.back() == '"';
}

bool read_object(ondemand::value& value, std::string_view& slice) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS ||
        object.raw_json().get(slice) != simdjson::SUCCESS) {
        return false;
    }
    slice = trimmed(slice);
    return slice.size() >= 2 && slice.back() == '}';
}

bool read_array(ondemand::value& value, std::string_view& slice) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS ||
        array.raw_json().get(slice) != simdjson::SUCCESS) {
        return false;
    }
    slice = trimmed(slice);
    return slice.size() > 2 && slice.back() == ']';
}

bool read_hit_field(ondemand::raw_json_string key, ondemand::value& value, Hit& hit) {
    if (key.unsafe_is_equal("_id")) {
        return read_string(value, hit.id);
    }
    if (key.unsafe_is_equal("_routing")) {
        return read_string(value, hit.routing);
    }
    if (key.unsafe_is_equal("_seq_no")) {
        hit.has_seq_no = true;
        return value.get_int64().get(hit.seq_no) == simdjson::SUCCESS;
    }
    if (key.unsafe_is_equal("_source")) {
        return read_object(value, hit.source);
    }
    if (key.unsafe_is_equal("sort")) {
        return read_array(value, hit.sort);
    }
    return true;
}

bool read_hit(ondemand::object object, Hit& hit) {
    for (auto field : object) {
        ondemand::raw_json_string key;
        ondemand::value value;
        if (field.key().get(key) != simdjson::SUCCESS ||
            field.value().get(value) != simdjson::SUCCESS || !read_hit_field(key, value, hit)) {
            return false;
        }
    }
    return true;
}

bool read_shards(ondemand::value& value, Shards& shards) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
        return false;
    }
    for (auto field : object) {
        ondemand::raw_json_string key;
        ondemand::value number;
        if (field.key().get(key) != simdjson::SUCCESS ||
            field.value().get(number) != simdjson::SUCCESS) {
            return false;
        }
        std::int64_t* target = nullptr;
        if (key.unsafe_is_equal("total")) {
            target = &shards.total;
        } else if (key.unsafe_is_equal("successful")) {
            target = &shards.successful;
        } else if (key.unsafe_is_equal("failed")) {
            target = &shards.failed;
        }
        if (target != nullptr && number.get_int64().get(*target) != simdjson::SUCCESS) {
            return false;
        }
    }
    return true;
}

/// The origin in a hit's sort values, `[version]`; nothing where that is not what they are.
std::optional<SeqNo> origin_of(std::string_view sort, VersionBase base) {
    std::int64_t version = 0;
    const char* const last = sort.data() + sort.size();
    const auto [end, error] = std::from_chars(sort.data() + 1, last, version);
    if (error != std::errc{} || end + 1 != last || version < 0) {
        return std::nullopt;
    }
    return base.origin_of(Version{version});
}

/// Reads `text`, which stands byte for byte in the places of `body`.
class PageReader {
public:
    PageReader(std::string_view text,
               std::string_view body,
               std::optional<VersionBase> base,
               Page& page)
        : text_(text), body_(body), base_(base), page_(page) {}

    Verdict read(ondemand::document& document) {
        ondemand::object top;
        if (document.get_object().get(top) != simdjson::SUCCESS) {
            return Verdict::malformed;
        }
        for (auto field : top) {
            ondemand::raw_json_string key;
            ondemand::value value;
            if (field.key().get(key) != simdjson::SUCCESS ||
                field.value().get(value) != simdjson::SUCCESS || !read_field(key, value)) {
                return verdict_ == Verdict::whole ? Verdict::malformed : verdict_;
            }
        }
        const bool is_at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
        if (!is_at_end || !has_hits_ || !has_timed_out_) {
            return Verdict::malformed;
        }
        const bool all_answered =
            shards_.total == 1 && shards_.successful == 1 && shards_.failed == 0;
        return timed_out_ || !all_answered ? Verdict::partial : Verdict::whole;
    }

private:
    bool read_field(ondemand::raw_json_string key, ondemand::value& value) {
        if (key.unsafe_is_equal("timed_out")) {
            has_timed_out_ = true;
            return value.get_bool().get(timed_out_) == simdjson::SUCCESS;
        }
        if (key.unsafe_is_equal("_shards")) {
            return read_shards(value, shards_);
        }
        if (key.unsafe_is_equal("hits")) {
            return read_hits(value);
        }
        return true;
    }

    bool read_hits(ondemand::value& value) {
        ondemand::object outer;
        if (has_hits_ || value.get_object().get(outer) != simdjson::SUCCESS) {
            return false;
        }
        for (auto field : outer) {
            ondemand::raw_json_string key;
            ondemand::value list;
            if (field.key().get(key) != simdjson::SUCCESS ||
                field.value().get(list) != simdjson::SUCCESS) {
                return false;
            }
            if (key.unsafe_is_equal("hits") && !read_list(list)) {
                return false;
            }
        }
        return has_hits_;
    }

    bool read_list(ondemand::value& value) {
        ondemand::array list;
        if (value.get_array().get(list) != simdjson::SUCCESS) {
            return false;
        }
        has_hits_ = true;
        for (auto element : list) {
            ondemand::object object;
            Hit hit;
            if (element.get_object().get(object) != simdjson::SUCCESS || !read_hit(object, hit) ||
                !take(hit)) {
                return false;
            }
        }
        return true;
    }

    bool take(const Hit& hit) {
        if (hit.id.empty() || hit.sort.empty()) {
            return false;
        }
        if (!hit.has_seq_no || hit.seq_no < 0) {
            verdict_ = Verdict::no_seq_no;
            return false;
        }
        if (hit.source.empty()) {
            verdict_ = Verdict::no_source;
            return false;
        }
        if (hit.seq_no > seq_no_max || breaks_a_string(hit.source)) {
            return false;
        }
        std::optional<SeqNo> seq_no = SeqNo{hit.seq_no};
        if (base_.has_value()) {
            seq_no = origin_of(hit.sort, *base_);
            const bool ascends = page_.batch.operations.empty() ||
                                 (seq_no && *seq_no >= page_.batch.operations.back().seq_no);
            if (!seq_no || !ascends) {
                return false;
            }
        }
        page_.batch.operations.push_back(
            Operation{*seq_no, of_body(hit.id), of_body(hit.routing), of_body(hit.source)});
        page_.cursor = of_body(hit.sort);
        return true;
    }

    /// The same place in the body.
    [[nodiscard]] std::string_view of_body(std::string_view slice) const {
        if (slice.empty()) {
            return {};
        }
        const auto offset = static_cast<std::size_t>(slice.data() - text_.data());
        FOLLOWD_ASSERT(offset + slice.size() <= body_.size());
        return body_.substr(offset, slice.size());
    }

    std::string_view text_;
    std::string_view body_;
    std::optional<VersionBase> base_;  ///< set where the sort values are versions
    Page& page_;
    Verdict verdict_ = Verdict::whole;
    Shards shards_;
    bool has_hits_ = false;
    bool has_timed_out_ = false;
    bool timed_out_ = true;
};

Verdict read_page(const std::string& text,
                  std::string_view body,
                  std::optional<VersionBase> base,
                  Page& page) {
    static thread_local ondemand::parser parser;
    page.batch.operations.clear();
    Verdict verdict = Verdict::malformed;
    ondemand::document document;
    const simdjson::padded_string_view padded(text.data(), text.size(), text.capacity());
    if (parser.iterate(padded).get(document) == simdjson::SUCCESS) {
        verdict = PageReader(text, body, base, page).read(document);
    }
    if (parser.capacity() > parser_bytes_kept) {
        parser = ondemand::parser{};
    }
    return verdict;
}

void pad(std::string& text) {
    if (text.capacity() < text.size() + simdjson::SIMDJSON_PADDING) {
        text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    }
}

/// As it is where that may be trusted, else by its structure: a comment could pass for content.
Verdict read_any_page(const std::string& body, std::optional<VersionBase> base, Page& page) {
    const bool is_suspect = may_hold_comment(body);
    if (!is_suspect) {
        const Verdict verdict = read_page(body, body, base, page);
        if (verdict != Verdict::malformed) {
            return verdict;
        }
    }
    std::string structure = structure_of(body);
    if (!is_suspect && structure == body) {
        return Verdict::malformed;
    }
    pad(structure);
    return read_page(structure, body, base, page);
}

Result<Page> decode(std::string body,
                    std::size_t size,
                    std::optional<VersionBase> base,
                    std::string where) {
    // The slices point into the text where it lies for good, so it is moved there first.
    pad(body);
    const auto bytes = std::make_shared<const std::string>(std::move(body));
    Page page;
    page.batch.operations.reserve(size);
    const Verdict verdict = read_any_page(*bytes, base, page);
    switch (verdict) {
        case Verdict::whole:
            break;
        case Verdict::malformed:
            return malformed(attempt, "it is cut or no page of documents", std::move(where));
        case Verdict::partial:
            return Failure{FailureKind::unavailable,
                           "could not read documents: the shard did not answer in whole",
                           std::move(where)};
        case Verdict::no_source:
            return Failure{FailureKind::refused,
                           "could not read documents: _source is disabled, or fields of it are "
                           "hidden, so there is nothing to copy",
                           std::move(where)};
        case Verdict::no_seq_no:
            return Failure{FailureKind::refused,
                           "could not read documents: the index keeps no sequence numbers",
                           std::move(where)};
    }
    if (page.batch.operations.size() > size) {
        return malformed(attempt, "more documents than were asked for", std::move(where));
    }
    page.batch.bytes = bytes;
    page.is_last = page.batch.operations.size() < size;
    return page;
}

}  // namespace

Result<Page> decode_page(std::string body, std::size_t size, std::string where) {
    return decode(std::move(body), size, std::nullopt, std::move(where));
}

Result<Page> decode_version_page(std::string body,
                                 std::size_t size,
                                 VersionBase base,
                                 std::string where) {
    return decode(std::move(body), size, base, std::move(where));
}

}  // namespace followd::es
