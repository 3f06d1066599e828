#include "http/gzip.hpp"

#include <gtest/gtest.h>

#include <string>

namespace followd::http {
namespace {

using Outcome = Inflater::Outcome;

std::string some_text(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) {
        text += std::to_string(i * i) + ",";
    }
    text.resize(size);
    return text;
}

TEST(Gzip, RoundTripInPiecesOfAnySize) {
    const std::string text = some_text(300'000);
    const std::string packed = gzip(text).value();
    EXPECT_LT(packed.size(), text.size());
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{7}, std::size_t{5000}, packed.size()}) {
        Inflater inflater;
        std::string unpacked;
        for (std::size_t at = 0; at < packed.size(); at += piece) {
            EXPECT_FALSE(inflater.is_complete());
            ASSERT_EQ(inflater.feed(packed.substr(at, piece), unpacked, text.size()), Outcome::ok);
        }
        EXPECT_TRUE(inflater.is_complete());
        EXPECT_EQ(unpacked, text);
        EXPECT_GE(unpacked.capacity(), unpacked.size() + 64);
    }
}

TEST(Gzip, EmptyText) {
    Inflater inflater;
    std::string unpacked;
    EXPECT_EQ(inflater.feed(gzip("").value(), unpacked, 0), Outcome::ok);
    EXPECT_TRUE(inflater.is_complete());
    EXPECT_EQ(unpacked, "");
}

TEST(Gzip, SeveralMembersAreOneText) {
    Inflater inflater;
    std::string unpacked;
    EXPECT_EQ(inflater.feed(gzip("one ").value() + gzip("two").value(), unpacked, 7), Outcome::ok);
    EXPECT_TRUE(inflater.is_complete());
    EXPECT_EQ(unpacked, "one two");
}

TEST(Gzip, ABombStopsAtTheLimit) {
    const std::string packed = gzip(std::string(50U << 20U, ' ')).value();
    for (const std::size_t limit : {std::size_t{0}, std::size_t{1000}, std::size_t{1} << 20U}) {
        Inflater inflater;
        std::string unpacked;
        EXPECT_EQ(inflater.feed(packed, unpacked, limit), Outcome::too_large);
        EXPECT_LE(unpacked.size(), limit);
        EXPECT_LT(unpacked.capacity(), 2 * limit + (512U << 10U));
    }
}

TEST(Gzip, ExactlyTheLimitIsNotTooMuch) {
    const std::string text = some_text(400'000);
    const std::string packed = gzip(text).value();
    Inflater exact;
    std::string unpacked;
    EXPECT_EQ(exact.feed(packed, unpacked, text.size()), Outcome::ok);
    Inflater short_by_one;
    unpacked.clear();
    EXPECT_EQ(short_by_one.feed(packed, unpacked, text.size() - 1), Outcome::too_large);
}

TEST(Gzip, DamageIsSeen) {
    const std::string text = some_text(1000);
    std::string packed = gzip(text).value();
    packed[packed.size() - 5] = static_cast<char>(packed[packed.size() - 5] ^ 1);  // its checksum
    Inflater inflater;
    std::string unpacked;
    EXPECT_EQ(inflater.feed(packed, unpacked, 10'000), Outcome::broken);
    Inflater other;
    unpacked.clear();
    EXPECT_EQ(other.feed("<html>not gzip</html>", unpacked, 10'000), Outcome::broken);
}

}  // namespace
}  // namespace followd::http
