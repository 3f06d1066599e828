#include "es/recovery.hpp"

#include <utility>

namespace followd::es {

Failure still_recovering(std::string_view attempt, std::string where) {
    return Failure{FailureKind::unavailable,
                   "could not " + std::string(attempt) +
                       ": the cluster was just started and does not know its indices yet",
                   std::move(where)};
}

}  // namespace followd::es
