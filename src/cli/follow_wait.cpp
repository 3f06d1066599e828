#include "cli/follow_wait.hpp"

#include "admin/admin_client.hpp"
#include "admin/status_view.hpp"
#include "cli/common_options.hpp"
#include "cli/copy_progress.hpp"
#include "cli/exit_code.hpp"
#include "cli/run_task.hpp"
#include "cli/status_table.hpp"
#include "cli/terminal.hpp"
#include "engine/real_timers.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace followd::cli {

namespace {

constexpr Duration look_interval = std::chrono::milliseconds{500};
// A follower shows in the daemon's status at once; for this long its row may be away.
constexpr Duration unknown_max = std::chrono::seconds{30};
constexpr std::string_view clear_line = "\r\x1b[K";

/// One follower that is waited for.
struct Awaited {
    std::string cluster;
    std::string index;
    bool is_done = false;
    bool is_refused = false;

    [[nodiscard]] std::string name() const { return cluster + "/" + index; }
    [[nodiscard]] bool is_open() const { return !is_done && !is_refused; }
};

std::string bar_of(const admin::FollowerView& row) {
    return row.bootstrap ? progress_bar(row.bootstrap->bytes, row.bootstrap->bytes_total)
                         : progress_bar(row.docs_copied, row.docs_total.value_or(0));
}

class FollowWait {
public:
    FollowWait(const boost::asio::any_io_executor& executor,
               std::vector<Awaited> awaited,
               std::unique_ptr<admin::AdminClient> client)
        : awaited_(std::move(awaited)),
          client_(std::move(client)),
          timers_(executor),
          terminal_(terminal_of(STDERR_FILENO)) {}

    Task<int> run() {
        Instant told = timers_.now();
        while (std::ranges::any_of(awaited_, &Awaited::is_open)) {
            Result<std::string> document = co_await client_->status();
            const Instant now = timers_.now();
            const Result<admin::StatusView> status =
                document.ok() ? admin::read_status(*document)
                              : Result<admin::StatusView>{document.failure()};
            if (status.ok() && look(*status)) {
                told = now;
            } else if (now - told > unknown_max) {
                clear();
                tell_unknown(status.ok() ? std::nullopt : std::optional{status.failure()});
                client_->close();
                co_return exit_unknown;
            }
            co_await timers_.sleep_until(now + look_interval);
        }
        clear();
        client_->close();
        co_return std::ranges::any_of(awaited_, &Awaited::is_refused) ? exit_no : exit_done;
    }

private:
    /// Whether the status tells of everyone who is waited for.
    bool look(const admin::StatusView& status) {
        bool knows_all = true;
        const admin::FollowerView* shown = nullptr;
        for (Awaited& awaited : awaited_) {
            const auto row =
                std::ranges::find_if(status.followers, [&](const admin::FollowerView& candidate) {
                    return candidate.follower == awaited.cluster &&
                           candidate.follower_index.value_or(candidate.leader_index) ==
                               awaited.index;
                });
            if (row == status.followers.end()) {
                knows_all = false;
            } else if (awaited.is_open() && !end(awaited, *row) && shown == nullptr) {
                shown = &*row;
            }
        }
        if (shown != nullptr && terminal_.is_terminal) {
            const auto done = std::ranges::count_if(awaited_, &Awaited::is_done);
            std::cerr << clear_line << done << " of " << awaited_.size() << " follow; "
                      << printable(shown->leader_index) << " " << bar_of(*shown) << " "
                      << progress_text(*shown, {}) << std::flush;
        }
        return knows_all;
    }

    /// Whether it follows by now, or cannot; says so.
    bool end(Awaited& awaited, const admin::FollowerView& row) {
        awaited.is_done = row.phase == "following";
        awaited.is_refused = row.phase == "refused" || row.phase == "promoted";
        if (awaited.is_open()) {
            return false;
        }
        clear();
        if (awaited.is_done) {
            std::cout << printable(awaited.name()) << "  follows\n" << std::flush;
        } else {
            std::cerr << "followd: " << printable(awaited.name()) << ": "
                      << printable(row.last_error ? row.last_error->what : "it is " + row.phase)
                      << '\n';
        }
        return true;
    }

    void tell_unknown(const std::optional<Failure>& failure) const {
        if (failure) {
            complain(*failure);
            return;
        }
        for (const Awaited& awaited : awaited_) {
            if (awaited.is_open()) {
                std::cerr << "followd: " << printable(awaited.name())
                          << ": the daemon's status does not show it any more\n";
            }
        }
    }

    void clear() const {
        if (terminal_.is_terminal) {
            std::cerr << clear_line << std::flush;
        }
    }

    std::vector<Awaited> awaited_;
    std::unique_ptr<admin::AdminClient> client_;
    engine::RealTimers timers_;
    Terminal terminal_;
};

}  // namespace

int wait_for_followers(const Settings& settings, const engine::ControlReport& report) {
    std::vector<Awaited> awaited;
    for (const engine::ControlRow& row : report.rows) {
        if (!row.failure) {
            awaited.push_back(Awaited{row.cluster.value(), row.index.value()});
        }
    }
    boost::asio::io_context context(1);
    Result<std::unique_ptr<admin::AdminClient>> client =
        admin::AdminClient::create(context.get_executor(), settings.admin);
    if (!client.ok()) {
        complain(client.failure());
        return exit_code_of(client.failure().kind);
    }
    FollowWait wait(context.get_executor(), std::move(awaited), std::move(client).value());
    return run_task(context, wait.run()).value_or(exit_unknown);
}

}  // namespace followd::cli
