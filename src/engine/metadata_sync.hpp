#pragma once

#include "followd/base/result.hpp"
#include "followd/core/retry.hpp"
#include "followd/model/follow_rule.hpp"

#include "engine/index_ports.hpp"
#include "engine/metadata.hpp"
#include "engine/ports.hpp"
#include "engine/semaphore.hpp"
#include "engine/task.hpp"
#include "observe/log.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Keeps one follower index defined as its leader: settings and aliases when their versions moved,
/// the mapping also before a document that may need it. Settings go before the mapping, which may
/// need a higher limit or a new analyzer. What fails is shown and tried again; no document waits
/// for anything but the mapping. One worker thread.

namespace followd::engine {

struct MetadataSyncOptions {
    FollowRule rule;
    IndexName leader_index;
    IndexUuid leader_uuid;
    IndexName follower_index;
    std::uint64_t seed = 0;
};

/// Ports and timers outlive it.
class MetadataSync final : public MappingSync {
public:
    MetadataSync(const boost::asio::any_io_executor& executor,
                 LeaderCluster& leader,
                 FollowerCluster& follower,
                 Timers& timers,
                 MetadataSyncOptions options,
                 observe::Logger log);

    /// The follower was made by this definition, so it differs by the leader's aliases only.
    void made_by(const IndexDefinition& definition);
    /// It was there already: nothing is known of it.
    void adopted();
    /// Its first copy is complete: the leader's aliases may show it.
    void completed() { is_copied_ = true; }
    /// The leader's versions as they are now.
    void seen(const MetadataVersions& versions) { seen_ = versions; }

    /// Whether look() has something to do now, and is not under way.
    [[nodiscard]] bool is_due() const;
    /// One attempt to bring everything level.
    [[nodiscard]] Task<void> look();
    [[nodiscard]] Task<Result<core::MappingState>> sync_mapping(std::int64_t version) override;

    [[nodiscard]] MetadataStatus status() const;
    /// What is not as the leader has it, and why.
    [[nodiscard]] std::vector<std::string> warnings() const;

private:
    [[nodiscard]] Task<Result<core::MappingState>> bring_level(std::int64_t mapping_version);
    [[nodiscard]] Task<void> copy_settings_and_aliases(IndexDefinition definition);
    [[nodiscard]] Task<Result<void>> copy_mapping(IndexDefinition definition);
    /// In settings or aliases.
    [[nodiscard]] bool is_behind(const MetadataVersions& leader) const;
    /// With what was seen of the leader, as far as it is the follower's to have by now.
    [[nodiscard]] bool is_level() const;
    void note_outcome(MetadataOutcome outcome);
    void note_changes(const std::vector<std::string>& changes);
    void note_failure(const Failure& failure);
    [[nodiscard]] std::string leader_place() const;

    LeaderCluster& leader_;
    FollowerCluster& follower_;
    Timers& timers_;
    MetadataSyncOptions options_;
    observe::Logger log_;
    core::Random random_;
    core::Backoff backoff_;

    Semaphore turn_;  // one change of the follower's definition at a time
    bool is_copied_ = false;
    bool is_looking_ = false;
    MetadataVersions seen_;
    MetadataVersions copied_;  // settings and aliases; the mapping's is in mapping_
    std::optional<core::MappingState> mapping_;
    std::optional<MetadataStatus::Change> last_change_;
    MetadataOutcome last_;
    std::optional<Failure> failure_;
    Instant not_before_{};
    std::optional<Instant> look_again_at_;
};

}  // namespace followd::engine
