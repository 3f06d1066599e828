#include "config/location_check.hpp"

#include <algorithm>

namespace followd::config {

std::string normal_location(std::string_view text) {
    std::string normal;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('/'), text.size());
        const std::string_view part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!part.empty() && part != ".") {
            normal.append("/").append(part);
        }
    }
    return normal;
}

std::optional<std::string> location_problem(std::string_view text) {
    if (!text.starts_with('/')) {
        return "is no absolute path";
    }
    const std::string normal = normal_location(text);
    if (normal.empty()) {
        return "is the root of all folders";
    }
    if ((normal + "/").find("/../") != std::string::npos) {
        return "holds \"..\"";
    }
    return std::nullopt;
}

}  // namespace followd::config
