#include "es/index_sampler.hpp"

#include "es/index_lists.hpp"
#include "es/state_decoder.hpp"

#include <iterator>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view attempt = "read shard statistics";

}  // namespace

IndexSampler::IndexSampler(http::Client& client, ClusterName cluster, ShardLimits limits)
    : limits_(limits), exchange_(client, Place{std::move(cluster), {}, {}}) {}

Task<Result<std::vector<engine::IndexSample>>> IndexSampler::sample(
    std::vector<std::string> patterns) {
    std::vector<engine::IndexSample> all;
    const std::vector<std::string> lists = index_lists(patterns);
    for (const std::string& list : lists) {
        http::Request request = sample_request(list, limits_);
        Result<Answer> answer = co_await exchange_.send(std::move(request), attempt);
        if (!answer.ok()) {
            co_return std::move(answer).failure();
        }
        Result<std::vector<engine::IndexSample>> some =
            decode_samples(answer->body, std::move(answer->where));
        if (!some.ok()) {
            co_return std::move(some).failure();
        }
        std::move(some->begin(), some->end(), std::back_inserter(all));
    }
    co_return all;
}

}  // namespace followd::es
