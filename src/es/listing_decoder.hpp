#pragma once

#include "followd/base/result.hpp"
#include "followd/model/shard_view.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Answers that count or list documents for the comparison of both sides (design.md section 4).
/// Each is `unavailable` where the shard did not answer in whole, and `malformed` where the answer
/// is cut or wrong: a short answer would look like deletions.

namespace followd::es {

/// Buckets by the server's own keys: sequence numbers on a leader, versions on a follower.
struct KeyedCount {
    std::int64_t key = 0;
    std::int64_t count = 0;
};

/// Non-empty buckets, ascending. Keys are doubles on the wire; one beyond 2^53 is malformed.
[[nodiscard]] Result<std::vector<KeyedCount>> decode_histogram(const std::string& body,
                                                               std::string where);

/// `hits.total`, which must be exact.
[[nodiscard]] Result<std::int64_t> decode_total(const std::string& body, std::string where);

/// The first sort value of every hit, ascending.
[[nodiscard]] Result<std::vector<SeqNo>> decode_seq_nos(const std::string& body, std::string where);

/// Every hit with its version, which is its sort value; ascending.
[[nodiscard]] Result<std::vector<FollowerDocument>> decode_documents(const std::string& body,
                                                                     VersionBase base,
                                                                     std::string where);

/// A hit of a strip's listing (request.hpp, list_strip).
struct StripDocument {
    SeqNo local;
    Version version;
    std::string id;       ///< JSON string token
    std::string routing;  ///< JSON string token or empty
};

/// Every hit; in the order of the answer.
[[nodiscard]] Result<std::vector<StripDocument>> decode_strip(const std::string& body,
                                                              std::string where);

/// A document that a multi-get found.
struct LiveDocument {
    SeqNo local;
    Version version;  ///< 0 where the answer does not say

    friend bool operator==(const LiveDocument&, const LiveDocument&) = default;
};

/// The answer to a real-time multi-get of `expected` documents: nothing for one that is not there.
/// An item with an error is the failure of the whole: it does not say that.
[[nodiscard]] Result<std::vector<std::optional<LiveDocument>>> decode_lookups(
    const std::string& body, std::size_t expected, std::string where);

}  // namespace followd::es
