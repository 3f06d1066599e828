#include "followd/core/page_sizer.hpp"

#include <gtest/gtest.h>

namespace followd::core {
namespace {

constexpr std::size_t mb = 1U << 20U;

TEST(PageSizer, StartsLowAndGrowsAtMostFourfold) {
    PageSizer sizer{LimitSettings{}};
    std::size_t before = sizer.operations_max();
    EXPECT_LE(before, 64U);
    for (int page = 0; page < 10; ++page) {
        sizer.read(before, before * 100);
        EXPECT_LE(sizer.operations_max(), 4 * before);
        EXPECT_GE(sizer.operations_max(), before);
        before = sizer.operations_max();
    }
    EXPECT_EQ(before, LimitSettings{}.max_read_request_operation_count);
}

TEST(PageSizer, AimsForTheBytesOfAPage) {
    PageSizer sizer{LimitSettings{}};
    for (int page = 0; page < 10; ++page) {
        sizer.read(sizer.operations_max(), sizer.operations_max() * 8192);
    }
    EXPECT_EQ(sizer.operations_max(), 8 * mb / 8192);
}

TEST(PageSizer, AsksForOneDocumentOfSevenMegabytesAtATime) {
    PageSizer sizer{LimitSettings{}};
    while (sizer.operations_max() * 7 * mb > sizer.bytes_max()) {
        ASSERT_TRUE(sizer.shrink());
    }
    EXPECT_LE(sizer.operations_max(), 2U);
    sizer.read(sizer.operations_max(), sizer.operations_max() * 7 * mb);
    EXPECT_EQ(sizer.operations_max(), 1U);
    sizer.read(1, 7 * mb);
    EXPECT_EQ(sizer.operations_max(), 1U);
    sizer.read(1, 100);
    EXPECT_EQ(sizer.operations_max(), 4U);  // small ones again: carefully
}

TEST(PageSizer, AFewDocumentsDoNotMakePagesSmaller) {
    PageSizer sizer{LimitSettings{}};
    for (int page = 0; page < 5; ++page) {
        sizer.read(sizer.operations_max(), sizer.operations_max() * 100);
    }
    const std::size_t before = sizer.operations_max();
    sizer.read(1, 100);
    sizer.read(0, 0);
    EXPECT_EQ(sizer.operations_max(), before);
}

TEST(PageSizer, OneDocumentMayTakeHalfOfTheMemoryAndNoMore) {
    PageSizer sizer{LimitSettings{}};
    int shrunk = 0;
    while (sizer.shrink()) {
        ASSERT_LT(++shrunk, 20);
    }
    EXPECT_EQ(sizer.operations_max(), 1U);
    EXPECT_EQ(sizer.bytes_max(), LimitSettings{}.memory_bytes / 2);
    sizer.read(1, 60 * mb);
    EXPECT_EQ(sizer.operations_max(), 1U);
    EXPECT_EQ(sizer.bytes_max(), 2 * LimitSettings{}.max_read_request_bytes);
}

TEST(PageSizer, NeverRisesAboveTheOperatorsLimit) {
    LimitSettings limits;
    limits.max_read_request_operation_count = 3;
    PageSizer sizer{limits};
    EXPECT_EQ(sizer.operations_max(), 3U);
    sizer.read(3, 3);
    EXPECT_EQ(sizer.operations_max(), 3U);
    sizer.expect(1, 1'000'000);
    EXPECT_EQ(sizer.operations_max(), 3U);
}

TEST(PageSizer, BelievesTheStatisticsOfLargeDocuments) {
    PageSizer sizer{LimitSettings{}};
    sizer.expect(std::int64_t{1000} * 5 * static_cast<std::int64_t>(mb), 1000);
    EXPECT_EQ(sizer.operations_max(), 1U);

    PageSizer small{LimitSettings{}};
    small.expect(500 * 1000, 1000);
    EXPECT_EQ(small.operations_max(), 8 * mb / 2000 / 4);

    // Found by the fuzzer: the size of a document was multiplied beyond what a number holds.
    PageSizer huge{LimitSettings{}};
    huge.expect(std::int64_t{1} << 62, 1);
    EXPECT_EQ(huge.operations_max(), 1U);

    PageSizer unknown{LimitSettings{}};
    const std::size_t before = unknown.operations_max();
    unknown.expect(0, 0);
    unknown.expect(100, 0);
    EXPECT_EQ(unknown.operations_max(), before);
}

}  // namespace
}  // namespace followd::core
