#include "repository/request_path.hpp"

#include <gtest/gtest.h>

#include <string>

/// Targets, as clients and attackers write them.

namespace followd::repository {
namespace {

using namespace std::string_literals;

std::string path_of(std::string_view target, std::string_view token = {}) {
    const auto asked = read_target(target, token);
    return asked ? asked->manifest ? "?manifest" : asked->path : "404";
}

TEST(RequestPath, Files) {
    EXPECT_EQ(path_of("/index-7"), "index-7");
    EXPECT_EQ(path_of("/indices/Hm1_-x/0/__abc"), "indices/Hm1_-x/0/__abc");
    EXPECT_EQ(path_of("/a%20b/%C3%a4"), "a b/\xC3\xA4");
    EXPECT_EQ(path_of("/..."), "...");
    EXPECT_EQ(path_of("/a..b/.c"), "a..b/.c");
    EXPECT_EQ(path_of("/%25%32%65"), "%2e");  // decoded once
}

TEST(RequestPath, NoWayOut) {
    for (const std::string& target : {"/../etc/passwd"s,
                                      "/a/../../b"s,
                                      "/.."s,
                                      "/a/.."s,
                                      "/."s,
                                      "/./a"s,
                                      "//etc/passwd"s,
                                      "/a//b"s,
                                      "/%2e%2e/a"s,
                                      "/%2E./a"s,
                                      "/.%2e/a"s,
                                      "/a%2f..%2fb"s,
                                      "/%2fetc/passwd"s,
                                      "/a\\..\\b"s,
                                      "/%5c"s,
                                      "/a%00"s,
                                      "/a\0b"s,
                                      "/a%0ab"s,
                                      "/a%7f"s,
                                      "/a%"s,
                                      "/a%2"s,
                                      "/a%2g"s,
                                      "/a%-1"s,
                                      "/"s,
                                      "/a/"s,
                                      ""s,
                                      "*"s,
                                      "a"s,
                                      "../a"s,
                                      "file:///etc/passwd"s}) {
        EXPECT_EQ(path_of(target), "404") << target;
    }
}

TEST(RequestPath, WithTheHostInFront) {
    EXPECT_EQ(path_of("http://host:9611/a/b"), "a/b");
    EXPECT_EQ(path_of("https://host/?manifest"), "?manifest");
    EXPECT_EQ(path_of("http://host"), "404");
    EXPECT_EQ(path_of("http://host/../a"), "404");
}

TEST(RequestPath, Queries) {
    EXPECT_EQ(path_of("/?manifest"), "?manifest");
    for (const auto* target : {"/?", "/?manifest=1", "/a?manifest", "/a?", "/?Manifest"}) {
        EXPECT_EQ(path_of(target), "404") << target;
    }
}

TEST(RequestPath, TheTokenIsTheFirstPart) {
    EXPECT_EQ(path_of("/secret/a/b", "secret"), "a/b");
    EXPECT_EQ(path_of("/secret/?manifest", "secret"), "?manifest");
    EXPECT_EQ(path_of("/secret?manifest", "secret"), "?manifest");
    for (const auto* target : {"/a/b",
                               "/",
                               "//a",
                               "/?manifest",
                               "/secret",
                               "/secret/",
                               "/secre/a",
                               "/secrets/a",
                               "/Secret/a",
                               "/%73ecret/a",
                               "/secret/../a",
                               "/a/secret/b",
                               "secret/a"}) {
        EXPECT_EQ(path_of(target, "secret"), "404") << target;
    }
}

TEST(RequestPath, Tokens) {
    EXPECT_TRUE(can_be_token("aZ09-._~"));
    EXPECT_TRUE(can_be_token("..a"));
    for (const auto* token : {"", ".", "..", "a/b", "a b", "a%20", "a?", "\xC3\xA4"}) {
        EXPECT_FALSE(can_be_token(token)) << token;
    }
}

}  // namespace
}  // namespace followd::repository
