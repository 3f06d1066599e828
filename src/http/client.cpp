#include "http/client.hpp"

#include "followd/base/assert.hpp"

#include "http/addresses.hpp"
#include "http/connection.hpp"
#include "http/deadline.hpp"
#include "http/outgoing.hpp"
#include "http/tls.hpp"
#include "http/turns.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <optional>
#include <set>
#include <utility>

namespace followd::http {

namespace asio = boost::asio;

namespace {

// Below the minute after which common load balancers forget a silent connection.
constexpr Duration idle_max = std::chrono::seconds{50};

bool is_safe(Method method) {
    return method == Method::get || method == Method::head;
}

class PooledClient final : public Client {
public:
    PooledClient(asio::any_io_executor executor,
                 ClientOptions options,
                 std::shared_ptr<asio::ssl::context> tls)
        : executor_{executor},
          options_{std::move(options)},
          tls_{std::move(tls)},
          addresses_{options_.urls},
          turns_{executor, options_.connections_max} {}

    ~PooledClient() override { FOLLOWD_ASSERT(under_way_.empty()); }

    asio::awaitable<Result<Response>> send(Request request) override;
    void close() override;

private:
    using Address = std::size_t;
    using ConnectionPtr = std::unique_ptr<Connection>;
    struct Idle {
        ConnectionPtr connection;
        Instant since;
    };

    /// A send under way: what close() and its deadline reach it by.
    class UnderWay {
    public:
        UnderWay(PooledClient* owner, Request* request)
            : deadline{owner->executor_, request->deadline},
              limit{request->deadline},
              what{describe(*request)},
              owner_{owner} {
            owner_->under_way_.insert(this);
        }
        ~UnderWay() { owner_->under_way_.erase(this); }
        UnderWay(const UnderWay&) = delete;
        UnderWay& operator=(const UnderWay&) = delete;

        Deadline deadline;
        Duration limit;
        std::string what;  ///< "POST /index/_search"
        std::string stage = "waiting for a free connection";
        std::string address;  ///< the one in use, for messages

    private:
        PooledClient* owner_;
    };

    asio::awaitable<Result<Response>> send_once(Request request);
    asio::awaitable<Result<Response>> exchange(Outgoing outgoing, UnderWay* under_way);
    asio::awaitable<Result<Response>> exchange_on(Connection* connection,
                                                  const Outgoing* outgoing,
                                                  UnderWay* under_way);
    asio::awaitable<Result<ConnectionPtr>> connect(UnderWay* under_way);

    [[nodiscard]] ConnectionPtr take_idle();
    void keep(ConnectionPtr connection);
    void drop_idle(const Url& url);
    void drop_stale();
    [[nodiscard]] Failure explain(Failure failure, const UnderWay& under_way) const;
    [[nodiscard]] std::string where(const std::string& address) const;

    asio::any_io_executor executor_;
    ClientOptions options_;
    std::shared_ptr<asio::ssl::context> tls_;
    Addresses addresses_;
    Turns turns_;
    std::deque<Idle> idle_;  ///< the latest at the back, and taken first
    std::set<UnderWay*> under_way_;
    bool closed_ = false;
};

asio::awaitable<Result<Response>> PooledClient::send(Request request) {
    std::string thrown;
    try {
        auto result = co_await send_once(std::move(request));
        co_return result;
    } catch (const boost::system::system_error& error) {
        // Asio throws into a coroutine that is cancelled as a whole.
        thrown = error.what();
    }
    co_return Failure{FailureKind::cancelled, "the request was ended: " + thrown, where({})};
}

asio::awaitable<Result<Response>> PooledClient::send_once(Request request) {
    if (closed_) {
        co_return Failure{FailureKind::cancelled, "the client is closed", where({})};
    }
    UnderWay under_way{this, &request};
    auto outgoing = make_outgoing(std::move(request), options_.authorization, options_.compression);
    if (!outgoing) {
        co_return explain(std::move(outgoing).failure(), under_way);
    }
    outgoing->secret_path = options_.secret_path;
    auto turn = co_await turns_.take(&under_way.deadline);
    if (!turn) {
        co_return explain({FailureKind::cancelled, "it was ended", {}}, under_way);
    }
    auto result = co_await exchange(std::move(*outgoing), &under_way);
    under_way.deadline.set_closer({});
    if (!result) {
        co_return explain(std::move(result).failure(), under_way);
    }
    co_return result;
}

asio::awaitable<Result<Response>> PooledClient::exchange(Outgoing outgoing, UnderWay* under_way) {
    ConnectionPtr connection = take_idle();
    if (connection) {
        auto result = co_await exchange_on(connection.get(), &outgoing, under_way);
        const bool may_start_afresh = !result.ok() && !connection->was_answered() &&
                                      result.failure().kind == FailureKind::unreachable &&
                                      is_safe(outgoing.request.method) &&
                                      under_way->deadline.cause() == Deadline::Cause::none;
        if (!may_start_afresh) {
            keep(std::move(connection));
            co_return result;
        }
        under_way->deadline.set_closer({});
        connection.reset();
    }
    auto fresh = co_await connect(under_way);
    if (!fresh) {
        co_return std::move(fresh).failure();
    }
    connection = std::move(*fresh);
    auto result = co_await exchange_on(connection.get(), &outgoing, under_way);
    keep(std::move(connection));
    co_return result;
}

asio::awaitable<Result<Response>> PooledClient::exchange_on(Connection* connection,
                                                            const Outgoing* outgoing,
                                                            UnderWay* under_way) {
    under_way->stage = "waiting for the whole answer";
    under_way->address = connection->url().text();
    under_way->deadline.set_closer([connection] { connection->close(); });
    auto result = co_await connection->exchange(outgoing);
    under_way->deadline.set_closer({});
    co_return result;
}

asio::awaitable<Result<PooledClient::ConnectionPtr>> PooledClient::connect(UnderWay* under_way) {
    Addresses::Attempt attempt;
    Failure failure{FailureKind::unreachable, {}, {}};
    under_way->stage = "connecting";
    for (;;) {
        const auto index = addresses_.pick(attempt, now());
        if (!index) {
            co_return failure;
        }
        const Url url = addresses_.url(*index);
        under_way->address = url.text();
        Peer peer{.url = url, .tls = url.tls ? tls_ : nullptr, .verify = options_.tls.verify};
        auto connection = std::make_unique<Connection>(executor_, std::move(peer));
        Connection* const opening = connection.get();
        under_way->deadline.set_closer([opening] { opening->close(); });
        auto opened = co_await connection->open(options_.connect_timeout);
        under_way->deadline.set_closer({});
        if (under_way->deadline.cause() != Deadline::Cause::none) {
            co_return Failure{FailureKind::cancelled, {}, {}};
        }
        if (opened) {
            addresses_.take_back(*index);
            co_return connection;
        }
        addresses_.put_aside(*index, now());
        drop_idle(url);
        // A certificate that does not verify needs a person; a silent host may come back.
        if (opened.failure().kind == FailureKind::untrusted) {
            failure.kind = FailureKind::untrusted;
        }
        failure.what += failure.what.empty() ? "" : "; ";
        failure.what += url.text() + ": " + opened.failure().what;
        under_way->address.clear();
    }
}

void PooledClient::close() {
    closed_ = true;
    idle_.clear();
    // Closers only close sockets and cancel timers: no send ends inside this loop.
    for (UnderWay* const under_way : under_way_) {
        under_way->deadline.cancel();
    }
}

PooledClient::ConnectionPtr PooledClient::take_idle() {
    drop_stale();
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back().connection);
        idle_.pop_back();
        if (connection->is_reusable()) {
            return connection;
        }
    }
    return nullptr;
}

void PooledClient::keep(ConnectionPtr connection) {
    if (closed_ || !connection->is_reusable()) {
        return;
    }
    idle_.push_back({std::move(connection), now()});
    FOLLOWD_ASSERT(idle_.size() <= options_.connections_max);
    drop_stale();
}

void PooledClient::drop_idle(const Url& url) {
    std::erase_if(idle_, [&url](const Idle& idle) { return idle.connection->url() == url; });
}

void PooledClient::drop_stale() {
    const Instant moment = now();
    while (!idle_.empty() && moment - idle_.front().since > idle_max) {
        idle_.pop_front();
    }
}

/// The deadline or close() may have broken the connection: then they are the reason.
Failure PooledClient::explain(Failure failure, const UnderWay& under_way) const {
    switch (under_way.deadline.cause()) {
        case Deadline::Cause::none:
            break;
        case Deadline::Cause::expired: {
            const auto limit =
                std::chrono::duration_cast<std::chrono::milliseconds>(under_way.limit);
            failure.kind = FailureKind::timeout;
            failure.what = "not done within " + std::to_string(limit.count()) + " ms, while " +
                           under_way.stage;
            break;
        }
        case Deadline::Cause::cancelled:
            failure.kind = FailureKind::cancelled;
            failure.what = "the client was closed while " + under_way.stage;
            break;
    }
    failure.what = under_way.what + ": " + failure.what;
    failure.where = where(under_way.address);
    return failure;
}

std::string PooledClient::where(const std::string& address) const {
    if (options_.name.empty() || address.empty()) {
        return options_.name + address;
    }
    return options_.name + " at " + address;
}

}  // namespace

Result<std::unique_ptr<Client>> Client::create(asio::any_io_executor executor,
                                               ClientOptions options) {
    const auto refuse = [&options](std::string what) {
        return Failure{FailureKind::refused, std::move(what), options.name};
    };
    if (options.urls.empty()) {
        return refuse("a cluster needs at least one url");
    }
    if (options.connections_max == 0) {
        return refuse("a cluster needs at least one connection");
    }
    const bool has_control = std::ranges::any_of(options.authorization, [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
    });
    if (has_control) {
        return refuse("the credentials contain a line break or another control character");
    }
    std::shared_ptr<asio::ssl::context> tls;
    if (std::ranges::any_of(options.urls, &Url::tls)) {
        auto context = make_tls_context(options.tls);
        if (!context) {
            auto failure = std::move(context).failure();
            failure.where = options.name;
            return failure;
        }
        tls = std::move(*context);
    }
    std::unique_ptr<Client> client =
        std::make_unique<PooledClient>(executor, std::move(options), std::move(tls));
    return client;
}

}  // namespace followd::http
