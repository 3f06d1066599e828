#include "admin/admin_server.hpp"

#include "admin/admin_client.hpp"
#include "admin/status_view.hpp"
#include "support/run.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

namespace followd::admin {
namespace {

class AdminServerTest : public ::testing::Test {
protected:
    AdminServerTest() { settings.unix_path = folder.file("admin.sock"); }

    void start() {
        server = std::make_unique<AdminServer>(
            context.get_executor(),
            settings,
            [] {
                StatusReport report;
                report.clusters.push_back(engine::ClusterStatus{ClusterName{"beijing"}, {}});
                return report;
            },
            [this](ControlRequest request) { return command(std::move(request)); });
        const Result<void> started = server->start();
        ASSERT_TRUE(started.ok()) << started.failure().what;
    }
    void stop() { test::run(context, server->stop()); }

    http::Response send(http::Method method,
                        std::string target,
                        std::string authorization = {},
                        std::string body = {}) {
        http::ClientOptions options;
        options.name = "followd";
        options.urls = {server->address()};
        options.authorization = std::move(authorization);
        Result<std::unique_ptr<http::Client>> client =
            http::Client::create(context.get_executor(), std::move(options));
        EXPECT_TRUE(client.ok());
        http::Request request;
        request.method = method;
        request.target = std::move(target);
        request.body = std::move(body);
        const Result<http::Response> response =
            test::run(context, (*client)->send(std::move(request)));
        (*client)->close();
        EXPECT_TRUE(response.ok());
        return response.ok() ? *response : http::Response{};
    }

    test::TemporaryFolder folder;
    Task<engine::ControlReport> command(ControlRequest request) {
        commands.push_back(std::move(request));
        co_return report_of_command;
    }

    AdminSettings settings;
    std::vector<ControlRequest> commands;
    engine::ControlReport report_of_command;
    boost::asio::io_context context{1};
    std::unique_ptr<AdminServer> server;
};

TEST_F(AdminServerTest, TellsItsStatusOverAUnixSocket) {
    start();
    Result<std::unique_ptr<AdminClient>> client =
        AdminClient::create(context.get_executor(), settings);
    ASSERT_TRUE(client.ok());
    const Result<std::string> document = test::run(context, (*client)->status());
    ASSERT_TRUE(document.ok()) << document.failure().what;
    const Result<StatusView> status = read_status(*document);
    ASSERT_TRUE(status.ok());
    EXPECT_EQ(status->clusters.at(0).name, "beijing");
    (*client)->close();
    stop();
}

TEST_F(AdminServerTest, AnswersInJsonWhateverIsAsked) {
    start();
    const http::Response health = send(http::Method::get, "/v1/health?pretty");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(nlohmann::json::parse(health.body).at("status"), "ok");
    const http::Response unknown = send(http::Method::get, "/v1/statuses");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_TRUE(nlohmann::json::parse(unknown.body).contains("error"));
    EXPECT_EQ(send(http::Method::post, "/v1/status").status, 405);
    EXPECT_EQ(send(http::Method::del, "/v1/health").status, 405);
    stop();
}

TEST_F(AdminServerTest, TellsMetricsUnderTheSameRules) {
    start();
    const http::Response metrics = send(http::Method::get, "/metrics");
    EXPECT_EQ(metrics.status, 200);
    EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_NE(metrics.body.find("\nfollowd_build_info{version="), std::string::npos);
    EXPECT_EQ(send(http::Method::post, "/metrics").status, 405);
    stop();
}

TEST_F(AdminServerTest, WantsTheTokenOfItsFile) {
    const std::string token_file = folder.file("token");
    std::ofstream(token_file) << "s3cret\n";
    std::filesystem::permissions(token_file, std::filesystem::perms::owner_read);
    settings.unix_path.clear();
    settings.tcp_host = "127.0.0.1";
    settings.tcp_port = 0;
    settings.token_file = token_file;
    start();
    EXPECT_EQ(send(http::Method::get, "/v1/status").status, 200);
    EXPECT_EQ(send(http::Method::post, "/v1/status").status, 401);
    EXPECT_EQ(send(http::Method::post, "/v1/status", "Bearer s3cret").status, 405);
    stop();
}

TEST_F(AdminServerTest, DoesNotStartWithoutItsToken) {
    settings.unix_path.clear();
    settings.tcp_host = "127.0.0.1";
    settings.token_file = folder.file("absent");
    AdminServer without(
        context.get_executor(),
        settings,
        [] { return StatusReport{}; },
        [this](ControlRequest request) { return command(std::move(request)); });
    const Result<void> started = without.start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.failure().kind, FailureKind::unauthorised);
    test::run(context, without.stop());
}

TEST_F(AdminServerTest, RunsCommandsAndTellsWhatBecameOfThem) {
    engine::ControlRow row;
    row.cluster = ClusterName{"shanghai"};
    row.index = IndexName{"logs"};
    row.what = "promoted";
    row.lost_writes = 3;
    report_of_command.rows.push_back(row);
    start();
    Result<std::unique_ptr<AdminClient>> client =
        AdminClient::create(context.get_executor(), settings);
    ASSERT_TRUE(client.ok());
    ControlRequest request;
    request.verb = ControlVerb::promote;
    request.targets.indices = {"logs", "m*"};
    request.promote.drain = std::chrono::seconds{7};
    request.promote.force = true;
    request.by = "me@here";
    const Result<engine::ControlReport> report = test::run(context, (*client)->run(request));
    (*client)->close();
    ASSERT_TRUE(report.ok()) << report.failure().what;
    ASSERT_EQ(commands.size(), 1U);
    EXPECT_EQ(commands[0].verb, ControlVerb::promote);
    EXPECT_EQ(commands[0].targets.indices, request.targets.indices);
    EXPECT_EQ(commands[0].promote.drain, request.promote.drain);
    EXPECT_TRUE(commands[0].promote.force);
    EXPECT_FALSE(commands[0].promote.no_drain);
    EXPECT_EQ(commands[0].by, "me@here");
    ASSERT_EQ(report->rows.size(), 1U);
    EXPECT_EQ(report->rows[0].what, "promoted");
    EXPECT_EQ(report->rows[0].lost_writes, 3);
    EXPECT_TRUE(is_done(*report));
    stop();
}

TEST_F(AdminServerTest, ACommandThatFailedHasAStatusOfItsOwn) {
    start();
    EXPECT_EQ(send(http::Method::get, "/v1/promote").status, 405);
    EXPECT_EQ(send(http::Method::post, "/v1/promote").status, 400);
    report_of_command.failure = Failure{FailureKind::not_found, "no follower", {}};
    EXPECT_EQ(send(http::Method::post, "/v1/pause", {}, R"({"all":true})").status, 404);
    report_of_command.failure.reset();
    engine::ControlRow row;
    row.failure = Failure{FailureKind::conflict, "no", {}};
    report_of_command.rows.push_back(row);
    EXPECT_EQ(send(http::Method::post, "/v1/pause", {}, R"({"all":true})").status, 409);
    stop();
}

TEST_F(AdminServerTest, ARequestThatIsNotUnderstoodDoesNothing) {
    start();
    for (const char* body : {"",
                             "[]",
                             "{}",
                             R"({"indices":[]})",
                             R"({"indices":"a"})",
                             R"({"indices":["a"],"all":true})",
                             R"({"all":true,"forse":true})",
                             R"({"all":true,"drain":"soon"})",
                             R"({"all":1})"}) {
        EXPECT_EQ(send(http::Method::post, "/v1/promote", {}, body).status, 400) << body;
    }
    EXPECT_TRUE(commands.empty());
    stop();
}

TEST_F(AdminServerTest, IsUnreachableWhereNobodyListens) {
    Result<std::unique_ptr<AdminClient>> client =
        AdminClient::create(context.get_executor(), settings);
    ASSERT_TRUE(client.ok());
    const Result<std::string> document = test::run(context, (*client)->status());
    ASSERT_FALSE(document.ok());
    EXPECT_EQ(document.failure().kind, FailureKind::unreachable);
    EXPECT_EQ(document.failure().where, "unix:" + settings.unix_path);
    (*client)->close();
}

}  // namespace
}  // namespace followd::admin
