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
        server = std::make_unique<AdminServer>(context.get_executor(), settings, [] {
            StatusReport report;
            report.clusters.push_back(engine::ClusterStatus{ClusterName{"beijing"}, {}});
            return report;
        });
        const Result<void> started = server->start();
        ASSERT_TRUE(started.ok()) << started.failure().what;
    }
    void stop() { test::run(context, server->stop()); }

    http::Response send(http::Method method, std::string target, std::string authorization = {}) {
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
        const Result<http::Response> response =
            test::run(context, (*client)->send(std::move(request)));
        (*client)->close();
        EXPECT_TRUE(response.ok());
        return response.ok() ? *response : http::Response{};
    }

    test::TemporaryFolder folder;
    AdminSettings settings;
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
    AdminServer without(context.get_executor(), settings, [] { return StatusReport{}; });
    const Result<void> started = without.start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.failure().kind, FailureKind::unauthorised);
    test::run(context, without.stop());
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
