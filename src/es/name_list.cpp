#include "es/name_list.hpp"

namespace followd::es {

std::string name_list(const std::vector<std::string>& names, std::size_t shown_max) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < shown_max; ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    if (names.size() > shown_max) {
        text += " and " + std::to_string(names.size() - shown_max) + " more";
    }
    return text;
}

}  // namespace followd::es
