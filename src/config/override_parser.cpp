#include "config/override_parser.hpp"

#include "config/section.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

namespace followd::config {

namespace {

struct Controlled {
    std::string_view name;  ///< one that ends in '.' stands for all below it
    std::string_view reason;
};

constexpr std::string_view shards_reason =
    "a follower has its leader's shards, so that shard i of one is shard i of the other";
constexpr std::string_view identity_reason = "the server gives each index its own";
constexpr std::string_view pipeline_reason =
    "it is held back while following and comes from the leader at promotion";

/// What would break following, or what promotion sets.
constexpr std::array<Controlled, 12> controlled{{
    {"index.number_of_shards", shards_reason},
    {"index.number_of_routing_shards", shards_reason},
    {"index.routing_partition_size", shards_reason},
    {"index.uuid", identity_reason},
    {"index.creation_date", identity_reason},
    {"index.version.", identity_reason},
    {"index.soft_deletes.", "following rests on the history that it keeps"},
    {"index.default_pipeline", pipeline_reason},
    {"index.final_pipeline", pipeline_reason},
    {"index.blocks.", "followd blocks and unblocks an index at promotion"},
    {"index.lifecycle.", "a policy would act on the follower; promotion brings it back"},
    {"index.sort.", "it is fixed when an index is created and must be the leader's"},
}};

const Controlled* find_controlled(std::string_view name) {
    const auto found =
        std::find_if(controlled.begin(), controlled.end(), [name](const Controlled& candidate) {
            return candidate.name.ends_with('.')
                       ? name.starts_with(candidate.name) ||
                             name == candidate.name.substr(0, candidate.name.size() - 1)
                       : name == candidate.name;
        });
    return found == controlled.end() ? nullptr : found;
}

bool is_setting_name(std::string_view name) {
    const bool characters = std::all_of(name.begin(), name.end(), [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
               (character >= '0' && character <= '9') || character == '.' || character == '_' ||
               character == '-';
    });
    return characters && !name.empty() && !name.starts_with('.') && !name.ends_with('.') &&
           name.find("..") == std::string_view::npos && name != "index";
}

/// Nothing for what is no single value.
std::optional<std::string> scalar_json(const Node& node) {
    switch (node.kind) {
        case NodeKind::null:
            return "null";
        case NodeKind::boolean:
        case NodeKind::number:
            return node.text;
        case NodeKind::text:
            return nlohmann::json(node.text).dump();
        case NodeKind::sequence:
        case NodeKind::map:
        case NodeKind::unreadable:
            break;
    }
    return std::nullopt;
}

class OverrideParser {
public:
    OverrideParser(std::string path, Mistakes& mistakes)
        : path_(std::move(path)), mistakes_(mistakes) {}

    void read_map(const Node& map, const std::string& prefix) {
        std::set<std::string_view> keys;
        for (const Node& child : map.children) {
            if (!keys.insert(child.key).second) {
                continue;  // reported as a duplicate key already
            }
            const std::string name = prefix.empty() ? child.key : prefix + "." + child.key;
            if (child.kind == NodeKind::map) {
                read_map(child, name);
            } else if (child.kind != NodeKind::unreadable) {
                read_setting(child, name);
            }
        }
    }

    [[nodiscard]] std::vector<std::pair<std::string, std::string>> take() {
        return std::move(settings_);
    }

private:
    void read_setting(const Node& node, const std::string& written) {
        const std::string path = join_path(path_, written);
        if (!is_setting_name(written)) {
            mistakes_.add(node.key_place, path, "is no index setting's name");
            return;
        }
        const std::string name = written.starts_with("index.") ? written : "index." + written;
        if (const Controlled* found = find_controlled(name)) {
            mistakes_.add(node.key_place,
                          path,
                          "followd sets this itself",
                          "leave it out: " + std::string{found->reason});
            return;
        }
        if (!names_.insert(name).second) {
            mistakes_.add(node.key_place, path, name + " is given twice", "keep one");
            return;
        }
        if (std::optional<std::string> json = value_json(node, path)) {
            settings_.emplace_back(name, std::move(*json));
        }
    }

    std::optional<std::string> value_json(const Node& node, const std::string& path) {
        if (node.kind != NodeKind::sequence) {
            return scalar_json(node);
        }
        std::string json = "[";
        for (const Node& item : node.children) {
            const std::optional<std::string> value = scalar_json(item);
            if (!value) {
                if (item.kind != NodeKind::unreadable) {
                    mistakes_.add(item.place,
                                  path,
                                  is_not("a setting's value", item, Show::value),
                                  "write a text, a number or a boolean");
                }
                return std::nullopt;
            }
            json += json.size() > 1 ? "," : "";
            json += *value;
        }
        return json + "]";
    }

    std::string path_;
    Mistakes& mistakes_;
    std::set<std::string> names_;
    std::vector<std::pair<std::string, std::string>> settings_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_overrides(const Node& node,
                                                                 const std::string& path,
                                                                 Mistakes& mistakes) {
    OverrideParser parser{path, mistakes};
    if (node.kind == NodeKind::map) {
        parser.read_map(node, "");
    } else if (node.kind != NodeKind::null && node.kind != NodeKind::unreadable) {
        mistakes.add(node.place,
                     path,
                     is_not("a map", node, Show::value),
                     "write for example {index.number_of_replicas: 0}");
    }
    return parser.take();
}

}  // namespace followd::config
