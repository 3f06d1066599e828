#include "cli/alone_control.hpp"

#include "cli/composition.hpp"
#include "cli/run_task.hpp"
#include "engine/control.hpp"
#include "engine/real_timers.hpp"
#include "engine/supervisor.hpp"
#include "store/lost_writes_files.hpp"
#include "store/sqlite_checkpoint_store.hpp"
#include "store/sqlite_control_store.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace followd::cli {

namespace {

/// For a promotion that goes on although the state file is held: nothing is known, nothing is kept.
class NoStore final : public engine::CheckpointStore, public engine::ControlStore {
public:
    [[nodiscard]] Task<Result<std::optional<Checkpoint>>> load(ShardKey /*key*/) override {
        co_return std::optional<Checkpoint>{};
    }
    [[nodiscard]] Task<Result<void>> save(ShardKey /*key*/, Checkpoint /*checkpoint*/) override {
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<void>> forget(ShardKey /*any_shard*/) override {
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<std::vector<engine::Intent>>> load_intents() override {
        co_return std::vector<engine::Intent>{};
    }
    [[nodiscard]] Task<Result<void>> save_intent(engine::Intent /*intent*/) override {
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<void>> forget_intent(engine::IndexPlace /*place*/) override {
        co_return Result<void>{};
    }
};

/// The state file must stay its owner's: root becomes the owner, anybody else must be it.
Result<void> become_owner(const std::string& state_path) {
    struct stat file{};
    const std::string folder = std::filesystem::path(state_path).parent_path().string();
    if (stat(state_path.c_str(), &file) != 0 && stat(folder.c_str(), &file) != 0) {
        return {};  // opening it says what is wrong
    }
    if (geteuid() == 0 && file.st_uid != 0 &&
        (setegid(file.st_gid) != 0 || seteuid(file.st_uid) != 0)) {
        return Failure{
            FailureKind::unauthorised, "could not become the state file's owner", state_path};
    }
    if (geteuid() != file.st_uid) {
        return Failure{FailureKind::unauthorised,
                       "no daemon answers, and the state file belongs to user " +
                           std::to_string(file.st_uid) + ": run this as that user, or as root",
                       state_path};
    }
    return {};
}

bool may_run_alone(const admin::ControlRequest& request) {
    using admin::ControlVerb;
    return request.verb == ControlVerb::promote || request.verb == ControlVerb::resume ||
           request.verb == ControlVerb::failback || request.verb == ControlVerb::repair ||
           request.verb == ControlVerb::plan;
}

/// Whether following must run meanwhile, for a drain.
bool needs_following(const admin::ControlRequest& request) {
    return (request.verb == admin::ControlVerb::promote && !request.promote.no_drain) ||
           request.verb == admin::ControlVerb::repair || request.is_switch;
}

Task<engine::ControlReport> run_beside(engine::Control* control,
                                       engine::Supervisor* supervisor,
                                       engine::TaskGroup* following,
                                       admin::ControlRequest request) {
    if (needs_following(request)) {
        following->spawn(supervisor->run());
    }
    std::string now = admin::iso_time(std::chrono::system_clock::now());
    engine::ControlReport report =
        co_await admin::run_control(control, std::move(request), std::move(now));
    supervisor->stop();
    co_await following->join();
    co_return report;
}

/// Everything is gone again when it returns.
Result<engine::ControlReport> run_in(boost::asio::io_context& context,
                                     const Settings& settings,
                                     const admin::ControlRequest& request,
                                     Composition& composition,
                                     engine::CheckpointStore& checkpoints,
                                     engine::ControlStore& control_store) {
    store::LostWritesFiles lost_writes(settings.state_path);
    engine::RealTimers timers(context.get_executor());
    std::optional<engine::ControlReport> report;
    {
        std::optional<Result<std::vector<engine::Intent>>> asked_before =
            run_task(context, control_store.load_intents());
        if (!asked_before || !asked_before->ok()) {
            return Failure{
                FailureKind::storage, "what was paused could not be read", settings.state_path};
        }
        engine::Supervisor supervisor(context.get_executor(),
                                      settings,
                                      composition.ports(),
                                      composition,
                                      checkpoints,
                                      timers,
                                      static_cast<std::uint64_t>(getpid()),
                                      engine::holds_of(**asked_before));
        engine::Control control(context.get_executor(),
                                engine::ControlPorts{supervisor,
                                                     composition.ports(),
                                                     composition,
                                                     checkpoints,
                                                     control_store,
                                                     lost_writes,
                                                     timers,
                                                     engine::wall_time_now});
        engine::TaskGroup following(context.get_executor(), [](const char* /*what*/) {});
        report = run_task(context, run_beside(&control, &supervisor, &following, request));
        composition.close();
        context.restart();
        context.run();
    }
    if (!report) {
        return Failure{FailureKind::cancelled, "the command was ended by a defect", {}};
    }
    return *std::move(report);
}

}  // namespace

Result<engine::ControlReport> run_alone(const Settings& settings,
                                        const admin::ControlRequest& request) {
    if (!may_run_alone(request)) {
        return Failure{
            FailureKind::unreachable,
            "no daemon answers, and only a daemon can do this: start it with followd run",
            {}};
    }
    Result<void> owner = become_owner(settings.state_path);
    if (!owner.ok()) {
        return std::move(owner).failure();
    }
    std::vector<std::string> warnings{"no daemon answers: this was done without one"};
    Result<std::unique_ptr<store::SqliteCheckpointStore>> opened =
        store::SqliteCheckpointStore::open(settings.state_path);
    NoStore nothing;
    const bool needs_no_store = request.verb == admin::ControlVerb::promote &&
                                (request.promote.no_drain || request.promote.force);
    if (!opened.ok() && !needs_no_store) {
        return std::move(opened).failure();
    }
    if (!opened.ok()) {
        warnings.push_back("the state file could not be used: " + opened.failure().what);
    }
    boost::asio::io_context context(1);
    Result<std::unique_ptr<Composition>> composition =
        Composition::create(context.get_executor(), settings);
    if (!composition.ok()) {
        return std::move(composition).failure();
    }
    std::optional<store::SqliteControlStore> intents;
    if (opened.ok()) {
        intents.emplace((*opened)->thread());
    }
    engine::CheckpointStore& checkpoints =
        opened.ok() ? static_cast<engine::CheckpointStore&>(**opened) : nothing;
    engine::ControlStore& control_store =
        intents ? static_cast<engine::ControlStore&>(*intents) : nothing;
    Result<engine::ControlReport> report =
        run_in(context, settings, request, **composition, checkpoints, control_store);
    if (opened.ok()) {
        (*opened)->close();
    }
    if (report.ok()) {
        report->warnings.insert(report->warnings.begin(), warnings.begin(), warnings.end());
    }
    return report;
}

}  // namespace followd::cli
