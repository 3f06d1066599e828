#include "fuzz/oracle.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

/// Plays kept inputs through a fuzz target, without a fuzzer: `replay PATH...`, each a file or a
/// folder of files. A path that holds no input is a failure, so that a lost corpus is noticed.

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& path) {
    if (fs::is_regular_file(path)) {
        return {path};
    }
    std::vector<fs::path> files;
    if (fs::is_directory(path)) {
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
            if (entry.is_regular_file()) {
                files.push_back(entry.path());
            }
        }
    }
    std::ranges::sort(files);
    return files;
}

bool play(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        std::fprintf(stderr, "cannot read %s\n", file.c_str());
        return false;
    }
    const std::string input{std::istreambuf_iterator<char>(stream), {}};
    // Said before: if the target aborts, this is the last line.
    std::printf("%s (%zu bytes)\n", file.c_str(), input.size());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t played = 0;
    bool all_well = argc > 1;
    for (const char* const path : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
        const std::vector<fs::path> files = files_below(path);
        if (files.empty()) {
            std::fprintf(stderr, "no input at %s\n", path);
            all_well = false;
        }
        for (const fs::path& file : files) {
            all_well = play(file) && all_well;
            ++played;
        }
    }
    std::printf("%zu inputs played\n", played);
    return all_well ? 0 : 1;
}
