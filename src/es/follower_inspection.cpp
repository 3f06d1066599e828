#include "es/follower_inspection.hpp"

#include "es/adoption.hpp"
#include "es/follow_mark.hpp"
#include "es/json.hpp"
#include "http/message.hpp"

#include <string>
#include <utility>

namespace followd::es {

namespace {

Result<std::optional<engine::FollowerIndex>> judge(const engine::FollowerRequest& request,
                                                   const Json& index) {
    const Result<FollowMark> mark = judge_adoption(request, index);
    if (!mark.ok()) {
        return mark.failure();
    }
    if (mark->role == MarkRole::promoted) {
        return Failure{FailureKind::conflict,
                       "it was promoted and is an index of its own: there is no leader to compare "
                       "it with. followd failback lets the old leader follow it",
                       {}};
    }
    const Json* found = member(index, "settings");
    const Json settings = found == nullptr ? Json::object() : *found;
    const std::optional<std::int64_t> shards =
        number_at<std::int64_t>(settings, "index.number_of_shards");
    if (shards != request.leader.index.shards) {
        return Failure{FailureKind::conflict,
                       "the follower index has not as many shards as its leader: delete the "
                       "follower index and it will be made afresh",
                       {}};
    }
    engine::FollowerIndex follower;
    follower.name = request.follower_index;
    follower.uuid = IndexUuid{text_of(settings, "index.uuid")};
    follower.fence_alias = fence_alias_of(follower.name, mark->epoch);
    follower.max_result_window = number_at<std::int64_t>(settings, "index.max_result_window")
                                     .value_or(follower.max_result_window);
    follower.generation = mark->generation;
    follower.histories = mark->histories;
    follower.origins = mark->origins;
    return std::optional<engine::FollowerIndex>{std::move(follower)};
}

}  // namespace

FollowerInspection::FollowerInspection(http::Client& client, ClusterName cluster)
    : exchange_(client, std::move(cluster)) {}

Task<Result<std::optional<engine::FollowerIndex>>> FollowerInspection::find(
    engine::FollowerRequest request) {
    const std::string where = exchange_.where(request.follower_index);
    const std::string path = "/" + http::encode_component(request.follower_index.value());
    http::Request ask = admin_request(http::Method::get, path + "?flat_settings=true");
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(ask));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const bool is_absent = answer->status == 404 && answer->is_error("index_not_found_exception");
    if (is_absent) {
        co_return std::optional<engine::FollowerIndex>{};
    }
    if (!answer->ok()) {
        Failure failure = exchange_.failure_of(*answer, "read the follower index");
        failure.where = where;
        co_return failure;
    }
    const Result<Json> index = concrete_index(answer->body, request.follower_index);
    Result<std::optional<engine::FollowerIndex>> found =
        index.ok() ? judge(request, *index)
                   : Result<std::optional<engine::FollowerIndex>>{index.failure()};
    if (!found.ok()) {
        Failure failure = std::move(found).failure();
        failure.where = where;
        co_return failure;
    }
    co_return found;
}

}  // namespace followd::es
