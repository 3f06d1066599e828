#include "cli/run_command.hpp"

#include "admin/admin_server.hpp"
#include "cli/composition.hpp"
#include "cli/daemon.hpp"
#include "cli/exit_code.hpp"
#include "cli/process_setup.hpp"
#include "config/load.hpp"
#include "observe/log.hpp"
#include "store/sqlite_checkpoint_store.hpp"
#include "store/sqlite_control_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <malloc.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace followd::cli {

namespace {

const observe::Logger daemon_log("daemon");

// Pages and bulks are megabytes: mapped apart, their memory goes back to the system at once, and
// what stays resident is what limits.memory says.
void keep_large_blocks_apart() {
    constexpr int threshold = 256 * 1024;
    mallopt(M_MMAP_THRESHOLD, threshold);
    mallopt(M_TRIM_THRESHOLD, 2 * threshold);
    mallopt(M_ARENA_MAX, 2);
}

int report(const Failure& failure) {
    daemon_log.error("cannot start",
                     observe::field("kind", failure.kind),
                     observe::field("error", failure.what),
                     observe::field("where", failure.where));
    return exit_code_of(failure.kind);
}

// Hands signals to the daemon until it ends.
class SignalListener {
public:
    SignalListener(boost::asio::io_context& context, Daemon& daemon)
        : signals_(context, SIGTERM, SIGINT, SIGHUP), daemon_(daemon) {
        listen();
    }
    void cancel() { signals_.cancel(); }

private:
    void listen() {
        signals_.async_wait([this](const boost::system::error_code& error, int number) {
            if (error) {
                return;
            }
            daemon_log.info("signal received", observe::field("signal", number));
            daemon_.signal(number == SIGHUP ? DaemonSignal::reload : DaemonSignal::stop);
            listen();
        });
    }

    boost::asio::signal_set signals_;
    Daemon& daemon_;
};

// From the admin address listening to the last connection closed.
Task<Result<void>> serve_and_follow(Daemon* daemon,
                                    admin::AdminServer* server,
                                    SignalListener* signals) {
    Result<void> listening = server->start();
    if (listening.ok()) {
        co_await daemon->run();
    }
    co_await server->stop();
    signals->cancel();
    co_return listening;
}

}  // namespace

int run_daemon(const std::string& config_path) {
    survive_failed_writes();
    keep_large_blocks_apart();
    raise_open_files();

    config::SettingsOrMistakes read = config::load_settings(config_path);
    if (const auto* mistakes = std::get_if<std::vector<config::Mistake>>(&read)) {
        print_mistakes(*mistakes);
        return exit_configuration;
    }
    const Settings settings = std::get<Settings>(std::move(read));
    observe::configure_log(settings.log);
    daemon_log.info("starting",
                    observe::field("version", FOLLOWD_VERSION),
                    observe::field("path", config_path),
                    observe::field("pid", getpid()));

    Result<std::unique_ptr<store::SqliteCheckpointStore>> store =
        store::SqliteCheckpointStore::open(settings.state_path);
    if (!store.ok()) {
        return report(store.failure());
    }
    boost::asio::io_context context(1);
    std::vector<std::string> warnings;
    Result<std::unique_ptr<Composition>> composition =
        Composition::create(context.get_executor(), settings, &warnings);
    if (!composition.ok()) {
        return report(composition.failure());
    }
    for (const std::string& warning : warnings) {
        daemon_log.warn("secret file is readable by everybody", observe::field("error", warning));
    }

    int code = exit_done;
    {
        store::SqliteControlStore control_store((*store)->thread());
        Daemon daemon(context,
                      config_path,
                      settings,
                      std::move(composition).value(),
                      **store,
                      control_store,
                      (*store)->daemon_id());
        SignalListener signals(context, daemon);
        admin::AdminServer server(
            context.get_executor(),
            settings.admin,
            [&daemon] { return daemon.report(); },
            [&daemon](admin::ControlRequest request) {
                return daemon.run_command(std::move(request));
            });
        boost::asio::co_spawn(context,
                              serve_and_follow(&daemon, &server, &signals),
                              [&code](const std::exception_ptr& error, const Result<void>& result) {
                                  if (error) {
                                      daemon_log.error("daemon ended by a defect");
                                      code = exit_no;
                                  } else if (!result.ok()) {
                                      code = report(result.failure());
                                  }
                              });
        context.run();
    }
    (*store)->close();
    return code;
}

}  // namespace followd::cli
