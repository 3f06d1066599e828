#pragma once

#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "support/histogram.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// One shard of the leader in memory, behind the engine's port: everything is searchable at once.

namespace followd::test {

/// Time that passes only when somebody sleeps; `on_sleep` is what the rest of the world does then.
class FakeTimers final : public engine::Timers {
public:
    std::function<void()> on_sleep;

    [[nodiscard]] Instant now() const override { return now_; }
    [[nodiscard]] Task<void> sleep_until(Instant when) override {
        now_ = std::max(now_, when);
        if (on_sleep) {
            on_sleep();
        }
        co_return;
    }
    void wake_all() override {}

private:
    Instant now_{std::chrono::seconds{1}};
};

struct FakeDocument {
    std::string id;       ///< JSON string token
    std::string routing;  ///< JSON string token or empty
    std::string source;
};

/// Puts documents into one page, whose bytes it owns.
inline Page make_page(const std::vector<std::pair<std::int64_t, FakeDocument>>& documents) {
    auto bytes = std::make_shared<std::string>();
    for (const auto& [seq, document] : documents) {
        *bytes += document.id + document.routing + document.source;
    }
    Page page;
    std::size_t at = 0;
    const auto slice = [&bytes, &at](const std::string& text) {
        const std::string_view view = std::string_view(*bytes).substr(at, text.size());
        at += text.size();
        return view;
    };
    for (const auto& [seq, document] : documents) {
        Operation operation;
        operation.seq_no = SeqNo{seq};
        operation.id = slice(document.id);
        operation.routing = slice(document.routing);
        operation.source = slice(document.source);
        page.batch.operations.push_back(operation);
    }
    page.batch.bytes = bytes;
    return page;
}

class FakeLeaderShard final : public engine::LeaderShard {
public:
    LeaderIdentity identity{IndexUuid{"leader-uuid"}, PrimaryTerm{1}, 1};
    ShardSample sample;
    std::map<std::int64_t, FakeDocument> documents;  ///< live ones, by operation
    std::optional<Failure> failure;                  ///< every call fails with it
    std::function<void()> on_refresh;
    int views_open = 0;
    std::size_t largest_page_asked = 0;

    FakeLeaderShard() {
        sample.uuid = identity.uuid;
        sample.history = HistoryUuid{"history"};
    }

    /// A document's next operation; the one before goes.
    std::int64_t put(const std::string& id,
                     const std::string& source = "{}",
                     const std::string& routing = {}) {
        std::erase_if(documents, [&id](const auto& entry) { return entry.second.id == id; });
        const std::int64_t seq = advance();
        documents.emplace(seq, FakeDocument{id, routing, source});
        return seq;
    }
    void remove(const std::string& id) {
        std::erase_if(documents, [&id](const auto& entry) { return entry.second.id == id; });
        ++sample.delete_total;
        advance();
    }
    /// An operation that leaves no document.
    std::int64_t advance() {
        sample.max_seq_no = sample.max_seq_no.next();
        sample.global_checkpoint = sample.max_seq_no;
        return sample.max_seq_no.value();
    }

    [[nodiscard]] Task<Result<LeaderIdentity>> read_identity() override {
        if (failure) {
            co_return *failure;
        }
        co_return identity;
    }
    [[nodiscard]] Task<Result<ShardSample>> read_sample() override {
        if (failure) {
            co_return *failure;
        }
        co_return sample;
    }
    [[nodiscard]] Task<Result<void>> refresh() override {
        if (on_refresh) {
            on_refresh();
        }
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<ViewId>> open_view() override {
        ViewId view{"view-" + std::to_string(++views_made_)};
        views_.emplace(view, documents);
        ++views_open;
        co_return view;
    }
    [[nodiscard]] Task<Result<void>> close_view(ViewId view) override {
        views_open -= static_cast<int>(views_.erase(view));
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<Page>> read_page(PageRequest request) override {
        largest_page_asked = std::max(largest_page_asked, request.operations_max);
        if (request.view && !views_.contains(*request.view)) {
            co_return expired();
        }
        const auto& shown = request.view ? views_.at(*request.view) : documents;
        const std::int64_t after = request.after.empty() ? -1 : std::stoll(request.after);
        std::vector<std::pair<std::int64_t, FakeDocument>> found;
        for (const auto& [seq, document] : shown) {
            const bool is_meant = std::ranges::any_of(request.ranges, [&](const SeqNoRange& range) {
                return range.contains(SeqNo{seq});
            });
            if (is_meant && seq > after && found.size() < request.operations_max) {
                found.emplace_back(seq, document);
            }
        }
        Page page = make_page(found);
        page.is_last = found.size() < request.operations_max;
        page.cursor = found.empty() ? "" : std::to_string(found.back().first);
        co_return page;
    }
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(ViewId view,
                                                          HistogramRequest request) override {
        if (!views_.contains(view)) {
            co_return expired();
        }
        Histogram histogram(request);
        for (const auto& [seq, document] : views_.at(view)) {
            if (request.range.contains(SeqNo{seq})) {
                histogram.add(seq);
            }
        }
        co_return histogram.buckets();
    }
    [[nodiscard]] Task<Result<std::vector<SeqNo>>> list(ViewId view,
                                                        SeqNoRange range,
                                                        std::size_t limit) override {
        if (!views_.contains(view)) {
            co_return expired();
        }
        std::vector<SeqNo> found;
        for (const auto& [seq, document] : views_.at(view)) {
            if (range.contains(SeqNo{seq}) && found.size() < limit) {
                found.emplace_back(seq);
            }
        }
        co_return found;
    }
    [[nodiscard]] Task<Result<std::vector<LookupResult>>> look_up(
        std::vector<Lookup> lookups) override {
        std::vector<LookupResult> results;
        for (const Lookup& lookup : lookups) {
            const auto found = std::ranges::find_if(
                documents, [&lookup](const auto& entry) { return entry.second.id == lookup.id; });
            results.push_back(found == documents.end() ? LookupResult{} : SeqNo{found->first});
        }
        co_return results;
    }
    [[nodiscard]] Task<Result<std::int64_t>> count_documents(ViewId view) override {
        if (!views_.contains(view)) {
            co_return expired();
        }
        co_return static_cast<std::int64_t>(views_.at(view).size());
    }

private:
    static Failure expired() { return {FailureKind::not_found, "no such view", "fake"}; }

    std::map<ViewId, std::map<std::int64_t, FakeDocument>> views_;
    int views_made_ = 0;
};

}  // namespace followd::test
