#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/task.hpp"
#include "es/admin_exchange.hpp"
#include "http/client.hpp"

#include <string>
#include <vector>

/// Whether our user may do what following asks of a cluster, learnt before anything is created.
///
/// The least that was found to be enough on Elasticsearch 9.2 with security:
///   leader    cluster: monitor
///             indices: read, monitor, view_index_metadata, maintenance (refreshing)
///   follower  cluster: monitor, and manage_index_templates so that templates of the cluster keep
///             off (optional)
///             indices: manage, read, write - also on `.followd` and `.followd-*`, the ledger of
///             generations and the fence aliases

namespace followd::es {

enum class ClusterRole { leader, follower };

struct PrivilegeReport {
    bool has_security = false;           ///< false: everybody may do everything
    std::vector<std::string> missing;    ///< "cluster privilege monitor", "read on logs-a"
    std::vector<std::string> advisable;  ///< missing too, but there is a way without
    /// Patterns of our role that hide documents or fields (document or field level security) and
    /// mean an index in question: what is hidden would look deleted, so it is not followed.
    std::vector<std::string> hiding;
    std::vector<std::string> warnings;  ///< what could not be found out

    /// A Failure `unauthorised` that names everything in the way, or success.
    [[nodiscard]] Result<void> verdict(ClusterRole role) const;
};

/// The client must outlive it.
class PrivilegeCheck {
public:
    PrivilegeCheck(http::Client& client, ClusterName cluster);

    /// `indices`: names or patterns of the indices in question, at least one. Asks for nothing that
    /// needs a privilege itself. `unauthorised` where the credentials are wrong.
    [[nodiscard]] Task<Result<PrivilegeReport>> check(ClusterRole role,
                                                      std::vector<std::string> indices);

private:
    /// Whether security is off although the server knows the question.
    [[nodiscard]] Task<Result<bool>> is_security_off();
    [[nodiscard]] Task<Result<PrivilegeReport>> find_hiding(PrivilegeReport report,
                                                            std::vector<std::string> indices);

    AdminExchange exchange_;
};

/// Whether a pattern with `*` and `?` of a role can mean an index that `asked` (a name, or a
/// pattern with `*`) means. A pattern written as a regular expression counts as meaning everything.
[[nodiscard]] bool may_mean(std::string_view role_pattern, std::string_view asked);

}  // namespace followd::es
