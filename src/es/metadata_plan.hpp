#pragma once

#include "followd/base/result.hpp"

#include "engine/index_ports.hpp"
#include "es/follow_mark.hpp"
#include "es/index_definition.hpp"
#include "es/json.hpp"

#include <string>
#include <vector>

/// What must change for a follower index to have its leader's settings and aliases: pure, no
/// request. docs/INDEX_METADATA.md says which of them a follower has.

namespace followd::es {

/// A change that can be made without the others.
struct MetadataChange {
    std::string what;  ///< for people: "setting index.max_ngram_diff = 3"
    Json body;         ///< flat settings, null takes one away; or one action of `_aliases`

    friend bool operator==(const MetadataChange&, const MetadataChange&) = default;
};

struct MetadataPlan {
    std::vector<MetadataChange> settings;         ///< that an open index takes
    std::vector<MetadataChange> closed_settings;  ///< that only a closed one takes, by family
    std::vector<std::string> closed_names;        ///< their names
    std::vector<MetadataChange> aliases;
    HeldBack held_back;
    /// Whose aliases are the leader's: what the mark must say before one is made, so that none is
    /// ever there without it, and once the others are gone.
    std::vector<std::string> alias_names_before;
    std::vector<std::string> alias_names_after;

    friend bool operator==(const MetadataPlan&, const MetadataPlan&) = default;
};

/// `follower` is the index object of GET /{index}?flat_settings=true.
[[nodiscard]] Result<MetadataPlan> plan_metadata(const engine::MetadataRequest& request,
                                                 const Json& follower,
                                                 const FollowMark& mark,
                                                 const CreationOptions& options);

}  // namespace followd::es
