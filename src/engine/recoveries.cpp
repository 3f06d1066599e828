#include "engine/recoveries.hpp"

#include "observe/log.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace followd::engine {

namespace {

// How often the end of one that was removed is looked for.
constexpr Duration ending_interval = std::chrono::milliseconds{5};
constexpr Duration far = std::chrono::hours{1};

FollowerStatus refused_row(const FollowRule& rule, core::ShardError error) {
    std::string indices;
    for (const std::string& pattern : rule.indices) {
        indices += (indices.empty() ? "" : ",") + pattern;
    }
    FollowerStatus row;
    row.rule = rule.name;
    row.leader = rule.leader;
    row.follower = rule.follower;
    row.leader_index = IndexName{std::move(indices)};
    row.phase = IndexPhase::refused;
    row.last_error = std::move(error);
    row.recovery.emplace();
    return row;
}

}  // namespace

Recoveries::Recoveries(const boost::asio::any_io_executor& executor, Timers& timers, Make make)
    : timers_(timers), make_(std::move(make)), group_(executor, [](const char* what) {
          observe::Logger("recovery").error("task failed", observe::field("error", what));
      }) {}

Task<void> Recoveries::run() {
    is_running_ = true;
    for (const auto& [name, entry] : entries_) {
        spawn(name);
    }
    while (!is_stopping_) {
        co_await timers_.sleep_until(timers_.now() + far);
    }
    co_await group_.join();
}

void Recoveries::stop() {
    is_stopping_ = true;
    for (const auto& [name, entry] : entries_) {
        entry->recovery->stop();
    }
    timers_.wake_all();
}

void Recoveries::spawn(const RuleName& name) {
    std::shared_ptr<Entry> before;
    for (const std::shared_ptr<Entry>& entry : ending_) {
        before = entry->recovery->rule().name == name ? entry : before;
    }
    group_.spawn(run_one(entries_.at(name), std::move(before)));
}

Task<void> Recoveries::run_one(std::shared_ptr<Entry> entry, std::shared_ptr<Entry> before) {
    while (before && !before->has_ended) {
        co_await timers_.sleep_until(timers_.now() + ending_interval);
    }
    before.reset();
    co_await entry->recovery->run();
    entry->has_ended = true;
}

void Recoveries::add(const FollowRule& rule) {
    Result<std::unique_ptr<SnapshotRecovery>> made = make_(rule);
    if (!made.ok()) {
        refused_.insert_or_assign(
            rule.name,
            refused_row(rule, core::ShardError{std::move(made).failure(), timers_.now()}));
        return;
    }
    auto entry = std::make_shared<Entry>();
    entry->recovery = std::move(made).value();
    entries_.insert_or_assign(rule.name, std::move(entry));
    if (is_running_ && !is_stopping_) {
        spawn(rule.name);
    }
}

void Recoveries::remove(const RuleName& name) {
    refused_.erase(name);
    std::erase_if(ending_, [](const auto& entry) { return entry->has_ended; });
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
        return;
    }
    found->second->recovery->stop();
    found->second->has_ended = !is_running_;
    ending_.push_back(std::move(found->second));
    entries_.erase(found);
}

void Recoveries::list_soon() {
    for (const auto& [name, entry] : entries_) {
        entry->recovery->list_soon();
    }
}

// Also of one that was removed and has not ended.
Task<void> Recoveries::release(IndexPlace place) {
    std::vector<std::shared_ptr<Entry>> all = ending_;
    for (const auto& [name, entry] : entries_) {
        all.push_back(entry);
    }
    for (const std::shared_ptr<Entry>& entry : all) {
        co_await entry->recovery->release(place);
    }
}

std::vector<FollowerStatus> Recoveries::status() const {
    std::vector<FollowerStatus> rows;
    for (const auto& [name, entry] : entries_) {
        for (FollowerStatus& row : entry->recovery->status()) {
            rows.push_back(std::move(row));
        }
    }
    for (const auto& [name, row] : refused_) {
        rows.push_back(row);
    }
    return rows;
}

std::vector<RecoveryRuleStatus> Recoveries::rule_status() const {
    std::vector<RecoveryRuleStatus> rules;
    rules.reserve(entries_.size());
    for (const auto& [name, entry] : entries_) {
        rules.push_back(entry->recovery->rule_status());
    }
    return rules;
}

std::optional<Failure> Recoveries::failure(const ClusterName& leader) const {
    for (const auto& [name, entry] : entries_) {
        if (entry->recovery->rule().leader == leader && entry->recovery->failure()) {
            return entry->recovery->failure();
        }
    }
    return std::nullopt;
}

}  // namespace followd::engine
