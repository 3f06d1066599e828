#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include "admin/control_document.hpp"
#include "engine/task.hpp"
#include "http/client.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

/// Asks a running daemon.

namespace followd::admin {

class AdminClient {
public:
    /// No request yet. Reads the token's file where the daemon listens beyond loopback, and for
    /// commands on any TCP address: nothing is answered without it there. `unauthorised` where
    /// that cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<AdminClient>> create(
        boost::asio::any_io_executor executor,
        const AdminSettings& settings,
        bool for_commands = false);

    AdminClient(std::unique_ptr<http::Client> client, std::string address);

    /// The status document (status_document.hpp). `unreachable` where no daemon answers there.
    [[nodiscard]] Task<Result<std::string>> status();
    /// Runs a command to its end. `unreachable` where no daemon answers there: then nothing was
    /// begun.
    [[nodiscard]] Task<Result<engine::ControlReport>> run(ControlRequest request);
    void close();

private:
    std::unique_ptr<http::Client> client_;
    std::string address_;
};

}  // namespace followd::admin
