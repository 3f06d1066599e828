#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include "admin/access.hpp"
#include "admin/control_document.hpp"
#include "admin/status_document.hpp"
#include "engine/task.hpp"
#include "http/server.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

/// The daemon's own small API: GET /v1/status and GET /v1/health, whose answers are JSON, and
/// GET /metrics. What is refused is told as JSON everywhere.

namespace followd::admin {

/// One executor's thread only. start() and stop() are a pair.
class AdminServer {
public:
    /// Called for each question, on the executor's thread.
    using Source = std::function<StatusReport()>;

    /// A command, run to its end on the executor's thread.
    using Commands = std::function<Task<engine::ControlReport>(ControlRequest)>;

    AdminServer(boost::asio::any_io_executor executor,
                AdminSettings settings,
                Source source,
                Commands commands);

    /// Reads the token's file and listens. A Failure says in words what to change.
    [[nodiscard]] Result<void> start();
    /// Fine without start(), or after it failed.
    [[nodiscard]] Task<void> stop();
    /// The address in force. Only while started.
    [[nodiscard]] const http::Url& address() const;

private:
    [[nodiscard]] Task<http::Response> handle(http::ServerRequest request);
    [[nodiscard]] Task<http::Response> handle_command(ControlVerb verb,
                                                      http::ServerRequest request);

    boost::asio::any_io_executor executor_;
    AdminSettings settings_;
    Source source_;
    Commands commands_;
    AccessRules rules_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace followd::admin
