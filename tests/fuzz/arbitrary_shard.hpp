#pragma once

#include "followd/core/action.hpp"
#include "followd/core/event.hpp"
#include "followd/core/shard_planner.hpp"

#include "fuzz/choices.hpp"

#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

/// Both sides of a shard that answer whatever src/engine/ports.hpp permits, without any truth
/// behind it: samples that go up and down, failures of any kind, views that show anything. Where
/// the answers need not keep to what was asked (a broken server), they are what the REST adapters
/// let through.

namespace followd::fuzz {

class ArbitraryShard {
public:
    ArbitraryShard(Choices& choices, const core::PlannerOptions& options, bool keeps_contract);

    [[nodiscard]] core::Event answer(const core::Action& action);
    [[nodiscard]] core::Event fail(const core::Action& action);
    /// What a poll of the leader's counters shows.
    [[nodiscard]] ShardSample sample();

private:
    [[nodiscard]] core::Event to(const core::ReadIdentity& asked);
    [[nodiscard]] core::Event to(const core::ReadSample& asked);
    [[nodiscard]] core::Event to(const core::RefreshLeader& asked);
    [[nodiscard]] core::Event to(const core::OpenView& asked);
    [[nodiscard]] core::Event to(const core::CloseView& asked);
    [[nodiscard]] core::Event to(const core::ReadPage& asked);
    [[nodiscard]] core::Event to(const core::SyncMapping& asked);
    [[nodiscard]] core::Event to(const core::SendBulk& asked);
    [[nodiscard]] core::Event to(const core::SaveCheckpoint& asked);
    [[nodiscard]] core::Event to(const core::ReadFollowerIdentity& asked);
    [[nodiscard]] core::Event to(const core::RefreshFollower& asked);
    [[nodiscard]] core::Event to(const core::CountLeader& asked);
    [[nodiscard]] core::Event to(const core::CountFollower& asked);
    [[nodiscard]] core::Event to(const core::ListLeader& asked);
    [[nodiscard]] core::Event to(const core::ListFollower& asked);
    [[nodiscard]] core::Event to(const core::LookUp& asked);
    [[nodiscard]] core::Event to(const core::CountDocuments& asked);
    [[nodiscard]] core::Event to(const core::Sleep& asked);

    [[nodiscard]] Failure failure();
    [[nodiscard]] std::vector<SeqNo> shown(const PageRequest& request, std::size_t most);
    [[nodiscard]] std::vector<Bucket> buckets(const HistogramRequest& request);
    [[nodiscard]] std::vector<SeqNo> some_of(const SeqNoRange& range, std::size_t most);

    Choices& choices_;
    const core::PlannerOptions& options_;
    bool keeps_contract_;
    std::int64_t term_ = 1;
    std::int64_t mapping_version_ = 1;
    std::int64_t checkpoint_ = -1;
    std::int64_t deletes_ = 0;
    int views_opened_ = 0;
};

}  // namespace followd::fuzz
