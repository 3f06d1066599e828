#include "followd/core/view_confirmation.hpp"

#include <utility>

namespace followd::core {

ViewConfirmation::ViewConfirmation(LeaderIdentity identity, HistoryUuid history)
    : identity_(std::move(identity)), history_(std::move(history)) {}

ViewConfirmation::Step ViewConfirmation::sampled(const ShardSample& sample) {
    if (sample.uuid != identity_.uuid || sample.history != history_) {
        return Step::broken;
    }
    if (!max_seq_no_) {
        max_seq_no_ = sample.max_seq_no;
    }
    is_covered_ = sample.global_checkpoint >= *max_seq_no_;
    return Step::read_identity;
}

ViewConfirmation::Step ViewConfirmation::identified(const LeaderIdentity& identity) const {
    if (identity.uuid != identity_.uuid || identity.term != identity_.term) {
        return Step::broken;
    }
    return is_covered_ ? Step::confirmed : Step::read_sample;
}

}  // namespace followd::core
