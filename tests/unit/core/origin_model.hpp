#pragma once

#include "followd/core/origin_line.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

/// A shard of an index in memory, and where its documents lie on a line.

namespace followd::test {

using Token = std::pair<std::string, std::int64_t>;  // space, operation

struct Document {
    SeqNo local;
    Version version;
    Token made_by;  // what really made it: the line is not told
};

/// A shard of an index as clients and followd write to it (design.md section 6).
struct ModelIndex {
    IndexUuid uuid;
    std::map<int, Document> documents;  // by id
    std::map<int, Version> tombstones;
    std::int64_t next = 0;
    Origins origins;
    std::int64_t generation_last = -1;

    [[nodiscard]] Version current(int id) const {
        const auto live = documents.find(id);
        if (live != documents.end()) {
            return live->second.version;
        }
        const auto dead = tombstones.find(id);
        return dead == tombstones.end() ? Version{0} : dead->second;
    }
    void write(int id) {
        const Version version{current(id).value() + 1};
        documents[id] = Document{SeqNo{next}, version, Token{uuid.value(), next}};
        tombstones.erase(id);
        ++next;
    }
    void remove(int id) {
        if (documents.erase(id) > 0) {
            tombstones[id] = Version{current(id).value() + 1};
            ++next;
        }
    }
    bool copy(int id, Version version, Token made_by) {
        if (version <= current(id)) {
            return false;
        }
        documents[id] = Document{SeqNo{next++}, version, std::move(made_by)};
        tombstones.erase(id);
        return true;
    }
    bool copy_removal(int id, Version version) {
        if (version <= current(id)) {
            return false;
        }
        documents.erase(id);
        tombstones[id] = version;
        ++next;
        return true;
    }
    [[nodiscard]] SeqNo point() const { return SeqNo{next - 1}; }
};

/// Where a document lies: in exactly one strip.
inline SeqNo place_of(const Document& document, const OriginStrips& strips) {
    std::optional<SeqNo> place;
    for (const OriginStrip& strip : strips) {
        if (!strip.local.contains(document.local)) {
            continue;
        }
        const SeqNo origin = strip.base ? strip.base->origin_of(document.version)
                                        : SeqNo{strip.zero + document.local.value()};
        if (strip.origins.contains(origin)) {
            EXPECT_FALSE(place) << "two places";
            place = origin;
        }
    }
    EXPECT_TRUE(place) << "no place for version " << document.version.value() << " at "
                       << document.local.value();
    return place.value_or(SeqNo{});
}

inline SeqNo leader_place(const Document& document, const OriginLine& line) {
    return line.is_plain() ? document.local : place_of(document, line.leader);
}
inline SeqNo follower_place(const Document& document, const OriginLine& line) {
    return line.is_plain() ? line.base.origin_of(document.version)
                           : place_of(document, line.follower);
}

inline Version version_of(const OriginLine& line, SeqNo place) {
    for (const OlderSpace& older : line.older) {
        if (older.origins.contains(place)) {
            return older.base.of_write(place);
        }
    }
    return line.base.of_write(place);
}

}  // namespace followd::test
