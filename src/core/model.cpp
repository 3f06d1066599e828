#include "followd/model/operation.hpp"
#include "followd/model/settings.hpp"

namespace followd {

std::size_t Bulk::payload_bytes() const {
    std::size_t bytes = 0;
    for (const WriteItem& item : items) {
        bytes += item.id.size() + item.routing.size() + item.source.size();
    }
    return bytes;
}

const ClusterSettings* Settings::cluster(const ClusterName& name) const {
    for (const ClusterSettings& candidate : clusters) {
        if (candidate.name == name) {
            return &candidate;
        }
    }
    return nullptr;
}

}  // namespace followd
