#include "cli/snapshots_report.hpp"

#include "followd/base/assert.hpp"

#include "admin/status_document.hpp"
#include "cli/figures.hpp"
#include "cli/text_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace followd::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view unknown = "-";

std::string dumped(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// What every document begins with.
Json document_of(const SnapshotsSubject& subject, bool is_done) {
    return Json{{"schema", 1},
                {"done", is_done},
                {"repository", subject.repository},
                {"leader", subject.leader},
                {"cluster", subject.cluster},
                {"registered_as", subject.registered_as}};
}

/// And ends with.
template <class T>
void add_failure(Json& document, const Result<T>& result) {
    document["failure"] = nullptr;
    if (!result.ok()) {
        const Failure& failure = result.failure();
        document["failure"] = Json{
            {"kind", to_string(failure.kind)}, {"what", failure.what}, {"where", failure.where}};
    }
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json{} : Json(text);
}

Json to_document(const es::StoredSnapshot& snapshot) {
    Json row{{"snapshot", snapshot.name},
             {"state", snapshot.state_word},
             {"started", nullptr},
             {"seconds", nullptr},
             {"version", text_or_null(snapshot.version)},
             {"indices", snapshot.indices},
             {"broken_indices", snapshot.broken_indices},
             {"bytes", nullptr},
             {"reason", text_or_null(snapshot.reason)},
             {"taken_by", es::to_string(snapshot.owner.kind)},
             {"daemon", text_or_null(snapshot.owner.daemon)},
             {"rule", text_or_null(snapshot.owner.rule)},
             {"policy", text_or_null(snapshot.owner.policy)}};
    if (snapshot.started) {
        row["started"] = admin::iso_time(*snapshot.started);
    }
    if (snapshot.took) {
        row["seconds"] = std::chrono::duration<double>(*snapshot.took).count();
    }
    if (snapshot.bytes) {
        row["bytes"] = *snapshot.bytes;
    }
    return row;
}

/// "2026-11-30 08:00:46".
std::string moment_text(const std::optional<WallTime>& moment) {
    if (!moment) {
        return std::string(unknown);
    }
    const std::string iso = admin::iso_time(*moment);
    constexpr std::size_t date = 10;
    constexpr std::size_t time = 8;
    return iso.substr(0, date) + " " + iso.substr(date + 1, time);
}

std::string owner_text(const es::SnapshotOwner& owner) {
    switch (owner.kind) {
        case es::OwnerKind::somebody:
            return "somebody";
        case es::OwnerKind::policy:
            return "policy " + owner.policy;
        case es::OwnerKind::bootstrap:
            return "daemon " + owner.daemon + ", bootstrap";
        case es::OwnerKind::schedule:
            return "daemon " + owner.daemon + ", rule " + owner.rule;
    }
    FOLLOWD_ASSERT(false);
    return {};
}

Style style_of(engine::SnapshotState state) {
    switch (state) {
        case engine::SnapshotState::in_progress:
            return Style::plain;
        case engine::SnapshotState::success:
            return Style::good;
        case engine::SnapshotState::partial:
        case engine::SnapshotState::failed:
            return Style::bad;
    }
    FOLLOWD_ASSERT(false);
    return Style::plain;
}

std::string size_text(const engine::TransferProgress& transfer) {
    return bytes_text(static_cast<std::uint64_t>(transfer.bytes)) + " in " +
           counted(transfer.files, "file");
}

bool was_marked(const RestoredIndices& restored, const IndexName& copy) {
    const auto index = std::ranges::find(restored.created, copy, &es::CreatedIndex::name);
    return index != restored.created.end() && index->was_marked;
}

}  // namespace

std::string listing_text(const SnapshotsListing& listing, const Terminal& terminal) {
    if (!listing.snapshots.ok()) {
        return {};
    }
    const SnapshotsSubject& subject = listing.subject;
    if (listing.snapshots->empty()) {
        return "no snapshots of " + subject.leader + " in " + subject.repository + "\n";
    }
    TextTable table({{"SNAPSHOT"},
                     {"STATE"},
                     {"STARTED (UTC)"},
                     {"TOOK", Align::right},
                     {"INDICES", Align::right},
                     {"SIZE", Align::right},
                     {"TAKEN BY"}});
    for (const es::StoredSnapshot& snapshot : *listing.snapshots) {
        const std::chrono::duration<double> took =
            snapshot.took.value_or(std::chrono::milliseconds{0});
        table.add({{printable(snapshot.name)},
                   {printable(snapshot.state_word), style_of(snapshot.state)},
                   {moment_text(snapshot.started)},
                   {snapshot.took ? time_text(took.count()) : std::string(unknown)},
                   {grouped(static_cast<std::int64_t>(snapshot.indices.size()))},
                   {snapshot.bytes ? bytes_text(static_cast<std::uint64_t>(*snapshot.bytes))
                                   : std::string(unknown)},
                   {printable(owner_text(snapshot.owner))}});
        if (!snapshot.reason.empty()) {
            table.add_note(printable(snapshot.reason), Style::warning);
        }
    }
    return table.text(terminal);
}

std::string listing_document(const SnapshotsListing& listing) {
    Json document = document_of(listing.subject, listing.snapshots.ok());
    document["snapshots"] = Json::array();
    if (listing.snapshots.ok()) {
        for (const es::StoredSnapshot& snapshot : *listing.snapshots) {
            document["snapshots"].push_back(to_document(snapshot));
        }
    }
    add_failure(document, listing.snapshots);
    return dumped(document);
}

std::string creation_text(const CreationOutcome& outcome) {
    if (!outcome.taken.ok()) {
        return {};
    }
    const TakenSnapshot& taken = *outcome.taken;
    const auto count = static_cast<std::int64_t>(taken.indices.size());
    return outcome.subject.leader + "/" + outcome.snapshot + "  taken: " + grouped(count) +
           (count == 1 ? " index, " : " indices, ") + size_text(taken.written) + " written, in " +
           time_text(outcome.seconds) + "\n";
}

std::string creation_document(const CreationOutcome& outcome) {
    Json document = document_of(outcome.subject, outcome.taken.ok());
    document["snapshot"] = outcome.snapshot;
    document["seconds"] = outcome.seconds;
    if (outcome.taken.ok()) {
        document["indices"] = Json::array();
        for (const IndexName& index : outcome.taken->indices) {
            document["indices"].push_back(index.value());
        }
        document["files_written"] = outcome.taken->written.files;
        document["bytes_written"] = outcome.taken->written.bytes;
    }
    add_failure(document, outcome.taken);
    return dumped(document);
}

std::string restoration_text(const RestorationOutcome& outcome) {
    if (!outcome.restored.ok()) {
        return {};
    }
    const RestoredIndices& restored = *outcome.restored;
    std::string text;
    for (const es::RestoredName& name : restored.names) {
        text += outcome.subject.cluster + "/" + name.restored_as.value() + "  restored from " +
                name.index.value() + " of " + outcome.snapshot +
                (was_marked(restored, name.restored_as)
                     ? "; followd's mark was taken off: it is an index of its own"
                     : "") +
                "\n";
    }
    const auto count = static_cast<std::int64_t>(restored.names.size());
    return text + grouped(count) + (count == 1 ? " index, " : " indices, ") +
           size_text(restored.transfer) + ", in " + time_text(outcome.seconds) + "\n";
}

std::string restoration_document(const RestorationOutcome& outcome) {
    Json document = document_of(outcome.subject, outcome.restored.ok());
    document["snapshot"] = outcome.snapshot;
    document["seconds"] = outcome.seconds;
    if (outcome.restored.ok()) {
        const RestoredIndices& restored = *outcome.restored;
        document["indices"] = Json::array();
        for (const es::RestoredName& name : restored.names) {
            document["indices"].push_back(
                Json{{"index", name.index.value()},
                     {"restored_as", name.restored_as.value()},
                     {"mark_removed", was_marked(restored, name.restored_as)}});
        }
        document["files"] = restored.transfer.files;
        document["bytes"] = restored.transfer.bytes;
    }
    add_failure(document, outcome.restored);
    return dumped(document);
}

std::string deletion_text(const DeletionOutcome& outcome) {
    std::string text;
    for (const std::string& snapshot : outcome.deleted) {
        text += outcome.subject.leader + "/" + snapshot + "  deleted\n";
    }
    return text;
}

std::string deletion_document(const DeletionOutcome& outcome) {
    Json document = document_of(outcome.subject, outcome.result.ok());
    document["deleted"] = outcome.deleted;
    add_failure(document, outcome.result);
    return dumped(document);
}

}  // namespace followd::cli
