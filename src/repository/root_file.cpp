#include "repository/root_file.hpp"

#include <array>
#include <cstdint>
#include <unistd.h>

namespace followd::repository {

namespace {

constexpr const char* pointer_name = "index.latest";
// A 64-bit number, its highest byte first.
constexpr std::size_t pointer_bytes = 8;

}  // namespace

std::optional<std::string> find_root_file(const RootFolder& folder) {
    const auto pointer = folder.open_file(pointer_name);
    if (!pointer.ok() || pointer->state.size != pointer_bytes) {
        return std::nullopt;
    }
    std::array<unsigned char, pointer_bytes> bytes{};
    if (::pread(pointer->descriptor.number(), bytes.data(), bytes.size(), 0) !=
        static_cast<ssize_t>(bytes.size())) {
        return std::nullopt;
    }
    std::uint64_t generation = 0;
    for (const unsigned char byte : bytes) {
        generation = (generation << 8U) | byte;
    }
    std::string name = "index-" + std::to_string(generation);
    const auto root = folder.open_file(name);
    return root.ok() ? std::optional{std::move(name)} : std::nullopt;
}

}  // namespace followd::repository
