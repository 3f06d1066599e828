#include "es/dom_answer.hpp"

#include <cstddef>

namespace followd::es {

namespace {

/// A parser that has grown beyond this is given up once it is not needed.
constexpr std::size_t parser_bytes_kept = 1U << 20U;

}  // namespace

bool parse_object(const std::string& body, simdjson::dom::object& answer) {
    static thread_local simdjson::dom::parser parser;
    if (parser.capacity() > parser_bytes_kept && body.size() <= parser_bytes_kept) {
        parser = simdjson::dom::parser{};
    }
    const bool must_copy = body.capacity() < body.size() + simdjson::SIMDJSON_PADDING;
    return parser.parse(body.data(), body.size(), must_copy).get(answer) == simdjson::SUCCESS;
}

std::string_view text_at(const simdjson::dom::object& object, std::string_view key) {
    std::string_view text;
    return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::optional<std::int64_t> integer_at(const simdjson::dom::object& object, std::string_view key) {
    std::int64_t value = 0;
    if (object[key].get(value) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return value;
}

bool is_whole_search(const simdjson::dom::object& answer) {
    bool timed_out = true;
    simdjson::dom::object shards;
    if (answer["timed_out"].get(timed_out) != simdjson::SUCCESS || timed_out ||
        answer["_shards"].get(shards) != simdjson::SUCCESS) {
        return false;
    }
    return integer_at(shards, "total") == 1 && integer_at(shards, "successful") == 1 &&
           integer_at(shards, "failed") == 0;
}

}  // namespace followd::es
