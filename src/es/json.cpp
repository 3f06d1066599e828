#include "es/json.hpp"

namespace followd::es {

namespace {

bool is_bool(const Json& json, std::string_view key, bool wanted) {
    const Json* found = member(json, key);
    if (found == nullptr) {
        return false;
    }
    if (found->is_boolean()) {
        return found->get<bool>() == wanted;
    }
    return found->is_string() &&
           found->get_ref<const std::string&>() == (wanted ? "true" : "false");
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what) {
    Json parsed = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_discarded()) {
        return Failure{
            FailureKind::malformed, std::string(what) + " is not JSON, or was cut short", {}};
    }
    return parsed;
}

std::string to_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json* member(const Json& json, std::string_view key) {
    if (!json.is_object()) {
        return nullptr;
    }
    const auto found = json.find(key);
    return found == json.end() ? nullptr : &*found;
}

std::string text_of(const Json& json, std::string_view key) {
    const Json* found = member(json, key);
    return found != nullptr && found->is_string() ? found->get<std::string>() : std::string{};
}

bool is_true(const Json& json, std::string_view key) {
    return is_bool(json, key, true);
}

bool is_false(const Json& json, std::string_view key) {
    return is_bool(json, key, false);
}

}  // namespace followd::es
