#include "followd/core/verification.hpp"

#include <gtest/gtest.h>

namespace followd::core {
namespace {

DocumentDifference missing(std::int64_t seq) {
    return {SeqNo{seq}, DifferenceKind::missing, "", ""};
}

DocumentDifference surplus(std::int64_t seq) {
    return {SeqNo{seq}, DifferenceKind::surplus, "\"id-" + std::to_string(seq) + "\"", ""};
}

VerificationRound round(std::vector<DocumentDifference> differences) {
    VerificationRound round;
    round.through = SeqNo{1000};
    round.differences = std::move(differences);
    return round;
}

TEST(Verification, KnowsNothingBeforeTheFirstRound) {
    const Verification verification;
    EXPECT_EQ(verification.verdict(), VerifyVerdict::moving);
    EXPECT_EQ(verification.rounds(), 0);
}

TEST(Verification, BelievesAtOnceThatNothingDiffers) {
    Verification verification;
    verification.add(round({}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::equal);
}

TEST(Verification, DoesNotBelieveADifferenceThatWasSeenOnce) {
    Verification verification;
    verification.add(round({missing(7)}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::moving);
}

TEST(Verification, BelievesADifferenceThatLasts) {
    Verification verification;
    verification.add(round({missing(7), surplus(9)}));
    verification.add(round({missing(7), surplus(9)}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::differs);
    EXPECT_EQ(verification.lasting().size(), 2U);
}

TEST(Verification, SeesAFollowerThatCatchesUpAsMoving) {
    Verification verification;
    verification.add(round({missing(1), missing(2), missing(3)}));
    verification.add(round({missing(2), missing(3), missing(8)}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::moving);
    verification.add(round({missing(3), missing(9)}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::moving);
}

TEST(Verification, FindsTheLostDocumentAmongThoseOnTheirWay) {
    Verification verification;
    verification.add(round({missing(1), missing(8)}));
    verification.add(round({missing(1), missing(12)}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::moving);
    verification.add(round({missing(1), missing(15)}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::differs);
    ASSERT_EQ(verification.lasting().size(), 1U);
    EXPECT_EQ(verification.lasting().front(), missing(1));
}

TEST(Verification, TakesADifferenceThatWentAwayForNone) {
    Verification verification;
    verification.add(round({missing(1)}));
    verification.add(round({}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::equal);
}

TEST(Verification, TakesDeletionsOnTheirWayForLevel) {
    Verification verification;
    verification.add(round({surplus(1)}));
    verification.add(round({surplus(5)}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::equal);
}

// A document written all the time is missing by another operation in each round, also where the
// daemon is dead.
TEST(Verification, NeverTakesWhatIsMissingForLevel) {
    Verification verification;
    verification.add(round({missing(1)}));
    verification.add(round({missing(5)}));
    verification.add(round({missing(9)}));
    EXPECT_EQ(verification.verdict(), VerifyVerdict::moving);
}

TEST(Verification, TellsApartDocumentsOfOneOrigin) {
    DocumentDifference other = surplus(5);
    other.id = "\"other\"";
    Verification verification;
    verification.add(round({surplus(5)}));
    verification.add(round({other}));
    verification.add(round({other}));
    ASSERT_EQ(verification.lasting().size(), 1U);
    EXPECT_EQ(verification.lasting().front(), other);
}

TEST(Verification, KeepsWhatACutListDoesNotTell) {
    Verification verification;
    verification.add(round({missing(1), missing(50)}));
    VerificationRound cut = round({missing(1), missing(2)});
    cut.known_through = SeqNo{2};
    verification.add(cut);
    EXPECT_EQ(verification.verdict(), VerifyVerdict::differs);
    EXPECT_EQ(verification.lasting().size(), 2U);
}

TEST(Verification, NeverCallsACutListLevel) {
    VerificationRound cut = round({});
    cut.known_through = SeqNo{2};
    Verification verification;
    verification.add(cut);
    EXPECT_EQ(verification.verdict(), VerifyVerdict::moving);

    VerificationRound first = round({surplus(1)});
    first.known_through = SeqNo{1};
    Verification other;
    other.add(first);
    other.add(round({surplus(2)}));
    EXPECT_EQ(other.verdict(), VerifyVerdict::moving);
}

TEST(Verification, CountsOtherContentAtOnce) {
    Verification verification;
    verification.add(round({}));
    verification.add_contents({{SeqNo{3}, DifferenceKind::other_source, "\"a\"", ""}});
    EXPECT_EQ(verification.verdict(), VerifyVerdict::differs);
}

}  // namespace
}  // namespace followd::core
