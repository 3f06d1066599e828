#include "followd/core/delete_counter.hpp"

#include <algorithm>

namespace followd::core {

namespace {
// A sweep needs one sample taken while nothing stood above the global checkpoint; the newest do.
constexpr std::size_t samples_max = 64;
}  // namespace

void DeleteCounter::observe(const ShardSample& sample) {
    if (node_ != sample.node) {
        forget();
        node_ = sample.node;
    }
    // A counter that fell is another counter: the primary was opened anew on the same node.
    if (!samples_.empty() && sample.delete_total < samples_.back().delete_total) {
        samples_.clear();
        base_.reset();
    }
    if (samples_.size() >= samples_max) {
        samples_.pop_front();
    }
    samples_.push_back(Seen{sample.delete_total, sample.max_seq_no});
}

void DeleteCounter::swept(SeqNo through) {
    for (const Seen& seen : samples_) {
        if (seen.max_seq_no <= through) {
            base_ = std::max(base_.value_or(seen.delete_total), seen.delete_total);
        }
    }
}

void DeleteCounter::forget() {
    samples_.clear();
    node_.reset();
    base_.reset();
}

bool DeleteCounter::is_sweep_due() const {
    return !base_ || (!samples_.empty() && samples_.back().delete_total != *base_);
}

}  // namespace followd::core
