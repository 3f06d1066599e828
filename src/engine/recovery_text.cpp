#include "engine/recovery_text.hpp"

#include "followd/model/wall_time.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace followd::engine {

namespace {

/// Whole units, of the largest of which there are two.
std::string age_text(std::chrono::seconds age) {
    struct Unit {
        std::chrono::seconds length;
        std::string_view name;
    };
    constexpr Unit units[] = {{std::chrono::days{1}, "d"},
                              {std::chrono::hours{1}, "h"},
                              {std::chrono::minutes{1}, "min"}};
    for (const Unit& unit : units) {
        if (age >= 2 * unit.length) {
            return std::to_string(age / unit.length) + " " + std::string{unit.name};
        }
    }
    return std::to_string(age.count()) + " s";
}

}  // namespace

std::string as_of_text(const RecoveryPoint& point, WallTime now) {
    // A clock that was set back makes nothing younger than new.
    const std::chrono::seconds age = std::max(now - point.as_of, std::chrono::seconds{0});
    return "as of " + utc_text(point.as_of) + ", " + age_text(age) + " before";
}

}  // namespace followd::engine
