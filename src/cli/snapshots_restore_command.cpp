#include "cli/snapshots_restore_command.hpp"

#include "cli/exit_code.hpp"
#include "cli/process_setup.hpp"
#include "cli/run_task.hpp"
#include "cli/snapshot_restoration.hpp"
#include "cli/snapshots_choice.hpp"
#include "cli/snapshots_progress.hpp"
#include "cli/snapshots_report.hpp"
#include "cli/stop_listener.hpp"
#include "engine/real_timers.hpp"
#include "es/plain_restore_plan.hpp"
#include "es/snapshot_name.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <random>
#include <unistd.h>
#include <utility>

namespace followd::cli {

namespace {

std::optional<Failure> mistake_in(const SnapshotsRestoreOptions& options) {
    if (const auto problem = es::snapshot_name_problem(options.snapshot)) {
        return Failure{FailureKind::refused,
                       "no snapshot is called " + options.snapshot + ": that " + *problem,
                       {}};
    }
    if (const auto problem = es::rename_problem(options.rename)) {
        return Failure{FailureKind::refused,
                       "--rename " + options.rename + " " + *problem +
                           ": write what copies are called, with {{index}} for the index's name",
                       {}};
    }
    return std::nullopt;
}

/// That no other restore has.
std::string new_tag() {
    std::random_device random;
    return "plain-" + std::to_string(random()) + "-" + std::to_string(random());
}

class RestoreCommand {
public:
    RestoreCommand(const boost::asio::any_io_executor& executor,
                   const SnapshotsRestoreOptions& options,
                   SnapshotsSession session,
                   const ClusterName& target)
        : options_(options),
          session_(std::move(session)),
          connection_(session_.composition->cluster(target)),
          timers_(executor),
          progress_(terminal_of(STDERR_FILENO), options.snapshot),
          snapshots_(connection_.client(), target, session_.repository),
          restore_(connection_.client(), target, session_.repository) {}

    Task<int> run() {
        const Instant began = timers_.now();
        Result<RestoredIndices> restored = co_await restore();
        const std::chrono::duration<double> took = timers_.now() - began;
        session_.composition->close();
        progress_.clear();
        const RestorationOutcome outcome{{options_.repository,
                                          session_.repository.leader.value(),
                                          options_.to,
                                          snapshots_.repository_name()},
                                         options_.snapshot,
                                         std::move(restored),
                                         took.count()};
        std::cout << (options_.common.json ? restoration_document(outcome) + "\n"
                                           : printable_lines(restoration_text(outcome)))
                  << std::flush;
        if (!outcome.restored.ok()) {
            complain(outcome.restored.failure());
            co_return exit_code_of(outcome.restored.failure().kind);
        }
        co_return exit_done;
    }

    void stop() {
        const bool is_waiting = !restoration_ || restoration_->is_waiting();
        if (restoration_) {
            restoration_->stop();
        }
        if (is_waiting || is_stopping_) {
            session_.composition->close();
        }
        is_stopping_ = true;
    }

private:
    Task<Result<RestoredIndices>> restore() {
        const Result<engine::Release> release =
            co_await connection_.snapshot_target().read_release();
        if (!release.ok()) {
            co_return release.failure();
        }
        restoration_.emplace(
            snapshots_, restore_, *release, timers_, [this](const engine::TransferProgress& done) {
                progress_.show(done);
            });
        RestoreOrder order{options_.snapshot, options_.indices, options_.rename, new_tag()};
        Result<RestoredIndices> restored = co_await restoration_->run(std::move(order));
        co_return restored;
    }

    SnapshotsRestoreOptions options_;
    SnapshotsSession session_;
    ClusterConnection& connection_;
    engine::RealTimers timers_;
    SnapshotsProgress progress_;
    es::PlainSnapshots snapshots_;
    es::PlainRestore restore_;
    std::optional<SnapshotRestoration> restoration_;
    bool is_stopping_ = false;
};

}  // namespace

int restore_snapshot(const SnapshotsRestoreOptions& options) {
    survive_failed_writes();
    if (const auto mistake = mistake_in(options)) {
        return complain_of_usage(*mistake);
    }
    boost::asio::io_context context(1);
    std::variant<SnapshotsSession, int> opened = open_session(context.get_executor(), options);
    if (const int* const code = std::get_if<int>(&opened)) {
        return *code;
    }
    auto& session = std::get<SnapshotsSession>(opened);
    const Result<ClusterName> target =
        choose_cluster(session.settings, session.repository.settings, options.to, "--to");
    if (!target.ok()) {
        return complain_of_usage(target.failure());
    }
    RestoreCommand command(context.get_executor(), options, std::move(session), *target);
    const StopListener signals(context, [&command] { command.stop(); });
    return run_task(context, command.run()).value_or(exit_unknown);
}

}  // namespace followd::cli
