#include "engine/metadata_sync.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace followd::engine {

namespace {

// What was refused may be accepted once a person changed something on the follower's cluster, and a
// cluster that does not count versions must be asked.
constexpr Duration look_again_interval = std::chrono::minutes{5};
constexpr Duration stale_interval = std::chrono::seconds{1};

/// Versions only rise. One that the cluster does not tell is never news.
bool is_older(const std::optional<std::int64_t>& ours, const std::optional<std::int64_t>& leaders) {
    return !ours || (leaders && *leaders > *ours);
}

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
    std::string all;
    for (const std::string& text : texts) {
        all += (all.empty() ? std::string_view{} : separator);
        all += text;
    }
    return all;
}

MetadataVersions versions_of(const LeaderIndex& index) {
    return {index.mapping_version, index.settings_version, index.aliases_version};
}

}  // namespace

MetadataSync::MetadataSync(const boost::asio::any_io_executor& executor,
                           LeaderCluster& leader,
                           FollowerCluster& follower,
                           Timers& timers,
                           MetadataSyncOptions options,
                           observe::Logger log)
    : leader_(leader),
      follower_(follower),
      timers_(timers),
      options_(std::move(options)),
      log_(std::move(log)),
      random_(options_.seed),
      turn_(executor, 1) {}

void MetadataSync::made_by(const IndexDefinition& definition) {
    adopted();
    const LeaderIndex& index = definition.index;
    mapping_ = core::MappingState{index.mapping_version, definition.has_nested};
    copied_.settings = index.settings_version.value_or(0);
    if (index.aliases.empty()) {
        copied_.aliases = index.aliases_version.value_or(0);
    }
}

void MetadataSync::adopted() {
    mapping_.reset();
    copied_ = {};
}

bool MetadataSync::is_behind(const MetadataVersions& leader) const {
    return is_older(copied_.settings, leader.settings) ||
           (is_copied_ && is_older(copied_.aliases, leader.aliases));
}

bool MetadataSync::is_level() const {
    return !is_behind(seen_) && mapping_ && !is_older(mapping_->version, seen_.mapping);
}

bool MetadataSync::is_due() const {
    const Instant now = timers_.now();
    const bool is_time = look_again_at_ && now >= *look_again_at_;
    return !is_looking_ && now >= not_before_ && (is_time || !is_level());
}

Task<void> MetadataSync::look() {
    is_looking_ = true;
    const std::size_t turn = co_await turn_.acquire(1);
    if (look_again_at_ && timers_.now() >= *look_again_at_) {
        copied_ = {};  // it is compared, whatever the versions say
    }
    const Result<core::MappingState> state = co_await bring_level(0);
    turn_.release(turn);
    is_looking_ = false;
    if (!state.ok()) {
        note_failure(state.failure());
    } else if (!failure_ && !is_level()) {
        // The node that was asked knows less than the one that told the versions.
        not_before_ = timers_.now() + stale_interval;
    }
}

Task<Result<core::MappingState>> MetadataSync::sync_mapping(std::int64_t version) {
    const std::size_t turn = co_await turn_.acquire(1);
    if (mapping_ && mapping_->version >= version) {
        turn_.release(turn);
        co_return *mapping_;
    }
    Result<core::MappingState> state = co_await bring_level(version);
    turn_.release(turn);
    co_return state;
}

std::string MetadataSync::leader_place() const {
    return options_.rule.leader.value() + "/" + options_.leader_index.value();
}

Task<Result<core::MappingState>> MetadataSync::bring_level(std::int64_t mapping_version) {
    Result<IndexDefinition> read = co_await leader_.read_definition(options_.leader_index);
    if (!read.ok()) {
        co_return std::move(read).failure();
    }
    const IndexDefinition definition = std::move(read).value();
    if (definition.index.uuid != options_.leader_uuid) {
        co_return Failure{
            FailureKind::unavailable, "another index stands under this name now", leader_place()};
    }
    const core::MappingState state{definition.index.mapping_version, definition.has_nested};
    if (state.version < mapping_version) {
        co_return Failure{FailureKind::unavailable,
                          "the leader's node that was asked does not know the index's newest "
                          "mapping yet",
                          leader_place()};
    }
    const MetadataVersions versions = versions_of(definition.index);
    if (is_behind(versions)) {
        co_await copy_settings_and_aliases(definition);
    }
    if (!mapping_ || mapping_->version < state.version) {
        Result<void> put = co_await copy_mapping(definition);
        if (!put.ok()) {
            co_return std::move(put).failure();
        }
        mapping_ = state;
    }
    if (!is_behind(versions)) {
        failure_.reset();
        backoff_.reset();
    }
    co_return *mapping_;
}

Task<void> MetadataSync::copy_settings_and_aliases(IndexDefinition definition) {
    const bool with_aliases = is_copied_;
    const MetadataVersions versions = versions_of(definition.index);
    MetadataRequest request{
        options_.rule, options_.follower_index, std::move(definition), with_aliases};
    Result<MetadataOutcome> outcome = co_await follower_.sync_metadata(std::move(request));
    if (!outcome.ok()) {
        note_failure(outcome.failure());
        co_return;
    }
    if (outcome->stopped_by) {
        note_changes(outcome->changed);
        note_failure(*outcome->stopped_by);
        co_return;
    }
    copied_.settings = versions.settings.value_or(0);
    if (with_aliases) {
        copied_.aliases = versions.aliases.value_or(0);
    }
    const bool is_counted = versions.settings && versions.aliases;
    look_again_at_.reset();
    if (!outcome->warnings.empty() || !is_counted) {
        look_again_at_ = timers_.now() + look_again_interval;
    }
    note_outcome(std::move(outcome).value());
}

Task<Result<void>> MetadataSync::copy_mapping(IndexDefinition definition) {
    const std::int64_t version = definition.index.mapping_version;
    const bool is_news = mapping_.has_value();
    Result<void> put =
        co_await follower_.sync_mapping(options_.follower_index, std::move(definition));
    if (put.ok()) {
        log_.info("mapping copied", observe::field("version", version));
        if (is_news) {
            last_change_ =
                MetadataStatus::Change{timers_.now(), "mapping version " + std::to_string(version)};
        }
        co_return Result<void>{};
    }
    Failure failure = std::move(put).failure();
    if (failure.kind == FailureKind::refused && !last_.withheld.empty()) {
        failure.what += "; it may need what was not copied: " + joined(last_.withheld, ", ") +
                        " (allow_close: true in the rule lets followd close the follower for it)";
    }
    co_return failure;
}

void MetadataSync::note_outcome(MetadataOutcome outcome) {
    note_changes(outcome.changed);
    for (const std::string& warning : outcome.warnings) {
        if (std::ranges::find(last_.warnings, warning) == last_.warnings.end()) {
            log_.warn("definition is not copied in full", observe::field("reason", warning));
        }
    }
    last_ = std::move(outcome);
}

void MetadataSync::note_changes(const std::vector<std::string>& changes) {
    if (!changes.empty()) {
        std::string what = joined(changes, ", ");
        log_.info("definition copied", observe::field("change", what));
        last_change_ = MetadataStatus::Change{timers_.now(), std::move(what)};
    }
}

void MetadataSync::note_failure(const Failure& failure) {
    const bool halts = core::judge(failure.kind) == core::Verdict::halt;
    const Duration pause = halts ? core::halt_interval : backoff_.next(random_);
    not_before_ = timers_.now() + pause;
    log_.warn("definition could not be copied",
              observe::field("kind", failure.kind),
              observe::field("error", failure.what),
              observe::field("where", failure.where),
              observe::field("retry_in", pause));
    failure_ = failure;
}

MetadataStatus MetadataSync::status() const {
    MetadataStatus status{copied_, last_change_};
    if (mapping_) {
        status.copied.mapping = mapping_->version;
    }
    return status;
}

std::vector<std::string> MetadataSync::warnings() const {
    std::vector<std::string> warnings = last_.warnings;
    if (failure_) {
        warnings.push_back("the leader's definition is not copied now: " + failure_->what + " (" +
                           std::string(to_string(failure_->kind)) + ")");
    }
    return warnings;
}

}  // namespace followd::engine
