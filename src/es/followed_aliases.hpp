#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "es/json.hpp"

#include <string>

/// The leader's aliases as its copies have them. Pure.

namespace followd::es {

/// What of an alias is followed. Which index is written to through it is decided at promotion: said
/// outright to be none of a follower's, for an alias of one index takes writes unless told not to.
[[nodiscard]] Json followed_alias(const Json& properties);

/// Name -> followed_alias() of what IndexDefinition::aliases says, without fences of the leader's
/// own following. `malformed` where that is no JSON object; `leader` is for the message.
[[nodiscard]] Result<Json> followed_aliases(const std::string& aliases, const IndexName& leader);

}  // namespace followd::es
