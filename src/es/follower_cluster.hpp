#pragma once

#include "engine/index_ports.hpp"
#include "es/admin_exchange.hpp"
#include "es/follow_mark.hpp"
#include "es/generation_ledger.hpp"
#include "es/index_definition.hpp"
#include "es/metadata_plan.hpp"
#include "es/metadata_writer.hpp"
#include "es/template_guard.hpp"
#include "http/client.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

/// The follower's cluster as a set of indices, over REST: makes follower indices, keeps their
/// definitions, and agrees on generations.

namespace followd::es {

struct FollowerClusterOptions {
    /// The cluster knows the setting `index.mapping.exclude_source_vectors`: Elasticsearch 9.2 and
    /// later.
    bool has_exclude_vectors = false;
};

/// How often a lost race about the ledger is run again: each loss means that another daemon won
/// one.
inline constexpr int claim_tries_max = 8;

/// The client must outlive it. Needs what privileges.hpp lists.
class RestFollowerCluster final : public engine::FollowerCluster {
public:
    RestFollowerCluster(http::Client& client, ClusterName cluster, FollowerClusterOptions options);

    [[nodiscard]] Task<Result<engine::FollowerIndex>> prepare(
        engine::FollowerRequest request) override;
    [[nodiscard]] Task<Result<void>> sync_mapping(IndexName follower,
                                                  engine::IndexDefinition leader) override;
    [[nodiscard]] Task<Result<engine::MetadataOutcome>> sync_metadata(
        engine::MetadataRequest request) override;
    [[nodiscard]] Task<Result<void>> finish_loading(IndexName follower) override;
    [[nodiscard]] Task<Result<std::int64_t>> claim_generation(
        engine::FollowerIndex follower, std::vector<HistoryUuid> histories) override;
    [[nodiscard]] Task<Result<engine::FollowerIndex>> raise_generation(
        engine::FollowerIndex follower, std::vector<SeqNo> through) override;

private:
    /// An index of ours as it stands.
    struct Marked {
        Json index;  ///< aliases, mappings, flat settings
        FollowMark mark;
    };
    /// The same and what the ledger says of it.
    struct Claimable {
        std::optional<LedgerEntry> entry;
        std::optional<Claim> recorded;
        Marked marked;
    };
    /// What became of the attempt to create.
    struct Creation {
        bool exists_already = false;
        IndexPlan plan;
        std::vector<std::string> warnings;
    };

    /// The index object, or nothing where no index, alias or data stream has that name.
    [[nodiscard]] Task<Result<std::optional<Json>>> read_index(IndexName name);
    /// `not_found` without the index, `conflict` where it is not a follower any more.
    [[nodiscard]] Task<Result<Marked>> read_follower(IndexName name);
    [[nodiscard]] Task<Result<engine::FollowerIndex>> adopt(engine::FollowerRequest request,
                                                            Json index);
    [[nodiscard]] Task<Result<engine::FollowerIndex>> create(engine::FollowerRequest request);
    [[nodiscard]] Task<Result<Creation>> create_guarded(engine::FollowerRequest request,
                                                        FollowMark mark);
    /// Reads the new index back; removes it where a template would bend what is written to it.
    [[nodiscard]] Task<Result<engine::FollowerIndex>> check_created(engine::FollowerRequest request,
                                                                    Creation creation);
    /// Of an index that was restored and is marked.
    [[nodiscard]] Task<Result<void>> admit_writes(IndexName name);
    [[nodiscard]] Task<Result<void>> put_fence_back(IndexName name,
                                                    IndexUuid uuid,
                                                    std::string alias);
    /// `verb` is "add" or "remove".
    [[nodiscard]] Task<Result<void>> change_fence(IndexName name,
                                                  std::string alias,
                                                  std::string verb);
    /// Layout as the leader's, every primary started; else a Failure.
    [[nodiscard]] Task<Result<void>> wait_until_ready(engine::FollowerRequest request);
    /// Ledger and mark, of which a claim may be made; creates the ledger where there is none.
    /// `not_found` where the index is another one now, `conflict` while its role is being changed.
    [[nodiscard]] Task<Result<Claimable>> read_claimable(IndexName name, IndexUuid uuid);
    /// Writes the claim into the index's mark unless it stands there.
    [[nodiscard]] Task<Result<void>> write_claim(IndexName name, Claim claim);
    /// Writes a claim again that was made while a mark of this generation was being written.
    [[nodiscard]] Task<Result<void>> keep_claim(IndexName name,
                                                IndexUuid uuid,
                                                std::int64_t generation);
    /// The live documents of the index by the generation of their versions. Refreshes it first.
    [[nodiscard]] Task<Result<std::map<std::int64_t, std::int64_t>>> count_generations(
        IndexName name);
    /// Puts the generation and the origins of `follower` into its mark.
    [[nodiscard]] Task<Result<void>> mark_raised(engine::FollowerIndex follower);
    /// `index` is the index object whose mark is replaced.
    [[nodiscard]] Task<Result<void>> put_mark(IndexName name, Json index, FollowMark mark);

    // follower_definition.cpp
    /// `mark` as it stands in the index.
    [[nodiscard]] Task<engine::MetadataOutcome> carry_out(IndexName name,
                                                          MetadataPlan plan,
                                                          FollowMark mark,
                                                          bool may_close);
    [[nodiscard]] Task<Result<MetadataWritten>> put_settings_closed(
        IndexName name, std::vector<MetadataChange> changes);
    /// Opens an index that we closed, and says so in its mark.
    [[nodiscard]] Task<Result<void>> open_again(IndexName name);
    [[nodiscard]] Task<Result<void>> edit_mark(IndexName name, MarkEdit edit);

    AdminExchange exchange_;
    MetadataWriter writer_;
    std::map<IndexName, MetadataWritten> refused_closed_;  // what closed indices did not take
    TemplateGuard guard_;
    GenerationLedger ledger_;
    FollowerClusterOptions options_;
};

}  // namespace followd::es
