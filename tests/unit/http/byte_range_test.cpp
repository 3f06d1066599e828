#include "http/byte_range.hpp"

#include <gtest/gtest.h>

/// Which part of a file a Range header means.

namespace followd::http {
namespace {

using Kind = AskedRange::Kind;

void expect_part(std::string_view header, std::uint64_t size, ByteRange range) {
    const auto asked = read_range(header, size);
    EXPECT_EQ(asked.kind, Kind::part) << header;
    EXPECT_EQ(asked.range, range) << header;
}

TEST(ByteRange, PartsOfAFile) {
    expect_part("bytes=0-0", 10, {0, 1});
    expect_part("bytes=2-5", 10, {2, 4});
    expect_part("bytes=9-", 10, {9, 1});
    expect_part("bytes=0-", 10, {0, 10});
    expect_part("bytes=-3", 10, {7, 3});
    expect_part("Bytes=2-5", 10, {2, 4});
}

TEST(ByteRange, AnEndBehindTheFileIsItsEnd) {
    expect_part("bytes=8-10", 10, {8, 2});
    expect_part("bytes=8-18446744073709551615", 10, {8, 2});
    expect_part("bytes=8-99999999999999999999999", 10, {8, 2});
    expect_part("bytes=-99999999999999999999999", 10, {0, 10});
}

TEST(ByteRange, OutsideOfTheFile) {
    for (const auto* header :
         {"bytes=10-", "bytes=10-11", "bytes=99999999999999999999999-", "bytes=-0"}) {
        EXPECT_EQ(read_range(header, 10).kind, Kind::outside) << header;
    }
    EXPECT_EQ(read_range("bytes=0-", 0).kind, Kind::outside);
    EXPECT_EQ(read_range("bytes=-1", 0).kind, Kind::outside);
}

TEST(ByteRange, WhatIsOverlooked) {
    for (const auto* header : {"",
                               "bytes",
                               "bytes=",
                               "bytes=-",
                               "bytes=5-2",
                               "bytes=0-1,4-5",
                               "bytes=+1-2",
                               "bytes= 1-2",
                               "bytes=1-2x",
                               "bytes=0x1-2",
                               "bytes=--2",
                               "lines=1-2"}) {
        EXPECT_EQ(read_range(header, 10).kind, Kind::whole) << header;
    }
}

}  // namespace
}  // namespace followd::http
