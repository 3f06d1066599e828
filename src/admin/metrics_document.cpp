#include "admin/metrics_document.hpp"

#include "admin/exposition.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace followd::admin {

namespace {

/// One sample a kind.
void add_kinds(Family& family,
               const Labels& labels,
               const std::map<FailureKind, std::int64_t>& counts) {
    for (const auto& [kind, count] : counts) {
        family.add(with(labels, "kind", to_string(kind)), count);
    }
}

/// 1 under the error's kind while there is one.
void add_error(Family& family, const Labels& labels, const std::optional<core::ShardError>& error) {
    if (error) {
        family.add(with(labels, "kind", to_string(error->failure.kind)), 1.0);
    }
}

/// One sample a state, 1 for the one it is in: so that a state that was left goes to 0.
template <class States, class State>
void add_state(Family& family, const Labels& labels, const States& states, State current) {
    for (const State state : states) {
        family.add(with(labels, "phase", to_string(state)), state == current ? 1.0 : 0.0);
    }
}

struct ProcessFamilies {
    Exposition& exposition;
    Family& build = exposition.gauge("followd_build_info", "The version that runs; always 1.");
    Family& cpu = exposition.counter("process_cpu_seconds_total", "User and system time.");
    Family& memory = exposition.gauge("process_resident_memory_bytes", "Resident memory.");
    Family& open_fds = exposition.gauge("process_open_fds", "Open file descriptors.");
    Family& max_fds = exposition.gauge("process_max_fds", "As many may be open.");
    Family& start =
        exposition.gauge("process_start_time_seconds", "When the daemon started, since 1970.");

    void add(const ProcessFigures& process) {
        build.add({{"version", FOLLOWD_VERSION}}, 1.0);
        cpu.add({}, process.cpu_seconds);
        memory.add({}, process.resident_memory_bytes);
        open_fds.add({}, process.open_fds);
        max_fds.add({}, process.max_fds);
        start.add({}, process.start_time_seconds);
    }
};

struct ClusterFamilies {
    Exposition& exposition;
    Family& error = exposition.gauge("followd_cluster_error",
                                     "1 while the cluster cannot be read as a leader, by kind.");
    Family& requests =
        exposition.counter("followd_http_requests_total", "Requests to the cluster.");
    Family& responses =
        exposition.counter("followd_http_responses_total", "Its responses, by HTTP status.");
    Family& failures =
        exposition.counter("followd_http_failures_total", "Requests without a response, by kind.");
    Family& sent =
        exposition.counter("followd_http_sent_bytes_total", "Bodies sent, uncompressed.");
    Family& received =
        exposition.counter("followd_http_received_bytes_total", "Bodies received, uncompressed.");

    void add(const engine::ClusterStatus& cluster) {
        if (cluster.failure) {
            error.add({{"cluster", cluster.name.value()},
                       {"kind", std::string(to_string(cluster.failure->kind))}},
                      1.0);
        }
    }
    void add(const ClusterTraffic& cluster) {
        const Labels labels{{"cluster", cluster.name.value()}};
        requests.add(labels, cluster.traffic.requests);
        for (const auto& [status, count] : cluster.traffic.responses) {
            responses.add(with(labels, "code", std::to_string(status)), count);
        }
        add_kinds(failures, labels, cluster.traffic.failures);
        sent.add(labels, cluster.traffic.body_bytes_sent);
        received.add(labels, cluster.traffic.body_bytes_received);
    }
};

struct IndexFamilies {
    Exposition& exposition;
    Family& phase =
        exposition.gauge("followd_index_phase", "1 for the phase that the index is in.");
    Family& error = exposition.gauge("followd_index_error",
                                     "1 while the index as a whole has an error, by kind.");
    Family& indexed = exposition.counter("followd_documents_indexed_total",
                                         "Documents that the follower acknowledged.");
    Family& removed = exposition.counter("followd_documents_removed_total",
                                         "Removals that the follower acknowledged.");
    Family& copied =
        exposition.gauge("followd_bootstrap_documents_copied", "Documents of the first copy done.");
    Family& to_copy =
        exposition.gauge("followd_bootstrap_documents", "Documents of the first copy in all.");
    Family& requests =
        exposition.counter("followd_requests_total", "Requests for the index, to either side.");
    Family& retries = exposition.counter("followd_retries_total",
                                         "Pages, bulks and cycles begun again after a failure.");
    Family& errors = exposition.counter("followd_errors_total", "Requests that failed, by kind.");
    Family& read = exposition.counter("followd_read_bytes_total",
                                      "Read from the leader in pages of documents.");
    Family& written =
        exposition.counter("followd_written_bytes_total", "Sent to the follower in documents.");

    void add(const Labels& labels, const engine::FollowerStatus& follower) {
        core::ShardCounters sums;
        std::int64_t operations = 0;
        std::int64_t deletes = 0;
        std::int64_t docs_copied = 0;
        // Known only where every shard has counted.
        std::optional<std::int64_t> docs_total;
        if (!follower.shards.empty()) {
            docs_total = 0;
        }
        for (const core::ShardStatus& shard : follower.shards) {
            sums += shard.counters;
            operations += shard.operations_written;
            deletes += shard.deletes_written;
            docs_copied += shard.docs_copied;
            if (!shard.docs_total) {
                docs_total.reset();
            } else if (docs_total) {
                *docs_total += *shard.docs_total;
            }
        }
        add_state(phase, labels, engine::index_phases, follower.phase);
        add_error(error, labels, follower.last_error);
        indexed.add(labels, operations - deletes);
        removed.add(labels, deletes);
        copied.add(labels, docs_copied);
        to_copy.add(labels, docs_total);
        requests.add(labels, sums.requests);
        retries.add(labels, sums.retries);
        add_kinds(errors, labels, sums.failures);
        read.add(labels, sums.bytes_read);
        written.add(labels, sums.bytes_written);
    }
};

struct RecoveryFamilies {
    Exposition& exposition;
    Family& age = exposition.gauge(
        "followd_recovery_age_seconds",
        "How old what is recovered by schedule is: what a disaster would cost now.");
    Family& restore = exposition.gauge("followd_recovery_restore_seconds",
                                       "How long its restore took until it was proved whole.");
    Family& runs =
        exposition.counter("followd_recovery_runs_total",
                           "Runs of the rule, and other tries, by what came of them: done, "
                           "partial, failed.");
    Family& snapshots = exposition.gauge("followd_recovery_snapshots",
                                         "Snapshots of the rule that are in its repository.");

    void add(const Labels& labels, const engine::RecoveryStatus& recovery) {
        if (recovery.age) {
            age.add(labels, std::chrono::duration<double>(*recovery.age).count());
        }
        if (recovery.point) {
            restore.add(labels,
                        std::chrono::duration<double>(recovery.point->restore_took).count());
        }
    }
    void add(const engine::RecoveryRuleStatus& rule) {
        const Labels labels{{"rule", rule.rule.value()},
                            {"leader", rule.leader.value()},
                            {"follower", rule.follower.value()}};
        runs.add(with(labels, "result", "done"), rule.done);
        runs.add(with(labels, "result", "partial"), rule.partial);
        runs.add(with(labels, "result", "failed"), rule.failed);
        snapshots.add(labels, rule.snapshots);
    }
};

struct ShardFamilies {
    Exposition& exposition;
    Family& phase =
        exposition.gauge("followd_shard_phase", "1 for the phase that the shard is in.");
    Family& error =
        exposition.gauge("followd_shard_error", "1 while the shard has an error, by kind.");
    Family& checkpoint = exposition.gauge(
        "followd_checkpoint", "The follower has everything up to this operation; -1 for none yet.");
    Family& leader_checkpoint =
        exposition.gauge("followd_leader_checkpoint", "The leader's global checkpoint.");
    Family& lag_operations = exposition.gauge(
        "followd_lag_operations", "Operations that the leader has and the follower has not.");
    Family& lag_seconds = exposition.gauge(
        "followd_lag_seconds", "Since we first saw the oldest of them; 0 where there are none.");

    Family& proof_age = exposition.gauge(
        "followd_proof_age_seconds",
        "Since both sides were last compared and nothing was left to do, by this daemon.");

    void add(const Labels& labels, const core::ShardStatus& shard, Instant now) {
        add_state(phase, labels, core::shard_phases, shard.phase);
        add_error(error, labels, shard.last_error);
        checkpoint.add(labels, shard.checkpoint.value());
        if (shard.leader_checkpoint) {
            leader_checkpoint.add(labels, shard.leader_checkpoint->value());
            lag_operations.add(labels,
                               operations_between(shard.checkpoint, *shard.leader_checkpoint));
        }
        if (shard.lag) {
            lag_seconds.add(labels, std::chrono::duration<double>(*shard.lag).count());
        }
        if (shard.proof) {
            proof_age.add(labels, std::chrono::duration<double>(now - shard.proof->at).count());
        }
    }
};

Labels labels_of(const engine::FollowerStatus& follower) {
    // An index that is refused has no follower: an empty label is none.
    const IndexName index = follower.follower_index.value_or(IndexName{});
    return {{"rule", follower.rule.value()},
            {"leader", follower.leader.value()},
            {"follower", follower.follower.value()},
            {"leader_index", follower.leader_index.value()},
            {"follower_index", index.value()}};
}

}  // namespace

std::string metrics_document(const StatusReport& report, const ProcessFigures& process) {
    Exposition exposition;
    ProcessFamilies of_process{exposition};
    of_process.add(process);
    ClusterFamilies of_clusters{exposition};
    for (const engine::ClusterStatus& cluster : report.clusters) {
        of_clusters.add(cluster);
    }
    for (const ClusterTraffic& cluster : report.traffic) {
        of_clusters.add(cluster);
    }
    IndexFamilies of_indices{exposition};
    RecoveryFamilies of_recoveries{exposition};
    ShardFamilies of_shards{exposition};
    for (const engine::FollowerStatus& follower : report.followers) {
        const Labels labels = labels_of(follower);
        of_indices.add(labels, follower);
        if (follower.recovery) {
            of_recoveries.add(labels, *follower.recovery);
        }
        for (std::size_t number = 0; number < follower.shards.size(); ++number) {
            of_shards.add(
                with(labels, "shard", std::to_string(number)), follower.shards[number], report.now);
        }
    }
    for (const engine::RecoveryRuleStatus& rule : report.recoveries) {
        of_recoveries.add(rule);
    }
    return std::move(exposition).text();
}

}  // namespace followd::admin
