#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/role_change.hpp"

#include "engine/task.hpp"
#include "es/admin_exchange.hpp"
#include "es/json.hpp"

#include <cstdint>
#include <optional>
#include <vector>

/// Who may say which generation a follower index is in: one small document per follower index in
/// the hidden index `.followd` of the follower's cluster, changed by compare-and-set only.

namespace followd::es {

/// A generation and the leader's histories that it stands for.
struct Claim {
    std::int64_t generation = 0;
    std::vector<HistoryUuid> histories;

    friend bool operator==(const Claim&, const Claim&) = default;
};

/// What to record for these histories, given the ledger's entry (if any) and the index's own mark,
/// of which the one ahead counts: the recorded claim where it is of these histories or of none yet,
/// else the next generation. Pure. `refused` beyond generation_max.
[[nodiscard]] Result<Claim> next_claim(const std::optional<Claim>& ledger,
                                       const Claim& mark,
                                       const std::vector<HistoryUuid>& histories);

/// An entry and the condition to replace it.
struct LedgerEntry {
    Claim claim;
    std::optional<RoleChange> change;  ///< of the index's role, begun and not ended
    std::int64_t seq_no = 0;
    std::int64_t primary_term = 0;
};

/// `answer` is a document as GET or multi-get shows it. `malformed` where it is none of ours.
[[nodiscard]] Result<LedgerEntry> read_ledger_entry(const Json& answer);

/// The document's source.
[[nodiscard]] std::string ledger_entry_body(const IndexName& name,
                                            const Claim& claim,
                                            const std::optional<RoleChange>& change);

/// That nobody may write to an index now, for whoever meant to.
[[nodiscard]] Failure change_under_way(const RoleChange& change, std::string where);

struct LedgerReading {
    bool index_exists = false;
    std::optional<LedgerEntry> entry;

    [[nodiscard]] std::optional<Claim> claim() const;
};

class GenerationLedger {
public:
    explicit GenerationLedger(AdminExchange& exchange);

    [[nodiscard]] Task<Result<LedgerReading>> read(IndexUuid follower);
    /// `conflict` while the index's role is being changed.
    [[nodiscard]] Task<Result<void>> check_no_change(IndexUuid follower);
    /// An index that is there already is success.
    [[nodiscard]] Task<Result<void>> create_index();
    /// True where the entry was replaced, or created where `seen` is empty; false where another
    /// was faster. `name` is for the people who look into the index.
    [[nodiscard]] Task<Result<bool>> replace(IndexUuid follower,
                                             IndexName name,
                                             std::optional<LedgerEntry> seen,
                                             Claim claim);

private:
    AdminExchange& exchange_;
};

}  // namespace followd::es
