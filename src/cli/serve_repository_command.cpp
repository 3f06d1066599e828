#include "cli/serve_repository_command.hpp"

#include "followd/base/assert.hpp"

#include "admin/access.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/figures.hpp"
#include "cli/process_setup.hpp"
#include "cli/repository_token.hpp"
#include "cli/terminal.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"
#include "repository/repository_server.hpp"
#include "repository/root_file.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <set>
#include <utility>

namespace followd::cli {

namespace {

constexpr Duration stop_grace = std::chrono::seconds{5};

/// What is wrong with the command line itself; empty where nothing is.
std::string mistake_in(const ServeRepositoryOptions& options, const Result<http::Url>& listen) {
    if (!listen.ok()) {
        return "--listen " + options.listen + ": " + listen.failure().what;
    }
    if (!listen->unix_path.empty()) {
        return "--listen: a url repository is reached by HOST:PORT, not by a unix socket";
    }
    if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
        return "--tls-cert and --tls-key are needed together";
    }
    if (options.token_file.empty() && !admin::is_loopback(listen->host)) {
        return "--listen " + options.listen +
               ": other machines reach this address, so whoever asks must know a token: write one "
               "to a file (openssl rand -hex 32 > FILE) and name it with --token-file, or listen "
               "on 127.0.0.1";
    }
    return {};
}

/// Says each thing once: one file in a bad state is asked for again and again.
class Complaints {
public:
    void add(const std::string& what) {
        constexpr std::size_t remembered_max = 1000;
        if (said_.size() < remembered_max && said_.insert(what).second) {
            std::cerr << "followd: " << printable(what) << '\n' << std::flush;
        }
    }

private:
    std::set<std::string> said_;
};

/// The first signal ends the service in order, a second one at once.
class StopSignals {
public:
    StopSignals(boost::asio::io_context& context, repository::RepositoryServer& server)
        : signals_(context, SIGTERM, SIGINT),
          server_(server),
          stopping_(context.get_executor(),
                    [](const char* what) { std::cerr << "followd: defect: " << what << '\n'; }) {
        listen();
    }

private:
    void listen() {
        signals_.async_wait([this](const boost::system::error_code& error, int /*number*/) {
            if (error) {
                return;
            }
            if (is_stopping_) {
                server_.cut_off();
            } else {
                is_stopping_ = true;
                stopping_.spawn(stop());
            }
            listen();
        });
    }

    Task<void> stop() {
        co_await server_.stop(stop_grace);
        signals_.cancel();
    }

    boost::asio::signal_set signals_;
    repository::RepositoryServer& server_;
    engine::TaskGroup stopping_;
    bool is_stopping_ = false;
};

std::string start_line(const ServeRepositoryOptions& options,
                       const http::Url& address,
                       const repository::RootFolder& root) {
    std::string line = "followd: serving " + options.root + " at " + address.text() + "/";
    if (options.token_file.empty()) {
        line += " without a token";
    } else {
        line += "TOKEN/, with the token of " + options.token_file;
    }
    const auto root_file = repository::find_root_file(root);
    line += root_file ? "; its root file is " + *root_file
                      : "; there is no snapshot in it yet (no index.latest)";
    return line;
}

}  // namespace

int serve_repository(const ServeRepositoryOptions& options) {
    survive_failed_writes();
    raise_open_files();
    const Result<http::Url> listen = http::parse_listen_address(options.listen);
    const std::string mistake = mistake_in(options, listen);
    if (!mistake.empty()) {
        std::cerr << "followd: " << printable(mistake) << '\n';
        return exit_usage;
    }
    Result<std::string> token = read_repository_token(options.token_file);
    if (!token.ok()) {
        complain(token.failure());
        return exit_code_of(token.failure().kind);
    }
    const auto root = repository::RootFolder::open(options.root);
    if (!root.ok()) {
        const Failure& failure = root.failure();
        complain({failure.kind, failure.what, "--root"});
        return failure.kind == FailureKind::unauthorised ? exit_privileges : exit_usage;
    }

    boost::asio::io_context context(1);
    Complaints complaints;
    repository::ServerOptions served{
        .root = options.root,
        .listen = *listen,
        .listen_setting = "--listen",
        .token = std::move(token).value(),
        .complain = [&complaints](const std::string& what) { complaints.add(what); }};
    if (!options.tls_cert_file.empty()) {
        served.listen.tls = true;
        served.tls = http::ServerTlsOptions{.cert_setting = "--tls-cert",
                                            .cert_file = options.tls_cert_file,
                                            .key_setting = "--tls-key",
                                            .key_file = options.tls_key_file};
    }
    repository::RepositoryServer server(context.get_executor(), std::move(served));
    const Result<void> started = server.start();
    if (!started.ok()) {
        complain(started.failure());
        return exit_code_of(started.failure().kind);
    }
    const StopSignals signals(context, server);
    std::cout << printable(start_line(options, server.address(), *root)) << '\n' << std::flush;
    context.run();
    const repository::Counts counts = server.counts();
    std::cout << "followd: served " << counted(static_cast<std::int64_t>(counts.bytes), "byte")
              << " of files in answer to "
              << counted(static_cast<std::int64_t>(counts.requests), "request") << '\n'
              << std::flush;
    return exit_done;
}

}  // namespace followd::cli
