#include "followd/base/result.hpp"
#include "followd/core/shard_status.hpp"
#include "followd/core/verification.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

/// The words of `status --json`, `verify --json` and the log: programs read them, so they stay.

namespace followd {
namespace {

template <class T>
using Names = std::vector<std::pair<T, std::string_view>>;

template <class T>
void expect_names(const Names<T>& names) {
    for (const auto& [value, name] : names) {
        EXPECT_EQ(to_string(value), name);
    }
}

TEST(Names, OfFailures) {
    expect_names<FailureKind>({{FailureKind::unreachable, "unreachable"},
                               {FailureKind::timeout, "timeout"},
                               {FailureKind::throttled, "throttled"},
                               {FailureKind::unavailable, "unavailable"},
                               {FailureKind::unauthorised, "unauthorised"},
                               {FailureKind::untrusted, "untrusted"},
                               {FailureKind::not_found, "not_found"},
                               {FailureKind::conflict, "conflict"},
                               {FailureKind::history_lost, "history_lost"},
                               {FailureKind::refused, "refused"},
                               {FailureKind::malformed, "malformed"},
                               {FailureKind::too_large, "too_large"},
                               {FailureKind::storage, "storage"},
                               {FailureKind::cancelled, "cancelled"}});
}

TEST(Names, OfPhases) {
    using core::ShardPhase;
    expect_names<ShardPhase>({{ShardPhase::bootstrap, "bootstrap"},
                              {ShardPhase::tail, "tail"},
                              {ShardPhase::sweep, "sweep"},
                              {ShardPhase::drain, "drain"},
                              {ShardPhase::halted, "halted"}});
}

TEST(Names, OfDifferences) {
    using core::DifferenceKind;
    expect_names<DifferenceKind>({{DifferenceKind::missing, "missing"},
                                  {DifferenceKind::surplus, "surplus"},
                                  {DifferenceKind::other_id, "other_id"},
                                  {DifferenceKind::other_routing, "other_routing"},
                                  {DifferenceKind::other_source, "other_source"}});
}

TEST(Names, AFailureIsOneLine) {
    EXPECT_EQ(to_string(Failure{FailureKind::timeout, "could not read", "cluster a"}),
              "cluster a: could not read (timeout)");
    EXPECT_EQ(to_string(Failure{FailureKind::refused, "no", ""}), "no (refused)");
}

TEST(ResultDeathTest, ReadingWhatIsNotThereSaysWhereAndAborts) {
    const Result<int> failed{Failure{FailureKind::timeout, "", ""}};
    EXPECT_DEATH((void)failed.value(),
                 "followd: assertion failed: ok\\(\\) \\(.*result.hpp:[0-9]+");
    const Result<int> well{7};
    EXPECT_DEATH((void)well.failure(), "followd: assertion failed: !ok\\(\\)");
}

}  // namespace
}  // namespace followd
