#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/task.hpp"
#include "es/admin_exchange.hpp"
#include "es/metadata_plan.hpp"

#include <string>
#include <vector>

/// Changes settings and aliases of an index that exists: all at once, and one by one where the
/// cluster does not take them together, so that one which it does not know keeps no other off.

namespace followd::es {

struct MetadataWritten {
    std::vector<std::string> changed;
    std::vector<MetadataChange> refused;
    std::vector<std::string> warnings;  ///< what was refused, and why
};

/// The exchange must outlive it.
class MetadataWriter {
public:
    explicit MetadataWriter(AdminExchange& exchange) : exchange_(exchange) {}

    [[nodiscard]] Task<Result<MetadataWritten>> put_settings(IndexName index,
                                                             std::vector<MetadataChange> changes);
    [[nodiscard]] Task<Result<MetadataWritten>> put_aliases(std::vector<MetadataChange> changes);
    [[nodiscard]] Task<Result<void>> close(IndexName index);
    /// Done once every primary shard is started.
    [[nodiscard]] Task<Result<void>> open(IndexName index);

private:
    /// Where a change of settings goes; empty for aliases, which are changed in one place.
    using SettingsPath = std::string;

    [[nodiscard]] Task<Result<MetadataWritten>> put(SettingsPath path,
                                                    std::vector<MetadataChange> changes);
    [[nodiscard]] Task<Result<void>> send(SettingsPath path, std::vector<MetadataChange> changes);

    AdminExchange& exchange_;
};

}  // namespace followd::es
