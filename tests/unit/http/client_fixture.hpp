#pragma once

#include "http/client.hpp"
#include "support/run.hpp"
#include "support/scripted_server.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// A Client on an io_context of its own, turned by the test's thread.

namespace followd::http {

class ClientTest : public testing::Test {
protected:
    ~ClientTest() override {
        if (client_) {
            client_->close();
            context_.restart();
            context_.run();
        }
    }

    void connect_to(std::vector<Url> urls, ClientOptions options = {}) {
        options.name = "cluster_x";
        options.urls = std::move(urls);
        auto client = Client::create(context_.get_executor(), std::move(options));
        ASSERT_TRUE(client.ok()) << to_string(client.failure());
        client_ = std::move(*client);
    }

    Result<Response> send(Request request) {
        return test::run(context_, client_->send(std::move(request)));
    }

    Result<Response> get(std::string target = "/") { return send(request(Method::get, target)); }

    static Request request(Method method, std::string target = "/", std::string body = {}) {
        Request made;
        made.method = method;
        made.target = std::move(target);
        made.content_type = body.empty() ? "" : "application/json";
        made.body = std::move(body);
        made.deadline = std::chrono::seconds{10};
        return made;
    }

    boost::asio::io_context context_;
    std::unique_ptr<Client> client_;
};

}  // namespace followd::http
