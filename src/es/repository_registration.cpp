#include "es/repository_registration.hpp"

#include "es/place.hpp"
#include "es/repository.hpp"
#include "es/snapshot_request.hpp"

#include <string>
#include <utility>

namespace followd::es {

Task<Result<bool>> RepositoryRegistration::register_to_write(engine::RuleRepository repository) {
    const std::string where = exchange_.where({});
    const std::string name = leader_repository_name(repository);
    http::Request ask = admin_request(http::Method::get, repository_path(name));
    const Result<AdminAnswer> present = co_await exchange_.send(std::move(ask));
    if (!present.ok()) {
        co_return located(present.failure(), where);
    }
    const bool is_missing = present->is_error("repository_missing_exception");
    if (!present->ok() && !is_missing) {
        co_return located(exchange_.failure_of(*present, "look for the repository " + name), where);
    }
    const Json* registered = is_missing ? nullptr : member(present->body, name);
    const Json wanted = leader_registration(repository);
    if (wanted.is_null()) {
        const Result<void> judged = judge_leader_registration(repository, registered);
        if (!judged.ok()) {
            co_return located(judged.failure(), where);
        }
        co_return false;
    }
    if (registered != nullptr && is_registered_as(*registered, wanted)) {
        co_return false;
    }
    http::Request put = change_request(http::Method::put, repository_path(name), to_text(wanted));
    const std::string attempt = "register the repository " + name;
    const Result<void> made =
        co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
    if (!made.ok()) {
        co_return located(made.failure(), where);
    }
    co_return true;
}

Task<Result<void>> RepositoryRegistration::register_to_read(engine::RuleRepository repository) {
    const std::string where = exchange_.where({});
    const std::string name = follower_repository_name(repository);
    http::Request ask = admin_request(http::Method::get, "/_snapshot");
    const std::string looking = "list the repositories";
    const Result<Json> present = co_await exchange_.send_expecting_success(std::move(ask), looking);
    if (!present.ok()) {
        co_return located(present.failure(), where);
    }
    const Result<void> judged = judge_follower_registrations(repository, *present);
    if (!judged.ok()) {
        co_return located(judged.failure(), where);
    }
    const Json wanted = follower_registration(repository);
    const Json* registered = member(*present, name);
    if (wanted.is_null() || (registered != nullptr && is_registered_as(*registered, wanted))) {
        co_return Result<void>{};
    }
    http::Request put = change_request(http::Method::put, repository_path(name), to_text(wanted));
    const std::string attempt = "register the repository " + name;
    const Result<void> made =
        co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
    if (!made.ok()) {
        co_return located(without_token(made.failure(), repository), where);
    }
    co_return Result<void>{};
}

}  // namespace followd::es
