#include "fuzz/arbitrary_shard.hpp"

#include "fuzz/oracle.hpp"
#include "support/planner_script.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace followd::fuzz {

namespace {

// The most documents of one answer, so that an input stays short.
constexpr std::size_t documents_max = 8;
constexpr std::int64_t generation_width = std::int64_t{1} << 40U;

std::string id_of(SeqNo seq_no) {
    return "\"k" + std::to_string(seq_no.value() % 5) + "\"";
}

std::string source_of(SeqNo seq_no) {
    return "{\"v\":" + std::to_string(seq_no.value()) + "}";
}

/// Each page has bytes of its own: a slice that outlives them is found.
Page page_of(const std::vector<SeqNo>& seq_nos, bool is_last) {
    auto bytes = std::make_shared<std::string>();
    for (const SeqNo seq_no : seq_nos) {
        *bytes += id_of(seq_no) + source_of(seq_no);
    }
    Page page{OperationBatch{bytes, {}}, {}, is_last};
    std::string_view rest = *bytes;
    for (const SeqNo seq_no : seq_nos) {
        const std::size_t id = id_of(seq_no).size();
        const std::size_t source = source_of(seq_no).size();
        page.batch.operations.push_back(
            Operation{seq_no, rest.substr(0, id), {}, rest.substr(id, source)});
        rest.remove_prefix(id + source);
        page.cursor = "[" + std::to_string(seq_no.value()) + "]";
    }
    return page;
}

}  // namespace

ArbitraryShard::ArbitraryShard(Choices& choices,
                               const core::PlannerOptions& options,
                               bool keeps_contract)
    : choices_(choices), options_(options), keeps_contract_(keeps_contract) {}

core::Event ArbitraryShard::answer(const core::Action& action) {
    return std::visit([this](const auto& asked) { return to(asked); }, action);
}

core::Event ArbitraryShard::fail(const core::Action& action) {
    return test::failed(action, failure());
}

Failure ArbitraryShard::failure() {
    return Failure{failure_kinds[choices_.below(std::size(failure_kinds))], "arbitrary", "here"};
}

ShardSample ArbitraryShard::sample() {
    ShardSample sample;
    sample.uuid = options_.leader_uuid;
    sample.history = options_.history;
    const std::uint8_t what = choices_.byte();
    switch (what % 16) {
        case 12:  // a new primary knows less
            checkpoint_ = std::max<std::int64_t>(-1, checkpoint_ - what / 16);
            break;
        case 13:
            checkpoint_ += std::int64_t{1} << (what / 16);
            break;
        case 14:
            sample.history = HistoryUuid{what < 240 ? options_.history.value() : "another"};
            break;
        case 15:
            sample.uuid = IndexUuid{what < 240 ? options_.leader_uuid.value() : "another"};
            break;
        default:
            checkpoint_ += what % 16 % 5;
    }
    checkpoint_ = std::min(checkpoint_, generation_width / 2);
    const std::uint8_t counters = choices_.byte();
    sample.node = NodeId{counters % 32 == 31 ? "m" : "n"};
    sample.global_checkpoint = SeqNo{checkpoint_};
    sample.max_seq_no = SeqNo{checkpoint_ + (counters % 8 == 7 ? counters / 32 : 0)};
    deletes_ += counters % 4 == 3 ? 1 : 0;
    sample.delete_total = deletes_;
    sample.docs_count = counters;
    sample.store_bytes = std::int64_t{counters} * counters * counters;
    return sample;
}

core::Event ArbitraryShard::to(const core::ReadIdentity&) {
    LeaderIdentity identity{options_.leader_uuid, PrimaryTerm{term_}, mapping_version_};
    const std::uint8_t what = choices_.byte();
    term_ += what % 16 == 15 ? 1 : 0;
    mapping_version_ += what % 8 == 7 ? 1 : 0;
    identity.term = PrimaryTerm{term_};
    identity.mapping_version = mapping_version_;
    if (what == 255) {
        identity.uuid = IndexUuid{"another"};
    }
    return core::IdentityRead{std::move(identity)};
}

core::Event ArbitraryShard::to(const core::ReadSample&) {
    return core::SampleRead{sample()};
}

core::Event ArbitraryShard::to(const core::RefreshLeader&) {
    return core::LeaderRefreshed{Result<void>{}};
}

core::Event ArbitraryShard::to(const core::OpenView&) {
    return core::ViewOpened{ViewId{"v" + std::to_string(++views_opened_)}};
}

core::Event ArbitraryShard::to(const core::CloseView&) {
    return core::ViewClosed{Result<void>{}};
}

std::vector<SeqNo> ArbitraryShard::some_of(const SeqNoRange& range, std::size_t most) {
    std::vector<SeqNo> found;
    SeqNo next = range.first;
    while (found.size() < most && next <= range.last) {
        const std::uint8_t what = choices_.byte();
        if (what % 4 == 3 && !found.empty()) {  // enough of this range
            break;
        }
        if (what % 4 != 2) {
            found.push_back(next);
        }
        const std::int64_t step = what / 4 % 16 == 15 ? std::int64_t{1} << (what / 64 * 4) : 1;
        if (next.value() > range.last.value() - step) {
            break;
        }
        next = SeqNo{next.value() + step};
    }
    return found;
}

std::vector<SeqNo> ArbitraryShard::shown(const PageRequest& request, std::size_t most) {
    std::vector<SeqNo> found;
    if (!keeps_contract_) {
        const std::size_t count = choices_.below(documents_max + 1);
        for (std::size_t at = 0; at < std::min(count, most); ++at) {
            found.emplace_back(
                std::clamp<std::int64_t>(choices_.wild_number(), 0, generation_width - 3));
        }
        return found;
    }
    const std::int64_t after = request.after.empty() ? -1 : std::stoll(request.after.substr(1));
    const bool is_by_number = request.ranges.back().last != seq_no_end;
    for (SeqNoRange range : request.ranges) {
        if (request.order == PageOrder::by_seq_no) {
            range.first = std::max(range.first, SeqNo{after + 1});
        }
        // Where a sweep asks for single documents it gets them, as a rule.
        if (is_by_number && choices_.byte() < 224) {
            for (SeqNo next = range.first; next <= range.last && found.size() < most;
                 next = next.next()) {
                found.push_back(next);
            }
            continue;
        }
        const std::size_t allowed = std::min(most, std::max(found.size(), documents_max));
        for (const SeqNo seq_no : some_of(range, allowed - found.size())) {
            found.push_back(seq_no);
        }
    }
    return found;
}

core::Event ArbitraryShard::to(const core::ReadPage& asked) {
    // An index may allow less than was asked for; its page is then full.
    const std::size_t window = choices_.one_of<std::size_t>({10'000, 10'000, 10'000, 2});
    const std::size_t most = std::min(asked.request.operations_max, window);
    const std::vector<SeqNo> seq_nos = shown(asked.request, most);
    return core::PageRead{page_of(seq_nos, seq_nos.size() < most)};
}

core::Event ArbitraryShard::to(const core::SyncMapping& asked) {
    return core::MappingSynced{core::MappingState{asked.version, choices_.rarely(4)}};
}

core::Event ArbitraryShard::to(const core::SendBulk& asked) {
    BulkOutcome outcome;
    for (std::size_t at = 0; at < asked.bulk.items.size(); ++at) {
        const WriteItem& item = asked.bulk.items[at];
        require(item.kind == WriteKind::remove ||
                    (item.id == id_of(item.seq_no) && item.source == source_of(item.seq_no)),
                "a document is written as the leader showed it",
                item.source);
        const std::uint8_t what = at < documents_max ? choices_.byte() : 0;
        if (what % 8 == 6) {
            outcome.conflicts.push_back(at);
        } else if (what % 8 == 7) {
            Failure why = failure();
            why.kind = why.kind == FailureKind::conflict ? FailureKind::throttled : why.kind;
            outcome.failed.push_back(ItemFailure{at, std::move(why)});
        }
    }
    return core::BulkDone{asked.id, std::move(outcome)};
}

core::Event ArbitraryShard::to(const core::SaveCheckpoint&) {
    return core::CheckpointSaved{Result<void>{}};
}

core::Event ArbitraryShard::to(const core::ReadFollowerIdentity&) {
    FollowerIdentity identity = options_.follower;
    const std::uint8_t what = choices_.byte();
    if (what % 16 == 15) {
        identity.history = HistoryUuid{"f" + std::to_string(what / 64)};
    }
    if (what % 8 == 7) {
        identity.term = PrimaryTerm{what};
    }
    if (what == 255) {
        identity.uuid = IndexUuid{"another"};
    }
    return core::FollowerIdentityRead{std::move(identity)};
}

core::Event ArbitraryShard::to(const core::RefreshFollower&) {
    return core::FollowerRefreshed{Result<void>{}};
}

/// Counts that no two sides agree on by chance, some of them enough to alarm the delete guard.
std::vector<Bucket> ArbitraryShard::buckets(const HistogramRequest& request) {
    constexpr std::int64_t counts[] = {1, 1, 2, 512, 20'000, std::int64_t{1} << 31U};
    std::vector<Bucket> found;
    const std::size_t number = choices_.below(6);
    if (!keeps_contract_) {
        for (std::size_t at = 0; at < number; ++at) {
            const std::int64_t first = std::clamp<std::int64_t>(
                choices_.wild_number(), -(std::int64_t{1} << 53U), std::int64_t{1} << 53U);
            found.push_back(Bucket{SeqNo{first}, counts[choices_.below(std::size(counts))]});
        }
        std::ranges::sort(found, {}, &Bucket::first);
        const auto doubled = std::ranges::unique(found, {}, &Bucket::first);
        found.erase(doubled.begin(), doubled.end());
        return found;
    }
    const std::int64_t behind =
        ((request.range.first.value() - request.offset) % request.interval + request.interval) %
        request.interval;
    std::int64_t first = request.range.first.value() - behind;
    for (std::size_t at = 0; at < number && first <= request.range.last.value(); ++at) {
        const std::uint8_t what = choices_.byte();
        if (what % 4 != 3) {
            found.push_back(Bucket{SeqNo{first}, counts[what / 4 % std::size(counts)]});
        }
        first += request.interval * (what / 64 + 1);
    }
    return found;
}

core::Event ArbitraryShard::to(const core::CountLeader& asked) {
    return core::LeaderCounted{buckets(asked.request)};
}

core::Event ArbitraryShard::to(const core::CountFollower& asked) {
    return core::FollowerCounted{buckets(asked.request)};
}

core::Event ArbitraryShard::to(const core::ListLeader& asked) {
    return core::LeaderListed{some_of(asked.range, std::min(asked.limit, documents_max))};
}

core::Event ArbitraryShard::to(const core::ListFollower& asked) {
    std::vector<FollowerDocument> found;
    const std::size_t most = std::min(asked.limit, documents_max);
    for (const SeqNoRange& range : asked.ranges) {
        for (const SeqNo origin : some_of(range, most)) {
            found.push_back(
                FollowerDocument{origin, id_of(origin), {}, asked.base.of_write(origin)});
            if (found.size() < most && choices_.rarely(16)) {  // two documents of one origin
                found.push_back(
                    FollowerDocument{origin, "\"another\"", "\"r\"", asked.base.of_write(origin)});
            }
        }
    }
    found.resize(std::min(found.size(), most));
    return core::FollowerListed{std::move(found)};
}

core::Event ArbitraryShard::to(const core::LookUp& asked) {
    std::vector<LookupResult> results;
    results.reserve(asked.lookups.size());
    for (std::size_t at = 0; at < asked.lookups.size(); ++at) {
        results.push_back(choices_.rarely(4) ? LookupResult{SeqNo{choices_.byte()}} : std::nullopt);
    }
    return core::LookedUp{std::move(results)};
}

core::Event ArbitraryShard::to(const core::CountDocuments&) {
    return core::DocumentsCounted{std::int64_t{choices_.byte()}};
}

core::Event ArbitraryShard::to(const core::Sleep&) {
    return core::Woke{};
}

}  // namespace followd::fuzz
