#include "followd/base/assert.hpp"

#include "fault/proxy/control.hpp"
#include "fault/proxy/proxy.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace followd;         // NOLINT(google-build-using-namespace): a program of its own
using namespace followd::fault;  // NOLINT(google-build-using-namespace)

constexpr int exit_failed = 1;
constexpr int exit_usage = 64;
constexpr std::uint64_t seed_max = 0xffff'ffffU;

struct Options {
    std::uint16_t port = 0;
    std::uint16_t server_port = 0;
    std::uint64_t seed = 0;
    std::vector<std::string> faults;
};

std::string footer() {
    return "A fault is a line like \"cut bytes=1-400 path=_search probability=0.3 count=5\".\n"
           "Parameters of all but refuse: direction=request|answer, method=, path= (part of the\n"
           "target), probability=, count=. More faults, heal and counts: a line each on standard\n"
           "input, where each is answered; at its end the proxy ends.\n\n"
           "  fault                 direction meaning\n" +
           fault_table() + "\nExit codes: 0 told to end, 1 cannot listen, 64 usage.";
}

std::string mistake_in(const std::string& fault) {
    const auto rule = parse_rule(fault);
    return rule.ok() ? std::string{} : rule.failure().what;
}

Task<void> serve(Proxy* proxy, Control* control, boost::asio::signal_set* signals) {
    co_await control->run();
    co_await proxy->stop();
    signals->cancel();
}

int run(const Options& options) {
    boost::asio::io_context context{1};
    Proxy proxy{context.get_executor(), options.server_port, options.seed};
    for (const std::string& fault : options.faults) {
        const Result<void> injected = proxy.inject(parse_rule(fault).value());
        FOLLOWD_ASSERT(injected.ok());
    }
    const Result<void> started = proxy.start(options.port);
    if (!started.ok()) {
        std::cerr << "followd-fault-proxy: " << started.failure().what << '\n';
        return exit_failed;
    }
    std::cout << "seed=" << options.seed << " listening=127.0.0.1:" << proxy.port()
              << " server=127.0.0.1:" << options.server_port << '\n'
              << std::flush;
    Control control{context.get_executor(), &proxy};
    boost::asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&control](const boost::system::error_code& error, int) {
        if (!error) {
            control.stop();
        }
    });
    std::exception_ptr thrown;
    boost::asio::co_spawn(context,
                          serve(&proxy, &control, &signals),
                          [&thrown](std::exception_ptr error) { thrown = std::move(error); });
    context.run();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    options.seed = std::random_device{}();
    CLI::App app{"Stands between a client and a server on this machine and breaks things.",
                 "followd-fault-proxy"};
    app.add_option("--listen", options.port, "the port for clients; 0: any")
        ->required()
        ->option_text("PORT");
    app.add_option("--to", options.server_port, "the server's port")
        ->required()
        ->check(CLI::Range(1, 65535))
        ->option_text("PORT");
    app.add_option("--seed", options.seed, "for whatever is drawn; 0 to 4294967295 (random)")
        ->check(CLI::Range(std::uint64_t{0}, seed_max))
        ->option_text("N");
    app.add_option("--fault", options.faults, "one from the start; may be repeated")
        ->check(mistake_in)
        ->option_text("LINE");
    app.footer(footer());
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool is_help = error.get_exit_code() == 0;
        app.exit(error);
        return is_help ? 0 : exit_usage;
    }
    try {
        return run(options);
    } catch (const std::exception& error) {
        std::cerr << "followd-fault-proxy: defect: " << error.what() << '\n';
        return 70;
    }
}
