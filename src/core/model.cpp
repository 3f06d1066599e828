#include "followd/base/assert.hpp"
#include "followd/model/mark_role.hpp"
#include "followd/model/operation.hpp"
#include "followd/model/role_change.hpp"
#include "followd/model/settings.hpp"

#include <algorithm>

namespace followd {

std::string_view to_string(MarkRole role) noexcept {
    switch (role) {
        case MarkRole::follower:
            return "follower";
        case MarkRole::leader:
            return "leader";
        case MarkRole::promoted:
            return "promoted";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

std::string_view to_string(RoleChangeKind kind) noexcept {
    switch (kind) {
        case RoleChangeKind::promote:
            return "promote";
        case RoleChangeKind::follow:
            return "follow";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

std::size_t Bulk::payload_bytes() const {
    std::size_t bytes = 0;
    for (const WriteItem& item : items) {
        bytes += item.id.size() + item.routing.size() + item.source.size();
    }
    return bytes;
}

const ClusterSettings* Settings::cluster(const ClusterName& name) const {
    const auto found = std::ranges::find(clusters, name, &ClusterSettings::name);
    return found == clusters.end() ? nullptr : &*found;
}

const RepositorySettings* Settings::repository(const RepositoryName& name) const {
    const auto found = std::ranges::find(repositories, name, &RepositorySettings::name);
    return found == repositories.end() ? nullptr : &*found;
}

}  // namespace followd
