#include "es/bulk_decoder.hpp"
#include "es/error_decoder.hpp"
#include "fuzz/oracle.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The answer to a bulk.
///
/// An answer is taken only for the items that were sent, all of them; each is in one state, and it
/// is the one that the answer says.

namespace followd::fuzz {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t items_max = 1000;
constexpr std::size_t text_bytes_max = es::error_text_max + 64;

enum class ItemState { applied, conflict, failed };

/// What a bulk must have held for the answer to fit, read without any of the decoder's code.
/// Nothing where no bulk can have this answer.
std::optional<std::vector<WriteKind>> kinds_in(const std::string& body) {
    dom::parser parser;
    dom::array items;
    if (parser.parse(body)["items"].get(items) != simdjson::SUCCESS || items.size() > items_max) {
        return std::nullopt;
    }
    std::vector<WriteKind> kinds;
    for (const dom::element item : items) {
        dom::object answer;
        if (item["index"].get(answer) == simdjson::SUCCESS) {
            kinds.push_back(WriteKind::index);
        } else if (item["delete"].get(answer) == simdjson::SUCCESS) {
            kinds.push_back(WriteKind::remove);
        } else {
            return std::nullopt;
        }
    }
    return kinds;
}

Bulk bulk_of(const std::vector<WriteKind>& kinds) {
    Bulk bulk;
    for (const WriteKind kind : kinds) {
        WriteItem item;
        item.kind = kind;
        item.id = R"("a")";
        item.source = kind == WriteKind::index ? "{}" : "";
        bulk.items.push_back(item);
    }
    return bulk;
}

std::vector<ItemState> states_of(const BulkOutcome& outcome, std::size_t items) {
    std::vector<ItemState> states(items, ItemState::applied);
    const auto set = [&states](std::size_t item, ItemState state) {
        require(item < states.size(), "an outcome speaks of items that were sent");
        require(states[item] == ItemState::applied, "an item has one outcome");
        states[item] = state;
    };
    for (const std::size_t item : outcome.conflicts) {
        set(item, ItemState::conflict);
    }
    for (const ItemFailure& failed : outcome.failed) {
        set(failed.item, ItemState::failed);
        const Failure& failure = failed.failure;
        require(failure.kind != FailureKind::conflict, "a conflict is no failure");
        require(failure.what.size() <= text_bytes_max, "a failure's text is short", failure.what);
    }
    return states;
}

void check_state(ItemState state, const dom::object& item, WriteKind kind) {
    dom::object answer;
    std::int64_t status = 0;
    const std::string_view action = kind == WriteKind::index ? "index" : "delete";
    require(item[action].get(answer) == simdjson::SUCCESS &&
                answer["status"].get(status) == simdjson::SUCCESS,
            "every item of an answer has a status");
    dom::object cause;
    const bool has_error = answer["error"].get(cause) == simdjson::SUCCESS;
    const bool is_done = status / 100 == 2 || (status == 404 && kind == WriteKind::remove);
    require((state == ItemState::applied) == (is_done && !has_error),
            "an item was applied if and only if the answer says so");
    require(state == ItemState::conflict || status != 409 || has_error, "409 is a conflict");
}

void play(const std::string& body) {
    const std::optional<std::vector<WriteKind>> kinds = kinds_in(body);
    if (!kinds) {
        const Bulk any = bulk_of({WriteKind::index, WriteKind::remove});
        require(!es::decode_bulk(body, any, "here").ok(), "what is no answer is not taken", body);
        return;
    }
    Bulk bulk = bulk_of(*kinds);
    const Result<BulkOutcome> outcome = es::decode_bulk(body, bulk, "here");
    if (!outcome.ok()) {
        require(outcome.failure().kind == FailureKind::malformed, "a wrong answer is malformed");
        return;
    }
    const std::vector<ItemState> states = states_of(*outcome, kinds->size());
    dom::parser parser;
    dom::array items;
    require(parser.parse(body)["items"].get(items) == simdjson::SUCCESS, "an answer has items");
    std::size_t at = 0;
    for (const dom::element element : items) {
        dom::object item;
        require(element.get(item) == simdjson::SUCCESS, "an item is an object");
        check_state(states[at], item, (*kinds)[at]);
        ++at;
    }

    // The same answer for another bulk, and a cut one for this.
    bulk.items.push_back(bulk_of({WriteKind::index}).items.front());
    require(!es::decode_bulk(body, bulk, "here").ok(), "no item goes without an answer", body);
    bulk.items.pop_back();
    if (!bulk.items.empty()) {
        if (kinds->back() == WriteKind::remove) {
            bulk.items.back().kind = WriteKind::index;
            require(!es::decode_bulk(body, bulk, "here").ok(), "a removal indexes nothing", body);
        }
        bulk.items.pop_back();
        require(!es::decode_bulk(body, bulk, "here").ok(), "no answer is left over", body);
    }
    const std::string cut = body.substr(0, body.find_last_of('}'));
    require(!es::decode_bulk(cut, bulk_of(*kinds), "here").ok(), "a cut answer is none", cut);
}

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    followd::fuzz::play(std::string{followd::fuzz::text_of(data, size)});
    return 0;
}
