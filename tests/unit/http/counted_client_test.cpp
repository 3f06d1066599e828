#include "http/counted_client.hpp"

#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace followd::http {
namespace {

class CountedClientTest : public ::testing::Test {
protected:
    CountedClientTest() {
        auto cluster = std::make_unique<test::FakeHttpClient>();
        cluster->answer(Method::get, "/_stats", 200, "0123456789");
        cluster->answer(Method::post, "/_bulk", 429, "busy");
        cluster->lose(Method::post, "/_bulk");
        counted = std::make_unique<CountedClient>(std::move(cluster));
    }

    Result<Response> send(Method method, std::string target, std::string body) {
        Request request;
        request.method = method;
        request.target = std::move(target);
        request.body = std::move(body);
        return test::run(context, counted->send(std::move(request)));
    }

    boost::asio::io_context context{1};
    std::unique_ptr<CountedClient> counted;
};

TEST_F(CountedClientTest, CountsRequestsAnswersFailuresAndBytes) {
    EXPECT_EQ(send(Method::get, "/_stats", "")->body, "0123456789");
    EXPECT_EQ(send(Method::post, "/_bulk", "abc")->status, 429);
    EXPECT_EQ(send(Method::post, "/_bulk", "defgh").failure().kind, FailureKind::timeout);
    const Traffic& traffic = counted->traffic();
    EXPECT_EQ(traffic.requests, 3);
    EXPECT_EQ(traffic.body_bytes_sent, 8);
    EXPECT_EQ(traffic.body_bytes_received, 14);
    EXPECT_EQ(traffic.responses, (std::map<int, std::int64_t>{{200, 1}, {429, 1}}));
    EXPECT_EQ(traffic.failures, (std::map<FailureKind, std::int64_t>{{FailureKind::timeout, 1}}));
}

}  // namespace
}  // namespace followd::http
