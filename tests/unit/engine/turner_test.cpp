#include "engine/turner.hpp"

#include "followd/core/origin_line.hpp"

#include "support/fake_clusters.hpp"
#include "support/fake_roles.hpp"
#include "support/run.hpp"
#include "support/shard_ports.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace followd::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A live document as its index has it.
struct Document {
    std::string id;
    std::int64_t seq = 0;
    std::int64_t version = 1;
};

/// Shards whose documents lie on the line where their strips say.
class LineShards final : public ShardFactory {
public:
    explicit LineShards(test::Doors& doors) : doors_(doors) {}

    std::map<std::pair<std::string, int>, std::vector<Document>> documents;  ///< by UUID and shard
    bool hides_one = false;  ///< the index shows one document fewer than it lists

    [[nodiscard]] std::unique_ptr<LeaderShard> leader_shard(const ClusterName& /*cluster*/,
                                                            const LeaderIndex& index,
                                                            int shard,
                                                            OriginStrips strips) override {
        test::FakeLeaderShard& made = leaders_.emplace_back();
        for (const Document& document : documents[{index.uuid.value(), shard}]) {
            const std::optional<std::int64_t> place =
                strips.empty() ? document.seq : place_of(document, strips);
            // What has no place is counted all the same.
            made.documents.emplace(place.value_or(nowhere), shown(document));
        }
        return std::make_unique<test::LeaderShardPort>(doors_, [&made] { return &made; });
    }
    [[nodiscard]] std::unique_ptr<FollowerShard> follower_shard(const ClusterName& /*cluster*/,
                                                                const FollowerIndex& index,
                                                                int shard,
                                                                OriginStrips strips) override {
        test::FakeFollowerShard& made = followers_.emplace_back();
        for (const Document& document : documents[{index.uuid.value(), shard}]) {
            if (const auto place = place_of(document, strips)) {
                made.put(base_of_generation(index.generation), *place, shown(document));
            }
        }
        return std::make_unique<test::FollowerShardPort>(doors_, [this, &made] {
            if (hides_one && doors_.asked("follower.read_documents") > 0) {
                made.documents.erase(std::prev(made.documents.end(), 2));
            }
            return &made;
        });
    }

private:
    static constexpr std::int64_t nowhere = std::int64_t{1} << 60U;

    static test::FakeDocument shown(const Document& document) {
        return {"\"" + document.id + "\"", "", R"({"of":")" + document.id + "\"}"};
    }
    static std::optional<std::int64_t> place_of(const Document& document,
                                                const OriginStrips& strips) {
        for (const OriginStrip& strip : strips) {
            const SeqNo place = strip.base ? strip.base->origin_of(Version{document.version})
                                           : SeqNo{document.seq + strip.zero};
            if (strip.local.contains(SeqNo{document.seq}) && strip.origins.contains(place)) {
                return place.value();
            }
        }
        return std::nullopt;
    }

    test::Doors& doors_;
    std::list<test::FakeLeaderShard> leaders_;
    std::list<test::FakeFollowerShard> followers_;
};

class LostWrites final : public LostWritesFolder {
public:
    std::vector<std::string> lines;
    int files = 0;
    int kept = 0;
    bool may_add = true;
    bool may_keep = true;

    [[nodiscard]] std::unique_ptr<LostWritesFile> file_for(const IndexName& /*index*/,
                                                           std::string_view /*at*/) override {
        ++files;
        return std::make_unique<File>(*this);
    }

private:
    class File final : public LostWritesFile {
    public:
        explicit File(LostWrites& of) : of_(of) {}
        [[nodiscard]] Result<void> add(std::string_view line) override {
            if (!of_.may_add) {
                return Failure{FailureKind::storage, "the disk is full", "file"};
            }
            of_.lines.emplace_back(line);
            return {};
        }
        [[nodiscard]] Result<std::string> keep() override {
            if (!of_.may_keep) {
                return Failure{FailureKind::storage, "the disk is full", "file"};
            }
            ++of_.kept;
            return std::string{"/lost/writes"};
        }

    private:
        LostWrites& of_;
    };
};

/// near/logs led, far/copy followed it and was promoted after it had operations 0 to 7; two writes
/// to near/logs never came there.
class TurnerTest : public testing::Test {
protected:
    static constexpr const char* near_uuid = "uuid of logs";

    explicit TurnerTest(int shards = 1) : shards_(shards) {
        near.make("logs", near_uuid, shards).points[0] = SeqNo{9};
        near_leader.make("logs", near_uuid, shards);
        far_leader.make("copy", "f-1", shards);
        test::FakeRoleIndex& copy = far.make_follower("copy", "f-1", "logs", shards);
        copy.role.histories = near.at("logs").histories;
        promote(far, "copy", std::vector<SeqNo>(static_cast<std::size_t>(shards), SeqNo{7}));
        put(near_uuid, 0, 9);
        put("f-1", 0, 7);
    }

    static void promote(test::FakeRoleCluster& cluster,
                        const std::string& name,
                        const std::vector<SeqNo>& points) {
        test::FakeRoleIndex& index = cluster.at(name);
        index.role.role = MarkRole::promoted;
        index.role.origins = core::promoted(index.role.origins, points);
        index.role.promotion = Promotion{points, points, "then", "her"};
        index.points = points;
        index.has_fence = false;
        index.is_held_back = false;
        index.has_write_alias = true;
    }
    /// Documents 0 to `last`, of the versions that a copy of generation 0 gives them.
    void put(const std::string& uuid, int shard, std::int64_t last) {
        std::vector<Document>& all = shards.documents[{uuid, shard}];
        all.clear();
        for (std::int64_t seq = 0; seq <= last; ++seq) {
            all.push_back({"doc-" + std::to_string(seq), seq, seq + 1});
        }
    }
    /// A client writes to far/copy, which leads.
    void write_to_copy(int shard = 0) {
        SeqNo& point = far.at("copy").points.at(static_cast<std::size_t>(shard));
        point = point.next();
        shards.documents[{"f-1", shard}].push_back(
            {"new-" + std::to_string(point.value()), point.value(), 1});
    }

    static TurnTask failback_task() {
        TurnTask task;
        task.index = {ClusterName{"near"}, IndexName{"logs"}};
        task.leader = {ClusterName{"far"}, IndexName{"copy"}};
        task.requester = Requester{"me", "noon"};
        return task;
    }
    static TurnTask undo_task() {
        TurnTask task = failback_task();
        std::swap(task.index, task.leader);
        return task;
    }
    Result<TurnReport> failback(TurnTask task = failback_task()) {
        Turner turner(TurnPorts{near, far, near_leader, far_leader, shards, lost}, task, {});
        return test::run(context, turner.turn());
    }
    Result<TurnReport> undo(TurnTask task = undo_task()) {
        Turner turner(TurnPorts{far, near, far_leader, near_leader, shards, lost}, task, {});
        return test::run(context, turner.turn());
    }

    void expect_as_before() {
        const test::FakeRoleIndex& logs = near.at("logs");
        EXPECT_FALSE(logs.role.role);
        EXPECT_EQ(logs.marks, 0);
        EXPECT_FALSE(logs.role.is_write_blocked);
        EXPECT_FALSE(logs.change) << "the journal is still open";
        EXPECT_FALSE(logs.has_fence);
        EXPECT_FALSE(logs.is_held_back);
    }
    void expect_follows(const test::FakeRoleIndex& index, const std::string& uuid) {
        EXPECT_TRUE(index.role.is(MarkRole::follower));
        EXPECT_EQ(index.role.leader_uuid, IndexUuid{uuid});
        EXPECT_FALSE(index.role.promotion);
        EXPECT_TRUE(index.has_fence);
        EXPECT_TRUE(index.is_held_back);
        EXPECT_FALSE(index.has_write_alias);
        EXPECT_FALSE(index.role.is_write_blocked);
        EXPECT_FALSE(index.change) << "the journal is still open";
    }
    void expect_refused(FailureKind kind, const std::string& why) {
        const Result<TurnReport> turned = failback();
        ASSERT_FALSE(turned.ok());
        EXPECT_EQ(turned.failure().kind, kind) << turned.failure().what;
        EXPECT_THAT(turned.failure().what, HasSubstr(why));
        expect_as_before();
    }

    int shards_;
    boost::asio::io_context context;
    test::Doors doors{context.get_executor()};
    test::FakeRoleCluster near{doors, "near"};
    test::FakeRoleCluster far{doors, "far"};
    test::FakeLeaderCluster near_leader{doors};
    test::FakeLeaderCluster far_leader{doors};
    LineShards shards{doors};
    LostWrites lost;
};

class TurnerOfTwoShardsTest : public TurnerTest {
protected:
    TurnerOfTwoShardsTest() : TurnerTest(2) {}
};

TEST_F(TurnerTest, MarksTheFollowerOnlyBehindTheBlockAndWhenLostWritesAreKept) {
    int kept_at_mark = -1;
    near.on_step = [&](const std::string& step) {
        if (step == "mark_follower") {
            kept_at_mark = lost.kept;
        }
    };
    const Result<TurnReport> turned = failback();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_EQ(kept_at_mark, 1);
    EXPECT_THAT(near.steps,
                ElementsAre("write_changes logs",
                            "block_writes logs",
                            "mark_follower logs",
                            "hold_back_settings logs",
                            "raise_fence logs",
                            "unblock_writes logs",
                            "write_changes logs"));
    EXPECT_THAT(far.steps, IsEmpty());
    expect_follows(near.at("logs"), "f-1");
    EXPECT_EQ(near.at("logs").role.histories, far.at("copy").histories);
    EXPECT_FALSE(turned->was_turned_before);
}

TEST_F(TurnerTest, SavesEachWriteThatNeverCameOverWithWhatTheLeaderHasNow) {
    far.documents[R"("doc-8")"] = R"({"seq_no":12,"version":3,"source":{"n":1e400}})";
    const Result<TurnReport> turned = failback();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_EQ(turned->lost_writes, 2);
    EXPECT_EQ(turned->lost_writes_file, "/lost/writes");
    ASSERT_EQ(lost.lines.size(), 2U);
    EXPECT_THAT(lost.lines[0], HasSubstr(R"({"id":"doc-8","routing":null,"shard":0,"seq_no":8,)"));
    EXPECT_THAT(lost.lines[0],
                HasSubstr(R"("now":{"seq_no":12,"version":3,"source":{"n":1e400}}})"));
    EXPECT_THAT(lost.lines[1], HasSubstr(R"("source":{"of":"doc-9"},"now":null})"));
}

TEST_F(TurnerTest, MakesNoFileWhereNothingWasLost) {
    put(near_uuid, 0, 7);
    near.at("logs").points = {SeqNo{7}};
    const Result<TurnReport> turned = failback();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_EQ(turned->lost_writes, 0);
    EXPECT_FALSE(turned->lost_writes_file);
    EXPECT_EQ(lost.kept, 0);
}

// An index of several shards often has one without any document.
TEST_F(TurnerOfTwoShardsTest, TurnsAnIndexWithAShardThatIsEmpty) {
    near.at("logs").points = {SeqNo{9}, SeqNo::none()};
    far.at("copy").role.origins.pop_back();
    promote(far, "copy", {SeqNo{7}, SeqNo::none()});
    const Result<TurnReport> turned = failback();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_EQ(turned->lost_writes, 2);
}

TEST_F(TurnerTest, LeavesEverythingAsBeforeWhereALostWriteCannotBeWritten) {
    lost.may_add = false;
    const Result<TurnReport> turned = failback();
    ASSERT_FALSE(turned.ok());
    EXPECT_EQ(turned.failure().kind, FailureKind::storage);
    expect_as_before();
}

TEST_F(TurnerTest, LeavesEverythingAsBeforeWhereTheFileCannotBeMadeDurable) {
    lost.may_keep = false;
    ASSERT_FALSE(failback().ok());
    expect_as_before();
}

TEST_F(TurnerTest, LeavesEverythingAsBeforeWhereTheLeaderCannotBeReadAnyMore) {
    for (const char* call : {"leader.refresh",
                             "leader.open_view",
                             "leader.count_documents",
                             "leader.count",
                             "leader.list",
                             "follower.list",
                             "follower.read_documents",
                             "far.read_documents",
                             "far.read_histories",
                             "near.read_histories",
                             "near.read_version_highest",
                             "near.read_points"}) {
        SCOPED_TRACE(call);
        doors.fail(call, FailureKind::unreachable, 1);
        const Result<TurnReport> turned = failback();
        ASSERT_FALSE(turned.ok());
        EXPECT_EQ(turned.failure().kind, FailureKind::unreachable);
        expect_as_before();
    }
}

// What is listed is lost; where not all of it can be read, it would be lost for good.
TEST_F(TurnerTest, DoesNotGoOnWithFewerLostWritesThanWereListed) {
    shards.hides_one = true;
    ASSERT_FALSE(failback().ok());
    expect_as_before();
}

// Operators block writes to the lost side before they let clients write to the other.
TEST_F(TurnerTest, LeavesABlockThatSomebodyElsePutThereWhereItGivesUp) {
    near.at("logs").role.is_write_blocked = true;
    lost.may_keep = false;
    ASSERT_FALSE(failback().ok());
    EXPECT_TRUE(near.at("logs").role.is_write_blocked);
    EXPECT_FALSE(near.at("logs").change);
}

// Without the journal the block would be taken for somebody else's, and stay. Found by the
// simulator: followd-sim --roles --seed 724.
TEST_F(TurnerTest, KeepsTheJournalWhereItsBlockCouldNotBeLifted) {
    doors.fail("near.unblock_writes", FailureKind::unavailable);
    near.at("logs").is_whole = false;
    EXPECT_FALSE(failback().ok());
    EXPECT_TRUE(near.at("logs").role.is_write_blocked);
    EXPECT_TRUE(near.at("logs").change);
    near.at("logs").is_whole = true;
    doors.heal("near.unblock_writes");
    const Result<TurnReport> again = failback();
    ASSERT_TRUE(again.ok()) << again.failure().what;
    expect_follows(near.at("logs"), "f-1");
}

TEST_F(TurnerTest, ChangesNothingWhereAnotherWasFasterWithTheJournal) {
    near.on_step = [this](const std::string& step) {
        if (step == "write_changes") {
            ++near.at("logs").entry;
        }
    };
    const Result<TurnReport> turned = failback();
    ASSERT_FALSE(turned.ok());
    EXPECT_EQ(turned.failure().kind, FailureKind::conflict);
    EXPECT_THAT(near.steps, ElementsAre("write_changes logs"));
}

// Another ended a failback after the mark was read here, and before the journal was.
TEST_F(TurnerTest, DoesNotTurnASecondTimeWhatAnotherTurnedMeanwhile) {
    near.on_step = [this](const std::string& step) {
        if (step == "block_writes") {
            ++near.at("logs").marks;
        }
    };
    const Result<TurnReport> turned = failback();
    ASSERT_FALSE(turned.ok());
    EXPECT_EQ(turned.failure().kind, FailureKind::conflict);
    EXPECT_EQ(lost.files, 0);
    EXPECT_FALSE(near.at("logs").change);
}

TEST_F(TurnerTest, RefusesALeaderThatWasCopiedFromAnotherHistory) {
    near.at("logs").histories = {HistoryUuid{"restored"}};
    expect_refused(FailureKind::refused, "history");
}

TEST_F(TurnerTest, RefusesAnotherNumberOfShards) {
    far_leader.make("copy", "f-1", 2);
    expect_refused(FailureKind::refused, "shards");
}

TEST_F(TurnerTest, RefusesIndicesThatHaveNothingInCommon) {
    far.at("copy").role.origins.front().table.front().space = IndexUuid{"another"};
    expect_refused(FailureKind::refused, "neither index was ever copied");
}

TEST_F(TurnerTest, RefusesAClosedIndex) {
    near.at("logs").role.is_closed = true;
    expect_refused(FailureKind::unavailable, "closed");
}

TEST_F(TurnerTest, RefusesAnIndexThatFollowsAnotherOne) {
    test::FakeRoleIndex& logs = near.make_follower("logs", near_uuid, "third");
    const Origins before = logs.role.origins;
    const Result<TurnReport> turned = failback();
    ASSERT_FALSE(turned.ok());
    EXPECT_EQ(turned.failure().kind, FailureKind::conflict);
    EXPECT_THAT(near.steps, IsEmpty());
    EXPECT_EQ(logs.role.origins, before);
}

TEST_F(TurnerTest, RefusesALeaderThatIsItselfAFollower) {
    far.at("copy").role.role = MarkRole::follower;
    expect_refused(FailureKind::conflict, "is itself a follower");
}

// What a promotion that was cut short had not given back yet would be forgotten. Found by the
// simulator: followd-sim --roles --seed 256.
TEST_F(TurnerTest, TakesAPromotionThatWasCutShortBackWithAllThatWasHeldBack) {
    test::FakeRoleIndex& copy = far.at("copy");
    copy.change = RoleChange{RoleChangeKind::promote, "ten", "him", {SeqNo{7}}};
    copy.entry = 1;
    copy.has_write_alias = false;
    copy.is_held_back = true;
    bool was_whole = false;
    far.on_step = [&](const std::string& step) {
        if (step == "mark_follower") {
            was_whole = copy.has_write_alias && !copy.is_held_back && copy.role.is_write_blocked;
        }
    };
    const Result<TurnReport> undone = undo();
    ASSERT_TRUE(undone.ok()) << undone.failure().what;
    EXPECT_TRUE(was_whole);
    expect_follows(copy, near_uuid);
}

// Its promotion would never end: whoever asks for it finds the new follower. Found by the
// simulator: followd-sim --roles --seed 89.
TEST_F(TurnerTest, RefusesALeaderWhosePromotionHasNotEnded) {
    far.at("copy").change = RoleChange{RoleChangeKind::promote, "ten", "him", {SeqNo{7}}};
    expect_refused(FailureKind::conflict, "followd promote goes on with it");
}

// It would stay blocked: a failback that was cut short. Found by the simulator: followd-sim --roles
// --seed 13.
TEST_F(TurnerTest, TakesNoPromotionBackWhileTheOldLeaderIsBeingTurned) {
    test::FakeRoleIndex& logs = near.at("logs");
    logs.change = RoleChange{RoleChangeKind::follow, "ten", "him", {}};
    logs.role.is_write_blocked = true;
    const Result<TurnReport> undone = undo();
    ASSERT_FALSE(undone.ok());
    EXPECT_EQ(undone.failure().kind, FailureKind::conflict);
    EXPECT_THAT(undone.failure().what, HasSubstr("failback finishes it"));
    EXPECT_THAT(far.steps, IsEmpty());
}

// Its journal is taken over by compare-and-set: whoever is at it after all learns that it lost.
TEST_F(TurnerTest, TakesOverAPromotionThatHasNotEnded) {
    near.at("logs").change = RoleChange{RoleChangeKind::promote, "ten", "him", {}};
    near.at("logs").entry = 1;
    const Result<TurnReport> turned = failback();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_FALSE(near.at("logs").change);
    EXPECT_TRUE(near.at("logs").role.is(MarkRole::follower));
}

// Written past the promotion under numbers of the copied part: nothing tells what made it.
TEST_F(TurnerTest, RefusesDocumentsOfTheLeaderWithoutAPlace) {
    shards.documents[{"f-1", 0}].push_back({"foreign", 5, std::int64_t{1} << 51U});
    expect_refused(FailureKind::refused, "1 documents of shard 0");
}

TEST_F(TurnerTest, RefusesWhereVersionsHaveNoMoreRoom) {
    near.at("logs").version_highest = (std::int64_t{1} << 52U) - 1;
    expect_refused(FailureKind::refused, "2^52");
}

TEST_F(TurnerTest, RefusesWhereAPrimaryIsNotStarted) {
    near.at("logs").is_whole = false;
    expect_refused(FailureKind::unavailable, "primary");
}

TEST_F(TurnerTest, TriedDryChangesNothingAndTellsHowMuchWouldBeLost) {
    TurnTask task = failback_task();
    task.is_dry_run = true;
    const Result<TurnReport> turned = failback(task);
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_EQ(turned->lost_writes, 2);
    EXPECT_FALSE(turned->lost_writes_file);
    EXPECT_THAT(near.steps, IsEmpty());
    EXPECT_EQ(lost.files, 0);
}

TEST_F(TurnerTest, TriedDryChangesNothingOfATurnThatHasNotEnded) {
    near.die_at(3, false);
    ASSERT_FALSE(failback().ok());
    near.live_on();
    TurnTask task = failback_task();
    task.is_dry_run = true;
    ASSERT_TRUE(failback(task).ok());
    EXPECT_THAT(near.steps, IsEmpty());
    EXPECT_TRUE(near.at("logs").change);
}

TEST_F(TurnerTest, TakesAnUnwrittenPromotionBackToExactlyTheMarkBefore) {
    const test::FakeRoleIndex promoted = far.at("copy");
    const Result<TurnReport> turned = undo();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_TRUE(turned->was_unwritten);
    const test::FakeRoleIndex& copy = far.at("copy");
    expect_follows(copy, near_uuid);
    EXPECT_EQ(copy.role.origins,
              (Origins{OriginSegment{{}, {OriginRow{IndexUuid{near_uuid}, 0}}}}));
    EXPECT_EQ(copy.role.generation, promoted.role.generation);
    EXPECT_EQ(copy.role.histories, promoted.role.histories);
    EXPECT_EQ(lost.files, 0);
}

// Nothing follows with it, so nothing would write to it.
TEST_F(TurnerTest, LeavesWhatWasRestoredByScheduleBlockedWhereItsPromotionIsTakenBack) {
    far.at("copy").role.recovery = RecoveryPoint{"s", WallTime{}, {}};
    const Result<TurnReport> turned = undo();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_TRUE(far.at("copy").role.is(MarkRole::follower));
    EXPECT_TRUE(far.at("copy").role.is_write_blocked);
    EXPECT_FALSE(far.at("copy").change);
}

TEST_F(TurnerTest, TakesAWrittenPromotionBackOnlyWhereItMayDiscard) {
    write_to_copy();
    TurnTask task = undo_task();
    task.may_discard = false;
    const Result<TurnReport> kept = undo(task);
    ASSERT_FALSE(kept.ok());
    EXPECT_EQ(kept.failure().kind, FailureKind::refused);
    EXPECT_THAT(kept.failure().what, HasSubstr("1 operations"));
    EXPECT_TRUE(far.at("copy").role.is(MarkRole::promoted));
    EXPECT_FALSE(far.at("copy").role.is_write_blocked);
    EXPECT_FALSE(far.at("copy").change);

    const Result<TurnReport> discarded = undo();
    ASSERT_TRUE(discarded.ok()) << discarded.failure().what;
    EXPECT_EQ(discarded->lost_writes, 1);
    EXPECT_THAT(lost.lines, ElementsAre(HasSubstr(R"("id":"new-8")")));
    expect_follows(far.at("copy"), near_uuid);
}

TEST_F(TurnerOfTwoShardsTest, TakesAPromotionBackThatWasWrittenInOneShardOnly) {
    write_to_copy();
    const Result<TurnReport> turned = undo();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_EQ(turned->lost_writes, 1);
}

// near/logs was itself a follower once: how far it had that leader's operations says nothing of
// far/copy's.
TEST_F(TurnerTest, SavesLostWritesWhateverTheLeaderOnceCopiedFromAThird) {
    near.make_follower("logs", near_uuid, "third");
    near.at("logs").role.origins.front().table.front().space = IndexUuid{"uuid of third"};
    promote(near, "logs", {SeqNo{2}});
    near.at("logs").role.promotion->applied_through = {SeqNo{1000}};
    far.at("copy").role.histories = near.at("logs").histories;
    write_to_copy();
    const Result<TurnReport> turned = undo();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    EXPECT_THAT(lost.lines, ElementsAre(HasSubstr(R"("id":"new-8")")));
}

TEST_F(TurnerTest, EndsTheSameWhereverItWasKilledAndRunAgain) {
    Origins expected;
    for (int step = -1; step < 7; ++step) {
        for (const bool with_effect : {false, true}) {
            SCOPED_TRACE("step " + std::to_string(step) + (with_effect ? " done" : " not done"));
            near.make("logs", near_uuid).points = {SeqNo{9}};
            lost = LostWrites{};
            near.live_on();
            if (step >= 0) {
                near.die_at(step, with_effect);
                ASSERT_FALSE(failback().ok());
                near.live_on();
            }
            const Result<TurnReport> turned = failback();
            ASSERT_TRUE(turned.ok()) << turned.failure().what;
            expect_follows(near.at("logs"), "f-1");
            EXPECT_GE(lost.kept, 1);
            EXPECT_EQ(near.at("logs").marks, 1);
            expected = step < 0 ? near.at("logs").role.origins : expected;
            EXPECT_EQ(near.at("logs").role.origins, expected);
        }
    }
}

TEST_F(TurnerTest, SaysOfATurnThatHasEndedThatItHas) {
    ASSERT_TRUE(failback().ok());
    near.steps.clear();
    const Result<TurnReport> again = failback();
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(again->was_turned_before);
    EXPECT_THAT(near.steps, IsEmpty());
}

// far/copy: promotion begun, fence away, writes blocked, no mark yet.
class HalfPromotedTest : public TurnerTest {
protected:
    HalfPromotedTest() {
        test::FakeRoleIndex& copy = far.make_follower("copy", "f-1", "logs");
        copy.change = RoleChange{RoleChangeKind::promote, "ten", "him", {}};
        copy.entry = 4;
        copy.has_fence = false;
        copy.role.is_write_blocked = true;
    }
};

TEST_F(HalfPromotedTest, IsAPlainFollowerAgain) {
    const Origins before = far.at("copy").role.origins;
    const Result<TurnReport> turned = undo();
    ASSERT_TRUE(turned.ok()) << turned.failure().what;
    expect_follows(far.at("copy"), near_uuid);
    EXPECT_EQ(far.at("copy").role.origins, before);
    EXPECT_EQ(far.at("copy").marks, 0);
}

// Who promotes may still be alive: its next step must fail, not ours come in between.
TEST_F(HalfPromotedTest, TakesTheJournalBeforeItRaisesTheFence) {
    ASSERT_TRUE(undo().ok());
    EXPECT_EQ(far.steps.front(), "write_changes copy");
}

TEST_F(HalfPromotedTest, StaysAsItIsWhereItsPromoterIsFaster) {
    far.on_step = [this](const std::string& step) {
        if (step == "write_changes") {
            ++far.at("copy").entry;
        }
    };
    const Result<TurnReport> turned = undo();
    ASSERT_FALSE(turned.ok());
    EXPECT_EQ(turned.failure().kind, FailureKind::conflict);
    EXPECT_FALSE(far.at("copy").has_fence);
    EXPECT_TRUE(far.at("copy").role.is_write_blocked);
}

}  // namespace
}  // namespace followd::engine
