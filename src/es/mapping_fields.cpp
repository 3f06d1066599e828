#include "es/mapping_fields.hpp"

#include <array>
#include <set>

namespace followd::es {

namespace {

constexpr std::array<std::string_view, 2> containers{"properties", "fields"};

void add_missing_fields(const Json& wanted,
                        const Json& actual,
                        const std::string& path,
                        std::vector<std::string>& added) {
    for (const std::string_view container : containers) {
        const Json* present = member(actual, container);
        if (present == nullptr || !present->is_object()) {
            continue;
        }
        const Json* asked = member(wanted, container);
        for (const auto& [name, field] : present->items()) {
            const Json* same = asked == nullptr ? nullptr : member(*asked, name);
            if (same == nullptr) {
                added.push_back(std::string("field ").append(path).append(name));
            } else {
                add_missing_fields(*same, field, std::string(path).append(name).append("."), added);
            }
        }
    }
}

void add_missing_runtime(const Json& wanted, const Json& actual, std::vector<std::string>& added) {
    const Json* present = member(actual, "runtime");
    if (present == nullptr || !present->is_object()) {
        return;
    }
    const Json* asked = member(wanted, "runtime");
    for (const auto& [name, field] : present->items()) {
        if (asked == nullptr || member(*asked, name) == nullptr) {
            added.push_back("runtime field " + name);
        }
    }
}

std::set<std::string> template_names(const Json& mapping) {
    std::set<std::string> names;
    const Json* templates = member(mapping, "dynamic_templates");
    if (templates != nullptr && templates->is_array()) {
        for (const Json& entry : *templates) {
            if (entry.is_object() && !entry.empty()) {
                names.insert(entry.items().begin().key());
            }
        }
    }
    return names;
}

}  // namespace

bool has_field_of_type(const Json& mapping, std::string_view type) {
    for (const std::string_view container : containers) {
        const Json* fields = member(mapping, container);
        if (fields == nullptr || !fields->is_object()) {
            continue;
        }
        for (const auto& [name, field] : fields->items()) {
            if (text_of(field, "type") == type || has_field_of_type(field, type)) {
                return true;
            }
        }
    }
    return false;
}

std::vector<std::string> find_added(const Json& wanted, const Json& actual) {
    std::vector<std::string> added;
    add_missing_fields(wanted, actual, "", added);
    add_missing_runtime(wanted, actual, added);
    const std::set<std::string> asked_templates = template_names(wanted);
    for (const std::string& name : template_names(actual)) {
        if (!asked_templates.contains(name)) {
            added.push_back("dynamic template " + name);
        }
    }
    static const std::set<std::string> compared_elsewhere{
        "properties", "runtime", "dynamic_templates", "_meta"};
    for (const auto& [key, value] : actual.items()) {
        if (!compared_elsewhere.contains(key) && member(wanted, key) == nullptr) {
            added.push_back("mapping parameter " + key);
        }
    }
    return added;
}

}  // namespace followd::es
