#include "cli/snapshots_create_command.hpp"

#include "cli/exit_code.hpp"
#include "cli/process_setup.hpp"
#include "cli/run_task.hpp"
#include "cli/snapshot_creation.hpp"
#include "cli/snapshots_progress.hpp"
#include "cli/snapshots_report.hpp"
#include "cli/stop_listener.hpp"
#include "engine/real_timers.hpp"
#include "es/snapshot_name.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <unistd.h>
#include <utility>

namespace followd::cli {

namespace {

std::optional<Failure> mistake_in(const SnapshotsCreateOptions& options) {
    if (const auto problem = es::snapshot_name_problem(options.snapshot)) {
        return Failure{FailureKind::refused,
                       "no snapshot can be called " + options.snapshot + ": that " + *problem,
                       {}};
    }
    if (es::is_daemons(options.snapshot)) {
        return Failure{FailureKind::refused,
                       "names that begin with followd- are for snapshots that a daemon takes, and "
                       "deletes: take another name",
                       {}};
    }
    for (const std::string& index : options.indices) {
        if (index.empty() || index.front() == '-') {
            return Failure{FailureKind::refused, "an index cannot be called '" + index + "'", {}};
        }
    }
    return std::nullopt;
}

class CreateCommand {
public:
    CreateCommand(const boost::asio::any_io_executor& executor,
                  const SnapshotsCreateOptions& options,
                  SnapshotsSession session)
        : options_(options),
          session_(std::move(session)),
          connection_(session_.composition->cluster(session_.repository.leader)),
          timers_(executor),
          progress_(terminal_of(STDERR_FILENO), options.snapshot),
          snapshots_(connection_.client(), session_.repository.leader, session_.repository),
          creation_(snapshots_,
                    connection_.snapshot_source(),
                    session_.repository,
                    timers_,
                    [this](const engine::TransferProgress& done) { progress_.show(done); }) {}

    Task<int> run() {
        const Instant began = timers_.now();
        NewSnapshot wanted{options_.snapshot, options_.indices};
        Result<TakenSnapshot> taken = co_await creation_.run(std::move(wanted));
        const std::chrono::duration<double> took = timers_.now() - began;
        session_.composition->close();
        progress_.clear();
        const std::string leader = session_.repository.leader.value();
        const CreationOutcome outcome{
            {options_.repository, leader, leader, snapshots_.repository_name()},
            options_.snapshot,
            std::move(taken),
            took.count()};
        std::cout << (options_.common.json ? creation_document(outcome) + "\n"
                                           : printable_lines(creation_text(outcome)))
                  << std::flush;
        if (!outcome.taken.ok()) {
            complain(outcome.taken.failure());
            co_return exit_code_of(outcome.taken.failure().kind);
        }
        co_return exit_done;
    }

    void stop() {
        creation_.stop();
        if (creation_.is_waiting() || is_stopping_) {
            session_.composition->close();
        }
        is_stopping_ = true;
    }

private:
    SnapshotsCreateOptions options_;
    SnapshotsSession session_;
    ClusterConnection& connection_;
    engine::RealTimers timers_;
    SnapshotsProgress progress_;
    es::PlainSnapshots snapshots_;
    SnapshotCreation creation_;
    bool is_stopping_ = false;
};

}  // namespace

int create_snapshot(const SnapshotsCreateOptions& options) {
    survive_failed_writes();
    if (const auto mistake = mistake_in(options)) {
        return complain_of_usage(*mistake);
    }
    boost::asio::io_context context(1);
    std::variant<SnapshotsSession, int> opened = open_session(context.get_executor(), options);
    if (const int* const code = std::get_if<int>(&opened)) {
        return *code;
    }
    CreateCommand command(
        context.get_executor(), options, std::get<SnapshotsSession>(std::move(opened)));
    const StopListener signals(context, [&command] { command.stop(); });
    return run_task(context, command.run()).value_or(exit_unknown);
}

}  // namespace followd::cli
