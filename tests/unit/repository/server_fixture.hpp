#pragma once

#include "peer.hpp"
#include "repository/repository_server.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

/// A server of a temporary folder on a thread of its own, so that its clients may wait.

namespace followd::repository::test {

class ServerTest : public testing::Test {
protected:
    ServerTest() { (void)std::signal(SIGPIPE, SIG_IGN); }

    ~ServerTest() override {
        if (thread_.joinable()) {
            stop(Duration::zero());
        }
    }

    void put(const std::string& path, const std::string& content) {
        std::filesystem::create_directories(
            std::filesystem::path{folder_.file(path)}.parent_path());
        std::ofstream{folder_.file(path), std::ios::trunc} << content;
    }

    Result<void> start(ServerOptions options = {}) {
        options.root = folder_.path();
        options.listen.host = "127.0.0.1";
        options.listen.port = 0;
        options.listen_setting = "--listen";
        options.complain = [this](const std::string& what) { complaints_.push_back(what); };
        server_.emplace(context_.get_executor(), std::move(options));
        auto started = server_->start();
        if (started) {
            port_ = server_->address().port;
            thread_ = std::thread{[this] { context_.run(); }};
        }
        return started;
    }

    /// Begins to stop; the future is ready when that has ended.
    std::future<void> begin_stop(Duration grace) {
        auto ended = std::make_shared<std::promise<void>>();
        auto future = ended->get_future();
        boost::asio::co_spawn(
            context_, server_->stop(grace), [ended](const std::exception_ptr& /*thrown*/) {
                ended->set_value();
            });
        return future;
    }

    void stop(Duration grace) {
        begin_stop(grace).wait();
        thread_.join();
    }

    Peer connect() { return Peer{port_}; }

    followd::test::TemporaryFolder folder_;
    boost::asio::io_context context_;
    std::optional<RepositoryServer> server_;
    std::uint16_t port_ = 0;
    std::vector<std::string> complaints_;  ///< of the server's thread: to be read after stop()
    std::thread thread_;
};

}  // namespace followd::repository::test
