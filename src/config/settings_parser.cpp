#include "config/settings_parser.hpp"

#include "config/cluster_parser.hpp"
#include "config/document.hpp"
#include "config/follow_checks.hpp"
#include "config/follow_parser.hpp"
#include "config/repository_checks.hpp"
#include "config/repository_parser.hpp"
#include "config/section.hpp"
#include "config/units.hpp"
#include "config/url_check.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <sys/un.h>
#include <utility>

namespace followd::config {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kb = 1U << 10;
constexpr std::size_t mb = 1U << 20;
constexpr std::size_t gb = 1U << 30;

constexpr std::array<std::string_view, 8> root_keys{
    "clusters", "repositories", "follow", "limits", "tail", "state", "admin", "log"};
constexpr std::array<std::string_view, 5> limit_keys{"max_read_request_operation_count",
                                                     "max_read_request_size",
                                                     "max_write_request_size",
                                                     "max_outstanding_write_requests",
                                                     "memory"};
constexpr std::array<std::string_view, 5> tail_keys{
    "poll_interval", "idle_poll_interval", "refresh_share", "audit_interval", "delete_guard"};
constexpr std::array<std::string_view, 1> state_keys{"path"};
constexpr std::array<std::string_view, 2> admin_keys{"listen", "token_file"};
constexpr std::array<std::string_view, 2> log_keys{"level", "format"};

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> level_choices{
    {{"trace", LogLevel::trace},
     {"debug", LogLevel::debug},
     {"info", LogLevel::info},
     {"warn", LogLevel::warn},
     {"error", LogLevel::error}}};
constexpr std::array<std::pair<std::string_view, LogFormat>, 2> format_choices{
    {{"text", LogFormat::text}, {"json", LogFormat::json}}};

void parse_limits(const Node& node, LimitSettings& limits, Mistakes& mistakes) {
    const std::size_t mistakes_before = mistakes.count();
    const Section section{node, "limits", limit_keys, mistakes};
    section.read_count(
        "max_read_request_operation_count", {1, 10'000}, limits.max_read_request_operation_count);
    section.read_size("max_read_request_size", {64 * kb, 100 * mb}, limits.max_read_request_bytes);
    section.read_size(
        "max_write_request_size", {64 * kb, 100 * mb}, limits.max_write_request_bytes);
    section.read_count(
        "max_outstanding_write_requests", {1, 64}, limits.max_outstanding_write_requests);
    section.read_size("memory", {16 * mb, 64 * gb}, limits.memory_bytes);
    if (mistakes.count() != mistakes_before) {
        return;  // what is not as the file says cannot be compared
    }
    const std::array<std::pair<std::string_view, std::size_t>, 2> requests{
        {{"max_read_request_size", limits.max_read_request_bytes},
         {"max_write_request_size", limits.max_write_request_bytes}}};
    for (const auto& [key, bytes] : requests) {
        if (limits.memory_bytes < 2 * bytes) {
            section.report(
                section.has("memory") ? "memory" : key,
                "memory (" + size_text(limits.memory_bytes) + ") is less than twice " +
                    std::string{key} + " (" + size_text(bytes) + ")",
                "raise memory to " + size_text(2 * bytes) + " or lower " + std::string{key});
        }
    }
}

void parse_tail(const Node& node, TailSettings& tail, Mistakes& mistakes) {
    const std::size_t mistakes_before = mistakes.count();
    const Section section{node, "tail", tail_keys, mistakes};
    section.read_duration("poll_interval", {1ms, 1min}, tail.poll_interval);
    section.read_duration("idle_poll_interval", {1ms, 1min}, tail.idle_poll_interval);
    section.read_share("refresh_share", tail.refresh_share);
    section.read_duration("audit_interval", {1s, 24h}, tail.audit_interval);
    section.read_share("delete_guard", tail.delete_guard);
    if (mistakes.count() == mistakes_before && tail.idle_poll_interval < tail.poll_interval) {
        section.report(
            section.has("idle_poll_interval") ? "idle_poll_interval" : "poll_interval",
            "idle_poll_interval (" + duration_text(tail.idle_poll_interval) +
                ") is below poll_interval (" + duration_text(tail.poll_interval) + ")",
            "set idle_poll_interval to " + duration_text(tail.poll_interval) + " or more");
    }
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" ||
           (host.starts_with("127.") &&
            host.find_first_not_of("0123456789.") == std::string_view::npos);
}

void parse_listen(const Section& section, const std::string& listen, AdminSettings& admin) {
    constexpr std::string_view unix_prefix = "unix:";
    constexpr std::string_view right =
        "write for example unix:/run/followd/followd.sock or 127.0.0.1:9610";
    // The terminating zero needs its place, too.
    constexpr std::size_t unix_path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;
    if (listen.starts_with(unix_prefix)) {
        const std::string path = listen.substr(unix_prefix.size());
        if (!path.starts_with('/')) {
            section.report(
                "listen", in_quotes(listen) + " has no absolute path", std::string{right});
        } else if (path.size() > unix_path_bytes_max) {
            section.report("listen",
                           "a socket's path cannot be longer than " +
                               std::to_string(unix_path_bytes_max) + " bytes",
                           "choose a shorter one");
        } else {
            admin.unix_path = path;
        }
        return;
    }
    const std::optional<HostPort> address = split_host_port(listen);
    const std::optional<unsigned> port = address ? parse_port(address->port) : std::nullopt;
    if (!address || !port) {
        section.report("listen",
                       in_quotes(listen) + " is neither unix: with a path nor host:port",
                       std::string{right});
        return;
    }
    admin.unix_path.clear();
    admin.tcp_host = address->host;
    admin.tcp_port = static_cast<std::uint16_t>(*port);
    if (!is_loopback(admin.tcp_host) && !section.has("token_file")) {
        section.report("listen",
                       in_quotes(listen) + " can be reached from other machines",
                       "set admin.token_file, or listen on 127.0.0.1");
    }
}

void parse_admin(const Node& node, AdminSettings& admin, Mistakes& mistakes) {
    const Section section{node, "admin", admin_keys, mistakes};
    std::string listen;
    section.read_text("listen", listen);
    section.read_text("token_file", admin.token_file);
    if (!listen.empty()) {
        parse_listen(section, listen, admin);
    }
}

Settings read_root(const Node& root, Mistakes& mistakes) {
    Settings settings;
    const std::size_t mistakes_before = mistakes.count();
    const Section section{root, "", root_keys, mistakes, Show::nothing};
    if (root.kind != NodeKind::map && mistakes.count() != mistakes_before) {
        return settings;
    }
    if (const Node* clusters = section.find("clusters")) {
        settings.clusters = parse_clusters(*clusters, mistakes);
    } else {
        section.report("clusters", "there is no cluster", "name at least one with its urls");
    }
    std::optional<std::vector<ParsedRepository>> repositories{std::in_place};
    if (const Node* node = section.find("repositories")) {
        repositories = parse_repositories(*node, mistakes);
    }
    if (repositories) {
        check_repositories(*repositories, settings.clusters, mistakes);
        for (const ParsedRepository& parsed : *repositories) {
            settings.repositories.push_back(parsed.settings);
        }
    }
    if (const Node* follow = section.find("follow")) {
        const std::vector<ParsedRule> rules = parse_follow(*follow, mistakes);
        check_follow(rules, settings.clusters, mistakes);
        if (repositories) {
            check_rule_repositories(rules, *repositories, mistakes);
        }
        for (const ParsedRule& parsed : rules) {
            settings.follow.push_back(parsed.rule);
        }
    }
    if (const Node* limits = section.find("limits")) {
        parse_limits(*limits, settings.limits, mistakes);
    }
    if (const Node* tail = section.find("tail")) {
        parse_tail(*tail, settings.tail, mistakes);
    }
    if (const Node* state = section.find("state")) {
        Section{*state, "state", state_keys, mistakes}.read_text("path", settings.state_path);
    }
    if (const Node* admin = section.find("admin")) {
        parse_admin(*admin, settings.admin, mistakes);
    }
    if (const Node* log = section.find("log")) {
        const Section log_section{*log, "log", log_keys, mistakes};
        log_section.read_choice<LogLevel>("level", level_choices, settings.log.level);
        log_section.read_choice<LogFormat>("format", format_choices, settings.log.format);
    }
    return settings;
}

}  // namespace

SettingsOrMistakes parse_settings(std::string_view text, const std::string& file) {
    Mistakes mistakes{file};
    Settings settings;
    if (const std::optional<Node> root = read_document(text, mistakes)) {
        settings = read_root(*root, mistakes);
    }
    if (mistakes.count() > 0) {
        return mistakes.in_file_order();
    }
    return settings;
}

}  // namespace followd::config
