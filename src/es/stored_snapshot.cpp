#include "es/stored_snapshot.hpp"

#include "es/snapshot_answers.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

// OpenSearch sets this bit in the number of each of its versions, so that none is Elasticsearch's.
constexpr std::int64_t opensearch_bit = 0x08000000;

std::optional<std::int64_t> integer_in(const Json& parent, std::string_view key) {
    const Json* number = member(parent, key);
    return number != nullptr && number->is_number_integer()
               ? std::optional{number->get<std::int64_t>()}
               : std::nullopt;
}

const Json& list_in(const Json& parent, std::string_view key) {
    static const Json none = Json::array();
    const Json* list = member(parent, key);
    return list != nullptr && list->is_array() ? *list : none;
}

std::vector<std::string> texts_in(const Json& parent, std::string_view key) {
    std::vector<std::string> texts;
    for (const Json& text : list_in(parent, key)) {
        if (text.is_string()) {
            texts.push_back(text.get<std::string>());
        }
    }
    return texts;
}

std::vector<std::string> sorted_once(std::vector<std::string> names) {
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    return names;
}

void read_times(const Json& row, StoredSnapshot& snapshot) {
    if (const auto started = integer_in(row, "start_time_in_millis")) {
        snapshot.started = std::chrono::floor<WallTime::duration>(
            std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{*started}});
    }
    const auto took = integer_in(row, "duration_in_millis");
    if (took && snapshot.state != engine::SnapshotState::in_progress) {
        snapshot.took = std::chrono::milliseconds{*took};
    }
}

void read_indices(const Json& row, StoredSnapshot& snapshot) {
    snapshot.indices = sorted_once(texts_in(row, "indices"));
    std::vector<std::string> of_features;
    for (const Json& feature : list_in(row, "feature_states")) {
        std::ranges::move(texts_in(feature, "indices"), std::back_inserter(of_features));
    }
    snapshot.system_indices = sorted_once(std::move(of_features));
    std::vector<std::string> broken;
    for (const Json& failure : list_in(row, "failures")) {
        broken.push_back(text_of(failure, "index"));
    }
    snapshot.broken_indices = sorted_once(std::move(broken));
}

void read_bytes(const Json& row, StoredSnapshot& snapshot) {
    const Json* details = member(row, "index_details");
    if (details == nullptr || snapshot.state == engine::SnapshotState::in_progress) {
        return;
    }
    snapshot.bytes = 0;
    for (const Json& index : *details) {
        *snapshot.bytes += integer_in(index, "size_in_bytes").value_or(0);
    }
}

std::optional<StoredSnapshot> read_row(const Json& row) {
    StoredSnapshot snapshot;
    const std::optional<engine::SnapshotState> state = state_of(row);
    snapshot.name = text_of(row, "snapshot");
    if (!state || snapshot.name.empty()) {
        return std::nullopt;
    }
    snapshot.state = *state;
    snapshot.state_word = text_of(row, "state");
    snapshot.reason = reason_of(row);
    snapshot.owner = owner_of(row);
    snapshot.version = text_of(row, "version");
    snapshot.is_opensearch =
        (static_cast<std::uint64_t>(integer_in(row, "version_id").value_or(0)) & opensearch_bit) !=
        0;
    read_times(row, snapshot);
    read_indices(row, snapshot);
    read_bytes(row, snapshot);
    return snapshot;
}

}  // namespace

std::optional<std::vector<StoredSnapshot>> read_stored_snapshots(const Json& answer) {
    const Json* rows = snapshots_in(answer);
    if (rows == nullptr) {
        return std::nullopt;
    }
    std::vector<StoredSnapshot> snapshots;
    for (const Json& row : *rows) {
        std::optional<StoredSnapshot> snapshot = read_row(row);
        if (!snapshot) {
            return std::nullopt;
        }
        snapshots.push_back(*std::move(snapshot));
    }
    return snapshots;
}

}  // namespace followd::es
