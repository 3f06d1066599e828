#include "followd/core/recovery_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace followd::core {
namespace {

using testing::AllOf;
using testing::HasSubstr;

RecoveredShard shard(std::int64_t before, std::int64_t after, std::int64_t restored) {
    return {SeqNo{before}, SeqNo{after}, SeqNo{restored}};
}

std::string problem(std::vector<RecoveredShard> shards,
                    std::int64_t before,
                    std::int64_t restored) {
    return recovery_problem({std::move(shards), before, restored}).value_or("");
}

TEST(RecoveryCheck, OfALeaderThatStoodStillEverythingIsTheSame) {
    EXPECT_EQ(problem({shard(9, 9, 9), shard(-1, -1, -1)}, 7, 7), "");
    EXPECT_THAT(problem({shard(9, 9, 9)}, 7, 8), HasSubstr("8 documents, its leader had 7"));
    EXPECT_THAT(problem({shard(9, 9, 9)}, 7, 6), HasSubstr("6 documents, its leader had 7"));
}

TEST(RecoveryCheck, EveryOperationInBetweenMayBringOrTakeADocument) {
    const std::vector<RecoveredShard> shards{shard(9, 12, 10), shard(4, 5, 5)};
    for (const std::int64_t documents : {16, 18, 20, 24}) {
        EXPECT_EQ(problem(shards, 20, documents), "") << documents;
    }
    EXPECT_THAT(problem(shards, 20, 15), HasSubstr("no more than 4 operations"));
    EXPECT_THAT(problem(shards, 20, 25), HasSubstr("no more than 4 operations"));
}

TEST(RecoveryCheck, NothingUpToTheCheckpointMayBeMissing) {
    EXPECT_EQ(problem({shard(9, 12, 9)}, 5, 5), "");
    EXPECT_THAT(problem({shard(9, 9, 9), shard(9, 12, 8)}, 5, 5),
                AllOf(HasSubstr("shard 1 ends with operation 8"), HasSubstr("all up to 9")));
    EXPECT_THAT(problem({shard(0, 0, -1)}, 1, 1), HasSubstr("shard 0 ends with operation -1"));
}

TEST(RecoveryCheck, NothingMayBeThereThatTheLeaderNeverHad) {
    EXPECT_EQ(problem({shard(9, 12, 12)}, 5, 5), "");
    EXPECT_THAT(problem({shard(9, 12, 13)}, 5, 5),
                AllOf(HasSubstr("shard 0 ends with operation 13"), HasSubstr("none above 12")));
}

}  // namespace
}  // namespace followd::core
