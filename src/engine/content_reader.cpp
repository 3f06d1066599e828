#include "engine/content_reader.hpp"

#include "followd/core/page_sizer.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace followd::engine {

namespace {

// One request names each of them.
constexpr std::size_t listed_at_once = 500;

}  // namespace

ContentReader::ContentReader(VerifyPorts ports,
                             VersionBase base,
                             std::vector<OlderSpace> older,
                             LimitSettings limits,
                             std::size_t differences_max,
                             OnCompared on_compared)
    : ports_(ports),
      base_(base),
      older_(std::move(older)),
      limits_(limits),
      differences_max_(differences_max),
      on_compared_(std::move(on_compared)) {}

Task<Result<core::ContentComparison>> ContentReader::compare(VerifyView view) {
    core::ContentComparison contents{differences_max_};
    std::vector<SeqNoRange> ranges;
    for (const OlderSpace& space : older_) {
        // The leader has nothing where no operation is told.
        if (!space.space.value().empty()) {
            ranges.push_back(space.origins);
        }
    }
    ranges.push_back(SeqNoRange{SeqNo{0}, view.through});
    told_ = 0;
    for (const SeqNoRange& range : ranges) {
        contents.start_range();
        const Result<void> compared = co_await compare_range(view.id, range, &contents);
        if (!compared.ok()) {
            co_return compared.failure();
        }
    }
    co_return contents;
}

Task<Result<void>> ContentReader::compare_range(ViewId view,
                                                SeqNoRange range,
                                                core::ContentComparison* contents) {
    core::PageSizer leader_sizer{limits_};
    core::PageSizer follower_sizer{limits_};
    std::string cursor;
    SeqNo leader_at = range.first;
    SeqNo follower_at = range.first;
    while (!range.empty() && contents->next() != core::ContentComparison::Need::nothing) {
        const bool is_leader = contents->next() == core::ContentComparison::Need::leader;
        core::PageSizer& sizer = is_leader ? leader_sizer : follower_sizer;
        const SeqNoRange rest{is_leader ? leader_at : follower_at, range.last};
        Result<Page> page = Failure{FailureKind::cancelled, "not asked", {}};
        if (is_leader && range.first < SeqNo{0}) {
            page = co_await read_older(view, rest, sizer.operations_max(), sizer.bytes_max());
        } else if (is_leader) {
            PageRequest request;
            request.view = view;
            request.ranges = {range};
            request.after = cursor;
            request.operations_max = sizer.operations_max();
            request.bytes_max = sizer.bytes_max();
            page = co_await ports_.leader.read_page(std::move(request));
        } else {
            page = co_await ports_.follower.read_documents(
                base_, rest, sizer.operations_max(), sizer.bytes_max());
        }
        if (!page.ok()) {
            if (page.failure().kind == FailureKind::too_large && sizer.shrink()) {
                continue;
            }
            co_return page.failure();
        }
        const std::vector<Operation>& read = page->batch.operations;
        sizer.read(read.size(), page->batch.bytes == nullptr ? 0 : page->batch.bytes->size());
        if (is_leader) {
            cursor = page->cursor;
            leader_at = read.empty() ? leader_at : read.back().seq_no.next();
            contents->leader_page(std::move(page).value());
        } else {
            follower_at = read.empty() ? follower_at : read.back().seq_no.next();
            contents->follower_page(std::move(page).value());
        }
        if (on_compared_ && contents->compared() > told_) {
            on_compared_(contents->compared() - told_);
            told_ = contents->compared();
        }
    }
    co_return Result<void>{};
}

Task<Result<Page>> ContentReader::read_older(ViewId view,
                                             SeqNoRange range,
                                             std::size_t documents_max,
                                             std::size_t bytes_max) {
    const std::size_t limit = std::min(documents_max, listed_at_once);
    const Result<std::vector<SeqNo>> places = co_await ports_.leader.list(view, range, limit);
    if (!places.ok()) {
        co_return places.failure();
    }
    PageRequest request;
    request.view = view;
    request.operations_max = limit;
    request.bytes_max = bytes_max;
    for (const SeqNo place : *places) {
        request.ranges.push_back(SeqNoRange{place, place});
    }
    Page nothing;
    Result<Page> page = std::move(nothing);
    if (!request.ranges.empty()) {
        page = co_await ports_.leader.read_page(std::move(request));
    }
    if (!page.ok()) {
        co_return page;
    }
    if (page->batch.operations.size() != places->size()) {
        co_return Failure{FailureKind::malformed,
                          "the leader showed other documents than it listed in the same view",
                          {}};
    }
    page->is_last = places->size() < limit;
    co_return page;
}

}  // namespace followd::engine
