#include "http/same_secret.hpp"

#include <gtest/gtest.h>

namespace followd::http {
namespace {

TEST(SameSecret, OnlyTheWholeOfIt) {
    EXPECT_TRUE(is_same_secret("hunter2", "hunter2"));
    for (const auto* wrong : {"", "h", "hunter", "hunter22", "Hunter2", "hunter3"}) {
        EXPECT_FALSE(is_same_secret(wrong, "hunter2")) << wrong;
    }
    EXPECT_FALSE(is_same_secret("a", ""));
    EXPECT_FALSE(is_same_secret(std::string_view{"\0", 1}, ""));
}

}  // namespace
}  // namespace followd::http
