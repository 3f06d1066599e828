#pragma once

#include "fault/proxy/fault.hpp"

#include <string>

namespace followd::fault {

/// The whole answer that the proxy gives in a server's place; empty for swallow, which gives none.
[[nodiscard]] std::string canned_answer(Fault fault);

}  // namespace followd::fault
