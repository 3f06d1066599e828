#pragma once

#include "followd/model/seq_no.hpp"
#include "followd/model/shard_view.hpp"

#include <cstdint>
#include <map>
#include <vector>

/// Counts per bucket, as both sides answer them: non-empty buckets that touch the range, ascending.
/// What is counted is the caller's choice: a leader counts within the range only, a follower has no
/// range on versions.

namespace followd::test {

class Histogram {
public:
    explicit Histogram(const HistogramRequest& request) : request_(request) {}

    void add(std::int64_t seq) {
        const std::int64_t from = seq - request_.offset;
        const std::int64_t into =
            ((from % request_.interval) + request_.interval) % request_.interval;
        ++counts_[seq - into];
    }
    [[nodiscard]] std::vector<Bucket> buckets() const {
        std::vector<Bucket> found;
        for (const auto& [first, count] : counts_) {
            if (first <= request_.range.last.value() &&
                first + request_.interval > request_.range.first.value()) {
                found.push_back(Bucket{SeqNo{first}, count});
            }
        }
        return found;
    }

private:
    HistogramRequest request_;
    std::map<std::int64_t, std::int64_t> counts_;
};

}  // namespace followd::test
