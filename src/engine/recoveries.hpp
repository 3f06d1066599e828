#pragma once

#include "followd/base/result.hpp"
#include "followd/core/shard_status.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/ids.hpp"

#include "engine/follower_status.hpp"
#include "engine/holds.hpp"
#include "engine/ports.hpp"
#include "engine/recovery_status.hpp"
#include "engine/snapshot_recovery.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

/// Who carries out the rules of mode snapshot, one each, under one supervisor.

namespace followd::engine {

class Recoveries {
public:
    /// A Failure where the rule cannot be carried out: it becomes a row that says so.
    using Make = std::function<Result<std::unique_ptr<SnapshotRecovery>>(const FollowRule& rule)>;

    Recoveries(const boost::asio::any_io_executor& executor, Timers& timers, Make make);

    /// Until stop(); returns when nothing is under way.
    [[nodiscard]] Task<void> run();
    void stop();

    /// Begins when the one of that name before, if there was any, has ended.
    void add(const FollowRule& rule);
    void remove(const RuleName& name);
    void list_soon();
    [[nodiscard]] Task<void> release(IndexPlace place);

    [[nodiscard]] std::vector<FollowerStatus> status() const;
    [[nodiscard]] std::vector<RecoveryRuleStatus> rule_status() const;
    /// Why a leader could not be listed.
    [[nodiscard]] std::optional<Failure> failure(const ClusterName& leader) const;

private:
    struct Entry {
        std::unique_ptr<SnapshotRecovery> recovery;
        bool has_ended = false;
    };

    [[nodiscard]] Task<void> run_one(std::shared_ptr<Entry> entry, std::shared_ptr<Entry> before);
    void spawn(const RuleName& name);

    Timers& timers_;
    Make make_;
    std::map<RuleName, std::shared_ptr<Entry>> entries_;
    std::vector<std::shared_ptr<Entry>> ending_;  // those that were removed, in that order
    std::map<RuleName, FollowerStatus> refused_;
    bool is_running_ = false;
    bool is_stopping_ = false;
    TaskGroup group_;
};

}  // namespace followd::engine
