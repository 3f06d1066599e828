#pragma once

#include "followd/base/assert.hpp"
#include "followd/core/action.hpp"
#include "followd/core/event.hpp"
#include "followd/core/shard_planner.hpp"

#include <chrono>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Plays a ShardPlanner by hand: a test tells it an event and compares the actions that come back,
/// each as one line of text. Single-threaded; the clock stands still unless the test moves it.

namespace followd::test {

inline std::string text(SeqNo seq_no) {
    return seq_no == seq_no_end ? "end" : std::to_string(seq_no.value());
}

inline std::string text(const SeqNoRange& range) {
    return "[" + text(range.first) + "," + text(range.last) + "]";
}

inline std::string text(const HistogramRequest& request) {
    return text(request.range) + " by " + std::to_string(request.interval);
}

/// An action as a test writes it down, for example `bulk 1: index "a"=6, remove "b"=4`.
struct Describe {
    std::string operator()(const core::ReadIdentity&) const { return "identity"; }
    std::string operator()(const core::ReadSample&) const { return "sample"; }
    std::string operator()(const core::RefreshLeader&) const { return "refresh leader"; }
    std::string operator()(const core::OpenView&) const { return "open view"; }
    std::string operator()(const core::CloseView& action) const {
        return "close view " + action.view.value();
    }
    std::string operator()(const core::ReadPage& action) const {
        const PageRequest& request = action.request;
        std::string line = "page";
        for (const SeqNoRange& range : request.ranges) {
            line += " " + text(range);
        }
        line += request.order == PageOrder::by_document ? " by document" : "";
        line += request.view ? " of " + request.view->value() : "";
        return line + (request.after.empty() ? "" : " after " + request.after);
    }
    std::string operator()(const core::SyncMapping& action) const {
        return "mapping " + std::to_string(action.version);
    }
    std::string operator()(const core::SendBulk& action) const {
        std::string line = "bulk " + std::to_string(action.id) + ":";
        for (const WriteItem& item : action.bulk.items) {
            line += item.kind == WriteKind::index ? " index " : " remove ";
            line += std::string{item.id} + "=" + std::to_string(item.version.value()) + ",";
        }
        line.pop_back();
        return line;
    }
    std::string operator()(const core::SaveCheckpoint& action) const {
        return "save C=" + text(action.checkpoint.applied_through) +
               " D=" + text(action.checkpoint.swept_through) +
               (action.checkpoint.base == VersionBase{}
                    ? std::string{}
                    : " base=2^" + std::to_string(generation_bits));
    }
    std::string operator()(const core::ReadFollowerIdentity&) const { return "follower identity"; }
    std::string operator()(const core::RefreshFollower&) const { return "refresh follower"; }
    std::string operator()(const core::CountLeader& action) const {
        return "count leader " + text(action.request);
    }
    std::string operator()(const core::CountFollower& action) const {
        return "count follower " + text(action.request);
    }
    std::string operator()(const core::ListLeader& action) const {
        return "list leader " + text(action.range);
    }
    std::string operator()(const core::ListFollower& action) const {
        std::string line = "list follower";
        for (const SeqNoRange& range : action.ranges) {
            line += " " + text(range);
        }
        return line;
    }
    std::string operator()(const core::LookUp& action) const {
        std::string line = "look up";
        for (const Lookup& lookup : action.lookups) {
            line += " " + lookup.id;
        }
        return line;
    }
    std::string operator()(const core::CountDocuments&) const { return "count documents"; }
    std::string operator()(const core::Sleep&) const { return "sleep"; }
};

inline std::string describe(const core::Action& action) {
    return std::visit(Describe{}, action);
}

/// The event that answers an action of type A.
template <class A>
struct AnswerTo;
// clang-format off
template <> struct AnswerTo<core::ReadIdentity> { using Type = core::IdentityRead; };
template <> struct AnswerTo<core::ReadSample> { using Type = core::SampleRead; };
template <> struct AnswerTo<core::RefreshLeader> { using Type = core::LeaderRefreshed; };
template <> struct AnswerTo<core::OpenView> { using Type = core::ViewOpened; };
template <> struct AnswerTo<core::CloseView> { using Type = core::ViewClosed; };
template <> struct AnswerTo<core::ReadPage> { using Type = core::PageRead; };
template <> struct AnswerTo<core::SyncMapping> { using Type = core::MappingSynced; };
template <> struct AnswerTo<core::SaveCheckpoint> { using Type = core::CheckpointSaved; };
template <> struct AnswerTo<core::ReadFollowerIdentity> { using Type = core::FollowerIdentityRead; };
template <> struct AnswerTo<core::RefreshFollower> { using Type = core::FollowerRefreshed; };
template <> struct AnswerTo<core::CountLeader> { using Type = core::LeaderCounted; };
template <> struct AnswerTo<core::CountFollower> { using Type = core::FollowerCounted; };
template <> struct AnswerTo<core::ListLeader> { using Type = core::LeaderListed; };
template <> struct AnswerTo<core::ListFollower> { using Type = core::FollowerListed; };
template <> struct AnswerTo<core::LookUp> { using Type = core::LookedUp; };
template <> struct AnswerTo<core::CountDocuments> { using Type = core::DocumentsCounted; };
// clang-format on

/// The event that tells of an action's failure; a sleep cannot fail.
inline core::Event failed(const core::Action& action, const Failure& failure) {
    return std::visit(
        [&failure]<class A>(const A& asked) -> core::Event {
            if constexpr (std::is_same_v<A, core::SendBulk>) {
                return core::BulkDone{asked.id, failure};
            } else if constexpr (std::is_same_v<A, core::Sleep>) {
                return core::Woke{};
            } else {
                return typename AnswerTo<A>::Type{failure};
            }
        },
        action);
}

inline Failure failure_of(FailureKind kind) {
    return Failure{kind, "as the test wants it", "here"};
}

/// One page's worth of documents: {seq_no, id} each; the id is quoted here.
inline Page page_of(const std::vector<std::pair<std::int64_t, std::string>>& documents,
                    bool is_last) {
    auto bytes = std::make_shared<std::string>();
    for (const auto& [seq_no, id] : documents) {
        *bytes += "\"" + id + "\"{}";
    }
    Page page;
    page.is_last = is_last;
    page.batch.bytes = bytes;
    std::string_view rest = *bytes;
    for (const auto& [seq_no, id] : documents) {
        const std::size_t token = id.size() + 2;
        page.batch.operations.push_back(
            Operation{SeqNo{seq_no}, rest.substr(0, token), {}, rest.substr(token, 2)});
        rest.remove_prefix(token + 2);
        page.cursor = std::to_string(seq_no);
    }
    return page;
}

class PlannerScript {
public:
    using Lines = std::vector<std::string>;

    explicit PlannerScript(core::PlannerOptions options) : planner_(std::move(options)) {}

    Lines begin() { return keep(planner_.begin(now_)); }

    /// Tells the planner of `event`; the lines are the new actions.
    template <class E>
    Lines on(E event) {
        return keep(planner_.step(now_, core::Event{std::move(event)}));
    }

    void pass(Duration time) { now_ += time; }
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] core::ShardPlanner& planner() { return planner_; }

private:
    static Lines keep(const core::Actions& actions) {
        Lines lines;
        for (const core::Action& action : actions) {
            lines.push_back(describe(action));
        }
        return lines;
    }

    core::ShardPlanner planner_;
    Instant now_{std::chrono::hours{1}};
};

}  // namespace followd::test
