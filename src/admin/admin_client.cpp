#include "admin/admin_client.hpp"

#include "admin/access.hpp"
#include "admin/admin_address.hpp"
#include "config/secrets.hpp"

#include <utility>

namespace followd::admin {

namespace {

constexpr Duration answer_within = std::chrono::seconds{5};
// Beyond the drain: a hundred indices are promoted in seconds.
constexpr Duration command_within = std::chrono::minutes{10};
// It reads every document, and whoever asked waits for as long as that takes.
constexpr Duration repair_within = std::chrono::hours{24};
constexpr std::size_t answer_bytes_max = 64U << 20U;

}  // namespace

Result<std::unique_ptr<AdminClient>> AdminClient::create(boost::asio::any_io_executor executor,
                                                         const AdminSettings& settings,
                                                         bool for_commands) {
    const bool needs_token =
        settings.unix_path.empty() && (for_commands || !is_loopback(settings.tcp_host));
    http::ClientOptions options;
    options.name = "followd";
    options.urls = {admin_address(settings)};
    options.connections_max = 1;
    if (needs_token) {
        Result<std::string> token = config::read_secret(settings.token_file, "admin.token_file");
        if (!token.ok()) {
            return std::move(token).failure();
        }
        options.authorization = "Bearer " + *token;
    }
    std::string address = options.urls.front().text();
    Result<std::unique_ptr<http::Client>> client =
        http::Client::create(std::move(executor), std::move(options));
    if (!client.ok()) {
        return std::move(client).failure();
    }
    return std::make_unique<AdminClient>(std::move(client).value(), std::move(address));
}

AdminClient::AdminClient(std::unique_ptr<http::Client> client, std::string address)
    : client_(std::move(client)), address_(std::move(address)) {}

Task<Result<std::string>> AdminClient::status() {
    http::Request request;
    request.target = "/v1/status";
    request.deadline = answer_within;
    request.response_bytes_max = answer_bytes_max;
    Result<http::Response> response = co_await client_->send(std::move(request));
    if (!response.ok()) {
        co_return Failure{response.failure().kind, response.failure().what, address_};
    }
    if (response->status == 401 || response->status == 403) {
        co_return Failure{FailureKind::unauthorised,
                          "the daemon does not answer us (HTTP status " +
                              std::to_string(response->status) +
                              "): compare admin.listen and admin.token_file with the daemon's",
                          address_};
    }
    if (response->status != 200) {
        co_return Failure{FailureKind::malformed,
                          "something else than followd answers (HTTP status " +
                              std::to_string(response->status) + ")",
                          address_};
    }
    co_return std::move(response->body);
}

Task<Result<engine::ControlReport>> AdminClient::run(ControlRequest command) {
    http::Request request;
    request.method = http::Method::post;
    request.target = "/v1/" + std::string(to_string(command.verb));
    request.body = control_request(command);
    request.content_type = "application/json";
    request.deadline = command.promote.drain + 3 * command.wait +
                       (command.verb == ControlVerb::repair ? repair_within : command_within);
    request.response_bytes_max = answer_bytes_max;
    Result<http::Response> response = co_await client_->send(std::move(request));
    if (!response.ok()) {
        co_return Failure{response.failure().kind, response.failure().what, address_};
    }
    if (response->status == 401 || response->status == 403) {
        co_return Failure{FailureKind::unauthorised,
                          "the daemon does not take commands from us (HTTP status " +
                              std::to_string(response->status) +
                              "): on TCP it needs admin.token_file",
                          address_};
    }
    if (response->status == 400 || response->status == 405) {
        co_return Failure{FailureKind::refused,
                          "the daemon does not understand the command: use the followd that the "
                          "daemon is from",
                          address_};
    }
    Result<engine::ControlReport> report = read_control_report(response->body);
    if (!report.ok()) {
        co_return Failure{FailureKind::malformed,
                          "something else than followd answers (HTTP status " +
                              std::to_string(response->status) + ")",
                          address_};
    }
    co_return report;
}

void AdminClient::close() {
    client_->close();
}

}  // namespace followd::admin
