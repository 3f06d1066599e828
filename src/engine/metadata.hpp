#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/model/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the engine knows of an index's mapping, settings and aliases: when they changed, never what
/// stands in them.

namespace followd::engine {

/// How often each was changed, as the index's cluster counts; nothing where it is not known.
struct MetadataVersions {
    std::optional<std::int64_t> mapping;
    std::optional<std::int64_t> settings;
    std::optional<std::int64_t> aliases;

    friend bool operator==(const MetadataVersions&, const MetadataVersions&) = default;
};

struct IndexVersions {
    IndexName name;
    MetadataVersions versions;
};

struct VersionListing {
    /// Names the state of the cluster in which the versions are; comes back with the next question.
    std::string state;
    /// Nothing where the state is the known one, so nothing can have changed.
    std::optional<std::vector<IndexVersions>> indices;
};

/// What became of making a follower's settings and aliases like its leader's; all for people.
struct MetadataOutcome {
    std::vector<std::string> changed;   ///< "setting index.max_ngram_diff = 3", "alias logs"
    std::vector<std::string> warnings;  ///< what could not be made alike, and why
    /// Settings that only a closed index takes, which the rule does not allow: a mapping may need
    /// them.
    std::vector<std::string> withheld;
    /// Why not everything was tried: what had been done by then stands above.
    std::optional<Failure> stopped_by;
};

/// The part of a follower's status that is about its definition.
struct MetadataStatus {
    struct Change {
        Instant at;
        std::string what;
    };

    MetadataVersions copied;  ///< the leader's versions that the follower is level with
    std::optional<Change> last_change;
};

}  // namespace followd::engine
