#include "simulation/roles/shard_ports.hpp"
#include "simulation/roles/strips.hpp"
#include "support/histogram.hpp"

#include <algorithm>
#include <memory>

namespace followd::sim {

namespace {

using Listed = std::map<std::int64_t, std::int64_t>;

/// What a page may show: of a line, the leader's own numbers, and what was listed of this view.
PlacedDocuments readable(PlacedDocuments shown, const OriginStrips& strips, const Listed& listed) {
    if (!strips.empty()) {
        std::erase_if(shown, [&listed](const auto& entry) {
            return entry.first != entry.second.local && !listed.contains(entry.first);
        });
    }
    return shown;
}

Page page_of(const PlacedDocuments& shown, const PageRequest& request) {
    std::vector<std::pair<std::int64_t, const PlacedDocument*>> found;
    for (const auto& [place, document] : shown) {
        const bool is_wanted = std::ranges::any_of(
            request.ranges,
            [place](const SeqNoRange& range) { return range.contains(SeqNo{place}); });
        if (is_wanted && (request.after.empty() || place > std::stoll(request.after))) {
            found.emplace_back(place, &document);
        }
    }
    const bool is_last = found.size() < request.operations_max;
    found.resize(std::min(found.size(), request.operations_max));
    auto bytes = std::make_shared<std::string>();
    std::vector<std::size_t> ends;
    for (const auto& [place, document] : found) {
        *bytes += document->id;
        ends.push_back(bytes->size());
        *bytes += "{\"v\":" + std::to_string(document->value) + "}";
        ends.push_back(bytes->size());
    }
    Page page{OperationBatch{bytes, {}}, {}, is_last};
    const std::string_view text = *bytes;
    std::size_t from = 0;
    for (std::size_t at = 0; at < found.size(); ++at) {
        page.batch.operations.push_back(
            Operation{SeqNo{found[at].first},
                      text.substr(from, ends[2 * at] - from),
                      {},
                      text.substr(ends[2 * at], ends[2 * at + 1] - ends[2 * at])});
        page.cursor = std::to_string(found[at].first);
        from = ends[2 * at + 1];
    }
    return page;
}

}  // namespace

template <class T>
Task<Result<T>> TwoWayLeaderShard::ask(const std::string& what, InShard<T> serve) {
    auto guarded = [place = place_, serve = std::move(serve)]() -> Result<T> {
        TwoWayIndex* const index = place.find();
        return index == nullptr ? Result<T>{place.absence()}
                                : serve(*index, index->shards.at(place.shard));
    };
    return link_.ask<T>(place_.named(what), guarded);
}

template <class T>
Task<Result<T>> TwoWayLeaderShard::ask_view(const std::string& what, ViewId view, InView<T> serve) {
    InShard<T> in_view = [scene = &scene_, view = std::move(view), serve = std::move(serve)](
                             TwoWayIndex& /*index*/, TwoWayShard& shard) -> Result<T> {
        const auto found = shard.views.find(view);
        if (found == shard.views.end() || scene->strikes(Fault::expired)) {
            return Failure{FailureKind::not_found, "the view is gone", "leader"};
        }
        return serve(found->second);
    };
    return ask<T>(what, std::move(in_view));
}

Task<Result<LeaderIdentity>> TwoWayLeaderShard::read_identity() {
    return ask<LeaderIdentity>(
        "identity", [](TwoWayIndex& index, TwoWayShard& shard) -> Result<LeaderIdentity> {
            return LeaderIdentity{index.uuid, PrimaryTerm{shard.term}, 1};
        });
}

Task<Result<ShardSample>> TwoWayLeaderShard::read_sample() {
    return ask<ShardSample>(
        "sample",
        [at = place_.shard](TwoWayIndex& index, TwoWayShard& shard) -> Result<ShardSample> {
            return sample_of(index, at, shard.deletes);
        });
}

Task<Result<void>> TwoWayLeaderShard::refresh() {
    return ask<void>("refresh", [](TwoWayIndex& index, TwoWayShard& /*shard*/) -> Result<void> {
        for (TwoWayShard& shard : index.shards) {
            shard.refresh();
        }
        return {};
    });
}

Task<Result<ViewId>> TwoWayLeaderShard::open_view() {
    listed_.clear();
    return ask<ViewId>("open view", [](TwoWayIndex& index, TwoWayShard& shard) -> Result<ViewId> {
        ViewId view{index.uuid.value() + "/" + std::to_string(++shard.views_opened)};
        shard.views.emplace(view, shard.searchable);
        return view;
    });
}

Task<Result<void>> TwoWayLeaderShard::close_view(ViewId view) {
    return ask<void>(
        "close view",
        [view = std::move(view)](TwoWayIndex& /*index*/, TwoWayShard& shard) -> Result<void> {
            shard.views.erase(view);
            return {};
        });
}

Task<Result<Page>> TwoWayLeaderShard::read_page(PageRequest request) {
    const std::string what = "page after '" + request.after + "'";
    const std::optional<ViewId> view = request.view;
    const std::size_t bytes = std::min(request.bytes_max, scene_.weather.limits().memory_bytes);
    InView<Page> answer = [request = std::move(request), strips = place_.strips, listed = listed_](
                              const TwoWayShard::View& shown) -> Result<Page> {
        Page page = page_of(readable(placed(strips, std::nullopt, shown), strips, listed), request);
        if (page.batch.bytes->size() > request.bytes_max) {
            return Failure{FailureKind::too_large, "the answer is too large", "leader"};
        }
        return page;
    };
    InShard<Page> search = [answer](TwoWayIndex& /*index*/, TwoWayShard& shard) {
        return answer(shard.searchable);
    };
    link_.page_bytes.take(bytes);
    Result<Page> page = Failure{FailureKind::cancelled, "not asked", {}};
    if (view) {
        page = co_await ask_view<Page>(what, *view, std::move(answer));
    } else {
        page = co_await ask<Page>(what, std::move(search));
    }
    link_.page_bytes.give_back(bytes);
    co_return page;
}

Task<Result<std::vector<Bucket>>> TwoWayLeaderShard::count(ViewId view, HistogramRequest request) {
    return ask_view<std::vector<Bucket>>(
        describe("count", request.range),
        std::move(view),
        [request,
         strips = place_.strips](const TwoWayShard::View& shown) -> Result<std::vector<Bucket>> {
            test::Histogram histogram(request);
            for (const auto& [place, document] : placed(strips, std::nullopt, shown)) {
                if (request.range.contains(SeqNo{place})) {
                    histogram.add(place);
                }
            }
            return histogram.buckets();
        });
}

Task<Result<std::vector<SeqNo>>> TwoWayLeaderShard::list(ViewId view,
                                                         SeqNoRange range,
                                                         std::size_t limit) {
    auto found = std::make_shared<Listed>();
    const std::string what = describe("list", range);
    InView<std::vector<SeqNo>> serve =
        [range, limit, strips = place_.strips, found](
            const TwoWayShard::View& shown) -> Result<std::vector<SeqNo>> {
        std::vector<SeqNo> places;
        for (const auto& [place, document] : placed(strips, std::nullopt, shown)) {
            if (range.contains(SeqNo{place}) && places.size() < limit) {
                places.emplace_back(place);
                found->emplace(place, document.local);
            }
        }
        return places;
    };
    Result<std::vector<SeqNo>> listed =
        co_await ask_view<std::vector<SeqNo>>(what, std::move(view), std::move(serve));
    if (listed.ok()) {
        listed_.insert(found->begin(), found->end());
    }
    co_return listed;
}

Task<Result<std::vector<LookupResult>>> TwoWayLeaderShard::look_up(std::vector<Lookup> lookups) {
    const std::string what = "look up " + std::to_string(lookups.size());
    return ask<std::vector<LookupResult>>(
        what,
        [lookups = std::move(lookups), strips = place_.strips](
            TwoWayIndex& /*index*/, TwoWayShard& shard) -> Result<std::vector<LookupResult>> {
            std::vector<LookupResult> found;
            for (const Lookup& lookup : lookups) {
                const auto live = shard.documents.find(lookup.id);
                if (live == shard.documents.end()) {
                    found.emplace_back(std::nullopt);
                    continue;
                }
                const std::int64_t local = live->second.seq;
                found.emplace_back(SeqNo{
                    strips.empty() ? local
                                   : place_of(strips, local, live->second.version).value_or(-1)});
            }
            return found;
        });
}

Task<Result<std::int64_t>> TwoWayLeaderShard::count_documents(ViewId view) {
    return ask_view<std::int64_t>("count documents",
                                  std::move(view),
                                  [](const TwoWayShard::View& shown) -> Result<std::int64_t> {
                                      return static_cast<std::int64_t>(shown.size());
                                  });
}

}  // namespace followd::sim
