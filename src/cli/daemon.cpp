#include "cli/daemon.hpp"

#include "config/load.hpp"
#include "config/mistake.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>
#include <variant>

namespace followd::cli {

namespace {

// What is under way at a stop may end within this; then its connections are closed.
constexpr Duration drain_max = std::chrono::seconds{20};

std::uint64_t fresh_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

bool is_used(const Settings& settings, const ClusterName& cluster) {
    return std::ranges::any_of(settings.follow, [&cluster](const FollowRule& rule) {
        return rule.leader == cluster || rule.follower == cluster;
    });
}

/// Everything else that followers were made with is what it was.
bool only_rules_differ(const Settings& before, Settings after) {
    after.follow = before.follow;
    return after == before;
}

engine::ControlReport refused_for_now() {
    engine::ControlReport report;
    report.failure = Failure{FailureKind::throttled,
                             "the daemon starts, stops or reads its configuration: try again in a "
                             "moment",
                             {}};
    return report;
}

}  // namespace

std::vector<std::string> restart_needed(const Settings& before, const Settings& after) {
    std::vector<std::string> keys;
    if (before.state_path != after.state_path) {
        keys.emplace_back("state.path");
    }
    const AdminSettings& was = before.admin;
    const AdminSettings& is = after.admin;
    if (was.unix_path != is.unix_path || was.tcp_host != is.tcp_host ||
        was.tcp_port != is.tcp_port || was.token_file != is.token_file) {
        keys.emplace_back("admin");
    }
    for (const ClusterSettings& cluster : before.clusters) {
        const ClusterSettings* now = after.cluster(cluster.name);
        if (is_used(before, cluster.name) && now != nullptr && now->urls != cluster.urls) {
            keys.push_back("clusters." + cluster.name.value() + ".urls");
        }
    }
    return keys;
}

Daemon::Daemon(boost::asio::io_context& context,
               std::string path,
               Settings settings,
               std::unique_ptr<Composition> composition,
               engine::CheckpointStore& store,
               engine::ControlStore& control_store,
               std::string daemon_id)
    : executor_(context.get_executor()),
      path_(std::move(path)),
      settings_(std::move(settings)),
      composition_(std::move(composition)),
      store_(store),
      control_store_(control_store),
      daemon_id_(std::move(daemon_id)),
      lost_writes_(settings_.state_path),
      log_("daemon"),
      timers_(executor_),
      signals_(executor_),
      notifier_(executor_, [this] { return service_status(report()); }),
      following_(
          executor_,
          [this](const char* what) { log_.error("task failed", observe::field("error", what)); }),
      helpers_(executor_, [this](const char* what) {
          log_.error("task failed", observe::field("error", what));
      }) {}

admin::StatusReport Daemon::report() const {
    admin::StatusReport report;
    report.now = timers_.now();
    report.traffic = composition_->traffic();
    if (supervisor_) {
        report.clusters = supervisor_->clusters();
        report.followers = supervisor_->followers();
        report.recoveries = supervisor_->recoveries();
        for (engine::FollowerStatus& row : unwatched_->rows(report.followers, report.clusters)) {
            report.followers.push_back(std::move(row));
        }
    }
    return report;
}

Task<void> Daemon::run() {
    co_await start();
    notifier_.ready();
    while (true) {
        const DaemonSignal signal = co_await signals_.take();
        if (signal == DaemonSignal::stop) {
            break;
        }
        notifier_.reloading();
        co_await reload();
        notifier_.ready();
    }
    log_.info("stopping");
    notifier_.stopping();
    co_await end_commands();
    co_await drain();
    notifier_.end();
    log_.info("stopped");
}

Task<void> Daemon::start() {
    engine::Holds holds;
    const Result<std::vector<engine::Intent>> intents = co_await control_store_.load_intents();
    if (intents.ok()) {
        holds = engine::holds_of(*intents);
    } else {
        log_.error("what was paused is not known, so nothing is held back",
                   observe::field("error", intents.failure().what));
    }
    engine::SnapshotContext snapshots{daemon_id_, composition_->tokens(), engine::wall_time_now};
    supervisor_ = std::make_unique<engine::Supervisor>(executor_,
                                                       settings_,
                                                       composition_->ports(),
                                                       *composition_,
                                                       store_,
                                                       timers_,
                                                       fresh_seed(),
                                                       std::move(holds),
                                                       std::move(snapshots));
    const engine::ControlPorts ports{*supervisor_,
                                     composition_->ports(),
                                     *composition_,
                                     store_,
                                     control_store_,
                                     lost_writes_,
                                     timers_,
                                     engine::wall_time_now};
    control_ = std::make_unique<engine::Control>(executor_, ports);
    unwatched_ = std::make_unique<engine::UnwatchedFollowers>(ports);
    leader_deletion_ = std::make_unique<engine::LeaderDeletion>(
        *supervisor_, timers_, [this](engine::IndexPlace follower) {
            return promote_abandoned(std::move(follower));
        });
    takes_commands_ = true;
    following_.spawn(supervisor_->run());
    following_.spawn(leader_deletion_->run());
    following_.spawn(unwatched_->run());
}

/// Keeps a stop or a reload waiting for as long as it lives.
class Daemon::CommandUnderWay {
public:
    explicit CommandUnderWay(Daemon& daemon) : daemon_(daemon) { ++daemon_.commands_under_way_; }
    CommandUnderWay(const CommandUnderWay&) = delete;
    CommandUnderWay& operator=(const CommandUnderWay&) = delete;
    ~CommandUnderWay() {
        --daemon_.commands_under_way_;
        daemon_.timers_.wake_all();
    }

private:
    Daemon& daemon_;
};

Task<engine::ControlReport> Daemon::run_command(admin::ControlRequest request) {
    if (!takes_commands_) {
        co_return refused_for_now();
    }
    const CommandUnderWay under_way(*this);
    std::string at = admin::iso_time(std::chrono::system_clock::now());
    engine::ControlReport report =
        co_await admin::run_control(control_.get(), std::move(request), std::move(at));
    co_return report;
}

Task<engine::ControlReport> Daemon::promote_abandoned(engine::IndexPlace follower) {
    if (!takes_commands_) {
        co_return refused_for_now();
    }
    const CommandUnderWay under_way(*this);
    engine::Requester requester{"followd (on_leader_delete)",
                                admin::iso_time(std::chrono::system_clock::now())};
    engine::ControlReport report =
        co_await control_->promote_abandoned(std::move(follower), std::move(requester));
    co_return report;
}

// A command is seen to its end: each of its steps is bounded.
Task<void> Daemon::end_commands() {
    takes_commands_ = false;
    while (commands_under_way_ > 0) {
        co_await timers_.sleep_until(timers_.now() + drain_max);
    }
}

Task<void> Daemon::drain() {
    drained_ = false;
    leader_deletion_->stop();
    unwatched_->stop();
    supervisor_->stop();
    helpers_.spawn(cut_off());
    co_await following_.join();
    drained_ = true;
    timers_.wake_all();
    co_await helpers_.join();
}

Task<void> Daemon::cut_off() {
    const Instant limit = timers_.now() + drain_max;
    while (!drained_ && timers_.now() < limit) {
        co_await timers_.sleep_until(limit);
    }
    if (!drained_) {
        log_.warn("requests under way were cut off", observe::field("took", drain_max));
        composition_->close();
    }
}

Task<void> Daemon::reload() {
    std::optional<Settings> settings = read_settings();
    if (!settings) {
        log_.error("configuration was not changed", observe::field("path", path_));
        co_return;
    }
    Result<std::unique_ptr<Composition>> composition = Composition::create(executor_, *settings);
    if (!composition.ok()) {
        log_.error("configuration was not changed",
                   observe::field("error", composition.failure().what),
                   observe::field("where", composition.failure().where));
        co_return;
    }
    co_await end_commands();
    const bool keeps_connections = composition_->secrets() == (*composition)->secrets();
    if (keeps_connections && only_rules_differ(settings_, *settings)) {
        settings_ = std::move(*settings);
        supervisor_->apply_rules(settings_.follow);
        takes_commands_ = true;
    } else {
        co_await drain();
        leader_deletion_.reset();
        unwatched_.reset();
        control_.reset();
        supervisor_.reset();
        settings_ = std::move(*settings);
        composition_ = std::move(composition).value();
        observe::configure_log(settings_.log);
        co_await start();
    }
    log_.info("configuration was read again", observe::field("path", path_));
}

std::optional<Settings> Daemon::read_settings() {
    config::SettingsOrMistakes read = config::load_settings(path_);
    if (const auto* mistakes = std::get_if<std::vector<config::Mistake>>(&read)) {
        for (const config::Mistake& mistake : *mistakes) {
            log_.error("configuration mistake", observe::field("error", to_string(mistake)));
        }
        return std::nullopt;
    }
    Settings settings = std::get<Settings>(std::move(read));
    const std::vector<std::string> fixed = restart_needed(settings_, settings);
    for (const std::string& key : fixed) {
        log_.error("restart needed for a changed setting", observe::field("setting", key));
    }
    if (!fixed.empty()) {
        return std::nullopt;
    }
    return settings;
}

}  // namespace followd::cli
