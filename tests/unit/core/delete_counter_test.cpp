#include "followd/core/delete_counter.hpp"

#include "support/dice.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace followd::core {
namespace {

ShardSample sample(std::int64_t delete_total, std::int64_t max_seq_no, const char* node = "n1") {
    ShardSample made;
    made.node = NodeId{node};
    made.delete_total = delete_total;
    made.max_seq_no = SeqNo{max_seq_no};
    return made;
}

TEST(DeleteCounter, IsDueUntilTheFirstSweep) {
    DeleteCounter counter;
    EXPECT_TRUE(counter.is_sweep_due());
    counter.observe(sample(0, 5));
    EXPECT_TRUE(counter.is_sweep_due());
    counter.swept(SeqNo{5});
    EXPECT_FALSE(counter.is_sweep_due());
}

TEST(DeleteCounter, IsDueAfterADeleteOnly) {
    DeleteCounter counter;
    counter.observe(sample(3, 5));
    counter.swept(SeqNo{5});
    counter.observe(sample(3, 50));
    EXPECT_FALSE(counter.is_sweep_due());
    counter.observe(sample(4, 51));
    EXPECT_TRUE(counter.is_sweep_due());
    counter.swept(SeqNo{50});  // the sample that counts the fourth reaches beyond
    EXPECT_TRUE(counter.is_sweep_due());
    counter.swept(SeqNo{51});
    EXPECT_FALSE(counter.is_sweep_due());
}

TEST(DeleteCounter, ASweepThatNoSampleCoversLeavesItUnknown) {
    DeleteCounter counter;
    counter.observe(sample(3, 9));
    counter.swept(SeqNo{8});
    EXPECT_TRUE(counter.is_sweep_due());
}

TEST(DeleteCounter, AnotherNodeOrAFallenCounterIsAnotherCounter) {
    DeleteCounter counter;
    counter.observe(sample(3, 9));
    counter.swept(SeqNo{9});
    counter.observe(sample(3, 9, "n2"));
    EXPECT_TRUE(counter.is_sweep_due());
    counter.swept(SeqNo{9});
    EXPECT_FALSE(counter.is_sweep_due());
    counter.observe(sample(1, 9, "n2"));
    EXPECT_TRUE(counter.is_sweep_due());
    counter.swept(SeqNo{9});
    EXPECT_FALSE(counter.is_sweep_due());
    counter.forget();
    EXPECT_TRUE(counter.is_sweep_due());
}

// Deletes at random, counted at once or a moment late; samples and sweeps in between. Whenever no
// sweep is due, every delete that the newest sample could count was swept.
TEST(DeleteCounter, AgreesWithBruteForce) {
    int quiet = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        test::Dice dice{seed};
        DeleteCounter counter;
        std::set<std::int64_t> deletes;
        std::int64_t max_seq_no = -1;
        std::int64_t swept = -1;
        std::int64_t counted = 0;
        std::int64_t uncounted = 0;
        std::string node = "n1";
        for (int step = 0; step < 400; ++step) {
            switch (dice.below(8)) {
                case 0:
                    deletes.insert(++max_seq_no);
                    ++(dice.chance(0.1) ? uncounted : counted);
                    break;
                case 1:
                case 2:
                    max_seq_no += static_cast<std::int64_t>(dice.below(4));
                    break;
                case 3:
                    swept = std::max(swept, max_seq_no - static_cast<std::int64_t>(dice.below(4)));
                    counter.swept(SeqNo{swept});
                    break;
                case 4:
                    counted += std::exchange(uncounted, 0);
                    if (dice.chance(0.05)) {  // the primary moves
                        node += "'";
                        counted = 0;
                    }
                    break;
                default:
                    counter.observe(sample(counted, max_seq_no, node.c_str()));
                    if (!counter.is_sweep_due() && uncounted == 0) {
                        ++quiet;
                        EXPECT_TRUE(deletes.upper_bound(swept) == deletes.end()) << seed;
                    }
            }
        }
    }
    EXPECT_GT(quiet, 1000);
}

TEST(DeleteCounter, StaysUsefulUnderEndlessWrites) {
    DeleteCounter counter;
    for (std::int64_t at = 0; at < 1000; ++at) {
        counter.observe(sample(7, 10 * at));
        if (at % 50 == 49) {
            counter.swept(SeqNo{10 * at - 5});
            EXPECT_FALSE(counter.is_sweep_due()) << at;
        }
    }
}

}  // namespace
}  // namespace followd::core
