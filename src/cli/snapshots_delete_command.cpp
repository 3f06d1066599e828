#include "cli/snapshots_delete_command.hpp"

#include "cli/exit_code.hpp"
#include "cli/process_setup.hpp"
#include "cli/run_task.hpp"
#include "cli/snapshot_deletion.hpp"
#include "cli/snapshots_choice.hpp"
#include "cli/snapshots_report.hpp"
#include "es/snapshot_name.hpp"

#include <boost/asio/io_context.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <utility>

namespace followd::cli {

namespace {

std::optional<Failure> mistake_in(const SnapshotsDeleteOptions& options) {
    for (const std::string& snapshot : options.snapshots) {
        if (const auto problem = es::snapshot_name_problem(snapshot)) {
            return Failure{FailureKind::refused,
                           "no snapshot is called " + snapshot + ": that " + *problem,
                           {}};
        }
    }
    return std::nullopt;
}

/// Deletes, and tells what came of it.
Task<int> remove(SnapshotDeletion* deletion,
                 SnapshotsSubject subject,
                 std::vector<std::string> snapshots,
                 bool in_json) {
    Result<void> result = co_await deletion->run(std::move(snapshots));
    const DeletionOutcome outcome{std::move(subject), deletion->deleted(), std::move(result)};
    std::cout << (in_json ? deletion_document(outcome) + "\n"
                          : printable_lines(deletion_text(outcome)))
              << std::flush;
    if (!outcome.result.ok()) {
        complain(outcome.result.failure());
        co_return exit_code_of(outcome.result.failure().kind);
    }
    co_return exit_done;
}

}  // namespace

int delete_snapshots(const SnapshotsDeleteOptions& options) {
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
    const engine::RuleRepository& repository = session.repository;
    ClusterConnection& leader = session.composition->cluster(repository.leader);
    es::PlainSnapshots snapshots(leader.client(), repository.leader, repository);
    // Everybody who may be restoring from it.
    std::vector<std::unique_ptr<es::PlainSnapshots>> users;
    for (const ClusterName& user : users_of(session.settings, repository.settings)) {
        users.push_back(std::make_unique<es::PlainSnapshots>(
            session.composition->cluster(user).client(), user, repository));
    }
    SnapshotDeletion deletion(
        snapshots, leader.snapshot_source(), repository, std::move(users), options.force);
    SnapshotsSubject subject{options.repository,
                             repository.leader.value(),
                             repository.leader.value(),
                             snapshots.repository_name()};
    const int code =
        run_task(context,
                 remove(&deletion, std::move(subject), options.snapshots, options.common.json))
            .value_or(exit_unknown);
    session.composition->close();
    return code;
}

}  // namespace followd::cli
