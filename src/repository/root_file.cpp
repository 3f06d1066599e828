#include "repository/root_file.hpp"

#include <array>
#include <charconv>
#include <system_error>
#include <unistd.h>

namespace followd::repository {

namespace {

// A 64-bit number, its highest byte first.
constexpr std::size_t pointer_bytes = 8;
constexpr std::string_view root_prefix = "index-";

}  // namespace

std::string write_pointer(std::uint64_t generation) {
    std::string content;
    for (std::size_t byte = pointer_bytes; byte-- > 0;) {
        content += static_cast<char>((generation >> (8 * byte)) & 0xffU);
    }
    return content;
}

std::optional<std::uint64_t> read_pointer(std::string_view content) {
    if (content.size() != pointer_bytes) {
        return std::nullopt;
    }
    std::uint64_t generation = 0;
    for (const char byte : content) {
        generation = (generation << 8U) | static_cast<unsigned char>(byte);
    }
    return generation;
}

std::optional<std::uint64_t> root_generation(std::string_view name) {
    if (!name.starts_with(root_prefix)) {
        return std::nullopt;
    }
    const std::string_view digits = name.substr(root_prefix.size());
    std::uint64_t generation = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), generation);
    const bool is_number = error == std::errc{} && end == digits.data() + digits.size();
    return is_number ? std::optional{generation} : std::nullopt;
}

std::string root_file_name(std::uint64_t generation) {
    return std::string{root_prefix} + std::to_string(generation);
}

std::optional<std::string> find_root_file(const RootFolder& folder) {
    const auto pointer = folder.open_file(pointer_name);
    if (!pointer.ok() || pointer->state.size != pointer_bytes) {
        return std::nullopt;
    }
    std::array<char, pointer_bytes> bytes{};
    if (::pread(pointer->descriptor.number(), bytes.data(), bytes.size(), 0) !=
        static_cast<ssize_t>(bytes.size())) {
        return std::nullopt;
    }
    const auto generation = read_pointer({bytes.data(), bytes.size()});
    std::string name = root_file_name(generation.value_or(0));
    const auto root = folder.open_file(name);
    return root.ok() ? std::optional{std::move(name)} : std::nullopt;
}

}  // namespace followd::repository
