#pragma once

#include "followd/model/origins.hpp"

#include "simulation/roles/two_way_shard.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

/// Documents at their places on a line of origins. Without strips a follower's place is what its
/// version says, a leader's its number.

namespace followd::sim {

/// By place: the number in the shard, and what stands there.
struct PlacedDocument {
    std::int64_t local = 0;
    std::string id;
    std::int64_t version = 0;
    int value = 0;
};
using PlacedDocuments = std::map<std::int64_t, PlacedDocument>;

/// For the trace.
[[nodiscard]] inline std::string describe(const char* what, const SeqNoRange& range) {
    return std::string(what) + " " + std::to_string(range.first.value()) + ".." +
           std::to_string(range.last.value());
}

/// Nothing where the line has no place for it.
[[nodiscard]] inline std::optional<std::int64_t> place_of(const OriginStrips& strips,
                                                          std::int64_t local,
                                                          std::int64_t version) {
    for (const OriginStrip& strip : strips) {
        const std::int64_t place =
            strip.base ? strip.base->origin_of(Version{version}).value() : strip.zero + local;
        if (strip.local.contains(SeqNo{local}) && strip.origins.contains(SeqNo{place})) {
            return place;
        }
    }
    return std::nullopt;
}

/// Of a follower: `base` counts where there are no strips. Of a leader: nothing.
[[nodiscard]] inline PlacedDocuments placed(const OriginStrips& strips,
                                            const std::optional<VersionBase>& base,
                                            const TwoWayShard::View& view) {
    PlacedDocuments all;
    for (const auto& [local, shown] : view) {
        const std::optional<std::int64_t> place =
            !strips.empty() ? place_of(strips, local, shown.version)
            : base          ? std::optional{base->origin_of(Version{shown.version}).value()}
                            : std::optional{local};
        if (place) {
            all.emplace(*place, PlacedDocument{local, shown.id, shown.version, shown.value});
        }
    }
    return all;
}

}  // namespace followd::sim
