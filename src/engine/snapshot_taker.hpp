#pragma once

#include "followd/core/retry.hpp"
#include "followd/model/ids.hpp"

#include "engine/ports.hpp"
#include "engine/snapshot_ports.hpp"
#include "engine/snapshot_wait.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"
#include "observe/log.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Takes the temporary snapshots of one leader in one repository: one for all indices that wait for
/// one, deleted when nobody needs it any more. One worker thread.
///
/// Invariants:
/// - a snapshot that take() hands out began after that call, and is whole;
/// - it is deleted only when nobody holds it, and only where its name carries this daemon's id;
/// - what an earlier life of the daemon left over is deleted once nobody could be going on with it.

namespace followd::engine {

class SnapshotTaker {
public:
    /// All referred to outlives it. `daemon_id`: letters and digits. `life`: by chance, so that no
    /// name is that of a snapshot which an earlier life left there.
    SnapshotTaker(const boost::asio::any_io_executor& executor,
                  RuleRepository repository,
                  std::string daemon_id,
                  std::uint64_t life,
                  SnapshotSource& source,
                  Timers& timers);

    /// A snapshot's name while this object lives.
    class Lease {
    public:
        Lease() = default;
        Lease(SnapshotTaker& taker, std::string snapshot);
        Lease(Lease&& other) noexcept;
        Lease& operator=(Lease&& other) noexcept;
        ~Lease();
        [[nodiscard]] const std::string& snapshot() const { return snapshot_; }

    private:
        SnapshotTaker* taker_ = nullptr;
        std::string snapshot_;
    };

    /// `status` is written to until it returns, and must live so long.
    [[nodiscard]] Task<Result<Lease>> take(IndexName index, BootstrapStatus* status);
    /// Of a snapshot that an index was being made from when the daemon ended.
    [[nodiscard]] Lease hold(std::string snapshot);
    /// Whether a daemon of this id took it.
    [[nodiscard]] bool is_ours(const std::string& snapshot) const;

    /// Removes what is left over, until stop().
    [[nodiscard]] Task<void> run();
    void stop();

private:
    /// Indices that get one snapshot.
    struct Batch {
        std::set<IndexName> indices;
        std::string snapshot;
        Lease lease;  // until everybody who waits has one of his own
        bool has_begun = false;
        TransferProgress progress;
        std::optional<Result<void>> end;
    };

    /// The batch that has not begun, made where there is none.
    [[nodiscard]] std::shared_ptr<Batch> join(const IndexName& index);
    [[nodiscard]] Task<void> run_batch(std::shared_ptr<Batch> batch);
    /// While others may join yet.
    [[nodiscard]] Task<Result<void>> prepare();
    [[nodiscard]] Task<Result<void>> snapshot(std::shared_ptr<Batch> batch);
    [[nodiscard]] Task<void> remove(std::string name);
    [[nodiscard]] Task<Result<void>> remove_unheld();
    [[nodiscard]] std::string new_name();

    RuleRepository repository_;
    std::string prefix_;
    std::uint64_t life_;
    SnapshotSource& source_;
    Timers& timers_;
    observe::Logger log_;
    SnapshotWait wait_;
    std::shared_ptr<Batch> gathering_;
    Instant last_joined_{};
    bool is_prepared_ = false;
    bool is_taking_ = false;
    bool is_stopping_ = false;
    std::int64_t taken_ = 0;
    std::multiset<std::string> held_;
    TaskGroup group_;
};

}  // namespace followd::engine
