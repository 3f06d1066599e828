#include "es/snapshot_request.hpp"

#include "es/admin_exchange.hpp"
#include "es/json.hpp"

#include <utility>

namespace followd::es {

namespace {

// Longer than the master may make it wait.
constexpr Duration begin_deadline = std::chrono::seconds{90};
// Neither of the two takes `timeout`.
constexpr std::string_view without_waiting = "?wait_for_completion=false&master_timeout=30s";

}  // namespace

std::string repository_path(const std::string& repository) {
    return "/_snapshot/" + http::encode_component(repository);
}

std::string snapshot_path(const std::string& repository, const std::string& snapshot) {
    return repository_path(repository) + "/" + http::encode_component(snapshot);
}

http::Request begin_snapshot_request(const std::string& repository,
                                     const std::string& snapshot,
                                     const std::vector<IndexName>& indices) {
    Json names = Json::array();
    for (const IndexName& index : indices) {
        names.push_back(index.value());
    }
    const Json body{{"indices", std::move(names)},
                    {"ignore_unavailable", false},
                    {"include_global_state", false},
                    {"partial", false},
                    {"metadata", {{"taken_by", "followd"}}}};
    http::Request request =
        admin_request(http::Method::put,
                      snapshot_path(repository, snapshot) + std::string(without_waiting),
                      to_text(body));
    request.deadline = begin_deadline;
    return request;
}

http::Request begin_restore_request(const std::string& repository,
                                    const std::string& snapshot,
                                    std::string body) {
    http::Request request = admin_request(
        http::Method::post,
        snapshot_path(repository, snapshot) + "/_restore" + std::string(without_waiting),
        std::move(body));
    request.deadline = begin_deadline;
    return request;
}

}  // namespace followd::es
