#include "followd/core/origin_line.hpp"

#include "es/adoption.hpp"
#include "es/follower_cluster.hpp"
#include "es/place.hpp"
#include "http/message.hpp"

#include <utility>

/// The part of RestFollowerCluster that changes the mapping and the mark of an index that exists.

namespace followd::es {

namespace {

Json mapping_of(const Json& index) {
    const Json* mappings = member(index, "mappings");
    return mappings == nullptr ? Json::object() : *mappings;
}

http::Request mapping_request(const IndexName& name, const Json& body) {
    return change_request(
        http::Method::put, "/" + http::encode_component(name.value()) + "/_mapping", to_text(body));
}

Claim claim_of(const FollowMark& mark) {
    return Claim{mark.generation, mark.histories};
}

}  // namespace

Task<Result<RestFollowerCluster::Marked>> RestFollowerCluster::read_follower(IndexName name) {
    Result<std::optional<Json>> there = co_await read_index(name);
    if (!there.ok()) {
        co_return std::move(there).failure();
    }
    std::optional<Json> index = std::move(there).value();
    if (!index.has_value()) {
        co_return Failure{FailureKind::not_found, "the follower index was deleted", {}};
    }
    const Json mappings = mapping_of(*index);
    const Result<std::optional<FollowMark>> mark = read_mark(mappings);
    if (!mark.ok()) {
        co_return mark.failure();
    }
    const std::optional<FollowMark>& found = *mark;
    if (!found.has_value()) {
        co_return Failure{
            FailureKind::conflict,
            "the index's mark _meta.followd is gone: its mapping was replaced by another; delete "
            "the index and let it be made afresh",
            {}};
    }
    if (found->role != MarkRole::follower) {
        co_return Failure{
            FailureKind::conflict,
            "the index is no follower any more but " + std::string(to_string(found->role)),
            {}};
    }
    co_return Marked{*std::move(index), *found};
}

Task<Result<void>> RestFollowerCluster::sync_mapping(IndexName follower,
                                                     engine::IndexDefinition leader) {
    const std::string where = exchange_.where(follower);
    const Result<Json> wanted = parse_json(leader.mappings, "the leader's mapping");
    Result<HeldBack> held_back = held_back_of(leader);
    if (!wanted.ok() || !held_back.ok()) {
        co_return located(wanted.ok() ? held_back.failure() : wanted.failure(), where);
    }
    Result<Marked> read = co_await read_follower(follower);
    if (!read.ok()) {
        co_return located(std::move(read).failure(), where);
    }
    FollowMark mark = read->mark;
    if (mark.leader_uuid != leader.index.uuid) {
        co_return Failure{FailureKind::conflict,
                          "the index follows another leader index than " +
                              leader.index.name.value() + " with uuid " + leader.index.uuid.value(),
                          where};
    }
    mark.held_back = std::move(held_back).value();
    const Json present = mapping_of(read->index);
    const Json update = plan_mapping_update(*wanted, present, mark);
    if (update == present) {
        co_return Result<void>{};
    }
    http::Request request = mapping_request(follower, update);
    const std::string attempt = "put the leader's mapping on the follower";
    const Result<void> answer =
        co_await exchange_.send_expecting_acknowledgement(std::move(request), attempt);
    if (!answer.ok()) {
        co_return located(answer.failure(), where);
    }
    const IndexUuid uuid = uuid_of(read->index);
    Result<void> kept = co_await keep_claim(follower, uuid, mark.generation);
    if (!kept.ok()) {
        co_return located(std::move(kept).failure(), where);
    }
    co_return kept;
}

Task<Result<void>> RestFollowerCluster::keep_claim(IndexName name,
                                                   IndexUuid uuid,
                                                   std::int64_t generation) {
    // A claim made between our reading and our writing of the mark stands in the ledger.
    const Result<LedgerReading> ledger = co_await ledger_.read(uuid);
    if (!ledger.ok()) {
        co_return ledger.failure();
    }
    const std::optional<Claim> recorded = ledger->claim();
    if (!recorded.has_value() || recorded->generation < generation) {
        co_return Result<void>{};
    }
    Result<void> written = co_await write_claim(name, *recorded);
    co_return written;
}

Task<Result<RestFollowerCluster::Claimable>> RestFollowerCluster::read_claimable(IndexName name,
                                                                                 IndexUuid uuid) {
    Result<LedgerReading> ledger = co_await ledger_.read(uuid);
    if (ledger.ok() && !ledger->index_exists) {
        const Result<void> created = co_await ledger_.create_index();
        if (!created.ok()) {
            co_return created.failure();
        }
        ledger = co_await ledger_.read(uuid);
    }
    if (!ledger.ok()) {
        co_return std::move(ledger).failure();
    }
    if (ledger->entry && ledger->entry->change) {
        co_return change_under_way(*ledger->entry->change, exchange_.where(name));
    }
    Result<Marked> read = co_await read_follower(name);
    if (!read.ok()) {
        co_return std::move(read).failure();
    }
    if (uuid_of(read->index) != uuid) {
        co_return Failure{
            FailureKind::not_found, "the follower index was deleted and created again", {}};
    }
    std::optional<Claim> recorded = ledger->claim();
    co_return Claimable{std::move(ledger->entry), std::move(recorded), std::move(read).value()};
}

Task<Result<std::int64_t>> RestFollowerCluster::claim_generation(
    engine::FollowerIndex follower, std::vector<HistoryUuid> histories) {
    const std::string where = exchange_.where(follower.name);
    for (int attempt = 0; attempt < claim_tries_max; ++attempt) {
        const Result<Claimable> found = co_await read_claimable(follower.name, follower.uuid);
        if (!found.ok()) {
            co_return located(found.failure(), where);
        }
        const Result<Claim> claim =
            next_claim(found->recorded, claim_of(found->marked.mark), histories);
        if (!claim.ok()) {
            co_return located(claim.failure(), where);
        }
        if (found->recorded != *claim) {
            const Result<bool> won =
                co_await ledger_.replace(follower.uuid, follower.name, found->entry, *claim);
            if (!won.ok()) {
                co_return located(won.failure(), where);
            }
            if (!*won) {
                continue;
            }
        }
        const Result<void> written = co_await write_claim(follower.name, *claim);
        if (!written.ok()) {
            co_return located(written.failure(), where);
        }
        co_return claim->generation;
    }
    co_return Failure{FailureKind::unavailable,
                      "other daemons keep changing the index's entry in .followd",
                      where};
}

Task<Result<void>> RestFollowerCluster::write_claim(IndexName name, Claim claim) {
    // Read again: the mapping may have been synced since, and `_meta` is replaced as a whole.
    const Result<Marked> read = co_await read_follower(name);
    if (!read.ok()) {
        co_return read.failure();
    }
    FollowMark mark = read->mark;
    if (claim_of(mark) == claim) {
        co_return Result<void>{};
    }
    if (claim.generation > mark.generation && claim.histories == mark.histories) {
        // Whoever raised it did not come to say so here.
        mark.origins = core::raised_to(origins_of(mark), mark.leader_uuid, claim.generation);
    } else if (claim.generation != mark.generation) {
        mark.origins =
            core::with_new_history(std::move(mark.origins), mark.leader_uuid, claim.generation);
    }
    mark.generation = claim.generation;
    mark.histories = std::move(claim.histories);
    Result<void> put = co_await put_mark(name, read->index, std::move(mark));
    co_return put;
}

Task<Result<void>> RestFollowerCluster::put_mark(IndexName name, Json index, FollowMark mark) {
    Json body = Json::object();
    const Json present = mapping_of(index);
    if (const Json* meta = member(present, "_meta"); meta != nullptr) {
        body["_meta"] = *meta;
    }
    set_mark(body, mark);
    http::Request request = mapping_request(name, body);
    const std::string attempt = "write the index's mark";
    const Result<void> answer =
        co_await exchange_.send_expecting_acknowledgement(std::move(request), attempt);
    if (!answer.ok()) {
        co_return answer.failure();
    }
    co_return Result<void>{};
}

}  // namespace followd::es
