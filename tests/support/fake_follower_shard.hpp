#pragma once

#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "support/fake_ports.hpp"
#include "support/histogram.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// One shard of the follower in memory, behind the engine's port: it keeps external versions as the
/// server does, and everything is searchable at once.

namespace followd::test {

class FakeFollowerShard final : public engine::FollowerShard {
public:
    std::multimap<std::int64_t, FakeDocument> documents;  ///< by version
    FollowerIdentity identity;
    std::function<void()> on_refresh;
    /// Why an item of a bulk cannot be written now; nothing where it can.
    std::function<std::optional<Failure>(const WriteItem&)> on_item;
    int bulks = 0;
    int items = 0;  ///< of all bulks

    /// As followd would write it.
    void put(VersionBase base, std::int64_t seq, FakeDocument document) {
        remove(document.id);
        documents.emplace(base.of_write(SeqNo{seq}).value(), std::move(document));
    }
    void remove(const std::string& id) {
        std::erase_if(documents, [&id](const auto& entry) { return entry.second.id == id; });
    }
    /// Everything that the leader has.
    void copy(VersionBase base, const FakeLeaderShard& leader) {
        documents.clear();
        for (const auto& [seq, document] : leader.documents) {
            put(base, seq, document);
        }
    }

    [[nodiscard]] Task<Result<FollowerIdentity>> read_identity() override { co_return identity; }
    [[nodiscard]] Task<Result<void>> refresh() override {
        if (on_refresh) {
            on_refresh();
        }
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(VersionBase base,
                                                          HistogramRequest request) override {
        Histogram histogram(request);
        for (const auto& [version, document] : documents) {
            histogram.add(base.origin_of(Version{version}).value());
        }
        co_return histogram.buckets();
    }
    [[nodiscard]] Task<Result<std::vector<FollowerDocument>>> list(VersionBase base,
                                                                   std::vector<SeqNoRange> ranges,
                                                                   std::size_t limit) override {
        std::vector<FollowerDocument> found;
        for (const auto& [version, document] : documents) {
            const SeqNo origin = base.origin_of(Version{version});
            if (contains(ranges, origin) && found.size() < limit) {
                found.push_back(
                    FollowerDocument{origin, document.id, document.routing, Version{version}});
            }
        }
        co_return found;
    }
    [[nodiscard]] Task<Result<BulkOutcome>> apply(Bulk bulk) override {
        ++bulks;
        items += static_cast<int>(bulk.items.size());
        BulkOutcome outcome;
        for (std::size_t at = 0; at < bulk.items.size(); ++at) {
            const WriteItem& item = bulk.items[at];
            const std::optional<Failure> failure = on_item ? on_item(item) : std::nullopt;
            if (failure) {
                outcome.failed.push_back(ItemFailure{at, *failure});
            } else if (!write(item)) {
                outcome.conflicts.push_back(at);
            }
        }
        co_return outcome;
    }
    [[nodiscard]] Task<Result<Page>> read_documents(VersionBase base,
                                                    SeqNoRange range,
                                                    std::size_t limit,
                                                    std::size_t bytes_max) override {
        (void)bytes_max;
        std::vector<std::pair<std::int64_t, FakeDocument>> found;
        for (const auto& [version, document] : documents) {
            const SeqNo origin = base.origin_of(Version{version});
            if (range.contains(origin) && found.size() < limit) {
                found.emplace_back(origin.value(), document);
            }
        }
        Page page = make_page(found);
        page.is_last = found.size() < limit;
        co_return page;
    }

private:
    // As the server does with external versions: only a higher one passes, also after a deletion.
    bool write(const WriteItem& item) {
        const std::string name{item.id};
        const auto present = std::ranges::find_if(
            documents, [&name](const auto& entry) { return entry.second.id == name; });
        const auto tombstone = tombstones_.find(name);
        if ((present != documents.end() && present->first >= item.version.value()) ||
            (tombstone != tombstones_.end() && tombstone->second >= item.version.value())) {
            return false;
        }
        remove(name);
        if (item.kind == WriteKind::remove) {
            tombstones_.insert_or_assign(name, item.version.value());
        } else {
            documents.emplace(
                item.version.value(),
                FakeDocument{name, std::string{item.routing}, std::string{item.source}});
        }
        return true;
    }

    std::map<std::string, std::int64_t> tombstones_;  // versions of deletions, by id
};

}  // namespace followd::test
