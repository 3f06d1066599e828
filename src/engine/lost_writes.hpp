#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include <memory>
#include <string>
#include <string_view>

/// Where the writes go that a failback takes back: made durable before the first of them is.

namespace followd::engine {

class LostWritesFile {
public:
    virtual ~LostWritesFile() = default;
    /// One JSON object, without a line end.
    [[nodiscard]] virtual Result<void> add(std::string_view line) = 0;
    /// Everything survives a power cut from now on. Returns where it is.
    [[nodiscard]] virtual Result<std::string> keep() = 0;
};

/// Makes one file an index and time; the first line creates it.
class LostWritesFolder {
public:
    virtual ~LostWritesFolder() = default;
    [[nodiscard]] virtual std::unique_ptr<LostWritesFile> file_for(const IndexName& index,
                                                                   std::string_view at) = 0;
};

}  // namespace followd::engine
