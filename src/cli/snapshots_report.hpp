#pragma once

#include "followd/base/result.hpp"

#include "cli/snapshot_creation.hpp"
#include "cli/snapshot_restoration.hpp"
#include "cli/terminal.hpp"
#include "es/stored_snapshot.hpp"

#include <string>
#include <vector>

/// What the commands over snapshots came to, for people and for programs (docs/CLI.md has the
/// fields). Pure. Documents have no line break; texts are empty where there is a failure.

namespace followd::cli {

/// What each of them is about.
struct SnapshotsSubject {
    std::string repository;
    std::string leader;
    std::string cluster;        ///< that was asked
    std::string registered_as;  ///< the repository's name there
};

struct SnapshotsListing {
    SnapshotsSubject subject;
    Result<std::vector<es::StoredSnapshot>> snapshots;
};

[[nodiscard]] std::string listing_text(const SnapshotsListing& listing, const Terminal& terminal);
[[nodiscard]] std::string listing_document(const SnapshotsListing& listing);

struct CreationOutcome {
    SnapshotsSubject subject;
    std::string snapshot;
    Result<TakenSnapshot> taken;
    double seconds = 0;
};

[[nodiscard]] std::string creation_text(const CreationOutcome& outcome);
[[nodiscard]] std::string creation_document(const CreationOutcome& outcome);

struct RestorationOutcome {
    SnapshotsSubject subject;
    std::string snapshot;
    Result<RestoredIndices> restored;
    double seconds = 0;
};

[[nodiscard]] std::string restoration_text(const RestorationOutcome& outcome);
[[nodiscard]] std::string restoration_document(const RestorationOutcome& outcome);

struct DeletionOutcome {
    SnapshotsSubject subject;
    std::vector<std::string> deleted;  ///< also where others failed
    Result<void> result;
};

[[nodiscard]] std::string deletion_text(const DeletionOutcome& outcome);
[[nodiscard]] std::string deletion_document(const DeletionOutcome& outcome);

}  // namespace followd::cli
