#pragma once

#include "followd/base/result.hpp"
#include "followd/core/content_comparison.hpp"
#include "followd/model/settings.hpp"

#include "engine/task.hpp"
#include "engine/view_comparison.hpp"

#include <cstdint>
#include <functional>

/// Reads both sides of a shard, a page of each at a time, and compares the contents of documents of
/// the same operation.

namespace followd::engine {

class ContentReader {
public:
    /// Told now and then how many documents were compared more than at the last time; may be empty.
    using OnCompared = std::function<void(std::int64_t)>;

    ContentReader(VerifyPorts ports,
                  VersionBase base,
                  LimitSettings limits,
                  OnCompared on_compared);

    /// Every operation through view.through.
    [[nodiscard]] Task<Result<core::ContentComparison>> compare(VerifyView view);

private:
    VerifyPorts ports_;
    VersionBase base_;
    LimitSettings limits_;
    OnCompared on_compared_;
};

}  // namespace followd::engine
