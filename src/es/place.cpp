#include "es/place.hpp"

#include <utility>

namespace followd::es {

std::string Place::text(std::string_view address) const {
    std::string text = "cluster " + cluster.value();
    if (!address.empty()) {
        text += " (";
        text += address;
        text += ')';
    }
    if (!index.value().empty()) {
        text += ", index " + index.value();
    }
    if (shard.has_value()) {
        text += ", shard " + std::to_string(*shard);
    }
    return text;
}

Failure located(Failure failure, std::string where) {
    if (failure.where.empty()) {
        failure.where = std::move(where);
    }
    return failure;
}

}  // namespace followd::es
