#include "es/bulk_decoder.hpp"

#include "es/dom_answer.hpp"
#include "es/error_decoder.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

namespace dom = simdjson::dom;

constexpr std::string_view attempt = "write documents";

/// The item's answer under its action's name, which must be the one that was asked for.
bool read_item(const dom::element& element, WriteKind kind, dom::object& answer) {
    dom::object item;
    const std::string_view action = kind == WriteKind::index ? "index" : "delete";
    return element.get(item) == simdjson::SUCCESS && item[action].get(answer) == simdjson::SUCCESS;
}

class OutcomeReader {
public:
    OutcomeReader(const Bulk& bulk, std::string where) : bulk_(bulk), where_(std::move(where)) {}

    bool read(const dom::array& items) {
        if (items.size() != bulk_.items.size()) {
            return false;
        }
        std::size_t number = 0;
        for (const dom::element element : items) {
            dom::object answer;
            const WriteKind kind = bulk_.items[number].kind;
            if (!read_item(element, kind, answer) || !judge(number, kind, answer)) {
                return false;
            }
            ++number;
        }
        return true;
    }

    BulkOutcome take() { return std::move(outcome_); }

private:
    bool judge(std::size_t number, WriteKind kind, const dom::object& answer) {
        const std::optional<std::int64_t> status = integer_at(answer, "status");
        if (!status.has_value() || *status < 100 || *status > 599) {
            return false;
        }
        dom::object cause;
        const bool has_error = answer["error"].get(cause) == simdjson::SUCCESS;
        const bool is_absent = kind == WriteKind::remove && *status == 404;
        if (!has_error && ((*status >= 200 && *status < 300) || is_absent)) {
            return true;
        }
        ServerError error{static_cast<int>(*status), {}, {}};
        if (has_error) {
            error.type = text_at(cause, "type");
            error.reason = text_at(cause, "reason");
        }
        Failure failure = failure_of(error, ErrorScope::document, attempt, where_);
        if (failure.kind == FailureKind::conflict) {
            outcome_.conflicts.push_back(number);
        } else {
            outcome_.failed.push_back(ItemFailure{number, std::move(failure)});
        }
        return true;
    }

    const Bulk& bulk_;
    std::string where_;
    BulkOutcome outcome_;
};

}  // namespace

Result<BulkOutcome> decode_bulk(const std::string& body, const Bulk& bulk, std::string where) {
    dom::object answer;
    dom::array items;
    if (!parse_object(body, answer) || answer["items"].get(items) != simdjson::SUCCESS) {
        return malformed(attempt, "it is cut or no bulk's", std::move(where));
    }
    OutcomeReader reader(bulk, where);
    if (!reader.read(items)) {
        return malformed(attempt, "its items are not those that were sent", std::move(where));
    }
    return reader.take();
}

}  // namespace followd::es
