#include "es/bulk_encoder.hpp"
#include "es/json_text.hpp"
#include "es/search_decoder.hpp"
#include "fuzz/oracle.hpp"

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A search's answer with documents.
///
/// An accepted page holds just the documents that a slow and strict parser finds there, as slices
/// of the answer; the bulk made of it has two lines a document; cut, prolonged or longer than what
/// was asked for it is no page.

namespace followd::fuzz {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t size_asked = 10'000;
/// Of one generation of versions (docs/INDEX_METADATA.md).
constexpr std::int64_t operations_max = std::int64_t{1} << 40U;

/// What one hit holds, as a strict parser reads it; the last of repeated keys counts.
struct Hit {
    std::string_view id;
    std::optional<std::string_view> routing;
    std::int64_t seq_no = -1;
    std::string source;  ///< without white space
};

std::optional<Hit> read_hit(const dom::element& element) {
    dom::object fields;
    if (element.get(fields) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    Hit hit;
    bool is_well = true;
    for (const dom::key_value_pair field : fields) {
        if (field.key == "_id") {
            is_well = is_well && field.value.get(hit.id) == simdjson::SUCCESS;
        } else if (field.key == "_routing") {
            is_well = is_well && field.value.get(hit.routing.emplace()) == simdjson::SUCCESS;
        } else if (field.key == "_seq_no") {
            is_well = is_well && field.value.get(hit.seq_no) == simdjson::SUCCESS;
        } else if (field.key == "_source") {
            hit.source = simdjson::minify(field.value);
        }
    }
    return is_well ? std::optional{hit} : std::nullopt;
}

/// The hits of an answer that is JSON; nothing of any other, and where keys are escaped, which no
/// server does and the decoder does not see through.
std::optional<std::vector<Hit>> read_strictly(dom::parser& parser, const std::string& text) {
    dom::object outer;
    if (text.find("\\u00") != std::string::npos ||
        parser.parse(text)["hits"].get(outer) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    std::vector<Hit> hits;
    for (const dom::key_value_pair field : outer) {
        dom::array list;
        if (field.key != "hits" || field.value.get(list) != simdjson::SUCCESS) {
            continue;
        }
        for (const dom::element element : list) {
            const std::optional<Hit> hit = read_hit(element);
            require(hit.has_value(), "a page of wrong hits is not taken", text);
            hits.push_back(*hit);
        }
    }
    return hits;
}

bool lies_within(std::string_view slice, const std::string& bytes) {
    return slice.data() >= bytes.data() &&
           slice.data() + slice.size() <= bytes.data() + bytes.size();
}

/// Whether the token's first quote that is not escaped is its last byte.
bool is_string_token(std::string_view token) {
    std::size_t at = 1;
    while (at < token.size() && token[at] != '"') {
        at += token[at] == '\\' ? 2 : 1;
    }
    return token.size() >= 2 && token.front() == '"' && at + 1 == token.size();
}

void check_slices(const Page& page, const std::string& body) {
    require(page.batch.bytes && *page.batch.bytes == body, "a page keeps the answer as it came");
    const std::string& bytes = *page.batch.bytes;
    for (const Operation& operation : page.batch.operations) {
        require(operation.seq_no > SeqNo::none() && operation.seq_no.value() < operations_max,
                "a document has a sequence number that has a version");
        require(lies_within(operation.id, bytes) && is_string_token(operation.id),
                "an id is a string of the answer",
                operation.id);
        require(operation.routing.empty() ||
                    (lies_within(operation.routing, bytes) && is_string_token(operation.routing)),
                "a routing is a string of the answer",
                operation.routing);
        require(lies_within(operation.source, bytes) && operation.source.starts_with('{') &&
                    operation.source.ends_with('}'),
                "a source is of the answer, and looks like an object",
                operation.source);
    }
    require(page.cursor.empty() == page.batch.operations.empty(), "documents give a cursor");
    require(body.find(page.cursor) != std::string::npos, "a cursor is of the answer", page.cursor);
}

/// Compares with a strict parser, which reads no comments and no broken UTF-8: so all of it is done
/// on the answer's structure, where every slice has its place.
void check_documents(const Page& page, const std::string& structure) {
    dom::parser parser;
    const std::optional<std::vector<Hit>> hits = read_strictly(parser, structure);
    if (!hits) {
        return;
    }
    const std::vector<Operation>& operations = page.batch.operations;
    require(hits->size() == operations.size(), "a page holds every document", structure);
    const auto strict = [&](std::string_view slice) {
        const auto offset = static_cast<std::size_t>(slice.data() - page.batch.bytes->data());
        return structure.substr(offset, slice.size());
    };
    dom::parser slices;
    for (std::size_t at = 0; at < operations.size(); ++at) {
        const Operation& operation = operations[at];
        const Hit& hit = (*hits)[at];
        std::string_view text;
        require(slices.parse(strict(operation.id)).get(text) == simdjson::SUCCESS && text == hit.id,
                "an id is the hit's",
                operation.id);
        require(operation.routing.empty() == !hit.routing, "a routing is there where it was");
        require(!hit.routing ||
                    (slices.parse(strict(operation.routing)).get(text) == simdjson::SUCCESS &&
                     text == *hit.routing),
                "a routing is the hit's",
                operation.routing);
        require(operation.seq_no.value() == hit.seq_no, "a sequence number is the hit's");
        dom::object source;
        require(slices.parse(strict(operation.source)).get(source) == simdjson::SUCCESS &&
                    simdjson::minify(source) == hit.source,
                "a source is the hit's, and JSON",
                operation.source);
    }
}

/// The bulk made of a page: two lines for each document, whatever the documents hold.
void check_bulk(const Page& page) {
    if (page.batch.operations.empty()) {
        return;
    }
    Bulk bulk;
    bulk.owners.push_back(page.batch.bytes);
    for (const Operation& operation : page.batch.operations) {
        bulk.items.push_back(WriteItem{WriteKind::index,
                                       VersionBase{}.of_write(operation.seq_no),
                                       operation.seq_no,
                                       operation.id,
                                       operation.routing,
                                       operation.source});
    }
    const http::Request request =
        es::encode_bulk(IndexName{"Fence"}, bulk, std::chrono::seconds{1});
    const auto lines = static_cast<std::size_t>(std::ranges::count(request.body, '\n'));
    require(lines == 2 * bulk.items.size(), "a document takes two lines of a bulk", request.body);
    require(request.body.find('\r') == std::string::npos, "and no other break", request.body);
}

void check_failure(const Failure& failure) {
    const FailureKind kind = failure.kind;
    require(kind == FailureKind::malformed || kind == FailureKind::unavailable ||
                kind == FailureKind::refused,
            "what is no page has one of three kinds",
            to_string(failure));
    require(failure.what.size() < 200, "a failure quotes no document", failure.what);
}

bool is_page(const std::string& body) {
    const Result<Page> page = es::decode_page(body, size_asked, "here");
    if (!page.ok()) {
        check_failure(page.failure());
    }
    return page.ok();
}

/// `body` cut, while the buffer's spare bytes still hold the rest, as when a connection breaks.
std::string cut_at(const std::string& body, std::size_t length) {
    std::string cut = body;
    cut.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    cut.resize(length);
    return cut;
}

void check_other_lengths(const std::string& body, std::size_t documents) {
    const std::string structure = es::structure_of(body);
    const std::size_t length = structure.find_last_not_of(" \t\r\n") + 1;
    for (const std::size_t shorter : {length - 1, length - length / 4, length / 2, length / 3}) {
        require(shorter == length || !is_page(cut_at(body, shorter)), "a cut answer is no page");
    }
    const std::string whole = body.substr(0, length);
    require(!is_page(whole + "}") && !is_page(whole + whole), "nothing follows an answer", whole);

    const Result<Page> full = es::decode_page(body, documents, "here");
    require(full.ok() && !full->is_last, "as many documents as asked for may not be the last");
    require(documents == 0 || !es::decode_page(body, documents - 1, "here").ok(),
            "more documents than asked for are no page");
}

void check_version_page(const std::string& body) {
    const VersionBase base{std::int64_t{1} << 40U};
    const Result<Page> page = es::decode_version_page(body, size_asked, base, "here");
    if (!page.ok()) {
        return check_failure(page.failure());
    }
    require(std::ranges::is_sorted(page->batch.operations, {}, &Operation::seq_no),
            "documents of the follower ascend by version",
            body);
    for (const Operation& operation : page->batch.operations) {
        require(base.of_write(operation.seq_no) >= Version{}, "no version is negative", body);
    }
}

void play(const std::string& body) {
    check_version_page(body);
    const Result<Page> page = es::decode_page(body, size_asked, "here");
    if (!page.ok()) {
        return check_failure(page.failure());
    }
    const std::size_t documents = page->batch.operations.size();
    require(page->is_last == (documents < size_asked), "fewer documents than asked for are all");
    check_slices(*page, body);
    check_documents(*page, es::structure_of(body));
    check_bulk(*page);
    check_other_lengths(body, documents);
}

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    followd::fuzz::play(std::string{followd::fuzz::text_of(data, size)});
    return 0;
}
