#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/holds.hpp"
#include "engine/task.hpp"

#include <string>
#include <utility>
#include <vector>

/// What people asked for and what lasts until they ask for something else.

namespace followd::engine {

enum class IntentKind { paused, unfollowed };

struct Intent {
    IndexPlace place;
    IntentKind kind = IntentKind::paused;
    std::string at;  ///< ISO 8601
    std::string by;  ///< user@host
};

/// Same thread rule and errors as ports.hpp; a save that was answered survives a crash.
class ControlStore {
public:
    virtual ~ControlStore() = default;
    [[nodiscard]] virtual Task<Result<std::vector<Intent>>> load_intents() = 0;
    [[nodiscard]] virtual Task<Result<void>> save_intent(Intent intent) = 0;
    [[nodiscard]] virtual Task<Result<void>> forget_intent(IndexPlace place) = 0;
};

/// What intents mean for the supervisor.
[[nodiscard]] Holds holds_of(const std::vector<Intent>& intents);

}  // namespace followd::engine
