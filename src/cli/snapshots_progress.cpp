#include "cli/snapshots_progress.hpp"

#include <cstdint>
#include <utility>

namespace followd::cli {

SnapshotsProgress::SnapshotsProgress(Terminal terminal, std::string subject)
    : subject_(std::move(subject)), line_(terminal) {}

void SnapshotsProgress::show(const engine::TransferProgress& transfer) {
    if (line_.is_due()) {
        line_.show(snapshots_progress_text(
            subject_, transfer, line_.seconds(), line_.terminal().is_terminal));
    }
}

std::string snapshots_progress_text(const std::string& subject,
                                    const engine::TransferProgress& transfer,
                                    double seconds,
                                    bool has_bar) {
    const std::string begins = printable(subject) + " ";
    if (transfer.bytes_total == 0) {
        return begins + "waits for the first file";
    }
    const CopyProgress progress{.files = static_cast<std::uint64_t>(transfer.files_total),
                                .files_done = static_cast<std::uint64_t>(transfer.files),
                                .bytes = static_cast<std::uint64_t>(transfer.bytes_total),
                                .bytes_done = static_cast<std::uint64_t>(transfer.bytes)};
    return begins +
           (has_bar ? progress_bar(transfer.bytes, transfer.bytes_total) + " " : std::string{}) +
           copy_progress_text(progress, seconds);
}

}  // namespace followd::cli
