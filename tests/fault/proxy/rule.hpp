#pragma once

#include "followd/base/result.hpp"

#include "fault/proxy/fault.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

/// What can be done to a connection, and to which of its messages: one rule is one line, like
/// `cut bytes=1-400 direction=answer path=_search probability=0.3 count=5`.
///
/// Parameters of every fault but refuse:
///   direction=request|answer   which way the bytes go that it befalls
///   method=POST  path=_bulk    only where the request line has this method, and this in its target
///   probability=0.3            of the messages that fit, how many (1)
///   count=5                    how often at most (for ever)
/// and those that traits_of() names. A range A-B is drawn from anew for each message. An answer
/// is chosen by the request that it answers.

namespace followd::fault {

struct Rule {
    Fault fault = Fault::refuse;
    Direction direction = Direction::request;
    std::string method;  ///< empty: any
    std::string path;    ///< empty: any
    double probability = 1;
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
    /// Bytes, milliseconds or bytes a second, as the fault takes it.
    std::optional<Range> amount;
};

/// From "NAME key=value ..."; what is wrong with it is a Failure that says what would be right.
[[nodiscard]] Result<Rule> parse_rule(std::string_view line);

}  // namespace followd::fault
