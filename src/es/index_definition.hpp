#pragma once

#include "followd/base/result.hpp"

#include "engine/index_ports.hpp"
#include "es/follow_mark.hpp"
#include "es/json.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What a follower index is made of, given its leader: pure, no request.

namespace followd::es {

inline constexpr std::string_view refresh_interval = "index.refresh_interval";

/// Circumstances of the creation that the body answers to.
struct CreationOptions {
    /// No template guard stands: settings that a template must not bring are sent as null.
    bool null_held_back = false;
    /// The follower's cluster knows `index.mapping.exclude_source_vectors` (9.2 and later).
    bool has_exclude_vectors = false;
};

/// The body of the create-index request, in parts so that the answer can be compared with them.
struct IndexPlan {
    Json settings;  ///< flat
    Json mappings;  ///< the leader's, with our mark in `_meta`
    Json aliases;   ///< the fence alias alone

    [[nodiscard]] std::string body() const;
};

/// `refused` where a rule overrides what must be the leader's, naming the setting.
[[nodiscard]] Result<IndexPlan> plan_follower_index(const engine::FollowerRequest& request,
                                                    const FollowMark& mark,
                                                    const CreationOptions& options);

/// Whether a follower index with these (flat) settings still refreshes only when told to, as it was
/// made for its bootstrap. What the rule itself sets is never that.
[[nodiscard]] bool is_loading(const FollowRule& rule, const Json& settings);

/// What a follower of `leader` (its flat settings) is to have by the rule, apart from what it has
/// while it is made. `refused` where the rule overrides what must be the leader's.
[[nodiscard]] Result<Json> wanted_settings(const engine::IndexDefinition& leader,
                                           const FollowRule& rule,
                                           const CreationOptions& options);

/// "index.x" of a rule's "x".
[[nodiscard]] std::string full_setting_name(const std::string& given);

/// The mark of a fresh follower: no histories, generation 0, epoch 1. That of a generation (a
/// request with `recovery`) names the aliases that it is to be shown under, too.
[[nodiscard]] Result<FollowMark> first_mark(const engine::FollowerRequest& request);

/// What the leader has that the follower gets at its promotion only.
[[nodiscard]] Result<HeldBack> held_back_of(const engine::IndexDefinition& leader);

/// What stands in a created index beside what was asked for: an index template's work.
struct Additions {
    std::vector<std::string> harmless;  ///< to be said aloud
    std::vector<std::string> bending;   ///< would change documents, their fields or their life
};

/// `created` is the index object of GET /{index}?flat_settings=true.
[[nodiscard]] Additions find_additions(const IndexPlan& plan, const Json& created);

/// The body of PUT _mapping that makes `follower` (its present mapping) the leader's.
[[nodiscard]] Json plan_mapping_update(const Json& leader,
                                       const Json& follower,
                                       const FollowMark& mark);

}  // namespace followd::es
