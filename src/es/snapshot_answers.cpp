#include "es/snapshot_answers.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

std::int64_t whole_number(const Json& parent, std::string_view key) {
    const Json* number = member(parent, key);
    return number != nullptr && number->is_number_integer() ? number->get<std::int64_t>() : 0;
}

/// Adds what stands under `part` of a statistic.
void add(const Json& stats, std::string_view part, std::int64_t& bytes, std::int64_t& files) {
    if (const Json* counted = member(stats, part); counted != nullptr) {
        bytes += whole_number(*counted, "size_in_bytes");
        files += whole_number(*counted, "file_count");
    }
}

/// Adds the primaries of one index.
void add_shards(const Json& shards, engine::TransferProgress& transfer) {
    for (const Json& shard : shards) {
        const Json* copied = member(shard, "index");
        if (!is_true(shard, "primary") || copied == nullptr) {
            continue;
        }
        if (const Json* size = member(*copied, "size"); size != nullptr) {
            transfer.bytes += whole_number(*size, "recovered_in_bytes");
            transfer.bytes_total += whole_number(*size, "total_in_bytes");
        }
        if (const Json* files = member(*copied, "files"); files != nullptr) {
            transfer.files += whole_number(*files, "recovered");
            transfer.files_total += whole_number(*files, "total");
        }
    }
}

/// What forbids the shard on a node. That a restore failed (`is_of_restore`) says least: it did for
/// one of the other reasons.
std::string why_not_at(const Json& node, bool is_of_restore) {
    const Json* deciders = member(node, "deciders");
    if (deciders == nullptr || !deciders->is_array()) {
        return {};
    }
    for (const Json& decider : *deciders) {
        if (text_of(decider, "decision") == "NO" &&
            (text_of(decider, "decider") == "restore_in_progress") == is_of_restore) {
            return text_of(decider, "explanation");
        }
    }
    return {};
}

}  // namespace

// Some versions answer for several repositories, even where one was asked for.
const Json* snapshots_in(const Json& answer) {
    const Json* responses = member(answer, "responses");
    const bool is_one = responses != nullptr && responses->is_array() && responses->size() == 1;
    const Json* snapshots = member(is_one ? responses->front() : answer, "snapshots");
    return snapshots != nullptr && snapshots->is_array() ? snapshots : nullptr;
}

std::optional<engine::SnapshotState> state_of(const Json& snapshot) {
    using engine::SnapshotState;
    constexpr std::array<std::pair<std::string_view, SnapshotState>, 5> states{
        {{"IN_PROGRESS", SnapshotState::in_progress},
         {"SUCCESS", SnapshotState::success},
         {"PARTIAL", SnapshotState::partial},
         {"FAILED", SnapshotState::failed},
         {"INCOMPATIBLE", SnapshotState::failed}}};
    const std::string state = text_of(snapshot, "state");
    for (const auto& [name, meaning] : states) {
        if (state == name) {
            return meaning;
        }
    }
    return std::nullopt;
}

std::string reason_of(const Json& snapshot) {
    std::string reason = text_of(snapshot, "reason");
    const Json* failures = member(snapshot, "failures");
    if (failures != nullptr && failures->is_array() && !failures->empty()) {
        const Json& first = failures->front();
        reason = "index " + text_of(first, "index") + ": " + text_of(first, "reason");
        if (failures->size() > 1) {
            reason += " (and " + std::to_string(failures->size() - 1) + " more)";
        }
    }
    return reason;
}

std::optional<engine::SnapshotProgress> read_snapshot_state(const Json& answer) {
    const Json* snapshots = snapshots_in(answer);
    if (snapshots == nullptr || snapshots->size() != 1) {
        return std::nullopt;
    }
    const std::optional<engine::SnapshotState> state = state_of(snapshots->front());
    if (!state) {
        return std::nullopt;
    }
    engine::SnapshotProgress progress;
    progress.state = *state;
    progress.reason = reason_of(snapshots->front());
    return progress;
}

std::optional<std::vector<std::string>> read_snapshot_names(const Json& answer) {
    const Json* snapshots = snapshots_in(answer);
    if (snapshots == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const Json& snapshot : *snapshots) {
        names.push_back(text_of(snapshot, "snapshot"));
    }
    return names;
}

engine::TransferProgress read_snapshot_transfer(const Json& answer) {
    engine::TransferProgress transfer;
    const Json* snapshots = snapshots_in(answer);
    if (snapshots == nullptr || snapshots->size() != 1) {
        return transfer;
    }
    if (const Json* stats = member(snapshots->front(), "stats"); stats != nullptr) {
        add(*stats, "processed", transfer.bytes, transfer.files);
        add(*stats, "incremental", transfer.bytes_total, transfer.files_total);
        if (member(*stats, "processed") == nullptr) {
            transfer.bytes = transfer.bytes_total;
            transfer.files = transfer.files_total;
        }
    }
    return transfer;
}

engine::TransferProgress read_restore_transfer(const Json& answer) {
    engine::TransferProgress transfer;
    for (const Json& index : answer) {
        const Json* shards = member(index, "shards");
        if (shards != nullptr && shards->is_array()) {
            add_shards(*shards, transfer);
        }
    }
    return transfer;
}

std::set<std::string> restores_of(const Json& answer, std::string_view repository) {
    std::set<std::string> snapshots;
    const Json* restore = member(answer, "restore");
    const Json* rows = restore == nullptr ? nullptr : member(*restore, "snapshots");
    if (rows == nullptr || !rows->is_array()) {
        return snapshots;
    }
    for (const Json& row : *rows) {
        const std::string state = text_of(row, "state");
        const bool is_over = state == "SUCCESS" || state == "FAILURE";
        if (text_of(row, "repository") == repository && !is_over) {
            snapshots.insert(text_of(row, "snapshot"));
        }
    }
    return snapshots;
}

std::string read_obstacle(const Json& answer) {
    if (text_of(answer, "can_allocate") != "no") {
        return {};
    }
    const Json* nodes = member(answer, "node_allocation_decisions");
    if (nodes == nullptr || !nodes->is_array()) {
        return text_of(answer, "allocate_explanation");
    }
    for (const bool is_of_restore : {false, true}) {
        for (const Json& node : *nodes) {
            if (std::string why = why_not_at(node, is_of_restore); !why.empty()) {
                return why;
            }
        }
    }
    return text_of(answer, "allocate_explanation");
}

bool has_restore_failed(const Json& answer) {
    const Json* nodes = member(answer, "node_allocation_decisions");
    return text_of(answer, "can_allocate") == "no" && nodes != nullptr && nodes->is_array() &&
           std::ranges::any_of(*nodes,
                               [](const Json& node) { return !why_not_at(node, true).empty(); });
}

}  // namespace followd::es
