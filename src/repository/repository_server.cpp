#include "repository/repository_server.hpp"

#include "followd/base/assert.hpp"

#include "http/deadline.hpp"
#include "http/reception.hpp"
#include "repository/request_path.hpp"

#include <list>
#include <utility>

namespace followd::repository {

namespace asio = boost::asio;

namespace {

constexpr const char* busy_answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

}  // namespace

class RepositoryServer::Impl {
public:
    Impl(asio::any_io_executor executor, ServerOptions options)
        : executor_{executor},
          options_{std::move(options)},
          reception_{executor,
                     {.listen = options_.listen,
                      .setting = options_.listen_setting,
                      .connections_max = options_.connections_max,
                      // What is no TLS would only puzzle a client that expects it.
                      .busy_answer = options_.tls ? "" : busy_answer},
                     [this](http::Stream::Socket accepted) { return serve(std::move(accepted)); }} {
        FOLLOWD_ASSERT(options_.token.empty() || can_be_token(options_.token));
    }

    Result<void> start();
    asio::awaitable<void> stop(Duration grace);
    void cut_off();
    [[nodiscard]] const http::Url& address() const { return reception_.address(); }
    [[nodiscard]] Counts counts() const { return service_ ? service_->counts : Counts{}; }

private:
    asio::awaitable<void> serve(http::Stream::Socket accepted);

    asio::any_io_executor executor_;
    ServerOptions options_;
    std::optional<Service> service_;
    std::list<Session> sessions_;
    http::Reception reception_;
};

Result<void> RepositoryServer::Impl::start() {
    auto root = RootFolder::open(options_.root);
    if (!root) {
        return std::move(root).failure();
    }
    std::shared_ptr<asio::ssl::context> tls;
    if (options_.tls) {
        auto context = http::make_server_tls_context(*options_.tls);
        if (!context) {
            return std::move(context).failure();
        }
        tls = std::move(*context);
    }
    service_.emplace(Service{.root = std::move(*root),
                             .token = options_.token,
                             .tls = std::move(tls),
                             .idle_max = options_.idle_max,
                             .complain = options_.complain});
    return reception_.start();
}

asio::awaitable<void> RepositoryServer::Impl::stop(Duration grace) {
    reception_.close();
    for (Session& session : sessions_) {
        session.stop();
    }
    http::Deadline deadline{executor_, grace};
    deadline.set_closer([this] { cut_off(); });
    co_await reception_.join();
}

void RepositoryServer::Impl::cut_off() {
    if (!reception_.is_closing()) {
        return;
    }
    for (Session& session : sessions_) {
        session.close();
    }
}

asio::awaitable<void> RepositoryServer::Impl::serve(http::Stream::Socket accepted) {
    if (reception_.is_closing()) {
        co_return;
    }
    const auto session =
        sessions_.emplace(sessions_.end(), executor_, &*service_, std::move(accepted));
    try {
        co_await session->run();
    } catch (const std::exception& defect) {
        service_->complain(std::string{"defect: "} + defect.what());
    }
    sessions_.erase(session);
}

RepositoryServer::RepositoryServer(asio::any_io_executor executor, ServerOptions options)
    : impl_{std::make_unique<Impl>(executor, std::move(options))} {}

RepositoryServer::~RepositoryServer() = default;

Result<void> RepositoryServer::start() {
    return impl_->start();
}

asio::awaitable<void> RepositoryServer::stop(Duration grace) {
    return impl_->stop(grace);
}

void RepositoryServer::cut_off() {
    impl_->cut_off();
}

const http::Url& RepositoryServer::address() const {
    return impl_->address();
}

Counts RepositoryServer::counts() const {
    return impl_->counts();
}

}  // namespace followd::repository
