#include "followd/model/settings.hpp"

#include "followd/core/cron.hpp"
#include "followd/model/generation_name.hpp"
#include "followd/model/index_pattern.hpp"

#include "config/cluster_parser.hpp"
#include "config/settings_parser.hpp"
#include "fuzz/oracle.hpp"
#include "http/url.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// A configuration file, as YAML and as JSON.
///
/// It gives settings that hold to every promise of docs/CONFIGURATION.md, or mistakes that a person
/// can find, never both and never an exception.

namespace followd::fuzz {
namespace {

using config::Mistake;

constexpr std::size_t kb = 1U << 10U;
constexpr std::size_t mb = 1U << 20U;
constexpr std::size_t gb = 1U << 30U;

/// Far more than a message needs that quotes values of at most 64 bytes.
constexpr std::size_t sentence_bytes_max = 1024;

template <class T>
void require_range(T value, T least, T most, std::string_view name) {
    require(least <= value && value <= most, "a setting is in its range", name);
}

bool is_one_line(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
}

void check_mistakes(const std::vector<Mistake>& mistakes, const std::string& file) {
    require(!mistakes.empty(), "where there are no settings there is a mistake");
    require(mistakes.size() <= config::Mistakes::reported_max, "mistakes are bounded");
    require(std::ranges::is_sorted(mistakes, {}, &Mistake::place), "they stand in file order");
    for (const Mistake& mistake : mistakes) {
        const std::string line = config::to_string(mistake);
        require(mistake.file == file, "a mistake names its file", line);
        require(!mistake.wrong.empty(), "a mistake says what is wrong", line);
        require(mistake.place.line >= 0 && (mistake.place.line == 0 || mistake.place.column >= 1),
                "a mistake has a place",
                line);
        require(mistake.wrong.size() + mistake.right.size() <= sentence_bytes_max,
                "a mistake is a sentence",
                line);
        require(is_one_line(mistake.wrong) && is_one_line(mistake.right) && is_one_line(line),
                "a mistake takes one line",
                line);
    }
}

void check_cluster(const ClusterSettings& cluster) {
    require(!config::label_problem(cluster.name.value()), "a cluster's name is a label");
    require(!cluster.urls.empty(), "a cluster has an address");
    for (const std::string& url : cluster.urls) {
        require(http::parse_url(url).ok(), "the HTTP client takes every address", url);
    }
    const AuthSettings& auth = cluster.auth;
    const int ways = (auth.username.empty() ? 0 : 1) + (auth.api_key_file.empty() ? 0 : 1) +
                     (auth.bearer_token_file.empty() ? 0 : 1);
    require(ways <= 1, "there is one way to authenticate");
    require(auth.username.empty() == auth.password_file.empty(), "a user has a password's file");
    require(cluster.tls.client_cert_file.empty() == cluster.tls.client_key_file.empty(),
            "a client's certificate has its key");
}

void check_folder(std::string_view path) {
    require(path.starts_with('/') && path.size() > 1, "a folder has an absolute path", path);
    require(!path.ends_with('/') && path.find("//") == std::string_view::npos,
            "a folder is written in one way",
            path);
    require((std::string{path} + "/").find("/../") == std::string::npos,
            "a folder is where its path says",
            path);
}

void check_repository(const RepositorySettings& repository, const Settings& settings) {
    require(!config::label_problem(repository.name.value()), "a repository's name is a label");
    const bool is_fs = repository.kind == RepositoryKind::fs;
    const bool is_url = repository.kind == RepositoryKind::url;
    const bool is_existing = repository.kind == RepositoryKind::existing;
    require(is_existing == repository.leader_location.empty(), "who writes a folder names it");
    require(is_fs == !repository.follower_location.empty(), "a folder has two sides");
    require(is_url == !repository.url.empty(), "an address belongs to type url");
    require(is_existing == !repository.leader_name.empty(), "a name belongs to type existing");
    require(is_existing == !repository.follower_name.empty(), "a name belongs to type existing");
    require(is_url || repository.token_file.empty(), "a token belongs to type url");
    for (const std::string& folder : {repository.leader_location, repository.follower_location}) {
        if (!folder.empty()) {
            check_folder(folder);
        }
    }
    if (is_url) {
        require(http::parse_url(repository.url).ok(), "an address is one", repository.url);
        require(repository.url.ends_with('/'), "a token can stand behind it", repository.url);
    }
    const std::set<ClusterName> users{repository.clusters.begin(), repository.clusters.end()};
    require(users.size() == repository.clusters.size(), "a cluster uses it once");
    for (const ClusterName& user : users) {
        require(settings.cluster(user) != nullptr, "a repository's cluster is in the file");
    }
    for (const std::int64_t ceiling :
         {repository.max_snapshot_bytes_per_sec, repository.max_restore_bytes_per_sec}) {
        require(ceiling == 0 || ceiling >= std::int64_t{64 * kb}, "a ceiling lets something pass");
        require(ceiling <= std::int64_t{64 * gb}, "a ceiling is a size");
    }
}

void check_schedule(const Schedule& schedule) {
    using std::chrono::days;
    using std::chrono::minutes;
    if (const auto* every = std::get_if<Duration>(&schedule.when)) {
        require_range<Duration>(*every, std::chrono::seconds{1}, days{365}, "every");
    }
    WallTime last{days{20'787} + minutes{7}};  // in 2026
    for (int times = 0; times < 3; ++times) {
        const WallTime next = next_after(schedule, last);
        require(next > last, "a schedule goes on", schedule.text);
        require(next - last <= core::cron_wait_max + days{1}, "it comes again", schedule.text);
        last = next;
    }
}

void check_mode(const FollowRule& rule) {
    if (rule.mode == FollowMode::history) {
        require(rule.every == Schedule{}, "a schedule belongs to mode snapshot");
        return;
    }
    require(!rule.repository.value().empty(), "a snapshot lies somewhere");
    require(rule.bootstrap == Bootstrap::automatic && !rule.allow_close &&
                rule.on_leader_delete == OnLeaderDelete::keep,
            "what history needs belongs to mode history");
    require_range(rule.snapshots_to_keep, 1, 1000, "keep");
    const std::string generation = generation_name(follower_index_name(rule, "x"), WallTime{});
    require(!index_name_problem(generation), "a generation has a legal name", generation);
    require(rule.leader != rule.follower || rule.follow_index_pattern != leader_index_placeholder,
            "no alias has the name of an index");
    check_schedule(rule.every);
}

void check_bootstrap(const FollowRule& rule, const Settings& settings) {
    const bool has_repository = !rule.repository.value().empty();
    require(has_repository || rule.bootstrap != Bootstrap::snapshot, "a snapshot lies somewhere");
    require(!has_repository || rule.bootstrap != Bootstrap::stream, "a stream needs no repository");
    if (!has_repository) {
        return;
    }
    const RepositorySettings* repository = settings.repository(rule.repository);
    require(repository != nullptr, "a rule's repository is in the file");
    const std::vector<ClusterName>& users = repository->clusters;
    for (const ClusterName& user : {rule.leader, rule.follower}) {
        require(users.empty() || std::ranges::find(users, user) != users.end(),
                "a rule's clusters may use its repository");
    }
}

void check_rule(const FollowRule& rule, const Settings& settings) {
    require(!config::label_problem(rule.name.value()), "a rule's name is a label");
    require(settings.cluster(rule.leader) != nullptr, "a rule's leader is in the file");
    require(settings.cluster(rule.follower) != nullptr, "a rule's follower is in the file");
    require(std::ranges::any_of(rule.indices, [](auto& pattern) { return !is_exclusion(pattern); }),
            "a rule includes something");
    const std::string follower = follower_index_name(rule, "x");
    require(!index_name_problem(follower), "a rule makes legal names", follower);
    require(follower.find("{{") == std::string::npos, "a placeholder is replaced", follower);
    std::set<std::string_view> names;
    for (const auto& [name, value] : rule.settings) {
        require(name.starts_with("index."), "an index setting has its whole name", name);
        require(names.insert(name).second, "a setting is given once", name);
        require(nlohmann::json::accept(value), "a setting's value is JSON", value);
    }
    check_bootstrap(rule, settings);
    check_mode(rule);
}

void check_settings(const Settings& settings) {
    require(!settings.clusters.empty(), "there is a cluster");
    std::set<ClusterName> clusters;
    for (const ClusterSettings& cluster : settings.clusters) {
        check_cluster(cluster);
        require(clusters.insert(cluster.name).second, "clusters have different names");
    }
    std::set<RepositoryName> repositories;
    std::set<std::string_view> folders;
    for (const RepositorySettings& repository : settings.repositories) {
        check_repository(repository, settings);
        require(repositories.insert(repository.name).second, "repositories have different names");
        require(
            repository.leader_location.empty() || folders.insert(repository.leader_location).second,
            "a folder is written under one name");
    }
    std::set<RuleName> rules;
    for (const FollowRule& rule : settings.follow) {
        check_rule(rule, settings);
        require(rules.insert(rule.name).second, "rules have different names");
    }
    const LimitSettings& limits = settings.limits;
    require_range<std::size_t>(limits.max_read_request_operation_count, 1, 10'000, "count");
    require_range<std::size_t>(limits.max_read_request_bytes, 64 * kb, 100 * mb, "read size");
    require_range<std::size_t>(limits.max_write_request_bytes, 64 * kb, 100 * mb, "write size");
    require_range<std::size_t>(limits.max_outstanding_write_requests, 1, 64, "outstanding");
    require_range<std::size_t>(limits.memory_bytes, 16 * mb, 64 * gb, "memory");
    require(limits.memory_bytes >= 2 * limits.max_read_request_bytes, "memory holds two pages");
    require(limits.memory_bytes >= 2 * limits.max_write_request_bytes, "memory holds two bulks");

    const TailSettings& tail = settings.tail;
    using std::chrono::hours;
    using std::chrono::milliseconds;
    using std::chrono::minutes;
    using std::chrono::seconds;
    require_range<Duration>(tail.poll_interval, milliseconds{1}, minutes{1}, "poll");
    require_range<Duration>(tail.idle_poll_interval, tail.poll_interval, minutes{1}, "idle poll");
    require_range<Duration>(tail.audit_interval, seconds{1}, hours{24}, "audit");
    require(tail.refresh_share > 0 && tail.refresh_share <= 1, "a share is one");
    require(tail.delete_guard > 0 && tail.delete_guard <= 1, "a share is one");

    require(!settings.state_path.empty(), "the state has a file");
    const AdminSettings& admin = settings.admin;
    require(admin.unix_path.empty() == (admin.tcp_port != 0), "the admin API has one address");
    http::Url address;
    address.host = admin.tcp_host;
    address.port = admin.tcp_port;
    const std::string listen =
        admin.tcp_port == 0 ? "unix:" + admin.unix_path : address.authority();
    require(http::parse_listen_address(listen).ok(), "the admin API can listen there", listen);
}

void play(std::string_view text, const std::string& file) {
    const config::SettingsOrMistakes result = config::parse_settings(text, file);
    if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&result)) {
        check_mistakes(*mistakes, file);
    } else {
        check_settings(std::get<Settings>(result));
    }
}

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = followd::fuzz::text_of(data, size);
    followd::fuzz::play(text, "followd.yaml");
    followd::fuzz::play(text, "followd.json");
    return 0;
}
