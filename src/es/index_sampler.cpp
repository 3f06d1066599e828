#include "es/index_sampler.hpp"

#include "followd/base/assert.hpp"

#include "es/state_decoder.hpp"

#include <iterator>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view attempt = "read shard statistics";

/// Encodes a name but for `*`, which stands for itself in a path.
std::string encode_pattern(std::string_view pattern) {
    std::string encoded;
    std::size_t begin = 0;
    while (begin < pattern.size()) {
        const std::size_t star = std::min(pattern.find('*', begin), pattern.size());
        encoded += http::encode_component(pattern.substr(begin, star - begin));
        if (star < pattern.size()) {
            encoded += '*';
        }
        begin = star + 1;
    }
    return encoded;
}

}  // namespace

std::vector<std::string> split_expression(std::string_view expression) {
    std::vector<std::string> lists;
    std::size_t begin = 0;
    while (begin < expression.size()) {
        const std::size_t comma = std::min(expression.find(',', begin), expression.size());
        const std::string name = encode_pattern(expression.substr(begin, comma - begin));
        begin = comma + 1;
        if (name.empty()) {
            continue;
        }
        FOLLOWD_ASSERT(name.front() != '-');
        if (lists.empty() || lists.back().size() + 1 + name.size() > expression_bytes_max) {
            lists.push_back(name);
        } else {
            lists.back() += ',';
            lists.back() += name;
        }
    }
    return lists;
}

IndexSampler::IndexSampler(http::Client& client, ClusterName cluster, ShardLimits limits)
    : limits_(limits), exchange_(client, Place{std::move(cluster), {}, {}}) {}

Task<Result<std::vector<engine::IndexSample>>> IndexSampler::sample(std::string expression) {
    std::vector<engine::IndexSample> all;
    const std::vector<std::string> lists = split_expression(expression);
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
