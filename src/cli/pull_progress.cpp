#include "cli/pull_progress.hpp"

namespace followd::cli {

std::string pull_progress_text(const repository::PullProgress& progress, double seconds) {
    return copy_progress_text(CopyProgress{.files = progress.files,
                                           .files_done = progress.files_done,
                                           .bytes = progress.bytes,
                                           .bytes_done = progress.bytes_done,
                                           .bytes_before = progress.bytes_resumed},
                              seconds);
}

void PullProgressLine::show(const repository::PullProgress& progress) {
    if (progress.files_done == 0 && progress.bytes_done == progress.bytes_resumed) {
        // A round begins: what was shown was another one's.
        line_.begin();
    }
    if (line_.is_due()) {
        line_.show(pull_progress_text(progress, line_.seconds()));
    }
}

}  // namespace followd::cli
