#pragma once

#include "followd/base/result.hpp"
#include "followd/core/content_comparison.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/settings.hpp"

#include "engine/task.hpp"
#include "engine/view_comparison.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

/// Reads both sides of a shard, a page of each at a time, and compares the contents of documents of
/// the same operation.

namespace followd::engine {

class ContentReader {
public:
    /// Told now and then how many documents were compared more than at the last time; may be empty.
    using OnCompared = std::function<void(std::int64_t)>;

    /// `differences_max`: so many differences are kept.
    ContentReader(VerifyPorts ports,
                  VersionBase base,
                  std::vector<OlderSpace> older,
                  LimitSettings limits,
                  std::size_t differences_max,
                  OnCompared on_compared);

    /// Every operation through view.through, and those of older spaces.
    [[nodiscard]] Task<Result<core::ContentComparison>> compare(VerifyView view);

private:
    /// Adds to `contents`, which outlives it.
    [[nodiscard]] Task<Result<void>> compare_range(ViewId view,
                                                   SeqNoRange range,
                                                   core::ContentComparison* contents);
    /// The next documents of the leader in a range below zero, whose places only a listing tells.
    [[nodiscard]] Task<Result<Page>> read_older(ViewId view,
                                                SeqNoRange range,
                                                std::size_t documents_max,
                                                std::size_t bytes_max);

    VerifyPorts ports_;
    VersionBase base_;
    std::vector<OlderSpace> older_;
    LimitSettings limits_;
    std::size_t differences_max_;
    OnCompared on_compared_;
    std::int64_t told_ = 0;
};

}  // namespace followd::engine
