#pragma once

#include "followd/base/time.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/repository_settings.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The validated settings of the daemon: what the YAML file says, with every default filled in and
/// every limit in its unit. Plain values; names are the file's own. Secrets are not here, only the
/// files that hold them.

namespace followd {

/// How we authenticate to a cluster: at most one of the three ways is set.
struct AuthSettings {
    std::string username;  ///< basic authentication, with password_file
    std::string password_file;
    std::string api_key_file;  ///< the file holds the encoded "id:key" value of an API key
    std::string bearer_token_file;

    friend bool operator==(const AuthSettings&, const AuthSettings&) = default;
};

enum class TlsVerify { full, none };

struct TlsSettings {
    std::string ca_file;           ///< PEM; empty means the system's store
    std::string client_cert_file;  ///< PEM; with client_key_file
    std::string client_key_file;
    TlsVerify verify = TlsVerify::full;

    friend bool operator==(const TlsSettings&, const TlsSettings&) = default;
};

struct ClusterSettings {
    ClusterName name;
    std::vector<std::string> urls;  ///< at least one; http or https; may have a path prefix
    AuthSettings auth;
    TlsSettings tls;
    bool compression = false;  ///< gzip both ways

    friend bool operator==(const ClusterSettings&, const ClusterSettings&) = default;
};

struct LimitSettings {
    std::size_t max_read_request_operation_count = 5120;  ///< 1..10000 documents a page
    std::size_t max_read_request_bytes = 8U << 20;        ///< aim for the bytes of one page
    std::size_t max_write_request_bytes = 8U << 20;       ///< most bytes of one bulk of many items
    std::size_t max_outstanding_write_requests = 4;       ///< bulks under way a follower cluster
    std::size_t memory_bytes = 128U << 20;                ///< documents in flight, whole daemon

    friend bool operator==(const LimitSettings&, const LimitSettings&) = default;
};

struct TailSettings {
    Duration poll_interval = std::chrono::milliseconds{20};  ///< while something moves
    Duration idle_poll_interval = std::chrono::milliseconds{500};
    double refresh_share = 0.10;  ///< (0, 1]; of wall time, for refreshes beyond their first 50 ms
    Duration audit_interval = std::chrono::minutes{10};
    double delete_guard = 0.30;  ///< (0, 1]; of a shard's documents

    friend bool operator==(const TailSettings&, const TailSettings&) = default;
};

struct AdminSettings {
    std::string unix_path = "/run/followd/followd.sock";  ///< empty where TCP is meant
    std::string tcp_host;
    std::uint16_t tcp_port = 0;
    std::string token_file;  ///< needed for TCP beyond loopback

    friend bool operator==(const AdminSettings&, const AdminSettings&) = default;
};

enum class LogLevel { trace, debug, info, warn, error };
enum class LogFormat { text, json };

struct LogSettings {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::text;

    friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

struct Settings {
    std::vector<ClusterSettings> clusters;
    std::vector<RepositorySettings> repositories;
    std::vector<FollowRule> follow;
    LimitSettings limits;
    TailSettings tail;
    std::string state_path = "/var/lib/followd/state.db";
    AdminSettings admin;
    LogSettings log;

    /// The cluster of that name; null where there is none. Valid as long as this object.
    [[nodiscard]] const ClusterSettings* cluster(const ClusterName& name) const;
    /// The same of a repository.
    [[nodiscard]] const RepositorySettings* repository(const RepositoryName& name) const;

    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace followd
