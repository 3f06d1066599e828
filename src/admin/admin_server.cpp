#include "admin/admin_server.hpp"

#include "followd/base/assert.hpp"

#include "admin/admin_address.hpp"
#include "admin/metrics_document.hpp"
#include "config/secrets.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace followd::admin {

namespace {

http::Response json_response(std::string body) {
    http::Response response;
    response.status = 200;
    response.body = std::move(body) + "\n";
    response.content_type = "application/json";
    return response;
}

http::Response metrics_response(std::string body) {
    http::Response response;
    response.status = 200;
    response.body = std::move(body);
    response.content_type = metrics_content_type;
    return response;
}

std::string health_document() {
    return nlohmann::ordered_json{{"status", "ok"}, {"version", FOLLOWD_VERSION}}.dump();
}

}  // namespace

AdminServer::AdminServer(boost::asio::any_io_executor executor,
                         AdminSettings settings,
                         Source source,
                         Commands commands)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      source_(std::move(source)),
      commands_(std::move(commands)) {}

Result<void> AdminServer::start() {
    rules_.is_unix = !settings_.unix_path.empty();
    rules_.is_loopback = is_loopback(settings_.tcp_host);
    rules_.host = settings_.tcp_host;
    if (!rules_.is_unix && !settings_.token_file.empty()) {
        Result<std::string> token = config::read_secret(settings_.token_file, "admin.token_file");
        if (!token.ok()) {
            return std::move(token).failure();
        }
        rules_.token = std::move(token).value();
    }
    http::ServerOptions options;
    options.listen = admin_address(settings_);
    auto handler = [this](http::ServerRequest request) { return handle(std::move(request)); };
    server_ = std::make_unique<http::Server>(executor_, std::move(options), std::move(handler));
    return server_->start();
}

Task<void> AdminServer::stop() {
    if (server_ != nullptr) {
        co_await server_->stop();
    }
}

const http::Url& AdminServer::address() const {
    FOLLOWD_ASSERT(server_ != nullptr);
    return server_->address();
}

Task<http::Response> AdminServer::handle(http::ServerRequest request) {
    std::optional<http::Response> refused = refusal(rules_, request);
    if (refused) {
        co_return *std::move(refused);
    }
    const std::string_view target = request.target;
    const std::string_view path = target.substr(0, target.find('?'));
    constexpr std::string_view prefix = "/v1/";
    if (path.starts_with(prefix)) {
        if (const auto verb = control_verb(path.substr(prefix.size()))) {
            http::Response response = co_await handle_command(*verb, std::move(request));
            co_return response;
        }
    }
    const bool is_status = path == "/v1/status";
    const bool is_metrics = path == "/metrics";
    if (!is_status && !is_metrics && path != "/v1/health") {
        co_return error_response(
            404, "there are /v1/status, /v1/health, /metrics, and the commands below /v1/");
    }
    if (request.method != http::Method::get && request.method != http::Method::head) {
        co_return error_response(405, "only GET");
    }
    if (!is_status && !is_metrics) {
        co_return json_response(health_document());
    }
    const StatusReport report = source_();
    if (is_metrics) {
        co_return metrics_response(metrics_document(report, read_process_figures()));
    }
    co_return json_response(status_document(report, std::chrono::system_clock::now()));
}

Task<http::Response> AdminServer::handle_command(ControlVerb verb, http::ServerRequest request) {
    if (request.method != http::Method::post) {
        co_return error_response(405, "only POST");
    }
    Result<ControlRequest> command = read_control_request(verb, request.body);
    if (!command.ok()) {
        co_return error_response(400, command.failure().what);
    }
    ControlRequest asked = std::move(command).value();
    const engine::ControlReport report = co_await commands_(std::move(asked));
    http::Response response = json_response(control_document(report));
    const bool matched_nothing = report.failure && report.failure->kind == FailureKind::not_found;
    response.status = is_done(report) ? 200 : matched_nothing ? 404 : 409;
    co_return response;
}

}  // namespace followd::admin
