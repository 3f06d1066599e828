#include "es/origin_search.hpp"

#include "es/error_decoder.hpp"
#include "es/search_decoder.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace followd::es {

namespace {

SeqNoRange common(const SeqNoRange& left, const SeqNoRange& right) {
    return SeqNoRange{std::max(left.first, right.first), std::min(left.last, right.last)};
}

SeqNo place_in(const OriginStrip& strip, SeqNo local, Version version) {
    return strip.base ? strip.base->origin_of(version) : SeqNo{strip.zero + local.value()};
}

/// Several answers' documents as one page: their bytes live as long as the page's.
Page join(std::vector<Page> pages, std::size_t limit) {
    auto owners = std::make_shared<std::vector<std::shared_ptr<const std::string>>>();
    Page whole;
    whole.is_last = true;
    // What lies above the end of a cut answer may not have come yet.
    SeqNo through = seq_no_end;
    for (Page& page : pages) {
        if (page.batch.operations.empty()) {
            continue;
        }
        if (!page.is_last) {
            whole.is_last = false;
            through = std::min(through, page.batch.operations.back().seq_no);
        }
        owners->push_back(std::move(page.batch.bytes));
        std::ranges::move(page.batch.operations, std::back_inserter(whole.batch.operations));
    }
    std::vector<Operation>& documents = whole.batch.operations;
    std::ranges::sort(documents, {}, &Operation::seq_no);
    std::erase_if(documents,
                  [through](const Operation& document) { return document.seq_no > through; });
    if (documents.size() > limit) {
        documents.resize(limit);
        whole.is_last = false;
    }
    if (!owners->empty()) {
        whole.batch.bytes = std::shared_ptr<const std::string>(owners, owners->front().get());
    }
    return whole;
}

}  // namespace

std::size_t listed_at_once(std::size_t limit, const std::vector<SeqNoRange>& ranges) {
    constexpr std::size_t least = 32;
    // To pass so many documents costs less than to ask again.
    constexpr std::size_t near = 256;
    std::size_t passed = 1;
    for (std::size_t at = 1; at < ranges.size(); ++at) {
        const std::int64_t gap = ranges[at].first.value() - ranges[at - 1].last.value();
        if (std::cmp_greater(gap, near)) {
            break;
        }
        passed =
            static_cast<std::size_t>(SeqNoRange{ranges.front().first, ranges[at].first}.width());
    }
    return std::max(
        {limit / ranges.size(), std::min(limit, least), std::min(passed, near * ranges.size())});
}

OriginSearch::OriginSearch(ShardRequests requests, ShardExchange& exchange, OriginStrips strips)
    : requests_(std::move(requests)), exchange_(exchange), strips_(std::move(strips)) {}

std::optional<SeqNo> OriginSearch::place_of(SeqNo local, Version version) const {
    for (const OriginStrip& strip : strips_) {
        const SeqNo place = place_in(strip, local, version);
        if (strip.local.contains(local) && strip.origins.contains(place)) {
            return place;
        }
    }
    return std::nullopt;
}

Task<Result<std::vector<Bucket>>> OriginSearch::count(std::optional<ViewId> view,
                                                      HistogramRequest request) {
    std::map<SeqNo, std::int64_t> sums;
    for (const OriginStrip& strip : strips_) {
        HistogramRequest part = request;
        part.range = common(request.range, strip.origins);
        if (part.range.empty()) {
            continue;
        }
        http::Request ask = requests_.count_strip(view, strip, part);
        const Result<std::vector<KeyedCount>> counts = co_await exchange_.count(std::move(ask));
        if (!counts.ok()) {
            co_return counts.failure();
        }
        for (const KeyedCount& count : *counts) {
            const SeqNo first = place_in(strip, SeqNo{count.key}, Version{count.key});
            const bool is_below = first.value() + request.interval <= part.range.first.value();
            if (!is_below && first <= part.range.last) {
                sums[first] += count.count;
            }
        }
    }
    std::vector<Bucket> buckets;
    buckets.reserve(sums.size());
    for (const auto& [first, count] : sums) {
        buckets.push_back(Bucket{first, count});
    }
    co_return buckets;
}

Task<Result<std::vector<PlacedDocument>>> OriginSearch::list(std::optional<ViewId> view,
                                                             std::vector<SeqNoRange> ranges,
                                                             std::size_t limit) {
    std::vector<PlacedDocument> all;
    for (const OriginStrip& strip : strips_) {
        std::vector<SeqNoRange> parts;
        for (const SeqNoRange& range : ranges) {
            const SeqNoRange part = common(range, strip.origins);
            if (!part.empty()) {
                parts.push_back(part);
            }
        }
        if (parts.empty()) {
            continue;
        }
        Result<std::vector<PlacedDocument>> some =
            co_await list_strip(view, strip, std::move(parts), limit);
        if (!some.ok()) {
            co_return std::move(some).failure();
        }
        std::ranges::move(*some, std::back_inserter(all));
    }
    std::ranges::sort(all, {}, &PlacedDocument::origin);
    all.resize(std::min(all.size(), limit));
    co_return all;
}

Task<Result<std::vector<PlacedDocument>>> OriginSearch::list_strip(std::optional<ViewId> view,
                                                                   OriginStrip strip,
                                                                   std::vector<SeqNoRange> ranges,
                                                                   std::size_t limit) {
    std::vector<PlacedDocument> found;
    while (found.size() < limit && !ranges.empty()) {
        const std::size_t wanted =
            strip.base ? listed_at_once(limit - found.size(), ranges) : limit - found.size();
        const std::size_t size = std::min(wanted, requests_.window());
        http::Request ask = requests_.list_strip(view, strip, ranges, size);
        Result<Answer> answer = co_await exchange_.send(std::move(ask), "list documents");
        if (!answer.ok()) {
            co_return std::move(answer).failure();
        }
        Result<std::vector<StripDocument>> some = decode_strip(answer->body, answer->where);
        if (!some.ok()) {
            co_return std::move(some).failure();
        }
        const bool is_last = some->size() < size;
        SeqNo through = ranges.front().first;
        for (StripDocument& document : *some) {
            const SeqNo place = place_in(strip, document.local, document.version);
            if (place < through || !strip.local.contains(document.local)) {
                co_return malformed("list documents",
                                    "documents that were not asked for",
                                    std::move(answer->where));
            }
            through = place;
            if (contains(ranges, place)) {
                found.push_back(PlacedDocument{place, std::move(document)});
            }
        }
        ranges = above(std::move(ranges), is_last ? seq_no_end : through);
    }
    co_return found;
}

Task<Result<Page>> OriginSearch::read(SeqNoRange range, std::size_t limit, std::size_t bytes_max) {
    std::vector<Page> pages;
    const std::size_t size = std::min(limit, requests_.window());
    for (const OriginStrip& strip : strips_) {
        const SeqNoRange part = common(range, strip.origins);
        if (part.empty()) {
            continue;
        }
        http::Request ask = requests_.page_of_strip(strip, part.first, size, bytes_max);
        Result<Answer> answer = co_await exchange_.send(std::move(ask), "read documents");
        if (!answer.ok()) {
            co_return std::move(answer).failure();
        }
        Result<Page> page =
            strip.base ? decode_version_page(
                             std::move(answer->body), size, *strip.base, std::move(answer->where))
                       : decode_page(std::move(answer->body), size, std::move(answer->where));
        if (!page.ok()) {
            co_return std::move(page).failure();
        }
        std::vector<Operation>& documents = page->batch.operations;
        if (!strip.base) {
            for (Operation& document : documents) {
                document.seq_no = SeqNo{strip.zero + document.seq_no.value()};
            }
        }
        const auto beyond = std::ranges::find_if(
            documents, [&part](const Operation& document) { return document.seq_no > part.last; });
        page->is_last = page->is_last || beyond != documents.end();
        documents.erase(beyond, documents.end());
        pages.push_back(std::move(page).value());
    }
    co_return join(std::move(pages), limit);
}

}  // namespace followd::es
