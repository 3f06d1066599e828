#include "fuzz/planner_watch.hpp"

#include "fuzz/oracle.hpp"
#include "support/planner_script.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <type_traits>
#include <utility>

namespace followd::fuzz {

namespace {

// What the adapters take (src/es/request.hpp); beyond it they would abort.
constexpr std::size_t page_ranges_max = 1000;
constexpr std::int64_t buckets_max = 65000;

// Sleeps that were overtaken by earlier ones still end some time.
constexpr std::size_t sleeps_max = 64;
constexpr std::size_t closing_views_max = 64;

constexpr std::int64_t generation_width = std::int64_t{1} << 40U;

template <class A, std::size_t At = 0>
constexpr std::size_t index_of() {
    if constexpr (std::is_same_v<A, std::variant_alternative_t<At, core::Action>>) {
        return At;
    } else {
        return index_of<A, At + 1>();
    }
}

/// Prints what happens where FOLLOWD_FUZZ_TRACE is set: to read a life that went wrong.
void trace(const char* what, const core::Action& action) {
    static const bool is_wanted = std::getenv("FOLLOWD_FUZZ_TRACE") != nullptr;
    if (is_wanted) {
        std::fprintf(stderr, "%s %s\n", what, test::describe(action).c_str());
    }
}

bool is_failure(const core::Event& event) {
    return std::visit(
        []<class E>(const E& happened) {
            if constexpr (requires { happened.result.ok(); }) {
                return !happened.result.ok();
            } else {
                return false;
            }
        },
        event);
}

}  // namespace

PlannerWatch::PlannerWatch(core::PlannerOptions options, bool keeps_contract)
    : options_(std::move(options)), keeps_contract_(keeps_contract) {
    if (options_.stored && options_.stored->history == options_.history) {
        highest_ = options_.stored->applied_through;
        compared_ = options_.stored->swept_through;
    }
}

template <class A>
std::size_t PlannerWatch::count() const {
    const auto found = under_way_.find(index_of<A>());
    return found == under_way_.end() ? 0 : found->second;
}

std::size_t PlannerWatch::under_way() const {
    std::size_t all = 0;
    for (const auto& [kind, number] : under_way_) {
        all += number;
    }
    return all;
}

void PlannerWatch::asked(const core::Actions& actions) {
    for (const core::Action& action : actions) {
        trace("  asks:", action);
        check(action);
        ++under_way_[action.index()];
    }
    check_bounds();
}

void PlannerWatch::check(const core::Action& action) {
    std::visit(
        [this]<class A>(const A& asked) {
            if constexpr (std::is_same_v<A, core::RefreshLeader>) {
                begin_cycle();
            } else if constexpr (std::is_same_v<A, core::ReadPage>) {
                check_page(asked.request);
            } else if constexpr (std::is_same_v<A, core::CloseView>) {
                require(views_.erase(asked.view) == 1, "a view is closed once", asked.view.value());
            } else if constexpr (std::is_same_v<A, core::CountLeader>) {
                check_view(asked.view);
                check_counts(asked.request);
            } else if constexpr (std::is_same_v<A, core::CountFollower>) {
                check_counts(asked.request);
            } else if constexpr (std::is_same_v<A, core::ListLeader>) {
                check_view(asked.view);
                check_range(asked.range, asked.limit);
            } else if constexpr (std::is_same_v<A, core::ListFollower>) {
                require(!asked.ranges.empty(), "a listing asks for something");
                for (const SeqNoRange& range : asked.ranges) {
                    check_range(range, asked.limit);
                }
            } else if constexpr (std::is_same_v<A, core::LookUp>) {
                require(!asked.lookups.empty(), "a look-up asks for something");
            } else if constexpr (std::is_same_v<A, core::CountDocuments>) {
                check_view(asked.view);
            } else if constexpr (std::is_same_v<A, core::SendBulk>) {
                require(bulks_.insert(asked.id).second, "a bulk's number is its own");
                check_bulk(asked.bulk);
            } else if constexpr (std::is_same_v<A, core::SaveCheckpoint>) {
                check_save(asked.checkpoint);
            }
        },
        action);
}

void PlannerWatch::begin_cycle() {
    const std::size_t beside =
        count<core::Sleep>() + count<core::CloseView>() + count<core::SaveCheckpoint>();
    require(under_way() == beside, "no action of one cycle is under way when the next begins");
    shown_.clear();
    absent_.clear();
}

void PlannerWatch::check_view(const ViewId& view) {
    require(views_.contains(view), "a view is open while it is used", view.value());
}

void PlannerWatch::check_range(const SeqNoRange& range, std::size_t limit) {
    require(!range.empty() && range.width() >= 1, "a range that is listed is not empty");
    require(limit >= 1, "a listing may list something");
}

void PlannerWatch::check_counts(const HistogramRequest& request) {
    require(request.interval >= 1 && !request.range.empty(), "there is something to count");
    require(request.range.width() / request.interval + 2 <= buckets_max, "buckets are bounded");
}

void PlannerWatch::check_page(const PageRequest& request) {
    require(request.operations_max >= 1 && request.bytes_max >= 1, "a page may hold something");
    require(request.operations_max <= options_.limits.max_read_request_operation_count,
            "a page holds at most what the settings say");
    require(!request.ranges.empty() && request.ranges.size() <= page_ranges_max,
            "a page has some ranges, and not too many");
    require(request.view || request.order == PageOrder::by_seq_no,
            "only a view keeps documents in their order");
    if (request.view) {
        check_view(*request.view);
    }
    SeqNo before{std::numeric_limits<std::int64_t>::min()};
    for (const SeqNoRange& range : request.ranges) {
        require(!range.empty(), "no range of a page is empty");
        require(!keeps_contract_ || range.first > before, "ranges ascend and are disjoint");
        before = range.last;
    }
}

void PlannerWatch::check_bulk(const Bulk& bulk) {
    require(!bulk.items.empty(), "a bulk writes something");
    for (const WriteItem& item : bulk.items) {
        // Reads every byte: what a slice points into must live.
        require(item.id.size() >= 2 && item.id.front() == '"' && item.id.back() == '"',
                "an item has an id",
                item.id);
        require(item.routing.empty() || item.routing.front() == '"', "a routing is a token");
        require((item.kind == WriteKind::remove) == item.source.empty(), "a write has a source");
        const std::int64_t own = item.version.value() - options_.base.value();
        require(item.version >= Version{}, "no version is negative");
        if (item.kind == WriteKind::index) {
            require(item.version == options_.base.of_write(item.seq_no),
                    "a version is its number's");
            require(own >= 1 && own < generation_width, "a version stays in its generation");
        } else {
            require(item.version == options_.base.of_write(item.seq_no.next()),
                    "so is a deletion's");
            require(item.seq_no <= highest_, "what is deleted is covered by the leader");
            require(absent_.contains(std::string{item.id}),
                    "only what a look-up did not find is deleted",
                    item.id);
        }
    }
}

void PlannerWatch::check_save(const Checkpoint& checkpoint) {
    require(checkpoint.history == options_.history && checkpoint.base == options_.base,
            "a checkpoint is of the history that is followed");
    require(checkpoint.swept_through <= checkpoint.applied_through, "D is not above C");
    require(checkpoint.applied_through <= highest_, "C is not above what the leader ever covered");
    require(checkpoint.swept_through <= compared_, "D rises by a comparison of both sides");
    if (keeps_contract_) {
        for (const SeqNo seq_no : shown_) {
            require(seq_no > checkpoint.applied_through || acknowledged_.contains(seq_no),
                    "what a checkpoint covers was acknowledged",
                    std::to_string(seq_no.value()));
        }
    }
}

void PlannerWatch::check_bounds() const {
    require(count<core::SendBulk>() <= options_.limits.max_outstanding_write_requests,
            "bulks under way are bounded");
    require(count<core::SaveCheckpoint>() <= 1, "one checkpoint is saved at a time");
    require(count<core::Sleep>() <= sleeps_max, "sleeps are bounded");
    require(count<core::CloseView>() <= closing_views_max, "views being closed are bounded");
    require(views_.size() <= 1, "one view is open at a time");
    for (const auto& [kind, number] : under_way_) {
        const bool may_be_many = kind == index_of<core::SendBulk>() ||
                                 kind == index_of<core::Sleep>() ||
                                 kind == index_of<core::CloseView>();
        require(may_be_many || number <= 1, "of most actions one is under way");
    }
}

void PlannerWatch::answered(const core::Action& action, const core::Event& event) {
    trace(is_failure(event) ? "failed:" : "done:", action);
    auto& number = under_way_.at(action.index());
    require(number >= 1, "an answer has its action");
    --number;
    if (const auto* opened = std::get_if<core::ViewOpened>(&event)) {
        if (opened->result.ok()) {
            require(views_.insert(*opened->result).second, "views have different names");
        }
    } else if (const auto* sample = std::get_if<core::SampleRead>(&event)) {
        if (sample->result.ok()) {
            note_sample(*sample->result);
        }
    } else if (const auto* page = std::get_if<core::PageRead>(&event)) {
        note(std::get<core::ReadPage>(action), *page);
    } else if (const auto* bulk = std::get_if<core::BulkDone>(&event)) {
        note(std::get<core::SendBulk>(action), *bulk);
    } else if (const auto* found = std::get_if<core::LookedUp>(&event)) {
        note(std::get<core::LookUp>(action), *found);
    } else if (const auto* leader = std::get_if<core::CountLeader>(&action)) {
        if (!is_failure(event)) {
            note_count(leader_counted_, leader->request.range.last);
        }
    } else if (const auto* follower = std::get_if<core::CountFollower>(&action)) {
        if (!is_failure(event)) {
            note_count(follower_counted_, follower->request.range.last);
        }
    }
}

void PlannerWatch::polled(const ShardSample& sample) {
    note_sample(sample);
}

void PlannerWatch::note_sample(const ShardSample& sample) {
    if (sample.uuid == options_.leader_uuid && sample.history == options_.history) {
        highest_ = std::max(highest_, sample.global_checkpoint);
    }
}

void PlannerWatch::note(const core::ReadPage& asked, const core::PageRead& event) {
    // Pages of a sweep have an end: they bring again what lies below C already.
    if (event.result.ok() && asked.request.ranges.back().last == seq_no_end) {
        leader_counted_ = follower_counted_ = SeqNo::none();
        for (const Operation& operation : event.result->batch.operations) {
            shown_.insert(operation.seq_no);
        }
    }
}

void PlannerWatch::note(const core::SendBulk& asked, const core::BulkDone& event) {
    if (!event.result.ok()) {
        return;
    }
    std::set<std::size_t> failed;
    for (const ItemFailure& failure : event.result->failed) {
        failed.insert(failure.item);
    }
    for (std::size_t at = 0; at < asked.bulk.items.size(); ++at) {
        const WriteItem& item = asked.bulk.items[at];
        if (item.kind == WriteKind::index && !failed.contains(at)) {
            acknowledged_.insert(item.seq_no);
        }
    }
}

void PlannerWatch::note_count(SeqNo& counted_through, SeqNo through) {
    counted_through = std::max(counted_through, through);
    compared_ = std::max(compared_, std::min(leader_counted_, follower_counted_));
}

void PlannerWatch::note(const core::LookUp& asked, const core::LookedUp& event) {
    absent_.clear();
    for (std::size_t at = 0; event.result.ok() && at < asked.lookups.size(); ++at) {
        if (!(*event.result)[at]) {
            absent_.insert(asked.lookups[at].id);
        }
    }
}

void PlannerWatch::stepped(const core::ShardPlanner& planner, Instant now) {
    if (planner.ended()) {
        require(under_way() == count<core::Sleep>() + count<core::CloseView>(),
                "a planner that ended left nothing behind");
        return;
    }
    require(under_way() > 0 || !planner.is_busy(), "a planner that is at work waits for something");
    const core::ShardStatus status = planner.status(now);
    require(status.swept_through <= status.checkpoint, "status says D not above C");
    require(status.checkpoint <= highest_, "status says C not above the leader");
    require(!status.lag || *status.lag >= Duration::zero(), "no lag is negative");
    require(status.operations_written >= status.deletes_written && status.deletes_written >= 0,
            "a deletion is an operation");
}

}  // namespace followd::fuzz
