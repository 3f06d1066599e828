#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/task.hpp"
#include "es/admin_exchange.hpp"

#include <set>
#include <string>

/// Keeps index templates of the follower's cluster off an index while it is being created.
///
/// An empty composable template of the exact name and the highest priority shadows every other
/// one, legacy ones too, and lets names be created that a data stream template claims
/// ("logs-a-b"). It stands only around the creation: left behind by a crash it would shadow the
/// templates of an index that people create under that name, so stale ones are taken away.

namespace followd::es {

/// Whether a guard stands, and if not, why.
struct GuardOutcome {
    bool raised = false;
    std::string why_not;
};

class TemplateGuard {
public:
    explicit TemplateGuard(AdminExchange& exchange);

    /// A refusal (no privilege, another template in the way) is an outcome; a Failure is not.
    [[nodiscard]] Task<Result<GuardOutcome>> raise(IndexName index);
    /// A guard that is not there is removed already. One that could not be removed is stale from
    /// now on.
    [[nodiscard]] Task<Result<void>> remove(IndexName index);
    /// Removes guards that a crashed daemon left: those with our prefix and our mark that this
    /// object has not raised. A guard of a daemon at work may go with them; its creation then
    /// notices what a template added. Asks once, and again after a removal failed; without the
    /// privilege it does nothing.
    [[nodiscard]] Task<Result<void>> remove_stale();

private:
    [[nodiscard]] Task<Result<void>> remove_named(std::string guard);

    AdminExchange& exchange_;
    std::set<std::string> raised_;
    bool may_be_stale_ = true;
};

/// The guard's template name.
[[nodiscard]] std::string guard_name_of(const IndexName& index);

}  // namespace followd::es
