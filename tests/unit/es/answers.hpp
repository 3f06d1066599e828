#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>

/// Answers of real servers, byte for byte, as tests/unit/es/answers keeps them by version.

namespace followd::es {

inline std::string answer(const std::string& path) {
    std::ifstream file(std::string(FOLLOWD_ANSWERS "/") + path + ".json", std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// `text` with the first `from` replaced; the test fails where there is none.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    if (place != std::string::npos) {
        text.replace(place, from.size(), to);
    }
    return text;
}

}  // namespace followd::es
