#include "cli/snapshots_session.hpp"

#include "cli/exit_code.hpp"
#include "cli/snapshots_choice.hpp"
#include "cli/terminal.hpp"

#include <iostream>
#include <optional>
#include <utility>

namespace followd::cli {

int complain_of_usage(const Failure& mistake) {
    std::cerr << "followd: " << printable(mistake.what) << '\n';
    return exit_usage;
}

std::variant<SnapshotsSession, int> open_session(const boost::asio::any_io_executor& executor,
                                                 const SnapshotsOptions& options) {
    std::optional<Settings> settings = load_or_complain(options.common);
    if (!settings) {
        return exit_configuration;
    }
    Result<SnapshotsPlace> place = choose_place(*settings, options.repository, options.leader);
    if (!place.ok()) {
        return complain_of_usage(place.failure());
    }
    Result<std::unique_ptr<Composition>> composition = Composition::create(executor, *settings);
    if (!composition.ok()) {
        complain(composition.failure());
        const int code = exit_code_of(composition.failure().kind);
        return code == exit_privileges ? code : exit_configuration;
    }
    const auto token = (*composition)->tokens().find(place->repository.name);
    const bool has_token = token != (*composition)->tokens().end();
    return SnapshotsSession{
        *std::move(settings),
        engine::RuleRepository{
            std::move(place->repository), has_token ? token->second : "", std::move(place->leader)},
        std::move(composition).value()};
}

}  // namespace followd::cli
