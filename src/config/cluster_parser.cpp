#include "config/cluster_parser.hpp"

#include "config/section.hpp"
#include "config/url_check.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace followd::config {

namespace {

constexpr std::array<std::string_view, 4> cluster_keys{"urls", "auth", "tls", "compression"};
constexpr std::array<std::string_view, 4> auth_keys{
    "username", "password_file", "api_key_file", "bearer_token_file"};
constexpr std::array<std::string_view, 4> tls_keys{
    "ca_file", "client_cert_file", "client_key_file", "verify"};
constexpr std::array<std::pair<std::string_view, TlsVerify>, 2> verify_choices{
    {{"full", TlsVerify::full}, {"none", TlsVerify::none}}};

constexpr std::size_t label_bytes_max = 64;
constexpr std::string_view urls_example = R"(["https://es1:9200"])";

std::vector<std::string> parse_urls(const Section& section, Mistakes& mistakes) {
    std::vector<std::string> urls;
    const std::span<const Node> items = section.list("urls", urls_example);
    for (std::size_t at = 0; at < items.size(); ++at) {
        const Node& item = items[at];
        const std::string path = section.path_of("urls") + "[" + std::to_string(at) + "]";
        std::string url;
        // An address is not shown: it may hold a password that should not be there.
        if (!read_text_node(item, path, mistakes, Show::nothing, url)) {
            continue;
        }
        if (std::optional<std::string> problem = url_problem(url)) {
            mistakes.add(item.place,
                         path,
                         "the address " + *problem,
                         "write for example https://es1:9200 or http://[::1]:9200/prefix");
        } else if (std::find(urls.begin(), urls.end(), url) != urls.end()) {
            mistakes.add(item.place, path, "the address is given twice", "keep one");
        } else {
            urls.push_back(std::move(url));
        }
    }
    const Node* node = section.find("urls");
    if (node == nullptr || node->kind == NodeKind::null ||
        (node->kind == NodeKind::sequence && items.empty())) {
        section.report("urls",
                       "a cluster needs at least one address",
                       "write for example urls: " + std::string{urls_example});
    }
    return urls;
}

AuthSettings parse_auth(const Node& node, const std::string& path, Mistakes& mistakes) {
    AuthSettings auth;
    const Section section{node, path, auth_keys, mistakes, Show::nothing};
    section.read_text("username", auth.username);
    section.read_text("password_file", auth.password_file);
    section.read_text("api_key_file", auth.api_key_file);
    section.read_text("bearer_token_file", auth.bearer_token_file);

    const bool basic = section.has("username") || section.has("password_file");
    if (section.has("username") != section.has("password_file")) {
        section.report(section.has("username") ? "username" : "password_file",
                       "username and password_file belong together",
                       section.has("username") ? "add password_file" : "add username");
    }
    if (auth.username.find(':') != std::string::npos) {
        section.report("username", "a user name cannot hold a colon");
    }
    const int ways = (basic ? 1 : 0) + (section.has("api_key_file") ? 1 : 0) +
                     (section.has("bearer_token_file") ? 1 : 0);
    if (ways > 1) {
        mistakes.add(section.place(),
                     path,
                     "more than one way to authenticate",
                     "keep username with password_file, or api_key_file, or bearer_token_file");
    }
    return auth;
}

TlsSettings parse_tls(const Node& node, const std::string& path, Mistakes& mistakes) {
    TlsSettings tls;
    const Section section{node, path, tls_keys, mistakes};
    section.read_text("ca_file", tls.ca_file);
    section.read_text("client_cert_file", tls.client_cert_file);
    section.read_text("client_key_file", tls.client_key_file);
    section.read_choice<TlsVerify>("verify", verify_choices, tls.verify);
    if (section.has("client_cert_file") != section.has("client_key_file")) {
        const bool has_cert = section.has("client_cert_file");
        section.report(has_cert ? "client_cert_file" : "client_key_file",
                       "client_cert_file and client_key_file belong together",
                       has_cert ? "add client_key_file" : "add client_cert_file");
    }
    return tls;
}

ClusterSettings parse_cluster(const Node& node, const std::string& path, Mistakes& mistakes) {
    ClusterSettings cluster;
    cluster.name = ClusterName{node.key};
    if (std::optional<std::string> problem = label_problem(node.key)) {
        mistakes.add(node.key_place, path, "the cluster's name " + *problem);
    }
    const Section section{node, path, cluster_keys, mistakes};
    cluster.urls = parse_urls(section, mistakes);
    section.read_boolean("compression", cluster.compression);
    if (const Node* auth = section.find("auth")) {
        cluster.auth = parse_auth(*auth, section.path_of("auth"), mistakes);
    }
    if (const Node* tls = section.find("tls")) {
        cluster.tls = parse_tls(*tls, section.path_of("tls"), mistakes);
        const bool all_plain =
            !cluster.urls.empty() &&
            std::none_of(cluster.urls.begin(), cluster.urls.end(), [](const std::string& url) {
                return url.starts_with("https:");
            });
        if (all_plain && !tls->children.empty()) {
            section.report("tls", "no address of this cluster is https", "leave tls out");
        }
    }
    return cluster;
}

}  // namespace

std::optional<std::string> label_problem(std::string_view label) {
    if (label.empty()) {
        return "is empty";
    }
    if (label.size() > label_bytes_max) {
        return "is longer than 64 bytes";
    }
    const bool plain = std::all_of(label.begin(), label.end(), [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
               (character >= '0' && character <= '9') || character == '-' || character == '_' ||
               character == '.';
    });
    if (!plain || label.front() == '-' || label.front() == '.') {
        return "is not made of letters, digits, '-', '_' and '.', with a letter, a digit or '_' "
               "in front";
    }
    return std::nullopt;
}

std::vector<ClusterSettings> parse_clusters(const Node& node, Mistakes& mistakes) {
    std::vector<ClusterSettings> clusters;
    if (node.kind == NodeKind::unreadable) {
        return clusters;
    }
    if (node.kind != NodeKind::map && node.kind != NodeKind::null) {
        mistakes.add(node.place,
                     "clusters",
                     is_not("a map", node, Show::value),
                     "write \"name: {urls: [...]}\" lines below it");
        return clusters;
    }
    for (const Node& child : node.children) {
        const auto same_name = [&child](const ClusterSettings& cluster) {
            return cluster.name.value() == child.key;
        };
        // A second one of the same name is reported as a duplicate key already.
        if (std::none_of(clusters.begin(), clusters.end(), same_name)) {
            clusters.push_back(parse_cluster(child, join_path("clusters", child.key), mistakes));
        }
    }
    if (clusters.empty()) {
        mistakes.add(
            node.key_place, "clusters", "there is no cluster", "name at least one with its urls");
    }
    return clusters;
}

void check_cluster(const ClusterName& name,
                   const std::string& path,
                   Place place,
                   std::span<const ClusterSettings> clusters,
                   Mistakes& mistakes) {
    std::vector<std::string_view> known;
    for (const ClusterSettings& cluster : clusters) {
        known.push_back(cluster.name.value());
    }
    // A missing name was reported already, as was a file without any cluster.
    if (name.value().empty() || known.empty() ||
        std::find(known.begin(), known.end(), name.value()) != known.end()) {
        return;
    }
    mistakes.add(place,
                 path,
                 in_quotes(name.value()) + " is no cluster of this file",
                 suggestion(name.value(), known));
}

}  // namespace followd::config
