#pragma once

#include "followd/base/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace followd::es {

/// The answer to a multi-get of whole documents, each as a JSON object of `seq_no`, `version` and
/// `source`, the last byte for byte; "null" for one that is not there. An item with an error is the
/// failure of the whole.
[[nodiscard]] Result<std::vector<std::string>> decode_live_documents(std::string body,
                                                                     std::size_t expected,
                                                                     std::string where);

}  // namespace followd::es
