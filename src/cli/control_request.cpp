#include "cli/control_request.hpp"

#include "admin/admin_client.hpp"
#include "cli/alone_control.hpp"
#include "cli/run_task.hpp"
#include "observe/log.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
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

}  // namespace

Result<engine::ControlReport> run_control_request(const Settings& settings,
                                                  admin::ControlRequest request) {
    request.by = requester();
    Result<engine::ControlReport> report = ask_daemon(settings, request);
    if (!report.ok() && report.failure().kind == FailureKind::unreachable) {
        LogSettings quiet = settings.log;
        quiet.level = LogLevel::error;
        observe::configure_log(quiet);
        report = run_alone(settings, request);
    }
    return report;
}

}  // namespace followd::cli
