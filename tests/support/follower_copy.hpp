#pragma once

#include "followd/model/operation.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

/// The same shard of the follower: one copy with external versions, and searches as of its last
/// refresh. A document's source begins with `{"v":` and its value.

namespace followd::test {

struct FollowerCopy {
    struct Document {
        std::int64_t version = 0;
        int value = 0;
    };
    std::map<std::string, Document> documents;
    std::map<std::string, std::int64_t> tombstones;
    std::map<std::string, std::int64_t> searchable;  // id -> version, as of the last refresh
    std::int64_t mapping_version = 0;
    int history = 1;

    [[nodiscard]] static int value_of(std::string_view source) {
        return std::stoi(std::string{source.substr(5)});
    }
    /// What a write's version must exceed.
    [[nodiscard]] std::int64_t version_of(const std::string& id) const {
        const auto held = documents.find(id);
        const auto tomb = tombstones.find(id);
        return held != documents.end()    ? held->second.version
               : tomb != tombstones.end() ? tomb->second
                                          : 0;
    }

    /// True when applied, false for a version conflict.
    bool apply(const WriteItem& item) {
        const std::string id{item.id};
        if (item.version.value() <= version_of(id)) {
            return false;
        }
        if (item.kind == WriteKind::index) {
            documents[id] = {item.version.value(), value_of(item.source)};
            tombstones.erase(id);
        } else {
            documents.erase(id);
            tombstones[id] = item.version.value();
        }
        return true;
    }
    void refresh() {
        searchable.clear();
        for (const auto& [id, document] : documents) {
            searchable.emplace(id, document.version);
        }
    }
};

}  // namespace followd::test
