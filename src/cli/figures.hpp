#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Numbers as people read them.

namespace followd::cli {

/// "27,000".
[[nodiscard]] std::string grouped(std::int64_t number);
/// "0 ms", "340 ms", "1.2 s", "47 s", "3 min 5 s", "2 h 10 min", "3 d 4 h".
[[nodiscard]] std::string time_text(double seconds);
/// "999 B", "1.2 MB", "34 GB", in powers of 1000.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
/// "1 document", "27,000 documents".
[[nodiscard]] std::string counted(std::int64_t number, std::string_view singular);

}  // namespace followd::cli
