#include "followd/model/wall_time.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/generation_name.hpp"

namespace followd {

std::string utc_text(WallTime moment) {
    // The stamp has the same digits: `20261130t080000z`.
    const std::string stamp = stamp_of(moment);
    FOLLOWD_ASSERT(stamp.size() == 16);
    return stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 2) + "T" +
           stamp.substr(9, 2) + ":" + stamp.substr(11, 2) + ":" + stamp.substr(13, 2) + "Z";
}

}  // namespace followd
