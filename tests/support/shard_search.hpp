#pragma once

#include "followd/model/operation.hpp"
#include "followd/model/seq_no.hpp"
#include "followd/model/shard_view.hpp"

#include "support/follower_copy.hpp"
#include "support/histogram.hpp"
#include "support/leader_group.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What searches of either side answer, from what a copy shows.

namespace followd::test {

/// Live documents by sequence number, as of a copy's refresh.
using LeaderView = std::map<std::int64_t, LeaderOp>;

/// Ids stand in `LeaderOp::id` as they go into a page: JSON tokens, where that matters.
[[nodiscard]] inline std::string source_of(const LeaderOp& op) {
    std::string source = "{\"v\":" + std::to_string(op.value);
    if (op.padding > 0) {
        source += ",\"p\":\"" + std::string(op.padding, 'p') + "\"";
    }
    return source + "}";
}

[[nodiscard]] inline Page search(const LeaderView& shown, const PageRequest& request) {
    std::vector<const LeaderOp*> found;
    const std::int64_t after = request.after.empty() ? -1 : std::stoll(request.after);
    for (const auto& [seq, op] : shown) {
        const auto wanted = [at = SeqNo{seq}](const auto& range) { return range.contains(at); };
        if (seq > after && std::ranges::any_of(request.ranges, wanted)) {
            found.push_back(&op);
        }
    }
    const bool is_last = found.size() < request.operations_max;
    found.resize(std::min(found.size(), request.operations_max));
    auto bytes = std::make_shared<std::string>();
    std::vector<std::size_t> ends;
    for (const LeaderOp* op : found) {
        *bytes += op->id;
        ends.push_back(bytes->size());
        *bytes += source_of(*op);
        ends.push_back(bytes->size());
    }
    Page page{OperationBatch{bytes, {}}, {}, is_last};
    const std::string_view text = *bytes;
    std::size_t from = 0;
    for (std::size_t at = 0; at < found.size(); ++at) {
        const std::size_t middle = ends[2 * at];
        const std::size_t end = ends[2 * at + 1];
        page.batch.operations.push_back(Operation{SeqNo{found[at]->seq},
                                                  text.substr(from, middle - from),
                                                  {},
                                                  text.substr(middle, end - middle)});
        page.cursor = std::to_string(found[at]->seq);
        from = end;
    }
    return page;
}

[[nodiscard]] inline std::vector<Bucket> count(const LeaderView& shown,
                                               const HistogramRequest& request) {
    Histogram histogram(request);
    for (const auto& [seq, op] : shown) {
        if (request.range.contains(SeqNo{seq})) {
            histogram.add(seq);
        }
    }
    return histogram.buckets();
}

/// There is no range on versions: buckets at the ends hold what lies outside, too.
[[nodiscard]] inline std::vector<Bucket> count(const FollowerCopy& copy,
                                               VersionBase base,
                                               const HistogramRequest& request) {
    Histogram histogram(request);
    for (const auto& [id, version] : copy.searchable) {
        histogram.add(base.origin_of(Version{version}).value());
    }
    return histogram.buckets();
}

[[nodiscard]] inline std::vector<SeqNo> list(const LeaderView& shown,
                                             const SeqNoRange& range,
                                             std::size_t limit) {
    std::vector<SeqNo> found;
    for (const auto& [seq, op] : shown) {
        if (range.contains(SeqNo{seq}) && found.size() < limit) {
            found.emplace_back(seq);
        }
    }
    return found;
}

[[nodiscard]] inline std::vector<FollowerDocument> list(const FollowerCopy& copy,
                                                        VersionBase base,
                                                        const std::vector<SeqNoRange>& ranges,
                                                        std::size_t limit) {
    std::vector<FollowerDocument> found;
    for (const auto& [id, version] : copy.searchable) {
        const SeqNo origin = base.origin_of(Version{version});
        if (contains(ranges, origin)) {
            found.push_back(FollowerDocument{origin, id, {}, Version{version}});
        }
    }
    std::ranges::sort(found, {}, &FollowerDocument::origin);
    found.resize(std::min(found.size(), limit));
    return found;
}

/// In real time, on one copy.
[[nodiscard]] inline LookupResult look_up(const Copy& copy, const std::string& id) {
    const auto current = copy.current.find(id);
    const bool live = current != copy.current.end() && current->second.kind == OpKind::index;
    return live ? LookupResult{SeqNo{current->second.seq}} : std::nullopt;
}

}  // namespace followd::test
