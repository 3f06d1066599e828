#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include "admin/control_document.hpp"
#include "admin/status_document.hpp"
#include "cli/composition.hpp"
#include "cli/service_notifier.hpp"
#include "engine/control.hpp"
#include "engine/control_store.hpp"
#include "engine/leader_deletion.hpp"
#include "engine/mailbox.hpp"
#include "engine/real_timers.hpp"
#include "engine/supervisor.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"
#include "engine/unwatched_followers.hpp"
#include "observe/log.hpp"
#include "store/lost_writes_files.hpp"
#include "store/sqlite_checkpoint_store.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The running daemon: start order, signals, reload, stop order.

namespace followd::cli {

/// What makes the daemon do something else than follow.
enum class DaemonSignal { stop, reload };

class Daemon {
public:
    /// `store` is open; `path` is where the settings came from and are read again.
    Daemon(boost::asio::io_context& context,
           std::string path,
           Settings settings,
           std::unique_ptr<Composition> composition,
           engine::CheckpointStore& store,
           engine::ControlStore& control_store,
           std::string daemon_id);

    /// Until a stop signal; then drains: what is under way ends, what is acknowledged is stored.
    [[nodiscard]] Task<void> run();
    /// From the same thread.
    void signal(DaemonSignal signal) { signals_.put(signal); }

    /// For the admin API: one command, to its end. Refused while the configuration is read again.
    [[nodiscard]] Task<engine::ControlReport> run_command(admin::ControlRequest request);
    /// For the admin API.
    [[nodiscard]] admin::StatusReport report() const;

private:
    class CommandUnderWay;

    [[nodiscard]] Task<engine::ControlReport> promote_abandoned(engine::IndexPlace follower);
    [[nodiscard]] Task<void> start();
    [[nodiscard]] Task<void> end_commands();
    [[nodiscard]] Task<void> drain();
    [[nodiscard]] Task<void> cut_off();
    [[nodiscard]] Task<void> reload();
    [[nodiscard]] std::optional<Settings> read_settings();

    boost::asio::any_io_executor executor_;
    std::string path_;
    Settings settings_;
    std::unique_ptr<Composition> composition_;
    engine::CheckpointStore& store_;
    engine::ControlStore& control_store_;
    std::string daemon_id_;
    store::LostWritesFiles lost_writes_;
    observe::Logger log_;
    engine::RealTimers timers_;
    engine::Mailbox<DaemonSignal> signals_;
    ServiceNotifier notifier_;
    std::unique_ptr<engine::Supervisor> supervisor_;
    std::unique_ptr<engine::Control> control_;
    std::unique_ptr<engine::LeaderDeletion> leader_deletion_;
    std::unique_ptr<engine::UnwatchedFollowers> unwatched_;
    int commands_under_way_ = 0;
    bool takes_commands_ = false;
    engine::TaskGroup following_;
    engine::TaskGroup helpers_;
    bool drained_ = false;
};

/// What of `after` cannot take effect while the daemon runs: the names of the changed keys.
[[nodiscard]] std::vector<std::string> restart_needed(const Settings& before,
                                                      const Settings& after);

}  // namespace followd::cli
