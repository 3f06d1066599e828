#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"

#include "engine/control.hpp"

#include <string>
#include <string_view>

/// The commands of the admin API as JSON, both ways (docs/admin-api.yaml).

namespace followd::admin {

/// One command, as it is posted to /v1/VERB.
enum class ControlVerb { follow, pause, resume, unfollow, promote, failback, repair, plan };

struct ControlRequest {
    ControlVerb verb = ControlVerb::plan;
    engine::ControlTargets targets;
    engine::PromoteOptions promote;            ///< `drain` is failback's, too
    Duration wait = std::chrono::seconds{30};  ///< repair
    bool is_switch = false;                    ///< failback: turn the direction round again
    bool discard_local = false;                ///< resume
    std::string by;                            ///< user@host, for the journal
};

[[nodiscard]] std::string_view to_string(ControlVerb verb) noexcept;
/// Nothing where the path's last part is no command.
[[nodiscard]] std::optional<ControlVerb> control_verb(std::string_view name);

/// The body of the POST.
[[nodiscard]] std::string control_request(const ControlRequest& request);
/// `refused` where the body is not one: what is wrong, in words.
[[nodiscard]] Result<ControlRequest> read_control_request(ControlVerb verb, std::string_view body);

/// One line.
[[nodiscard]] std::string control_document(const engine::ControlReport& report);
[[nodiscard]] Result<engine::ControlReport> read_control_report(std::string_view document);
/// Every row was done.
[[nodiscard]] bool is_done(const engine::ControlReport& report);

/// Runs the command.
[[nodiscard]] Task<engine::ControlReport> run_control(engine::Control* control,
                                                      ControlRequest request,
                                                      std::string at);

}  // namespace followd::admin
