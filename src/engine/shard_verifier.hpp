#pragma once

#include "followd/base/result.hpp"
#include "followd/core/verification.hpp"
#include "followd/model/settings.hpp"

#include "engine/content_reader.hpp"
#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "engine/view_comparison.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Compares one shard of leader and follower by reading both, whether a daemon runs or not; writes
/// nothing. The rules of reading are those of following (design.md sections 2 and 4): a view of the
/// leader counts only when nothing it showed can be rolled back.

namespace followd::engine {

struct VerifyOptions {
    VersionBase base;               ///< of `history` among the follower's versions
    std::vector<OlderSpace> older;  ///< of a follower that holds documents of its own
    HistoryUuid history;            ///< the leader shard's, as the follower's mark has it
    bool deep = false;              ///< compare ids, routings and sources, too
    LimitSettings limits;
    std::size_t contents_max = 1'000;  ///< documents of other content that are kept; all count
    /// Told now and then how many documents' contents were compared more than at the last time.
    ContentReader::OnCompared on_compared;
};

/// A difference as a person is told of it.
enum class DiscrepancyKind {
    missing,        ///< only on the leader
    extra,          ///< only on the follower
    other_version,  ///< on both, made by different operations
    other_id,       ///< the follower's version belongs to another document
    other_routing,
    other_source,
};

[[nodiscard]] std::string_view to_string(DiscrepancyKind kind) noexcept;

struct Discrepancy {
    DiscrepancyKind kind = DiscrepancyKind::missing;
    std::string id;  ///< JSON string token; empty where it could not be read
    SeqNo seq_no;    ///< of the operation that made it, at its own index; none() where none did
    /// Which index took that operation from a client; empty: the leader.
    IndexUuid space{};
    /// On the follower, where no operation explains it.
    std::optional<Version> version{};
};

class ShardVerifier {
public:
    ShardVerifier(VerifyPorts ports, VerifyOptions options);

    /// One comparison in a fresh view; with `deep`, the first that succeeds also compares contents.
    /// A Failure leaves what was found before. `history_lost`: the leader's past is not the one
    /// that the follower was made from.
    [[nodiscard]] Task<Result<void>> compare();

    [[nodiscard]] core::VerifyVerdict verdict() const;
    [[nodiscard]] const core::Verification& verification() const { return verification_; }
    [[nodiscard]] std::int64_t contents_compared() const { return contents_compared_; }
    [[nodiscard]] std::int64_t contents_different() const { return contents_different_; }

    /// The first `most` of what the verdict rests on, with ids; asks the leader for them.
    [[nodiscard]] Task<std::vector<Discrepancy>> describe(std::size_t most);

private:
    [[nodiscard]] Task<Result<VerifyView>> open_view();
    /// M* of a view that was opened since `identity` was read.
    [[nodiscard]] Task<Result<SeqNo>> confirm(LeaderIdentity identity);
    [[nodiscard]] Task<Result<void>> compare_contents(VerifyView view);
    [[nodiscard]] Task<Result<std::string>> id_of(SeqNo seq_no);
    [[nodiscard]] Discrepancy discrepancy_of(const core::DocumentDifference& difference) const;

    VerifyPorts ports_;
    VerifyOptions options_;
    core::Verification verification_;
    ViewComparison sets_;
    ContentReader contents_;
    bool has_contents_ = false;
    std::int64_t contents_compared_ = 0;
    std::int64_t contents_different_ = 0;
};

}  // namespace followd::engine
