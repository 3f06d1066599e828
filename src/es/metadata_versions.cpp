#include "es/metadata_versions.hpp"

#include "es/admin_exchange.hpp"
#include "es/index_lists.hpp"
#include "es/leader_cluster.hpp"

#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

/// Of a whole cluster's versions: some 150 bytes an index.
constexpr std::size_t versions_bytes_max = 16U << 20U;

std::optional<std::int64_t> number_of(const Json& entry, std::string_view key) {
    const Json* number = member(entry, key);
    if (number == nullptr || !number->is_number_integer()) {
        return std::nullopt;
    }
    return number->get<std::int64_t>();
}

}  // namespace

engine::MetadataVersions versions_of(const Json& entry) {
    return {number_of(entry, "mapping_version"),
            number_of(entry, "settings_version"),
            number_of(entry, "aliases_version")};
}

http::Request state_name_request() {
    return admin_request(http::Method::get, "/_cluster/state/version?filter_path=state_uuid");
}

std::string read_state_name(const Json& answer) {
    return text_of(answer, "state_uuid");
}

http::Request versions_request(const std::string& index_list) {
    http::Request request =
        admin_request(http::Method::get,
                      "/_cluster/state/metadata/" + index_list +
                          "?expand_wildcards=open&ignore_unavailable=true&allow_no_indices=true"
                          "&filter_path=metadata.indices.*.mapping_version,"
                          "metadata.indices.*.settings_version,metadata.indices.*.aliases_version");
    request.response_bytes_max = versions_bytes_max;
    return request;
}

std::vector<engine::IndexVersions> read_versions_of(const Json& answer) {
    std::vector<engine::IndexVersions> indices;
    const Json* metadata = member(answer, "metadata");
    const Json* entries = metadata == nullptr ? nullptr : member(*metadata, "indices");
    if (entries != nullptr) {
        for (const auto& [name, entry] : entries->items()) {
            indices.push_back({IndexName{name}, versions_of(entry)});
        }
    }
    return indices;
}

Task<Result<engine::VersionListing>> RestLeaderCluster::read_versions(
    std::vector<std::string> patterns, std::string known_state) {
    http::Request name_asked = state_name_request();
    std::string attempt = "read the name of the cluster's state";
    const Result<Json> name =
        co_await exchange_.send_expecting_success(std::move(name_asked), std::move(attempt));
    if (!name.ok()) {
        co_return name.failure();
    }
    // Read before the versions: a change in between is another state, and is asked for next time.
    engine::VersionListing listing{read_state_name(*name), std::nullopt};
    if (!listing.state.empty() && listing.state == known_state) {
        co_return listing;
    }
    std::vector<engine::IndexVersions> indices;
    const std::vector<std::string> lists = index_lists(patterns);
    for (const std::string& list : lists) {
        http::Request request = versions_request(list);
        attempt = "read the versions of " + list;
        const Result<Json> answer =
            co_await exchange_.send_expecting_success(std::move(request), std::move(attempt));
        if (!answer.ok()) {
            co_return answer.failure();
        }
        std::vector<engine::IndexVersions> some = read_versions_of(*answer);
        std::move(some.begin(), some.end(), std::back_inserter(indices));
    }
    listing.indices = std::move(indices);
    co_return listing;
}

}  // namespace followd::es
