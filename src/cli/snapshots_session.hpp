#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include "cli/common_options.hpp"
#include "cli/composition.hpp"
#include "engine/snapshot_ports.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <variant>

/// How each of the commands over snapshots begins.

namespace followd::cli {

/// What each of them takes.
struct SnapshotsOptions {
    CommonOptions common;
    std::string repository;  ///< of the configuration
    std::string leader;      ///< whose snapshots; empty: the only one that can be meant
};

struct SnapshotsSession {
    Settings settings;
    engine::RuleRepository repository;
    std::unique_ptr<Composition> composition;
};

/// Reads the configuration and its secrets; or complains, and that is the exit code.
[[nodiscard]] std::variant<SnapshotsSession, int> open_session(
    const boost::asio::any_io_executor& executor, const SnapshotsOptions& options);

/// Complains of a mistake in the command line; the exit code.
[[nodiscard]] int complain_of_usage(const Failure& mistake);

}  // namespace followd::cli
