#pragma once

#include "engine/lost_writes.hpp"

#include <string>

/// Lost writes as files `lost-writes/INDEX-TIME.ndjson` beside the state file, one JSON object a
/// line, readable by their owner alone: they hold documents.

namespace followd::store {

class LostWritesFiles final : public engine::LostWritesFolder {
public:
    /// `state_path`: of the state file; the folder is made when the first file is.
    explicit LostWritesFiles(const std::string& state_path);

    [[nodiscard]] std::unique_ptr<engine::LostWritesFile> file_for(const IndexName& index,
                                                                   std::string_view at) override;

private:
    std::string folder_;
};

}  // namespace followd::store
