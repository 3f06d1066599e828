#include "engine/verifier.hpp"

#include "followd/core/retry.hpp"

#include <algorithm>
#include <utility>

namespace followd::engine {

namespace {

constexpr Duration first_pause = std::chrono::milliseconds{500};
constexpr Duration longest_pause = std::chrono::seconds{3};
// Below this one comparison says nothing about whether a difference lasts.
constexpr int rounds_min = 2;

bool may_pass(FailureKind kind) {
    const core::Verdict verdict = core::judge(kind);
    return verdict == core::Verdict::again || verdict == core::Verdict::reread;
}

}  // namespace

Verifier::Verifier(std::vector<std::unique_ptr<ShardVerifier>> shards, Timers& timers)
    : timers_(timers) {
    for (std::unique_ptr<ShardVerifier>& verifier : shards) {
        shards_.push_back(Shard{std::move(verifier), std::nullopt, false});
    }
}

Task<std::vector<ShardVerdict>> Verifier::run(Duration wait, std::size_t examples_max) {
    const Instant limit = timers_.now() + wait;
    Duration pause = first_pause;
    co_await compare_unsettled();
    while (must_go_on(limit)) {
        const Instant now = timers_.now();
        // The last comparison is made when the time is over, not long before.
        const Duration left = std::max(limit - now, first_pause);
        co_await timers_.sleep_until(now + std::min(pause, left));
        pause = std::min(2 * pause, longest_pause);
        co_await compare_unsettled();
    }
    std::vector<ShardVerdict> verdicts;
    for (std::size_t number = 0; number < shards_.size(); ++number) {
        ShardVerdict verdict = co_await conclude(number, examples_max);
        verdicts.push_back(std::move(verdict));
    }
    co_return verdicts;
}

Task<void> Verifier::compare_unsettled() {
    for (Shard& shard : shards_) {
        if (shard.is_settled) {
            continue;
        }
        const Result<void> compared = co_await shard.verifier->compare();
        if (!compared.ok()) {
            shard.failure = compared.failure();
            shard.is_settled = !may_pass(compared.failure().kind);
            continue;
        }
        shard.failure.reset();
        shard.is_settled = shard.verifier->verdict() == core::VerifyVerdict::equal ||
                           // Contents will not change; whether the rest is level shows by itself.
                           (shard.verifier->verification().last().differences.empty() &&
                            shard.verifier->verdict() == core::VerifyVerdict::differs);
    }
}

bool Verifier::must_go_on(Instant limit) const {
    const bool is_over = timers_.now() >= limit;
    return std::ranges::any_of(shards_, [is_over](const Shard& shard) {
        const bool is_too_early =
            !shard.failure && shard.verifier->verification().rounds() < rounds_min;
        return !shard.is_settled && (!is_over || is_too_early);
    });
}

Task<ShardVerdict> Verifier::conclude(std::size_t number, std::size_t examples_max) {
    const Shard& shard = shards_[number];
    const core::Verification& verification = shard.verifier->verification();
    ShardVerdict verdict;
    verdict.shard = static_cast<int>(number);
    verdict.verdict = shard.verifier->verdict();
    verdict.failure = shard.failure;
    verdict.contents_compared = shard.verifier->contents_compared();
    verdict.contents_different = shard.verifier->contents_different();
    if (verification.rounds() == 0) {
        co_return verdict;
    }
    const core::VerificationRound& last = verification.last();
    const bool differs = verdict.verdict == core::VerifyVerdict::differs;
    const std::vector<core::DocumentDifference>& counted =
        differs ? verification.lasting() : last.differences;
    verdict.through = last.through;
    verdict.leader_documents = last.leader_documents;
    verdict.follower_documents = last.follower_documents;
    verdict.missing = core::count(counted, core::DifferenceKind::missing);
    verdict.surplus = core::count(counted, core::DifferenceKind::surplus);
    verdict.is_counted_whole = !last.known_through;
    if (differs) {
        verdict.examples = co_await shard.verifier->describe(examples_max);
    }
    co_return verdict;
}

}  // namespace followd::engine
