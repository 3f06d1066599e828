#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include "admin/status_document.hpp"
#include "engine/index_ports.hpp"
#include "engine/ports.hpp"
#include "engine/supervisor.hpp"
#include "engine/task.hpp"
#include "es/dialect.hpp"
#include "es/follower_cluster.hpp"
#include "es/generation_target.hpp"
#include "es/index_roles.hpp"
#include "es/leader_cluster.hpp"
#include "es/snapshot_source.hpp"
#include "es/snapshot_target.hpp"
#include "http/client.hpp"
#include "http/counted_client.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Puts adapters together: the one place that knows which class stands behind which port.

namespace followd::cli {

/// One configured cluster: its client, what it turned out to be, and its ports. The ports ask the
/// cluster what it is before their first request, so that a cluster may be away when we start.
class ClusterConnection final : public engine::LeaderCluster, public engine::FollowerCluster {
public:
    ClusterConnection(ClusterSettings settings, std::unique_ptr<http::Client> client);

    [[nodiscard]] const ClusterSettings& settings() const { return settings_; }
    [[nodiscard]] engine::RoleCluster& roles() { return roles_; }
    [[nodiscard]] engine::SnapshotSource& snapshot_source() { return snapshot_source_; }
    [[nodiscard]] engine::SnapshotTarget& snapshot_target() { return snapshot_target_; }
    [[nodiscard]] engine::GenerationTarget& generations() { return generations_; }
    [[nodiscard]] http::Client& client() { return client_; }
    [[nodiscard]] const http::Traffic& traffic() const { return client_.traffic(); }
    /// Product and version, asked once.
    [[nodiscard]] Task<Result<es::ClusterInfo>> learn();
    /// Only after learn() succeeded.
    [[nodiscard]] const es::Capabilities& capabilities() const;

    [[nodiscard]] Task<Result<std::vector<engine::IndexSample>>> sample(
        std::vector<std::string> patterns) override;
    [[nodiscard]] Task<Result<std::vector<engine::LeaderIndex>>> list_indices(
        std::vector<std::string> patterns) override;
    [[nodiscard]] Task<Result<engine::IndexDefinition>> read_definition(IndexName index) override;
    [[nodiscard]] Task<Result<engine::VersionListing>> read_versions(
        std::vector<std::string> patterns, std::string known_state) override;
    [[nodiscard]] engine::FollowVerdict judge(
        const engine::IndexDefinition& definition) const override;

    [[nodiscard]] Task<Result<engine::FollowerIndex>> prepare(
        engine::FollowerRequest request) override;
    [[nodiscard]] Task<Result<void>> sync_mapping(IndexName follower,
                                                  engine::IndexDefinition leader) override;
    [[nodiscard]] Task<Result<engine::MetadataOutcome>> sync_metadata(
        engine::MetadataRequest request) override;
    [[nodiscard]] Task<Result<void>> finish_loading(IndexName follower) override;
    [[nodiscard]] Task<Result<std::int64_t>> claim_generation(
        engine::FollowerIndex follower, std::vector<HistoryUuid> histories) override;
    [[nodiscard]] Task<Result<engine::FollowerIndex>> raise_generation(
        engine::FollowerIndex follower, std::vector<SeqNo> through) override;

private:
    [[nodiscard]] Task<Result<void>> learn_as_leader();
    [[nodiscard]] Task<Result<void>> learn_as_follower();

    ClusterSettings settings_;
    http::CountedClient client_;
    std::optional<es::ClusterInfo> info_;
    es::Capabilities capabilities_;
    es::RestLeaderCluster leader_;
    es::RestIndexRoles roles_;
    es::RestSnapshotSource snapshot_source_;
    es::RestSnapshotTarget snapshot_target_;
    es::RestGenerationTarget generations_;
    std::optional<es::RestFollowerCluster> follower_;  // needs to know the version
};

class Composition final : public engine::ShardFactory {
public:
    /// Reads secrets and certificates; no request. Warnings (a secret that everybody can read) are
    /// sentences for a person.
    [[nodiscard]] static Result<std::unique_ptr<Composition>> create(
        const boost::asio::any_io_executor& executor,
        const Settings& settings,
        std::vector<std::string>* warnings = nullptr);

    /// `name` is one of the settings' clusters.
    [[nodiscard]] ClusterConnection& cluster(const ClusterName& name);
    [[nodiscard]] Task<Result<es::ClusterInfo>> learn(ClusterName name);
    /// For a Supervisor.
    [[nodiscard]] std::map<ClusterName, engine::ClusterPorts> ports();
    /// Of every cluster, since this object was made.
    [[nodiscard]] std::vector<admin::ClusterTraffic> traffic() const;
    /// Of repositories, for whoever follows. Secret.
    [[nodiscard]] const std::map<RepositoryName, std::string>& tokens() const { return tokens_; }
    /// What was read from files beside the settings, to tell whether it changed. Secret.
    [[nodiscard]] const std::vector<std::string>& secrets() const { return secrets_; }
    /// Ends every request under way.
    void close();

    [[nodiscard]] std::unique_ptr<engine::LeaderShard> leader_shard(
        const ClusterName& cluster,
        const engine::LeaderIndex& index,
        int shard,
        OriginStrips strips) override;
    [[nodiscard]] std::unique_ptr<engine::FollowerShard> follower_shard(
        const ClusterName& cluster,
        const engine::FollowerIndex& index,
        int shard,
        OriginStrips strips) override;

private:
    std::map<ClusterName, std::unique_ptr<ClusterConnection>> clusters_;
    std::map<RepositoryName, std::string> tokens_;
    std::vector<std::string> secrets_;
};

}  // namespace followd::cli
