#include "engine/control_report.hpp"

#include "followd/model/index_pattern.hpp"

#include <utility>

namespace followd::engine {

bool is_meant(const ControlTargets& targets, const IndexName& name) {
    return targets.all || std::ranges::any_of(targets.indices, [&name](const std::string& pattern) {
               return matches_wildcard(pattern, name.value());
           });
}

Failure nothing_matched(const ControlTargets& targets, const std::string& what) {
    std::string names;
    for (const std::string& name : targets.indices) {
        names += (names.empty() ? "" : ", ") + name;
    }
    return Failure{FailureKind::not_found,
                   (targets.all ? "there is no " + what : "no " + what + " is named " + names) +
                       ": followd status lists the followers",
                   {}};
}

ControlRow done_row(const IndexPlace& place, std::string what) {
    ControlRow row;
    row.cluster = place.cluster;
    row.index = place.index;
    row.what = std::move(what);
    return row;
}

ControlRow failed_row(const IndexPlace& place, Failure failure) {
    ControlRow row = done_row(place, {});
    row.failure = std::move(failure);
    return row;
}

}  // namespace followd::engine
