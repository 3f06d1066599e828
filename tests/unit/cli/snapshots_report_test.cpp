#include "cli/snapshots_report.hpp"

#include "cli/snapshots_progress.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace followd::cli {
namespace {

using Json = nlohmann::json;

const SnapshotsSubject subject{"nfs", "berlin", "paris", "followd-nfs-berlin-readonly"};
const Failure failure{FailureKind::refused, "no", "cluster paris"};

es::StoredSnapshot nightly() {
    es::StoredSnapshot snapshot;
    snapshot.name = "nightly";
    snapshot.state = engine::SnapshotState::success;
    snapshot.state_word = "SUCCESS";
    snapshot.version = "9.2.0";
    snapshot.started = WallTime{std::chrono::seconds{1796025646}};
    snapshot.took = std::chrono::milliseconds{2100};
    snapshot.indices = {"a", "b"};
    snapshot.bytes = 3'400'000;
    return snapshot;
}

es::StoredSnapshot partial() {
    es::StoredSnapshot snapshot;
    snapshot.name = "followd-every-0a-logs-20261130t080000z";
    snapshot.state = engine::SnapshotState::partial;
    snapshot.state_word = "PARTIAL";
    snapshot.reason = "index b: node\nshutdown";
    snapshot.owner = {es::OwnerKind::schedule, {}, "0a", "logs"};
    snapshot.indices = {"b"};
    snapshot.broken_indices = {"b"};
    return snapshot;
}

TEST(SnapshotsListing, IsATable) {
    const SnapshotsListing listing{subject, std::vector{nightly(), partial()}};
    EXPECT_EQ(
        listing_text(listing, Terminal{}),
        "SNAPSHOT                                STATE    STARTED (UTC)         TOOK  INDICES    "
        "SIZE  TAKEN BY\n"
        "nightly                                 SUCCESS  2026-11-30 08:00:46  2.1 s        2  "
        "3.4 MB  somebody\n"
        "followd-every-0a-logs-20261130t080000z  PARTIAL  -                        -        1      "
        " "
        "-  daemon 0a, rule logs\n"
        "    index b: node shutdown\n");
    const SnapshotsListing none{subject, std::vector<es::StoredSnapshot>{}};
    EXPECT_EQ(listing_text(none, Terminal{}), "no snapshots of berlin in nfs\n");
    EXPECT_EQ(listing_text(SnapshotsListing{subject, failure}, Terminal{}), "");
}

TEST(SnapshotsListing, IsADocument) {
    const SnapshotsListing listing{subject, std::vector{nightly(), partial()}};
    EXPECT_EQ(Json::parse(listing_document(listing)),
              Json::parse(
                  R"({"schema":1,"done":true,"repository":"nfs","leader":"berlin","cluster":"paris",
                "registered_as":"followd-nfs-berlin-readonly","failure":null,"snapshots":[
                {"snapshot":"nightly","state":"SUCCESS","started":"2026-11-30T08:00:46.000Z",
                 "seconds":2.1,"version":"9.2.0","indices":["a","b"],"broken_indices":[],
                 "bytes":3400000,"reason":null,"taken_by":"somebody","daemon":null,"rule":null,
                 "policy":null},
                {"snapshot":"followd-every-0a-logs-20261130t080000z","state":"PARTIAL",
                 "started":null,"seconds":null,"version":null,"indices":["b"],
                 "broken_indices":["b"],"bytes":null,"reason":"index b: node\nshutdown",
                 "taken_by":"schedule","daemon":"0a","rule":"logs","policy":null}]})"));
    const Json failed = Json::parse(listing_document(SnapshotsListing{subject, failure}));
    EXPECT_EQ(failed["done"], false);
    EXPECT_EQ(failed["failure"],
              (Json{{"kind", "refused"}, {"what", "no"}, {"where", "cluster paris"}}));
}

TEST(CreationReport, SaysWhatWasWritten) {
    CreationOutcome outcome{
        subject, "nightly", TakenSnapshot{{IndexName{"a"}}, {3'400'000, 3'400'000, 30, 30}}, 2.14};
    EXPECT_EQ(creation_text(outcome),
              "berlin/nightly  taken: 1 index, 3.4 MB in 30 files written, in 2.1 s\n");
    Json document = Json::parse(creation_document(outcome));
    EXPECT_EQ(document["snapshot"], "nightly");
    EXPECT_EQ(document["indices"], Json{"a"});
    EXPECT_EQ(document["files_written"], 30);
    EXPECT_EQ(document["bytes_written"], 3'400'000);
    outcome.taken = failure;
    EXPECT_EQ(creation_text(outcome), "");
    document = Json::parse(creation_document(outcome));
    EXPECT_EQ(document["done"], false);
    EXPECT_EQ(document["failure"]["kind"], "refused");
    EXPECT_FALSE(document.contains("indices"));
}

TEST(RestorationReport, SaysWhatIsCalledWhat) {
    RestorationOutcome outcome{
        subject,
        "nightly",
        RestoredIndices{
            {{IndexName{"a"}, IndexName{"x-a"}}, {IndexName{"b"}, IndexName{"x-b"}}},
            {{IndexName{"x-a"}, IndexUuid{"u"}, false}, {IndexName{"x-b"}, IndexUuid{"v"}, true}},
            {3'400'000, 3'400'000, 30, 30}},
        2.14};
    EXPECT_EQ(restoration_text(outcome),
              "paris/x-a  restored from a of nightly\n"
              "paris/x-b  restored from b of nightly; followd's mark was taken off: it is an index "
              "of its own\n"
              "2 indices, 3.4 MB in 30 files, in 2.1 s\n");
    Json document = Json::parse(restoration_document(outcome));
    EXPECT_EQ(document["cluster"], "paris");
    EXPECT_EQ(document["indices"][1],
              (Json{{"index", "b"}, {"restored_as", "x-b"}, {"mark_removed", true}}));
    outcome.restored = failure;
    EXPECT_EQ(restoration_text(outcome), "");
    EXPECT_EQ(Json::parse(restoration_document(outcome))["done"], false);
}

TEST(DeletionReport, SaysWhatWasDeletedAlsoBeforeAFailure) {
    const DeletionOutcome outcome{subject, {"old"}, failure};
    EXPECT_EQ(deletion_text(outcome), "berlin/old  deleted\n");
    const Json document = Json::parse(deletion_document(outcome));
    EXPECT_EQ(document["done"], false);
    EXPECT_EQ(document["deleted"], Json{"old"});
}

TEST(SnapshotsProgress, HasABarOnATerminal) {
    const engine::TransferProgress half{1'000'000, 2'000'000, 3, 9};
    EXPECT_EQ(snapshots_progress_text("nightly", half, 10, true),
              "nightly [============>           ] 1.0 MB of 2.0 MB, 3 of 9 files, 100 kB/s, 10 s "
              "left");
    EXPECT_EQ(snapshots_progress_text("nightly", half, 0, false),
              "nightly 1.0 MB of 2.0 MB, 3 of 9 files");
    EXPECT_EQ(snapshots_progress_text("nightly", {}, 1, true), "nightly waits for the first file");
}

}  // namespace
}  // namespace followd::cli
