#include "cli/composition.hpp"

#include "followd/base/assert.hpp"

#include "config/secrets.hpp"
#include "es/follower_shard.hpp"
#include "es/leader_shard.hpp"
#include "http/url.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace followd::cli {

ClusterConnection::ClusterConnection(ClusterSettings settings, std::unique_ptr<http::Client> client)
    : settings_(std::move(settings)),
      client_(std::move(client)),
      leader_(client_, settings_.name),
      roles_(client_, settings_.name),
      snapshot_source_(client_, settings_.name),
      snapshot_target_(client_, settings_.name),
      generations_(client_, settings_.name) {}

Task<Result<es::ClusterInfo>> ClusterConnection::learn() {
    if (!info_) {
        es::ClusterProbe probe(client_, settings_.name);
        Result<es::ClusterInfo> info = co_await probe.identify();
        if (!info.ok()) {
            co_return std::move(info).failure();
        }
        // Of two who asked at the same time the slower finds the ports in use.
        if (!info_) {
            capabilities_ = es::capabilities_of(*info);
            follower_.emplace(
                client_, settings_.name, es::FollowerClusterOptions{capabilities_.exclude_vectors});
            info_ = *info;
        }
    }
    co_return *info_;
}

const es::Capabilities& ClusterConnection::capabilities() const {
    FOLLOWD_ASSERT(info_.has_value());
    return capabilities_;
}

Task<Result<void>> ClusterConnection::learn_as_leader() {
    Result<es::ClusterInfo> info = co_await learn();
    if (!info.ok()) {
        co_return std::move(info).failure();
    }
    if (!capabilities_.can_lead()) {
        co_return Failure{FailureKind::refused, capabilities_.cannot_lead, settings_.name.value()};
    }
    co_return Result<void>{};
}

Task<Result<void>> ClusterConnection::learn_as_follower() {
    Result<es::ClusterInfo> info = co_await learn();
    if (!info.ok()) {
        co_return std::move(info).failure();
    }
    if (!capabilities_.can_follow()) {
        co_return Failure{
            FailureKind::refused, capabilities_.cannot_follow, settings_.name.value()};
    }
    co_return Result<void>{};
}

Task<Result<std::vector<engine::IndexSample>>> ClusterConnection::sample(
    std::vector<std::string> patterns) {
    Result<void> learnt = co_await learn_as_leader();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<std::vector<engine::IndexSample>> result = co_await leader_.sample(std::move(patterns));
    co_return result;
}

Task<Result<std::vector<engine::LeaderIndex>>> ClusterConnection::list_indices(
    std::vector<std::string> patterns) {
    Result<void> learnt = co_await learn_as_leader();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<std::vector<engine::LeaderIndex>> result =
        co_await leader_.list_indices(std::move(patterns));
    co_return result;
}

Task<Result<engine::IndexDefinition>> ClusterConnection::read_definition(IndexName index) {
    Result<void> learnt = co_await learn_as_leader();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<engine::IndexDefinition> result = co_await leader_.read_definition(std::move(index));
    co_return result;
}

Task<Result<engine::VersionListing>> ClusterConnection::read_versions(
    std::vector<std::string> patterns, std::string known_state) {
    Result<void> learnt = co_await learn_as_leader();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<engine::VersionListing> result =
        co_await leader_.read_versions(std::move(patterns), std::move(known_state));
    co_return result;
}

engine::FollowVerdict ClusterConnection::judge(const engine::IndexDefinition& definition) const {
    return leader_.judge(definition);
}

Task<Result<engine::FollowerIndex>> ClusterConnection::prepare(engine::FollowerRequest request) {
    Result<void> learnt = co_await learn_as_follower();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<engine::FollowerIndex> result = co_await follower_->prepare(std::move(request));
    co_return result;
}

Task<Result<void>> ClusterConnection::sync_mapping(IndexName follower,
                                                   engine::IndexDefinition leader) {
    Result<void> learnt = co_await learn_as_follower();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<void> result = co_await follower_->sync_mapping(std::move(follower), std::move(leader));
    co_return result;
}

Task<Result<engine::MetadataOutcome>> ClusterConnection::sync_metadata(
    engine::MetadataRequest request) {
    Result<void> learnt = co_await learn_as_follower();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<engine::MetadataOutcome> result = co_await follower_->sync_metadata(std::move(request));
    co_return result;
}

Task<Result<void>> ClusterConnection::finish_loading(IndexName follower) {
    Result<void> learnt = co_await learn_as_follower();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<void> result = co_await follower_->finish_loading(std::move(follower));
    co_return result;
}

Task<Result<std::int64_t>> ClusterConnection::claim_generation(engine::FollowerIndex follower,
                                                               std::vector<HistoryUuid> histories) {
    Result<void> learnt = co_await learn_as_follower();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<std::int64_t> result =
        co_await follower_->claim_generation(std::move(follower), std::move(histories));
    co_return result;
}

Task<Result<engine::FollowerIndex>> ClusterConnection::raise_generation(
    engine::FollowerIndex follower, std::vector<SeqNo> through) {
    Result<void> learnt = co_await learn_as_follower();
    if (!learnt.ok()) {
        co_return std::move(learnt).failure();
    }
    Result<engine::FollowerIndex> result =
        co_await follower_->raise_generation(std::move(follower), std::move(through));
    co_return result;
}

Result<std::unique_ptr<Composition>> Composition::create(
    const boost::asio::any_io_executor& executor,
    const Settings& settings,
    std::vector<std::string>* warnings) {
    auto composition = std::make_unique<Composition>();
    for (const ClusterSettings& cluster : settings.clusters) {
        Result<std::string> authorization = config::read_authorization(cluster, warnings);
        if (!authorization.ok()) {
            return std::move(authorization).failure();
        }
        composition->secrets_.push_back(*authorization);
        for (const std::string* file :
             {&cluster.tls.ca_file, &cluster.tls.client_cert_file, &cluster.tls.client_key_file}) {
            std::error_code ignored;
            const auto written = std::filesystem::last_write_time(*file, ignored);
            composition->secrets_.push_back(std::to_string(written.time_since_epoch().count()));
        }
        http::ClientOptions options;
        options.name = cluster.name.value();
        options.authorization = std::move(authorization).value();
        options.tls.ca_file = cluster.tls.ca_file;
        options.tls.client_cert_file = cluster.tls.client_cert_file;
        options.tls.client_key_file = cluster.tls.client_key_file;
        options.tls.verify = cluster.tls.verify == TlsVerify::full;
        options.compression = cluster.compression;
        for (const std::string& text : cluster.urls) {
            Result<http::Url> url = http::parse_url(text);
            if (!url.ok()) {
                return std::move(url).failure();
            }
            options.urls.push_back(std::move(url).value());
        }
        Result<std::unique_ptr<http::Client>> client =
            http::Client::create(executor, std::move(options));
        if (!client.ok()) {
            return std::move(client).failure();
        }
        composition->clusters_.emplace(
            cluster.name, std::make_unique<ClusterConnection>(cluster, std::move(client).value()));
    }
    for (const RepositorySettings& repository : settings.repositories) {
        if (repository.token_file.empty()) {
            continue;
        }
        Result<std::string> token = config::read_token(repository, warnings);
        if (!token.ok()) {
            return std::move(token).failure();
        }
        composition->secrets_.push_back(*token);
        composition->tokens_.emplace(repository.name, std::move(token).value());
    }
    return composition;
}

ClusterConnection& Composition::cluster(const ClusterName& name) {
    const auto found = clusters_.find(name);
    FOLLOWD_ASSERT(found != clusters_.end());
    return *found->second;
}

Task<Result<es::ClusterInfo>> Composition::learn(ClusterName name) {
    Result<es::ClusterInfo> info = co_await cluster(name).learn();
    co_return info;
}

std::map<ClusterName, engine::ClusterPorts> Composition::ports() {
    std::map<ClusterName, engine::ClusterPorts> ports;
    for (const auto& [name, connection] : clusters_) {
        ports.emplace(name,
                      engine::ClusterPorts{connection.get(),
                                           connection.get(),
                                           &connection->roles(),
                                           &connection->snapshot_source(),
                                           &connection->snapshot_target(),
                                           &connection->generations()});
    }
    return ports;
}

std::vector<admin::ClusterTraffic> Composition::traffic() const {
    std::vector<admin::ClusterTraffic> rows;
    rows.reserve(clusters_.size());
    for (const auto& [name, connection] : clusters_) {
        rows.push_back({name, connection->traffic()});
    }
    return rows;
}

void Composition::close() {
    for (const auto& [name, connection] : clusters_) {
        connection->client().close();
    }
}

std::unique_ptr<engine::LeaderShard> Composition::leader_shard(const ClusterName& cluster_name,
                                                               const engine::LeaderIndex& index,
                                                               int shard,
                                                               OriginStrips strips) {
    ClusterConnection& connection = cluster(cluster_name);
    es::ShardLimits limits;
    limits.max_result_window = static_cast<std::size_t>(index.max_result_window);
    return std::make_unique<es::RestLeaderShard>(connection.client(),
                                                 cluster_name,
                                                 index.name,
                                                 shard,
                                                 connection.capabilities(),
                                                 limits,
                                                 std::move(strips));
}

std::unique_ptr<engine::FollowerShard> Composition::follower_shard(
    const ClusterName& cluster_name,
    const engine::FollowerIndex& index,
    int shard,
    OriginStrips strips) {
    ClusterConnection& connection = cluster(cluster_name);
    es::ShardLimits limits;
    limits.max_result_window = static_cast<std::size_t>(index.max_result_window);
    return std::make_unique<es::RestFollowerShard>(connection.client(),
                                                   cluster_name,
                                                   index.name,
                                                   IndexName{index.fence_alias},
                                                   shard,
                                                   connection.capabilities(),
                                                   limits,
                                                   std::move(strips));
}

}  // namespace followd::cli
