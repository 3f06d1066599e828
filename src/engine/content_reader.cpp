#include "engine/content_reader.hpp"

#include "followd/core/page_sizer.hpp"

#include <string>
#include <utility>
#include <vector>

namespace followd::engine {

namespace {

// Documents of different content that are kept: they are few or all.
constexpr std::size_t contents_max = 1'000;

}  // namespace

ContentReader::ContentReader(VerifyPorts ports,
                             VersionBase base,
                             LimitSettings limits,
                             OnCompared on_compared)
    : ports_(ports), base_(base), limits_(limits), on_compared_(std::move(on_compared)) {}

Task<Result<core::ContentComparison>> ContentReader::compare(VerifyView view) {
    const SeqNoRange range{SeqNo{0}, view.through};
    core::ContentComparison contents{contents_max};
    core::PageSizer leader_sizer{limits_};
    core::PageSizer follower_sizer{limits_};
    std::string cursor;
    SeqNo follower_at = range.first;
    std::int64_t told = 0;
    while (!range.empty() && contents.next() != core::ContentComparison::Need::nothing) {
        const bool is_leader = contents.next() == core::ContentComparison::Need::leader;
        core::PageSizer& sizer = is_leader ? leader_sizer : follower_sizer;
        Result<Page> page = Failure{FailureKind::cancelled, "not asked", {}};
        if (is_leader) {
            PageRequest request;
            request.view = view.id;
            request.ranges = {range};
            request.after = cursor;
            request.operations_max = sizer.operations_max();
            request.bytes_max = sizer.bytes_max();
            page = co_await ports_.leader.read_page(std::move(request));
        } else {
            const SeqNoRange rest{follower_at, view.through};
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
            contents.leader_page(std::move(page).value());
        } else {
            follower_at = read.empty() ? follower_at : read.back().seq_no.next();
            contents.follower_page(std::move(page).value());
        }
        if (on_compared_ && contents.compared() > told) {
            on_compared_(contents.compared() - told);
            told = contents.compared();
        }
    }
    co_return contents;
}

}  // namespace followd::engine
