#include "es/followed_aliases.hpp"

#include "es/follow_mark.hpp"

namespace followd::es {

Json followed_alias(const Json& properties) {
    Json alias = Json::object();
    for (const char* key : {"filter", "index_routing", "search_routing"}) {
        if (const Json* value = member(properties, key); value != nullptr) {
            alias[key] = *value;
        }
    }
    if (is_true(properties, "is_hidden")) {
        alias["is_hidden"] = true;
    }
    if (member(properties, "is_write_index") != nullptr) {
        alias["is_write_index"] = false;
    }
    return alias;
}

Result<Json> followed_aliases(const std::string& aliases, const IndexName& leader) {
    Json followed = Json::object();
    if (aliases.empty()) {
        return followed;
    }
    const std::string what = "the aliases of " + leader.value();
    const Result<Json> all = parse_json(aliases, what);
    if (!all.ok()) {
        return all.failure();
    }
    for (const auto& [name, properties] : all->items()) {
        if (!is_fence_alias(name)) {
            followed[name] = followed_alias(properties);
        }
    }
    return followed;
}

}  // namespace followd::es
