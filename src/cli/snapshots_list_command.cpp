#include "cli/snapshots_list_command.hpp"

#include "cli/exit_code.hpp"
#include "cli/run_task.hpp"
#include "cli/snapshots_choice.hpp"
#include "cli/snapshots_report.hpp"
#include "es/plain_snapshots.hpp"

#include <boost/asio/io_context.hpp>

#include <iostream>
#include <unistd.h>
#include <utility>
#include <vector>

namespace followd::cli {

namespace {

Task<Result<std::vector<es::StoredSnapshot>>> list(es::PlainSnapshots* snapshots) {
    const Result<void> prepared = co_await snapshots->prepare();
    if (!prepared.ok()) {
        co_return prepared.failure();
    }
    Result<std::vector<es::StoredSnapshot>> there = co_await snapshots->list();
    co_return there;
}

Task<int> show(es::PlainSnapshots* snapshots, SnapshotsSubject subject, bool in_json) {
    Result<std::vector<es::StoredSnapshot>> there = co_await list(snapshots);
    const SnapshotsListing listing{std::move(subject), std::move(there)};
    std::cout << (in_json ? listing_document(listing) + "\n"
                          : listing_text(listing, terminal_of(STDOUT_FILENO)))
              << std::flush;
    if (!listing.snapshots.ok()) {
        complain(listing.snapshots.failure());
        co_return exit_code_of(listing.snapshots.failure().kind);
    }
    co_return exit_done;
}

}  // namespace

int list_snapshots(const SnapshotsListOptions& options) {
    boost::asio::io_context context(1);
    std::variant<SnapshotsSession, int> opened = open_session(context.get_executor(), options);
    if (const int* const code = std::get_if<int>(&opened)) {
        return *code;
    }
    auto& session = std::get<SnapshotsSession>(opened);
    const std::string leader = session.repository.leader.value();
    const Result<ClusterName> cluster = choose_cluster(session.settings,
                                                       session.repository.settings,
                                                       options.at.empty() ? leader : options.at,
                                                       "--at");
    if (!cluster.ok()) {
        return complain_of_usage(cluster.failure());
    }
    es::PlainSnapshots snapshots(
        session.composition->cluster(*cluster).client(), *cluster, session.repository);
    SnapshotsSubject subject{
        options.repository, leader, cluster->value(), snapshots.repository_name()};
    const int code = run_task(context, show(&snapshots, std::move(subject), options.common.json))
                         .value_or(exit_unknown);
    session.composition->close();
    return code;
}

}  // namespace followd::cli
