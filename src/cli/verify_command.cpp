#include "cli/verify_command.hpp"

#include "followd/model/index_pattern.hpp"

#include "cli/compared_progress.hpp"
#include "cli/composition.hpp"
#include "cli/control_request.hpp"
#include "cli/exit_code.hpp"
#include "cli/followed_indices.hpp"
#include "cli/run_task.hpp"
#include "cli/uncompared_names.hpp"
#include "cli/verify_report.hpp"
#include "engine/pair_line.hpp"
#include "engine/real_timers.hpp"
#include "engine/verifier.hpp"
#include "es/follower_inspection.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

namespace followd::cli {

namespace {

bool is_asked_for(const VerifyOptions& options, const core::FollowClaim& claim) {
    const bool is_rule = options.rule.empty() || options.rule == claim.rule.value();
    return is_rule && std::ranges::any_of(options.indices, [&claim](const std::string& pattern) {
               return matches_wildcard(pattern, claim.leader_index.value());
           });
}

/// The settings with the rule that was asked for alone.
Settings settings_for(const VerifyOptions& options, Settings settings) {
    if (!options.rule.empty()) {
        std::erase_if(settings.follow, [&options](const FollowRule& rule) {
            return rule.name.value() != options.rule;
        });
    }
    return settings;
}

/// What came out, and the exit code.
struct VerifyOutcome {
    std::vector<IndexVerdict> verdicts;
    int code = exit_done;
    bool is_one_recovered = false;  ///< something was named that is never compared
};

/// Both sides' ports of one shard, and what compares them.
struct ShardPair {
    std::unique_ptr<engine::LeaderShard> leader;
    std::unique_ptr<engine::FollowerShard> follower;
};

class VerifyCommand {
public:
    VerifyCommand(const boost::asio::any_io_executor& executor,
                  const VerifyOptions& options,
                  Settings settings,
                  std::unique_ptr<Composition> composition)
        : options_(options),
          settings_(std::move(settings)),
          composition_(std::move(composition)),
          timers_(executor) {}

    Task<VerifyOutcome> run() {
        const FollowedIndices followed = co_await find_followed(composition_.get(), &settings_);
        VerifyOutcome outcome;
        for (const auto& [leader, failure] : followed.failures) {
            complain(failure);
            outcome.code = worse_of(
                outcome.code,
                exit_code_of(failure.kind) == exit_privileges ? exit_privileges : exit_unknown);
        }
        outcome.verdicts = refused_of(followed);
        for (const core::FollowClaim& claim : followed.plan.follows) {
            if (is_asked_for(options_, claim)) {
                const engine::LeaderIndex& index =
                    followed.indices.at({claim.leader, claim.leader_index});
                IndexVerdict verdict = co_await verify_index(claim, index);
                outcome.verdicts.push_back(std::move(verdict));
            }
        }
        composition_->close();
        const UncomparedNames names = uncompared_names(options_.indices, followed);
        for (const std::string& why : names.why) {
            std::cerr << "followd: " << why << '\n';
        }
        outcome.is_one_recovered = names.is_one_recovered;
        outcome.code = worse_of(outcome.code, names.code);
        outcome.code = worse_of(outcome.code, exit_code_of(outcome.verdicts));
        co_return outcome;
    }

private:
    /// Indices that the daemon does not follow either.
    [[nodiscard]] std::vector<IndexVerdict> refused_of(const FollowedIndices& followed) const {
        std::vector<IndexVerdict> verdicts;
        const auto refuse = [this, &verdicts](const core::FollowClaim& claim, std::string why) {
            if (is_asked_for(options_, claim)) {
                verdicts.push_back(IndexVerdict{
                    claim, Failure{FailureKind::conflict, std::move(why), {}}, {}, options_.deep});
            }
        };
        for (const core::FollowClaim& claim : followed.plan.refused) {
            refuse(claim, claim.problem.value_or("it cannot have a follower of that name"));
        }
        for (const core::FollowConflict& conflict : followed.plan.conflicts) {
            refuse(conflict.first, conflict.text());
            refuse(conflict.second, conflict.text());
        }
        return verdicts;
    }

    Task<IndexVerdict> verify_index(core::FollowClaim claim, engine::LeaderIndex index) {
        IndexVerdict verdict;
        verdict.claim = claim;
        verdict.deep = options_.deep;
        const Result<engine::FollowerIndex> follower = co_await find_follower(claim, index);
        if (!follower.ok()) {
            verdict.failure = follower.failure();
            co_return verdict;
        }
        const engine::FollowerIndex& found = *follower;
        verdict.follower_uuid = found.uuid;
        Origins leader_origins;
        if (!found.origins.empty()) {
            const Result<engine::IndexDefinition> leader =
                co_await composition_->cluster(claim.leader).read_definition(index.name);
            if (!leader.ok()) {
                verdict.failure = leader.failure();
                co_return verdict;
            }
            leader_origins = leader->origins;
        }
        verdict.shards = co_await verify_shards(claim, index, found, std::move(leader_origins));
        co_return verdict;
    }

    Task<Result<engine::FollowerIndex>> find_follower(core::FollowClaim claim,
                                                      engine::LeaderIndex index) {
        if (index.state == engine::IndexState::closed) {
            co_return Failure{FailureKind::unavailable,
                              "the leader index is closed: open it, then verify",
                              claim.leader_index.value()};
        }
        ClusterConnection& cluster = composition_->cluster(claim.follower);
        const Result<es::ClusterInfo> info = co_await cluster.learn();
        if (!info.ok()) {
            co_return info.failure();
        }
        if (!cluster.capabilities().can_follow()) {
            co_return Failure{FailureKind::refused,
                              cluster.capabilities().cannot_follow,
                              "cluster " + claim.follower.value()};
        }
        es::FollowerInspection inspection(cluster.client(), claim.follower);
        engine::FollowerRequest request;
        request.follower_index = claim.follower_index;
        request.leader.index = index;
        Result<std::optional<engine::FollowerIndex>> found =
            co_await inspection.find(std::move(request));
        if (!found.ok()) {
            co_return std::move(found).failure();
        }
        std::optional<engine::FollowerIndex> follower = std::move(found).value();
        if (!follower) {
            co_return Failure{FailureKind::not_found,
                              "there is no follower index: the daemon has not made it, or it was "
                              "deleted",
                              "cluster " + claim.follower.value()};
        }
        if (follower->histories.size() != static_cast<std::size_t>(index.shards)) {
            co_return Failure{FailureKind::unavailable,
                              "the daemon has made the follower index and not begun to fill it",
                              "cluster " + claim.follower.value()};
        }
        co_return *std::move(follower);
    }

    Task<std::vector<engine::ShardVerdict>> verify_shards(core::FollowClaim claim,
                                                          engine::LeaderIndex leader,
                                                          engine::FollowerIndex follower,
                                                          Origins leader_origins) {
        ComparedProgress progress(terminal_of(STDERR_FILENO), claim.leader_index.value());
        std::vector<ShardPair> pairs;
        std::vector<std::unique_ptr<engine::ShardVerifier>> verifiers;
        for (std::size_t shard = 0; shard < follower.histories.size(); ++shard) {
            const int number = static_cast<int>(shard);
            OriginLine line = engine::line_of_pair(
                leader.uuid, leader_origins, follower, follower.generation, number);
            pairs.push_back(ShardPair{
                composition_->leader_shard(claim.leader, leader, number, std::move(line.leader)),
                composition_->follower_shard(
                    claim.follower, follower, number, std::move(line.follower))});
            engine::VerifyOptions options;
            options.base = line.base;
            options.older = std::move(line.older);
            options.history = follower.histories[shard];
            options.deep = options_.deep;
            options.limits = settings_.limits;
            options.on_compared = [&progress](std::int64_t documents) { progress.add(documents); };
            verifiers.push_back(std::make_unique<engine::ShardVerifier>(
                engine::VerifyPorts{*pairs.back().leader, *pairs.back().follower, timers_},
                std::move(options)));
        }
        engine::Verifier verifier(std::move(verifiers), timers_);
        std::vector<engine::ShardVerdict> verdicts =
            co_await verifier.run(options_.wait, examples_max);
        co_return verdicts;
    }

    VerifyOptions options_;
    Settings settings_;
    std::unique_ptr<Composition> composition_;
    engine::RealTimers timers_;
};

VerifyOutcome compare(const VerifyOptions& options, const Settings& settings) {
    boost::asio::io_context context(1);
    Result<std::unique_ptr<Composition>> composition =
        Composition::create(context.get_executor(), settings);
    if (!composition.ok()) {
        complain(composition.failure());
        const int code = exit_code_of(composition.failure().kind);
        return VerifyOutcome{{}, code == exit_privileges ? code : exit_configuration};
    }
    VerifyCommand command(
        context.get_executor(), options, settings, std::move(composition).value());
    return run_task(context, command.run()).value_or(VerifyOutcome{{}, exit_unknown});
}

void print(const VerifyOutcome& outcome) {
    std::cout << verify_text(outcome.verdicts, terminal_of(STDOUT_FILENO)) << std::flush;
}

/// Followers of which documents differ: what else is wrong, no repair mends.
admin::ControlRequest repair_of(const VerifyOptions& options, const VerifyOutcome& outcome) {
    admin::ControlRequest request;
    request.verb = admin::ControlVerb::repair;
    request.wait = options.wait;
    for (const IndexVerdict& verdict : outcome.verdicts) {
        if (!verdict.failure && exit_code_of(verdict) == exit_no) {
            request.targets.indices.push_back(verdict.claim.follower_index.value());
        }
    }
    return request;
}

/// Has what differs repaired, and compares again.
VerifyOutcome repair(const VerifyOptions& options,
                     const Settings& settings,
                     VerifyOutcome outcome) {
    const admin::ControlRequest request = repair_of(options, outcome);
    if (request.targets.indices.empty()) {
        return outcome;
    }
    const Result<engine::ControlReport> report = run_control_request(settings, request);
    if (!report.ok()) {
        complain(report.failure());
        outcome.code = worse_of(outcome.code, exit_code_of(report.failure().kind));
        return outcome;
    }
    for (const std::string& warning : report->warnings) {
        std::cerr << "followd: " << printable(warning) << '\n';
    }
    if (report->failure) {
        complain(*report->failure);
    }
    outcome = compare(options, settings);
    for (IndexVerdict& verdict : outcome.verdicts) {
        for (const engine::ControlRow& row : report->rows) {
            if (row.cluster == verdict.claim.follower &&
                row.index == verdict.claim.follower_index) {
                verdict.repair = row;
                outcome.code = worse_of(outcome.code,
                                        row.failure ? exit_code_of(row.failure->kind) : exit_done);
            }
        }
    }
    if (!options.common.json) {
        print(outcome);
    }
    return outcome;
}

}  // namespace

int verify(const VerifyOptions& options) {
    std::optional<Settings> read = load_or_complain(options.common);
    if (!read) {
        return exit_configuration;
    }
    const Settings settings = settings_for(options, *std::move(read));
    if (settings.follow.empty()) {
        std::cerr << "followd: there is no follow rule"
                  << (options.rule.empty() ? "" : " named " + options.rule) << '\n';
        return exit_usage;
    }
    VerifyOutcome outcome = compare(options, settings);
    if (!options.common.json) {
        print(outcome);
    }
    if (options.repair) {
        outcome = repair(options, settings, std::move(outcome));
    }
    if (options.common.json) {
        std::cout << verify_document(outcome.verdicts, outcome.code) << '\n' << std::flush;
    }
    return outcome.is_one_recovered ? worse_of(outcome.code, exit_no) : outcome.code;
}

}  // namespace followd::cli
