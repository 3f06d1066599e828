#include "engine/shard_verifier.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/json_token.hpp"
#include "followd/core/view_confirmation.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace followd::engine {

namespace {

constexpr Duration confirm_pause = std::chrono::milliseconds{10};
constexpr Duration confirm_within = std::chrono::seconds{30};
// A healthy follower has what a view shows within this; given from the second comparison on, and
// more each time.
constexpr Duration settle_first = std::chrono::milliseconds{300};
constexpr Duration settle_longest = std::chrono::milliseconds{2400};
constexpr std::size_t one_document_bytes_max = 256U << 20U;

Duration settle_pause(int rounds) {
    if (rounds == 0) {
        return Duration{0};
    }
    Duration pause = settle_first;
    for (int round = 1; round < rounds && pause < settle_longest; ++round) {
        pause *= 2;
    }
    return pause;
}

Failure history_lost() {
    return Failure{FailureKind::history_lost,
                   "the leader's shard has another history than the follower was made from (it was "
                   "restored, or lost operations): the daemon begins it anew, verify then",
                   {}};
}

DiscrepancyKind kind_of(core::DifferenceKind kind) {
    switch (kind) {
        case core::DifferenceKind::missing:
            return DiscrepancyKind::missing;
        case core::DifferenceKind::surplus:
            return DiscrepancyKind::extra;
        case core::DifferenceKind::other_id:
            return DiscrepancyKind::other_id;
        case core::DifferenceKind::other_routing:
            return DiscrepancyKind::other_routing;
        case core::DifferenceKind::other_source:
            return DiscrepancyKind::other_source;
    }
    FOLLOWD_ASSERT(false);
    return DiscrepancyKind::missing;
}

}  // namespace

std::string_view to_string(DiscrepancyKind kind) noexcept {
    switch (kind) {
        case DiscrepancyKind::missing:
            return "missing";
        case DiscrepancyKind::extra:
            return "extra";
        case DiscrepancyKind::other_version:
            return "other_version";
        case DiscrepancyKind::other_id:
            return "other_id";
        case DiscrepancyKind::other_routing:
            return "other_routing";
        case DiscrepancyKind::other_source:
            return "other_source";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

ShardVerifier::ShardVerifier(VerifyPorts ports, VerifyOptions options)
    : ports_(ports),
      options_(std::move(options)),
      sets_(ports, options_.base, options_.older, options_.limits),
      contents_(ports,
                options_.base,
                options_.older,
                options_.limits,
                options_.contents_max,
                options_.on_compared) {}

core::VerifyVerdict ShardVerifier::verdict() const {
    const core::VerifyVerdict verdict = verification_.verdict();
    const bool lacks_contents = options_.deep && !has_contents_;
    return verdict == core::VerifyVerdict::equal && lacks_contents ? core::VerifyVerdict::moving
                                                                   : verdict;
}

Task<Result<void>> ShardVerifier::compare() {
    Result<VerifyView> opened = co_await open_view();
    if (!opened.ok()) {
        co_return std::move(opened).failure();
    }
    const VerifyView view = *opened;
    const Duration settle = settle_pause(verification_.rounds());
    Result<core::VerificationRound> round = co_await sets_.compare(view, settle);
    Result<void> contents;
    const bool with_contents = options_.deep && !has_contents_;
    if (round.ok() && with_contents) {
        contents = co_await compare_contents(view);
    }
    // Where it cannot be closed it goes by itself.
    const Result<void> closed = co_await ports_.leader.close_view(view.id);
    (void)closed;
    if (!round.ok()) {
        co_return std::move(round).failure();
    }
    verification_.add(std::move(round).value());
    co_return contents;
}

Task<Result<VerifyView>> ShardVerifier::open_view() {
    // The term is read before the checkpoint, as following does (design.md section 2, step 1).
    const Result<LeaderIdentity> identity = co_await ports_.leader.read_identity();
    if (!identity.ok()) {
        co_return identity.failure();
    }
    const Result<ShardSample> sample = co_await ports_.leader.read_sample();
    if (!sample.ok()) {
        co_return sample.failure();
    }
    if (sample->history != options_.history || sample->uuid != identity->uuid) {
        co_return history_lost();
    }
    const Result<void> refreshed = co_await ports_.leader.refresh();
    if (!refreshed.ok()) {
        co_return refreshed.failure();
    }
    Result<ViewId> view = co_await ports_.leader.open_view();
    if (!view.ok()) {
        co_return std::move(view).failure();
    }
    const ViewId id = *view;
    const LeaderIdentity& began = *identity;
    const Result<SeqNo> newest = co_await confirm(began);
    if (!newest.ok()) {
        const Result<void> closed = co_await ports_.leader.close_view(id);
        (void)closed;
        co_return newest.failure();
    }
    co_return VerifyView{id, sample->global_checkpoint, *newest};
}

Task<Result<SeqNo>> ShardVerifier::confirm(LeaderIdentity identity) {
    core::ViewConfirmation confirmation{identity, options_.history};
    const Instant limit = ports_.timers.now() + confirm_within;
    std::optional<SeqNo> newest;
    while (true) {
        const Result<ShardSample> sample = co_await ports_.leader.read_sample();
        if (!sample.ok()) {
            co_return sample.failure();
        }
        newest = newest.value_or(sample->max_seq_no);
        core::ViewConfirmation::Step step = confirmation.sampled(*sample);
        if (step == core::ViewConfirmation::Step::read_identity) {
            const Result<LeaderIdentity> again = co_await ports_.leader.read_identity();
            if (!again.ok()) {
                co_return again.failure();
            }
            step = confirmation.identified(*again);
        }
        if (step == core::ViewConfirmation::Step::confirmed) {
            co_return *newest;
        }
        if (step == core::ViewConfirmation::Step::broken) {
            co_return Failure{
                FailureKind::unavailable, "the leader's shard got another primary meanwhile", {}};
        }
        const Instant now = ports_.timers.now();
        if (now >= limit) {
            co_return Failure{FailureKind::unavailable,
                              "a copy of the leader's shard lags: what it has newest is not safe "
                              "yet",
                              {}};
        }
        co_await ports_.timers.sleep_until(now + confirm_pause);
    }
}

Task<Result<void>> ShardVerifier::compare_contents(VerifyView view) {
    Result<core::ContentComparison> contents = co_await contents_.compare(view);
    if (!contents.ok()) {
        co_return std::move(contents).failure();
    }
    contents_compared_ = contents->compared();
    contents_different_ = contents->different();
    verification_.add_contents(contents->take_differences());
    has_contents_ = true;
    co_return Result<void>{};
}

Task<std::vector<Discrepancy>> ShardVerifier::describe(std::size_t most) {
    std::vector<core::DocumentDifference> chosen = verification_.contents();
    const std::vector<core::DocumentDifference>& lasting = verification_.lasting();
    chosen.insert(chosen.end(), lasting.begin(), lasting.end());
    chosen.resize(std::min(chosen.size(), most));

    std::vector<Discrepancy> found;
    std::vector<Lookup> lookups;
    for (const core::DocumentDifference& difference : chosen) {
        Discrepancy discrepancy = discrepancy_of(difference);
        if (difference.kind == core::DifferenceKind::missing) {
            Result<std::string> id = co_await id_of(difference.seq_no);
            discrepancy.id = id.ok() ? std::move(id).value() : std::string{};
        } else if (difference.kind == core::DifferenceKind::surplus) {
            lookups.push_back(Lookup{difference.id, difference.routing});
        }
        found.push_back(std::move(discrepancy));
    }
    // A surplus document that the leader still has is there by another operation.
    std::set<std::string> on_both;
    const Result<std::vector<LookupResult>> looked_up = co_await ports_.leader.look_up(lookups);
    for (std::size_t i = 0; looked_up.ok() && i < lookups.size(); ++i) {
        if ((*looked_up)[i]) {
            on_both.insert(core::text_of_token(lookups[i].id));
        }
    }
    std::set<std::string> told;
    std::erase_if(found, [&on_both, &told](Discrepancy& discrepancy) {
        const bool is_one_side = discrepancy.kind == DiscrepancyKind::missing ||
                                 discrepancy.kind == DiscrepancyKind::extra;
        if (!is_one_side || !on_both.contains(core::text_of_token(discrepancy.id))) {
            return false;
        }
        discrepancy.kind = DiscrepancyKind::other_version;
        return !told.insert(core::text_of_token(discrepancy.id)).second;
    });
    co_return found;
}

Discrepancy ShardVerifier::discrepancy_of(const core::DocumentDifference& difference) const {
    Discrepancy told{kind_of(difference.kind), difference.id, difference.seq_no};
    if (difference.seq_no >= SeqNo{0}) {
        return told;
    }
    const auto older = std::ranges::find_if(options_.older, [&](const OlderSpace& space) {
        return space.origins.contains(difference.seq_no);
    });
    if (older != options_.older.end() && !older->space.value().empty()) {
        told.seq_no = SeqNo{difference.seq_no.value() - older->origins.first.value()};
        told.space = older->space;
    } else {
        const VersionBase base = older == options_.older.end() ? options_.base : older->base;
        told.version = base.of_write(difference.seq_no);
        told.seq_no = SeqNo::none();
    }
    return told;
}

Task<Result<std::string>> ShardVerifier::id_of(SeqNo seq_no) {
    PageRequest request;
    request.ranges = {SeqNoRange{seq_no, seq_no}};
    request.operations_max = 1;
    request.bytes_max = one_document_bytes_max;
    const Result<Page> page = co_await ports_.leader.read_page(std::move(request));
    if (!page.ok()) {
        co_return page.failure();
    }
    if (page->batch.operations.empty()) {
        co_return Failure{FailureKind::not_found, "the document was written again", {}};
    }
    co_return std::string(page->batch.operations.front().id);
}

}  // namespace followd::engine
