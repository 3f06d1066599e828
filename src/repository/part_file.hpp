#pragma once

#include "followd/base/descriptor.hpp"
#include "followd/base/result.hpp"

#include "repository/folder_walk.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// A file of a mirror that is not whole yet, under a name of its own.

namespace followd::repository {

class PartFile {
public:
    /// Opens what is there of that very state of the file, or begins it. `folder` is for parts.
    [[nodiscard]] static Result<PartFile> open(const Descriptor& folder, ListedFile file);
    /// Of the part of a file in that state: says time and size, so that another state is another
    /// part.
    [[nodiscard]] static std::string name_of(const ListedFile& file);

    [[nodiscard]] const ListedFile& file() const noexcept { return file_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool is_whole() const noexcept { return bytes_ == file_.state.size; }

    [[nodiscard]] Result<void> append(std::string_view bytes);
    /// Gives it the time of the file, and makes it durable. Only when it is whole.
    [[nodiscard]] Result<void> finish();

private:
    PartFile(Descriptor descriptor, ListedFile file, std::uint64_t bytes);

    Descriptor descriptor_;
    ListedFile file_;
    std::uint64_t bytes_;
};

}  // namespace followd::repository
