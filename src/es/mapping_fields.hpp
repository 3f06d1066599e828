#pragma once

#include "es/json.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Looking through a mapping's fields.

namespace followd::es {

/// Whether any field of the mapping, at any depth, is of that type.
[[nodiscard]] bool has_field_of_type(const Json& mapping, std::string_view type);

/// What `actual` has and `wanted` has not: fields, runtime fields, dynamic templates and root
/// parameters, for people ("field a.b"). Parameters inside a field do not count: servers fill in
/// their defaults there.
[[nodiscard]] std::vector<std::string> find_added(const Json& wanted, const Json& actual);

}  // namespace followd::es
