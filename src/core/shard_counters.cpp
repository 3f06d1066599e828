#include "followd/core/shard_counters.hpp"

#include <type_traits>
#include <variant>

namespace followd::core {

namespace {

template <class A>
constexpr bool is_request = !std::is_same_v<A, Sleep> && !std::is_same_v<A, SaveCheckpoint>;

}  // namespace

void ShardCounters::asked(const Action& action) {
    std::visit(
        [this]<class A>(const A& asked_for) {
            requests += is_request<A> ? 1 : 0;
            if constexpr (std::is_same_v<A, SendBulk>) {
                bytes_written += static_cast<std::int64_t>(asked_for.bulk.payload_bytes());
            }
        },
        action);
}

void ShardCounters::answered(const Event& event) {
    std::visit(
        [this]<class E>(const E& answer) {
            if constexpr (requires { answer.result.ok(); }) {
                if (!answer.result.ok()) {
                    ++failures[answer.result.failure().kind];
                } else if constexpr (std::is_same_v<E, BulkDone>) {
                    if (!answer.result->failed.empty()) {
                        ++failures[answer.result->failed.front().failure.kind];
                    }
                } else if constexpr (std::is_same_v<E, PageRead>) {
                    const auto& bytes = answer.result->batch.bytes;
                    bytes_read += bytes ? static_cast<std::int64_t>(bytes->size()) : 0;
                }
            }
        },
        event);
}

ShardCounters& ShardCounters::operator+=(const ShardCounters& other) {
    requests += other.requests;
    retries += other.retries;
    bytes_read += other.bytes_read;
    bytes_written += other.bytes_written;
    for (const auto& [kind, count] : other.failures) {
        failures[kind] += count;
    }
    return *this;
}

}  // namespace followd::core
