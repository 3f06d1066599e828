#include "es/recovery_mark.hpp"

#include "followd/model/generation_name.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

/// "2026-11-30T08:00:00Z" of the stamp "20261130t080000z".
std::string iso_text(WallTime moment) {
    const std::string stamp = stamp_of(moment);
    std::string text = stamp.substr(0, 4);
    text.append("-").append(stamp, 4, 2).append("-").append(stamp, 6, 2);
    text.append("T").append(stamp, 9, 2).append(":").append(stamp, 11, 2);
    return text.append(":").append(stamp, 13, 2).append("Z");
}

/// Nothing where iso_text() writes no moment so.
std::optional<WallTime> moment_of_iso_text(const std::string& text) {
    std::string stamp;
    for (const char character : text) {
        if (character != '-' && character != ':') {
            stamp += character == 'T' ? 't' : character == 'Z' ? 'z' : character;
        }
    }
    const std::optional<WallTime> moment = moment_of_stamp(stamp);
    return moment && iso_text(*moment) == text ? moment : std::nullopt;
}

std::optional<Duration> read_milliseconds(const Json& json, std::string_view key) {
    constexpr std::int64_t most = duration_cast<milliseconds>(Duration::max()).count();
    const Json* number = member(json, key);
    if (number == nullptr || !number->is_number_integer() || number->get<std::int64_t>() < 0 ||
        number->get<std::int64_t>() > most) {
        return std::nullopt;
    }
    return milliseconds{number->get<std::int64_t>()};
}

}  // namespace

Json to_json(const RecoveryPoint& point) {
    return Json{{"snapshot", point.snapshot},
                {"as_of", iso_text(point.as_of)},
                {"restore_ms", duration_cast<milliseconds>(point.restore_took).count()}};
}

std::optional<RecoveryPoint> read_recovery_point(const Json& json) {
    std::string snapshot = text_of(json, "snapshot");
    const std::optional<WallTime> as_of = moment_of_iso_text(text_of(json, "as_of"));
    const std::optional<Duration> took = read_milliseconds(json, "restore_ms");
    if (snapshot.empty() || !as_of || !took || json.size() != 3) {
        return std::nullopt;
    }
    return RecoveryPoint{std::move(snapshot), *as_of, *took};
}

}  // namespace followd::es
