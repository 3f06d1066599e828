#include "cli/control_command.hpp"

#include "admin/admin_client.hpp"
#include "cli/alone_control.hpp"
#include "cli/exit_code.hpp"
#include "cli/run_task.hpp"
#include "cli/terminal.hpp"
#include "observe/log.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <iostream>
#include <memory>
#include <pwd.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace followd::cli {

namespace {

std::string requester() {
    const passwd* const user = getpwuid(geteuid());
    std::array<char, 256> host{};
    const bool has_host = gethostname(host.data(), host.size() - 1) == 0;
    return (user != nullptr ? std::string(user->pw_name) : std::to_string(geteuid())) + "@" +
           (has_host ? host.data() : "?");
}

Task<Result<engine::ControlReport>> ask(admin::AdminClient* client, admin::ControlRequest request) {
    Result<engine::ControlReport> report = co_await client->run(std::move(request));
    client->close();
    co_return report;
}

Result<engine::ControlReport> ask_daemon(const Settings& settings,
                                         const admin::ControlRequest& request) {
    boost::asio::io_context context(1);
    Result<std::unique_ptr<admin::AdminClient>> client =
        admin::AdminClient::create(context.get_executor(), settings.admin, true);
    if (!client.ok()) {
        return std::move(client).failure();
    }
    std::optional<Result<engine::ControlReport>> report =
        run_task(context, ask(client->get(), request));
    context.restart();
    context.run();
    return report ? *std::move(report)
                  : Result<engine::ControlReport>{
                        Failure{FailureKind::cancelled, "the command was ended by a defect", {}}};
}

void print_row(const engine::ControlRow& row) {
    const std::string name = row.cluster.value() + "/" + row.index.value();
    if (row.failure) {
        std::cerr << "followd: " << printable(name) << ": " << printable(row.failure->what)
                  << (row.failure->where.empty() || row.failure->where == name
                          ? ""
                          : " (" + printable(row.failure->where) + ")")
                  << '\n';
        return;
    }
    std::cout << printable(name) << "  " << printable(row.what);
    if (row.missing_operations && *row.missing_operations != 0) {
        std::cout << (*row.missing_operations < 0 ? "; how many operations are missing is not known"
                                                  : "; " + std::to_string(*row.missing_operations) +
                                                        " operations are known to be missing");
    }
    if (row.lost_writes && *row.lost_writes > 0) {
        std::cout << "; " << *row.lost_writes << " documents that the other side never got "
                  << (row.lost_writes_file ? "are in " + printable(*row.lost_writes_file)
                                           : "would be saved to a file");
    }
    std::cout << '\n';
}

int code_of(const engine::ControlReport& report) {
    int code = report.failure ? exit_code_of(report.failure->kind) : exit_done;
    for (const engine::ControlRow& row : report.rows) {
        code = worse_of(code, row.failure ? exit_code_of(row.failure->kind) : exit_done);
    }
    return code;
}

}  // namespace

int control(const ControlOptions& options) {
    const std::optional<Settings> settings = load_or_complain(options.common);
    if (!settings) {
        return exit_configuration;
    }
    admin::ControlRequest request = options.request;
    request.by = requester();
    Result<engine::ControlReport> report = ask_daemon(*settings, request);
    if (!report.ok() && report.failure().kind == FailureKind::unreachable) {
        LogSettings quiet = settings->log;
        quiet.level = LogLevel::error;
        observe::configure_log(quiet);
        report = run_alone(*settings, request);
    }
    if (!report.ok()) {
        complain(report.failure());
        return exit_code_of(report.failure().kind);
    }
    const int code = code_of(*report);
    if (options.common.json) {
        std::cout << admin::control_document(*report) << '\n' << std::flush;
        return code;
    }
    for (const std::string& warning : report->warnings) {
        std::cerr << "followd: " << printable(warning) << '\n';
    }
    for (const engine::ControlRow& row : report->rows) {
        print_row(row);
    }
    if (report->failure) {
        complain(*report->failure);
    }
    std::cout << std::flush;
    return code;
}

}  // namespace followd::cli
