#include "cli/pull_repository_command.hpp"

#include "followd/base/assert.hpp"

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/process_setup.hpp"
#include "cli/pull_progress.hpp"
#include "cli/pull_report.hpp"
#include "cli/repository_token.hpp"
#include "cli/run_task.hpp"
#include "cli/stop_listener.hpp"
#include "cli/terminal.hpp"
#include "engine/real_timers.hpp"
#include "engine/task.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "repository/mirror_folder.hpp"
#include "repository/puller.hpp"
#include "repository/repository_source.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <unistd.h>
#include <utility>

namespace followd::cli {

namespace {

constexpr Duration every_min = std::chrono::seconds{1};

/// Where the source is, and the secret part of it apart.
struct Source {
    http::Url url;
    std::string secret_path;
};

Result<Source> read_source(const PullRepositoryOptions& options) {
    constexpr std::uint16_t http_port = 80;
    constexpr std::uint16_t https_port = 443;
    // Never repeated: a token may stand in it.
    auto url =
        http::parse_url(options.from, options.from.starts_with("https:") ? https_port : http_port);
    if (!url.ok()) {
        return Failure{FailureKind::refused, url.failure().what, "--from"};
    }
    Source source{.url = std::move(url).value(), .secret_path = {}};
    source.secret_path = std::exchange(source.url.prefix, {});
    return source;
}

std::string name_of(const Source& source) {
    return source.url.text() + "/";
}

/// What went wrong, and what to do where the failure's own words do not say it.
Failure with_advice(Failure failure) {
    switch (failure.kind) {
        case FailureKind::unreachable:
        case FailureKind::timeout:
        case FailureKind::malformed:
            failure.what +=
                ". Does followd serve-repository run there, and is --from its address? What has "
                "come stays: the same command goes on from there";
            break;
        case FailureKind::untrusted:
            failure.what += ". (tls.ca_file is --ca-file here)";
            break;
        case FailureKind::throttled:
        case FailureKind::unavailable:
        case FailureKind::unauthorised:
        case FailureKind::not_found:
        case FailureKind::conflict:
        case FailureKind::history_lost:
        case FailureKind::refused:
        case FailureKind::too_large:
        case FailureKind::storage:
        case FailureKind::cancelled:
            break;
    }
    return failure;
}

class PullCommand {
public:
    PullCommand(boost::asio::io_context& context, PullRepositoryOptions options, Source source)
        : executor_(context.get_executor()),
          options_(std::move(options)),
          source_(std::move(source)),
          timers_(executor_),
          progress_(terminal_of(STDERR_FILENO)) {}

    Task<int> run() {
        for (;;) {
            const Instant began = timers_.now();
            const int code = co_await pull_once();
            if (is_stopping_ || !options_.every || is_hopeless_) {
                co_return is_stopping_&& options_.every ? exit_done : code;
            }
            const Instant next = began + *options_.every;
            while (!is_stopping_ && timers_.now() < next) {
                co_await timers_.sleep_until(next);
            }
            if (is_stopping_) {
                co_return exit_done;
            }
        }
    }

    void stop() {
        is_stopping_ = true;
        if (puller_ != nullptr) {
            puller_->stop();
        }
        timers_.wake_all();
    }

private:
    Task<int> pull_once() {
        const Instant began = timers_.now();
        auto pulled = co_await pull();
        const std::chrono::duration<double> took = timers_.now() - began;
        progress_.clear();
        const PullOutcome outcome{.from = name_of(source_),
                                  .to = options_.to,
                                  .report = std::move(pulled),
                                  .seconds = took.count()};
        if (options_.json) {
            std::cout << pull_report_json(outcome) << '\n' << std::flush;
        } else if (outcome.report.ok()) {
            std::cout << printable(pull_report_text(outcome)) << '\n' << std::flush;
        }
        if (!outcome.report.ok()) {
            complain(outcome.report.failure());
            co_return exit_code_of(outcome.report.failure().kind);
        }
        has_pulled_ = true;
        co_return exit_done;
    }

    Task<Result<repository::PullReport>> pull() {
        // What is wrong from the start is not waited for.
        is_hopeless_ = !has_pulled_;
        auto token = read_repository_token(options_.token_file);
        if (!token) {
            co_return std::move(token).failure();
        }
        auto client = connect(*token);
        if (!client) {
            co_return with_advice(std::move(client).failure());
        }
        auto mirror = repository::MirrorFolder::open(options_.to, name_of(source_));
        if (!mirror) {
            co_return std::move(mirror).failure();
        }
        is_hopeless_ = false;
        repository::RepositorySource source(std::move(*client));
        repository::Puller puller(executor_, &source, &*mirror, &timers_, pull_options());
        puller_ = &puller;
        auto pulled = co_await puller.pull();
        puller_ = nullptr;
        if (!pulled) {
            co_return with_advice(std::move(pulled).failure());
        }
        co_return pulled;
    }

    Result<std::unique_ptr<http::Client>> connect(const std::string& token) const {
        http::ClientOptions client;
        client.name = "the source";
        client.urls = {source_.url};
        client.secret_path = source_.secret_path + (token.empty() ? "" : "/" + token);
        client.tls.ca_file = options_.ca_file;
        client.connect_timeout = std::chrono::seconds{10};
        return http::Client::create(executor_, std::move(client));
    }

    repository::PullOptions pull_options() {
        repository::PullOptions pull;
        pull.show = [this](const repository::PullProgress& progress) { progress_.show(progress); };
        pull.say = [this](const std::string& what) {
            progress_.clear();
            std::cerr << "followd: " << printable(what) << '\n' << std::flush;
        };
        return pull;
    }

    boost::asio::any_io_executor executor_;
    PullRepositoryOptions options_;
    Source source_;
    engine::RealTimers timers_;
    PullProgressLine progress_;
    repository::Puller* puller_ = nullptr;
    bool is_stopping_ = false;
    bool is_hopeless_ = false;
    bool has_pulled_ = false;
};

}  // namespace

int pull_repository(const PullRepositoryOptions& options) {
    survive_failed_writes();
    auto source = read_source(options);
    if (!source.ok()) {
        complain(source.failure());
        return exit_usage;
    }
    if (options.every && *options.every < every_min) {
        std::cerr << "followd: --every must be a second at least\n";
        return exit_usage;
    }
    boost::asio::io_context context(1);
    PullCommand command(context, options, std::move(source).value());
    const StopListener signals(context, [&command] { command.stop(); });
    return run_task(context, command.run()).value_or(exit_unknown);
}

}  // namespace followd::cli
