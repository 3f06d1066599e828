#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "es/admin_exchange.hpp"
#include "es/repository_registration.hpp"
#include "es/stored_snapshot.hpp"
#include "http/client.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

/// The snapshots of a repository as one cluster sees them, for a person who handles them, over
/// REST.

namespace followd::es {

/// On the leader's cluster the repository that it writes to, on any other the one that it reads.
/// The client must outlive it.
class PlainSnapshots {
public:
    PlainSnapshots(http::Client& client, ClusterName cluster, engine::RuleRepository repository);

    /// What the repository is called there.
    [[nodiscard]] const std::string& repository_name() const { return name_; }

    /// Registers the repository there, where it is ours to register and is not yet.
    [[nodiscard]] Task<Result<void>> prepare();
    /// All of them, as the server sorts them: by when they began.
    [[nodiscard]] Task<Result<std::vector<StoredSnapshot>>> list();
    /// Nothing where there is none of that name, which is a possible one (asserted).
    [[nodiscard]] Task<Result<std::optional<StoredSnapshot>>> find(std::string snapshot);
    /// The `not_found` of one that find() did not find: it names those that are there.
    [[nodiscard]] Task<Failure> missing(std::string snapshot);

    /// The cluster's own indices that these names and patterns mean, also through aliases and data
    /// streams, each once; closed ones, too, but hidden ones and the server's own by name only.
    /// `not_found` where one of the patterns means none.
    [[nodiscard]] Task<Result<std::vector<IndexName>>> resolve(std::vector<std::string> patterns);
    /// Begins a snapshot, of a name that find() did not find.
    [[nodiscard]] Task<Result<void>> begin(std::string snapshot, std::vector<IndexName> indices);

    /// Snapshots of this repository that this cluster is restoring now.
    [[nodiscard]] Task<Result<std::set<std::string>>> read_restores();

    /// What one of them wrote; all zero where the server does not tell.
    [[nodiscard]] Task<engine::TransferProgress> read_written(std::string snapshot);

    /// The failure, which happened on this cluster, without the repository's token.
    [[nodiscard]] Failure told(Failure failure) const;

private:
    [[nodiscard]] Task<Result<std::vector<StoredSnapshot>>> read(std::string query);

    http::Client& client_;
    ClusterName cluster_;
    engine::RuleRepository repository_;
    bool is_leaders_;
    std::string name_;
    AdminExchange exchange_;
    RepositoryRegistration registration_;
};

}  // namespace followd::es
