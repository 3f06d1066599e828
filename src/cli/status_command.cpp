#include "cli/status_command.hpp"

#include "admin/admin_client.hpp"
#include "admin/status_view.hpp"
#include "cli/exit_code.hpp"
#include "cli/run_task.hpp"
#include "cli/status_table.hpp"
#include "engine/real_timers.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

namespace followd::cli {

namespace {

constexpr Duration watch_interval = std::chrono::seconds{1};
// Between two looks that tell how fast a bootstrap copies.
constexpr Duration rate_interval = std::chrono::milliseconds{500};

// Nobody listens, or we may not connect: the cause says which.
Failure explained(Failure failure) {
    if (failure.kind == FailureKind::unreachable) {
        failure.what =
            "no daemon answers: start it with followd run; or name the configuration "
            "that it runs with (--config), or become a user who may open its socket; " +
            failure.what;
    }
    return failure;
}

class StatusCommand {
public:
    StatusCommand(const boost::asio::any_io_executor& executor,
                  const StatusOptions& options,
                  std::unique_ptr<admin::AdminClient> client)
        : options_(options),
          client_(std::move(client)),
          timers_(executor),
          terminal_(terminal_of(STDOUT_FILENO)) {}

    Task<int> run() {
        int code = co_await show();
        while (options_.watch) {
            const Instant next = timers_.now() + watch_interval;
            co_await timers_.sleep_until(next);
            code = co_await show();
        }
        client_->close();
        co_return code;
    }

private:
    Task<int> show() {
        Result<std::string> document = co_await client_->status();
        if (!document.ok()) {
            const Failure failure = explained(document.failure());
            clear_screen();
            complain(failure);
            // A question about the daemon has no answer "no": whatever went wrong, we do not know.
            const int code = exit_code_of(failure.kind);
            co_return code == exit_privileges ? code : exit_unknown;
        }
        if (options_.common.json) {
            std::cout << *document << std::flush;
            co_return exit_done;
        }
        const Instant at = timers_.now();
        Result<admin::StatusView> status = admin::read_status(*document);
        if (!status.ok()) {
            complain(status.failure());
            co_return exit_unknown;
        }
        if (!last_ && has_bootstrap(*status)) {
            last_ = std::move(status).value();
            last_at_ = at;
            co_await timers_.sleep_until(at + rate_interval);
            const int code = co_await show();
            co_return code;
        }
        CopyRates rates;
        if (last_) {
            const std::chrono::duration<double> passed = at - last_at_;
            rates = copy_rates(*last_, *status, passed.count());
        }
        clear_screen();
        std::cout << status_text(*status, rates, terminal_) << std::flush;
        last_ = std::move(status).value();
        last_at_ = at;
        co_return exit_done;
    }

    void clear_screen() const {
        if (options_.watch && terminal_.is_terminal && !options_.common.json) {
            std::cout << "\x1b[H\x1b[2J" << std::flush;
        }
    }

    StatusOptions options_;
    std::unique_ptr<admin::AdminClient> client_;
    engine::RealTimers timers_;
    Terminal terminal_;
    std::optional<admin::StatusView> last_;
    Instant last_at_{};
};

}  // namespace

int show_status(const StatusOptions& options) {
    std::optional<Settings> settings = load_or_complain(options.common);
    if (!settings) {
        return exit_configuration;
    }
    boost::asio::io_context context(1);
    Result<std::unique_ptr<admin::AdminClient>> client =
        admin::AdminClient::create(context.get_executor(), settings->admin);
    if (!client.ok()) {
        complain(client.failure());
        return exit_code_of(client.failure().kind);
    }
    StatusCommand command(context.get_executor(), options, std::move(client).value());
    return run_task(context, command.run()).value_or(exit_unknown);
}

}  // namespace followd::cli
