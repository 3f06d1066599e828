#pragma once

#include "followd/base/result.hpp"

#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"
#include "http/byte_range.hpp"
#include "repository/mirror_folder.hpp"
#include "repository/pull_plan.hpp"
#include "repository/repository_source.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Makes a folder a copy of a repository, which is restorable at every moment: all other files come
/// before the root file, and what vanished goes after it.

namespace followd::repository {

struct PullProgress {
    std::uint64_t files = 0;  ///< to copy in this round
    std::uint64_t files_done = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_done = 0;     ///< with what was there of files that a pull before began
    std::uint64_t bytes_resumed = 0;  ///< of them, what was there
};

struct PullReport {
    std::uint64_t root = 0;  ///< generation of the copy's root file
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t files_copied = 0;
    std::uint64_t bytes_copied = 0;  ///< over the network
    std::uint64_t files_removed = 0;
    std::optional<std::uint64_t> newer_root{};  ///< what the source had already at the end
};

struct PullOptions {
    std::size_t transfers = 4;  ///< at a time
    std::uint64_t piece_bytes = std::uint64_t{4} << 20U;
    int rounds_max = 5;
    int attempts_max = 5;  ///< for each piece, where another may succeed
    std::function<void(const PullProgress&)> show = [](const PullProgress& /*progress*/) {};
    /// What an operator should know: one sentence, without secrets.
    std::function<void(const std::string&)> say = [](const std::string& /*what*/) {};
};

/// One executor's thread only, which is blocked as long as the file system is. What it is given
/// must outlive it.
class Puller {
public:
    Puller(boost::asio::any_io_executor executor,
           RepositorySource* source,
           MirrorFolder* mirror,
           engine::Timers* timers,
           PullOptions options);

    /// Once. After a Failure the folder is restorable as it was before, and the next pull goes on
    /// from what has come. Failures: those of source and mirror; `not_found` where there is no
    /// snapshot; `unavailable` where the source changed too fast.
    [[nodiscard]] Task<Result<PullReport>> pull();
    /// pull() fails with `cancelled` soon.
    void stop();

private:
    [[nodiscard]] Task<Result<bool>> run_round();
    [[nodiscard]] Task<Result<std::optional<PullPlan>>> make_plan();
    [[nodiscard]] Task<Result<void>> fetch_all();
    [[nodiscard]] Task<void> fetch_some();
    [[nodiscard]] Task<Result<void>> fetch(ListedFile file);
    [[nodiscard]] Task<Result<std::optional<std::string>>> fetch_piece(ListedFile file,
                                                                       http::ByteRange range);
    [[nodiscard]] Task<void> pause(Duration time);
    [[nodiscard]] Result<void> finish_file(PartFile part);
    [[nodiscard]] Result<void> let_root_stand();
    void begin_progress();

    RepositorySource* source_;
    MirrorFolder* mirror_;
    engine::Timers* timers_;
    PullOptions options_;
    engine::TaskGroup transfers_;
    PullPlan plan_;                   ///< of this round
    std::vector<ListedFile> queue_;   ///< of this round, the root file first
    std::size_t next_ = 0;            ///< in the queue
    bool has_missed_ = false;         ///< something that was listed had gone or changed
    std::optional<PartFile> root_;    ///< whole, and not in place
    std::optional<Failure> failure_;  ///< of a transfer
    PullProgress progress_;
    PullReport report_;
    bool has_stood_ = false;  ///< some round's root file
    bool is_stopped_ = false;
};

}  // namespace followd::repository
