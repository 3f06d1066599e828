#include "es/plain_restore_plan.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/index_pattern.hpp"

#include "es/name_list.hpp"
#include "es/restore_plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <utility>

namespace followd::es {

namespace {

// What counts generations for followd (generation_ledger.hpp): another cluster has its own.
constexpr std::string_view ledger_index = ".followd";

/// Where and how the other cluster keeps the index, what it does to it by itself, and to whatever
/// is written to it: this cluster need not have any of that.
constexpr std::array left_behind = std::to_array<std::string_view>({
    "index.blocks.*",
    "index.default_pipeline",
    "index.final_pipeline",
    "index.lifecycle.*",
    "index.opendistro.index_state_management.*",
    "index.plugins.index_state_management.*",
    "index.routing.allocation.*",
    "index.routing.rebalance.*",
    "index.search.default_pipeline",
});

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

/// Major and minor version of "9.2.0"; nothing of a text that is none.
std::optional<std::pair<int, int>> release_in(std::string_view version) {
    std::pair<int, int> release{0, 0};
    const char* const end = version.data() + version.size();
    const auto major = std::from_chars(version.data(), end, release.first);
    if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') {
        return std::nullopt;
    }
    const auto minor = std::from_chars(major.ptr + 1, end, release.second);
    return minor.ec == std::errc{} ? std::optional{release} : std::nullopt;
}

/// By versions and products alone. OpenSearch began with Elasticsearch 7.10, whose snapshots it
/// knows; which of their indices, it says itself.
std::string why_not(const StoredSnapshot& snapshot, const engine::Release& target) {
    const auto taken_by = release_in(snapshot.version);
    const bool is_ancestor = !snapshot.is_opensearch && target.is_opensearch && taken_by &&
                             *taken_by <= std::pair{7, 10};
    if (!taken_by || is_ancestor) {
        return {};
    }
    const engine::Release source{
        snapshot.is_opensearch,
        taken_by->first,
        taken_by->second,
        false,
        (snapshot.is_opensearch ? "OpenSearch " : "Elasticsearch ") + snapshot.version};
    return why_not_restorable(source, target, "{}");
}

bool is_left_to_servers(const StoredSnapshot& snapshot, const std::string& index) {
    return index == ledger_index || std::ranges::binary_search(snapshot.system_indices, index);
}

std::set<std::string> meant_by(const StoredSnapshot& snapshot, const std::string& pattern) {
    std::set<std::string> meant;
    for (const std::string& index : snapshot.indices) {
        const bool is_meant = is_wildcard(pattern) ? matches_wildcard(pattern, index) &&
                                                         !is_left_to_servers(snapshot, index)
                                                   : pattern == index;
        if (is_meant) {
            meant.insert(index);
        }
    }
    return meant;
}

Result<std::set<std::string>> meant_by_all(const StoredSnapshot& snapshot,
                                           const std::vector<std::string>& patterns) {
    std::set<std::string> selected;
    for (const std::string& pattern : patterns) {
        std::set<std::string> meant = meant_by(snapshot, pattern);
        if (meant.empty()) {
            return Failure{FailureKind::not_found,
                           "the snapshot " + snapshot.name + " has no index " + pattern +
                               "; it has: " +
                               (snapshot.indices.empty() ? "none" : name_list(snapshot.indices)),
                           {}};
        }
        selected.merge(std::move(meant));
    }
    return selected;
}

/// A partial snapshot may have whole indices, too.
Result<void> judge_whole(const StoredSnapshot& snapshot, const std::set<std::string>& selected) {
    if (snapshot.state != engine::SnapshotState::partial) {
        return {};
    }
    std::vector<std::string> broken;
    std::ranges::set_intersection(selected, snapshot.broken_indices, std::back_inserter(broken));
    if (broken.empty() && !snapshot.broken_indices.empty()) {
        return {};
    }
    return Failure{FailureKind::refused,
                   "the snapshot " + snapshot.name + " is not whole (PARTIAL): it lacks shards" +
                       (broken.empty() ? std::string{} : " of " + name_list(broken)) + " (" +
                       snapshot.reason +
                       "). Name indices that it has whole, or take another snapshot",
                   {}};
}

Failure cannot_be_called(const std::string& index,
                         const std::string& copy,
                         const std::string& problem) {
    return Failure{FailureKind::refused,
                   "the copy of " + index + " cannot be called " + copy + ": that " + problem +
                       ". Say otherwise with --rename",
                   {}};
}

Failure would_both_be_called(const std::string& first,
                             const std::string& second,
                             const std::string& copy) {
    return Failure{FailureKind::refused,
                   "the copies of " + first + " and " + second + " would both be called " + copy +
                       ": --rename needs {{index}} where there are several",
                   {}};
}

Result<std::vector<RestoredName>> renamed(const std::set<std::string>& selected,
                                          const std::string& rename) {
    std::vector<RestoredName> names;
    std::map<std::string, std::string> first_of;
    for (const std::string& index : selected) {
        std::string copy = replaced(rename, index_placeholder, index);
        if (const auto problem = index_name_problem(copy)) {
            return cannot_be_called(index, copy, *problem);
        }
        const auto [first, is_free] = first_of.emplace(copy, index);
        if (!is_free) {
            return would_both_be_called(first->second, index, copy);
        }
        names.push_back(RestoredName{IndexName{index}, IndexName{std::move(copy)}});
    }
    return names;
}

}  // namespace

std::optional<std::string> rename_problem(std::string_view rename) {
    if (rename.empty()) {
        return "is empty";
    }
    const std::string rest = replaced(std::string{rename}, index_placeholder, "");
    if (rest.find("{{") != std::string::npos || rest.find("}}") != std::string::npos) {
        return "has braces for something else than {{index}}";
    }
    return std::nullopt;
}

Result<void> judge_restorable(const StoredSnapshot& snapshot, const engine::Release& target) {
    const std::string subject = "the snapshot " + snapshot.name;
    switch (snapshot.state) {
        case engine::SnapshotState::in_progress:
            return Failure{FailureKind::unavailable,
                           subject + " is still being taken: followd snapshots list shows its end",
                           {}};
        case engine::SnapshotState::failed:
            return Failure{FailureKind::refused,
                           subject + " cannot be restored: it is " + snapshot.state_word +
                               (snapshot.reason.empty() ? "" : " (" + snapshot.reason + ")") +
                               ". Take another one",
                           {}};
        case engine::SnapshotState::success:
        case engine::SnapshotState::partial:
            break;
    }
    const std::string why = why_not(snapshot, target);
    if (!why.empty()) {
        return Failure{FailureKind::refused, subject + " cannot be restored there: " + why, {}};
    }
    return {};
}

Result<std::vector<RestoredName>> select_indices(const StoredSnapshot& snapshot,
                                                 const std::vector<std::string>& patterns,
                                                 const std::string& rename) {
    FOLLOWD_ASSERT(!rename_problem(rename));
    const std::vector<std::string> all{"*"};
    const Result<std::set<std::string>> selected =
        meant_by_all(snapshot, patterns.empty() ? all : patterns);
    if (!selected.ok()) {
        return selected.failure();
    }
    const Result<void> whole = judge_whole(snapshot, *selected);
    if (!whole.ok()) {
        return whole.failure();
    }
    return renamed(*selected, rename);
}

Json plan_plain_restore(const std::vector<RestoredName>& names,
                        const std::string& rename,
                        const std::string& tag) {
    FOLLOWD_ASSERT(!names.empty() && !tag.empty());
    Json indices = Json::array();
    for (const RestoredName& name : names) {
        indices.push_back(name.index.value());
    }
    Json body{{"indices", std::move(indices)},
              {"ignore_unavailable", false},
              {"include_global_state", false},
              {"include_aliases", false},
              {"partial", false},
              {"ignore_index_settings", left_behind}};
    body["index_settings"][std::string(restore_tag)] = tag;
    if (rename != index_placeholder) {
        body["rename_pattern"] = "(.+)";
        body["rename_replacement"] = replaced(as_replacement(rename), index_placeholder, "$1");
    }
    return body;
}

}  // namespace followd::es
