#include "es/live_documents.hpp"

#include "es/error_decoder.hpp"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

namespace ondemand = simdjson::ondemand;

/// An item's members come in any order; `_source` is taken as it stands.
bool read_item(ondemand::object item, std::string& document) {
    std::optional<bool> said_found;
    bool has_error = false;
    std::int64_t seq_no = -1;
    std::int64_t version = -1;
    std::string_view source;
    for (auto field : item) {
        std::string_view key;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS) {
            return false;
        }
        ondemand::value value;
        if (field.value().get(value) != simdjson::SUCCESS) {
            return false;
        }
        simdjson::error_code error = simdjson::SUCCESS;
        if (key == "found") {
            error = value.get(said_found.emplace());
        } else if (key == "_seq_no") {
            error = value.get(seq_no);
        } else if (key == "_version") {
            error = value.get(version);
        } else if (key == "_source") {
            ondemand::object object;
            error = value.get(object);
            if (error == simdjson::SUCCESS) {
                error = object.raw_json().get(source);
            }
        } else if (key == "error") {
            has_error = true;
        }
        if (error != simdjson::SUCCESS) {
            return false;
        }
    }
    const bool found = said_found.value_or(false);
    if (has_error || !said_found || (found && (seq_no < 0 || version < 0 || source.empty()))) {
        return false;
    }
    document = found ? R"({"seq_no":)" + std::to_string(seq_no) + R"(,"version":)" +
                           std::to_string(version) + R"(,"source":)" + std::string(source) + "}"
                     : "null";
    return true;
}

}  // namespace

Result<std::vector<std::string>> decode_live_documents(std::string body,
                                                       std::size_t expected,
                                                       std::string where) {
    constexpr std::string_view attempt = "read documents";
    const simdjson::padded_string padded{body};
    ondemand::parser parser;
    ondemand::document answer;
    ondemand::array items;
    if (parser.iterate(padded).get(answer) != simdjson::SUCCESS ||
        answer["docs"].get(items) != simdjson::SUCCESS) {
        return malformed(attempt, "it is cut or no multi-get's", std::move(where));
    }
    std::vector<std::string> documents;
    for (auto element : items) {
        ondemand::object item;
        std::string document;
        if (element.get(item) != simdjson::SUCCESS || !read_item(item, document)) {
            return malformed(attempt, "an item is wrong", std::move(where));
        }
        documents.push_back(std::move(document));
    }
    if (documents.size() != expected) {
        return malformed(attempt, "not as many items as were asked for", std::move(where));
    }
    return documents;
}

}  // namespace followd::es
