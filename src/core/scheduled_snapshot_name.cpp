#include "followd/core/scheduled_snapshot_name.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/generation_name.hpp"

namespace followd::core {

namespace {

/// Snapshots have no capitals in their names, rules may have: `~` is in no rule's name.
std::string without_capitals(const std::string& rule) {
    std::string text;
    for (const char character : rule) {
        if (character >= 'A' && character <= 'Z') {
            text += '~';
            text += static_cast<char>(character - 'A' + 'a');
        } else {
            text += character;
        }
    }
    return text;
}

}  // namespace

ScheduledSnapshotNames::ScheduledSnapshotNames(std::string_view daemon_id, const RuleName& rule)
    : prefix_("followd-every-" + std::string(daemon_id) + "-" + without_capitals(rule.value()) +
              "-") {
    FOLLOWD_ASSERT(!daemon_id.empty() && daemon_id.find('-') == std::string_view::npos);
    FOLLOWD_ASSERT(daemon_id != "every");
}

std::string ScheduledSnapshotNames::name_of(WallTime as_of) const {
    return prefix_ + stamp_of(as_of);
}

std::optional<WallTime> ScheduledSnapshotNames::moment_of(std::string_view snapshot) const {
    return snapshot.starts_with(prefix_) ? moment_of_stamp(snapshot.substr(prefix_.size()))
                                         : std::nullopt;
}

}  // namespace followd::core
