#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/task.hpp"
#include "es/error_decoder.hpp"
#include "es/json.hpp"
#include "http/client.hpp"

#include <string>
#include <string_view>

/// One request about an index or cluster, and its JSON answer.

namespace followd::es {

/// An answer of any status. `body` is null where the server sent no JSON, as proxies do; `error` is
/// meant only where the status is not 2xx.
struct AdminAnswer {
    int status = 0;
    Json body;
    ServerError error;

    [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
    [[nodiscard]] bool is_error(std::string_view type) const { return !ok() && error.type == type; }
};

/// Sends, and reads answers as JSON. The client must outlive it.
class AdminExchange {
public:
    AdminExchange(http::Client& client, ClusterName cluster);

    [[nodiscard]] const ClusterName& cluster() const { return cluster_; }

    /// Any HTTP status is an answer; a Failure means that none came, or that a 2xx was not JSON.
    [[nodiscard]] Task<Result<AdminAnswer>> send(http::Request request);
    /// The body of a 2xx; every other status is a Failure. `attempt` completes "could not ...".
    [[nodiscard]] Task<Result<Json>> send_expecting_success(http::Request request,
                                                            std::string attempt);
    /// The same of a change, which is done only where the body says "acknowledged".
    [[nodiscard]] Task<Result<void>> send_expecting_acknowledgement(http::Request request,
                                                                    std::string attempt);

    /// What a status other than 2xx means.
    [[nodiscard]] Failure failure_of(const AdminAnswer& answer, std::string_view attempt) const;
    /// For Failure::where.
    [[nodiscard]] std::string where(const IndexName& index) const;

private:
    http::Client& client_;
    ClusterName cluster_;
};

/// Whether a request may have been carried out although it failed so.
[[nodiscard]] bool may_have_arrived(FailureKind kind);

/// A request with a JSON body, or without one where `body` is empty.
[[nodiscard]] http::Request admin_request(http::Method method,
                                          std::string target,
                                          std::string body = {});

/// A change that the master makes and every node takes over, which may take its time. `target` may
/// have a query.
[[nodiscard]] http::Request change_request(http::Method method,
                                           std::string target,
                                           std::string body = {});

}  // namespace followd::es
