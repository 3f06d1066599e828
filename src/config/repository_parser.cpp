#include "config/repository_parser.hpp"

#include "config/cluster_parser.hpp"
#include "config/location_check.hpp"
#include "config/section.hpp"
#include "config/url_check.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace followd::config {

namespace {

constexpr std::size_t kb = 1U << 10;
constexpr std::size_t gb = 1U << 30;

constexpr std::array<std::string_view, 11> repository_keys{"type",
                                                           "location",
                                                           "leader_location",
                                                           "follower_location",
                                                           "url",
                                                           "token_file",
                                                           "leader_name",
                                                           "follower_name",
                                                           "clusters",
                                                           "max_snapshot_bytes_per_sec",
                                                           "max_restore_bytes_per_sec"};
constexpr std::array<std::string_view, 3> fs_keys{
    "location", "leader_location", "follower_location"};
constexpr std::array<std::string_view, 3> url_keys{"leader_location", "url", "token_file"};
constexpr std::array<std::string_view, 2> existing_keys{"leader_name", "follower_name"};

constexpr std::array<std::string_view, 4> common_keys{
    "type", "clusters", "max_snapshot_bytes_per_sec", "max_restore_bytes_per_sec"};

/// What a type takes beside the common keys.
struct Shape {
    std::string_view type;
    std::span<const std::string_view> keys;
    std::string_view advice;
};

constexpr Shape fs_shape{
    "fs", fs_keys, "it takes location, or leader_location with follower_location"};
constexpr Shape url_shape{"url", url_keys, "it takes leader_location, url and token_file"};
constexpr Shape existing_shape{"existing", existing_keys, "it takes leader_name and follower_name"};

using MaybeKind = std::optional<RepositoryKind>;
constexpr std::array<std::pair<std::string_view, MaybeKind>, 3> type_choices{
    {{"fs", RepositoryKind::fs},
     {"url", RepositoryKind::url},
     {"existing", RepositoryKind::existing}}};

constexpr Range<std::size_t> rate_range{64 * kb, 64 * gb};
constexpr std::string_view clusters_example = R"(["beijing", "shanghai"])";
constexpr std::string_view url_example = "http://bj-host:9611/";

MaybeKind parse_type(const Section& section) {
    MaybeKind kind;
    if (section.has("type")) {
        section.read_choice<MaybeKind>("type", type_choices, kind);
    } else if (section.has("leader_name") || section.has("follower_name")) {
        kind = RepositoryKind::existing;
    } else {
        section.report("type",
                       "is missing",
                       "write fs or url, or leader_name and follower_name where both clusters have "
                       "it registered");
    }
    return kind;
}

void parse_location(const Section& section, std::string_view key, std::string& out) {
    std::string text;
    section.read_text(key, text);
    if (text.empty()) {
        return;
    }
    if (std::optional<std::string> problem = location_problem(text)) {
        section.report(key,
                       in_quotes(text) + " " + *problem,
                       "write the whole path of a folder that is there for snapshots alone, for "
                       "example /mnt/es-backup");
    } else {
        out = normal_location(text);
    }
}

// Neither an address nor a token's file is shown: either may be a secret by mistake.
std::string parse_hidden(const Section& section, std::string_view key, Mistakes& mistakes) {
    std::string text;
    if (const Node* node = section.find(key)) {
        static_cast<void>(
            read_text_node(*node, section.path_of(key), mistakes, Show::nothing, text));
    }
    return text;
}

std::string parse_url(const Section& section, Mistakes& mistakes) {
    std::string url = parse_hidden(section, "url", mistakes);
    if (url.empty()) {
        return url;
    }
    if (std::optional<std::string> problem =
            url_problem(url, "which belong in no repository's address")) {
        section.report(
            "url",
            "the address " + *problem,
            "write for example " + std::string{url_example} + ", and a token into token_file");
        return {};
    }
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url + '/';
}

/// Why no server has a repository of that name, the end of a sentence.
std::optional<std::string> server_name_problem(std::string_view name) {
    if (name == "_all") {
        return "means all repositories";
    }
    const std::size_t at = name.find_first_of("\\/*?\"<>| ,#");
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    return name[at] == ' ' ? std::string{"holds a space"}
                           : "holds the character " + std::string{name.substr(at, 1)};
}

void parse_server_name(const Section& section, std::string_view key, std::string& out) {
    section.read_text(key, out);
    if (std::optional<std::string> problem = server_name_problem(out)) {
        section.report(key,
                       in_quotes(out) + " is no repository's name: it " + *problem,
                       "write the name that the cluster has it under");
    }
}

void parse_clusters_of(const Section& section, ParsedRepository& parsed, Mistakes& mistakes) {
    std::vector<ClusterName>& clusters = parsed.settings.clusters;
    const std::span<const Node> items = section.list("clusters", clusters_example);
    for (std::size_t at = 0; at < items.size(); ++at) {
        const Node& item = items[at];
        const std::string path = section.path_of("clusters") + "[" + std::to_string(at) + "]";
        std::string name;
        if (!read_text_node(item, path, mistakes, Show::value, name)) {
            parsed.are_clusters_whole = false;
        } else if (std::ranges::find(clusters, ClusterName{name}) != clusters.end()) {
            mistakes.add(item.place, path, in_quotes(name) + " is given twice", "keep one");
        } else {
            clusters.emplace_back(std::move(name));
            parsed.cluster_places.push_back(item.place);
        }
    }
    const Node* node = section.find("clusters");
    if (node != nullptr && items.empty() &&
        (node->kind == NodeKind::null || node->kind == NodeKind::sequence)) {
        section.report("clusters",
                       "names no cluster",
                       "write for example " + std::string{clusters_example} +
                           ", or leave it out: then every cluster may use the repository");
    }
}

std::int64_t parse_rate(const Section& section, std::string_view key) {
    std::size_t bytes = 0;
    section.read_size(key, rate_range, bytes);
    return static_cast<std::int64_t>(bytes);
}

void check_keys(const Section& section, const Shape& shape) {
    for (const std::string_view key : repository_keys) {
        const bool is_common = std::ranges::find(common_keys, key) != common_keys.end();
        const bool is_own = std::ranges::find(shape.keys, key) != shape.keys.end();
        if (section.has(key) && !is_common && !is_own) {
            section.report(key,
                           "does not belong to a repository of type " + std::string{shape.type},
                           std::string{shape.advice});
        }
    }
}

void check_folders(const Section& section) {
    const bool has_leader = section.has("leader_location");
    const bool has_follower = section.has("follower_location");
    if (section.has("location")) {
        for (const std::string_view key : {"leader_location", "follower_location"}) {
            if (section.has(key)) {
                section.report(key,
                               "does not go with location, which means both",
                               "keep location, or leader_location with follower_location");
            }
        }
    } else if (!has_leader && !has_follower) {
        section.report("location",
                       "is missing",
                       "write for example location: /mnt/es-backup, or leader_location and "
                       "follower_location where the nodes' mounts differ");
    } else if (has_leader != has_follower) {
        section.report(has_leader ? "leader_location" : "follower_location",
                       "leader_location and follower_location belong together",
                       has_leader ? "add follower_location" : "add leader_location");
    }
}

void check_kind(const Section& section, RepositoryKind kind) {
    switch (kind) {
        case RepositoryKind::fs:
            check_keys(section, fs_shape);
            check_folders(section);
            break;
        case RepositoryKind::url:
            check_keys(section, url_shape);
            section.require("leader_location", "leader_location: /mnt/es-backup");
            section.require("url", "url: \"" + std::string{url_example} + "\"");
            break;
        case RepositoryKind::existing:
            check_keys(section, existing_shape);
            section.require("leader_name", "leader_name: backups");
            section.require("follower_name", "follower_name: backups");
            break;
    }
}

void parse_values(const Section& section, ParsedRepository& parsed, Mistakes& mistakes) {
    RepositorySettings& settings = parsed.settings;
    parse_location(section, "location", settings.leader_location);
    settings.follower_location = settings.leader_location;
    parse_location(section, "leader_location", settings.leader_location);
    parse_location(section, "follower_location", settings.follower_location);
    const std::string_view folder_key =
        section.has("leader_location") ? "leader_location" : "location";
    parsed.folder_path = section.path_of(folder_key);
    parsed.folder_place = section.place_of(folder_key);
    settings.url = parse_url(section, mistakes);
    settings.token_file = parse_hidden(section, "token_file", mistakes);
    parse_server_name(section, "leader_name", settings.leader_name);
    parse_server_name(section, "follower_name", settings.follower_name);
    parse_clusters_of(section, parsed, mistakes);
    settings.max_snapshot_bytes_per_sec = parse_rate(section, "max_snapshot_bytes_per_sec");
    settings.max_restore_bytes_per_sec = parse_rate(section, "max_restore_bytes_per_sec");
}

ParsedRepository parse_repository(const Node& node, std::string path, Mistakes& mistakes) {
    ParsedRepository parsed;
    parsed.settings.name = RepositoryName{node.key};
    parsed.path = std::move(path);
    if (std::optional<std::string> problem = label_problem(node.key)) {
        mistakes.add(node.key_place, parsed.path, "the repository's name " + *problem);
    }
    // In place of a map there may stand an address, with a secret in it.
    const bool is_map = node.kind == NodeKind::map;
    const Section section{
        node, parsed.path, repository_keys, mistakes, is_map ? Show::value : Show::nothing};
    if (!is_map && node.kind != NodeKind::null) {
        return parsed;
    }
    const MaybeKind kind = parse_type(section);
    parse_values(section, parsed, mistakes);
    if (kind) {
        parsed.settings.kind = *kind;
        check_kind(section, *kind);
    }
    return parsed;
}

}  // namespace

std::optional<std::vector<ParsedRepository>> parse_repositories(const Node& node,
                                                                Mistakes& mistakes) {
    if (node.kind == NodeKind::unreadable) {
        return std::nullopt;
    }
    if (node.kind != NodeKind::map && node.kind != NodeKind::null) {
        mistakes.add(node.place,
                     "repositories",
                     is_not("a map", node, Show::nothing),
                     "write \"name: {type: ...}\" lines below it");
        return std::nullopt;
    }
    std::vector<ParsedRepository> repositories;
    for (const Node& child : node.children) {
        const auto same_name = [&child](const ParsedRepository& repository) {
            return repository.settings.name.value() == child.key;
        };
        // A second one of the same name is reported as a duplicate key already.
        if (std::ranges::none_of(repositories, same_name)) {
            repositories.push_back(
                parse_repository(child, join_path("repositories", child.key), mistakes));
        }
    }
    return repositories;
}

}  // namespace followd::config
