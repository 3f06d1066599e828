#include "simulation/roles/operator.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace followd::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration between_orders = milliseconds{400};

std::string_view word(Order order) {
    switch (order) {
        case Order::promote:
            return "promote";
        case Order::promote_by_force:
            return "promote --force";
        case Order::promote_undrained:
            return "promote --no-drain";
        case Order::resume:
            return "resume";
        case Order::discard_local:
            return "resume --discard-local";
        case Order::failback:
            return "failback";
        case Order::switch_back:
            return "failback --switch";
        case Order::pause:
            return "pause";
        case Order::plan:
            return "plan";
    }
    return {};
}

std::string describe(const engine::ControlReport& report) {
    std::string text;
    for (const engine::ControlRow& row : report.rows) {
        text += " [" + row.cluster.value() + "/" + row.index.value() + ": " +
                (row.failure ? "FAILED " + to_string(*row.failure) : row.what) +
                (row.lost_writes ? ", lost " + std::to_string(*row.lost_writes) : "") + "]";
    }
    for (const std::string& warning : report.warnings) {
        text += " (" + warning + ")";
    }
    return text + (report.failure ? " FAILED " + to_string(*report.failure) : "");
}

}  // namespace

void Operator::next() {
    if (scene_.weather.is_calm()) {
        return;
    }
    forget_the_dead();
    // Of a follower that nobody has begun to follow nothing can be told.
    const TwoWayIndex* const away = sides_.find(far_cluster, away_index);
    const bool has_begun =
        away != nullptr && away->mark() != nullptr && !away->mark()->histories.empty();
    if (has_begun && (given_.empty() || scene_.dice.chance(0.1))) {
        const std::size_t number = scene_.dice.below(daemons_.size());
        const bool again = cut_off_ && scene_.dice.chance(0.6);
        give(again ? *cut_off_ : any_order(), number);
        if (scene_.weather.has(Fault::crash) && scene_.dice.chance(0.4)) {
            crash_soon(number);
        }
    }
    scene_.clock.after(scene_.about(between_orders), [this] { next(); });
}

// While the command is at its work, so that it stops between any two of its steps.
void Operator::crash_soon(std::size_t number) {
    const Duration soon =
        scene_.about(scene_.dice.one_of<Duration>({milliseconds{3}, milliseconds{15}, seconds{1}}));
    scene_.clock.after(soon, [this, number] {
        if (!scene_.weather.is_calm()) {
            const Duration pause = milliseconds{50} + scene_.about(milliseconds{100});
            daemons_.crash(number, pause, scene_.strikes(Fault::store_lost));
        }
    });
}

void Operator::forget_the_dead() {
    for (const Given& one : given_) {
        if (daemons_.daemon(one.daemon) != one.life) {
            cut_off_ = one.order;
        }
    }
    std::erase_if(given_,
                  [this](const Given& one) { return daemons_.daemon(one.daemon) != one.life; });
}

Order Operator::any_order() {
    return scene_.dice.one_of({Order::promote,
                               Order::promote,
                               Order::promote,
                               Order::promote_by_force,
                               Order::promote_undrained,
                               Order::promote_undrained,
                               Order::resume,
                               Order::resume,
                               Order::discard_local,
                               Order::discard_local,
                               Order::failback,
                               Order::failback,
                               Order::failback,
                               Order::failback,
                               Order::switch_back,
                               Order::switch_back,
                               Order::switch_back,
                               Order::pause,
                               Order::plan});
}

engine::ControlTargets Operator::any_targets() {
    engine::ControlTargets targets;
    const std::string name = scene_.dice.one_of<std::string>(
        {home_index.value(), away_index.value(), away_index.value(), "logs-*", ""});
    targets.all = name.empty();
    if (!targets.all) {
        targets.indices.push_back(name);
    }
    return targets;
}

Task<engine::ControlReport> Operator::command(engine::Control& control,
                                              Order order,
                                              engine::ControlTargets targets,
                                              Duration drain,
                                              engine::Requester requester) {
    engine::PromoteOptions options;
    options.drain = drain;
    switch (order) {
        case Order::promote_by_force:
            options.force = true;
            break;
        case Order::promote_undrained:
            options.no_drain = true;
            break;
        case Order::resume:
            return control.resume(std::move(targets), false, std::move(requester));
        case Order::discard_local:
            return control.resume(std::move(targets), true, std::move(requester));
        case Order::failback:
            return control.failback(std::move(targets), std::move(requester));
        case Order::switch_back:
            return control.switch_back(std::move(targets), drain, std::move(requester));
        case Order::pause:
            return control.pause(std::move(targets), std::move(requester));
        case Order::plan:
            return control.plan(std::move(targets));
        case Order::promote:
            break;
    }
    return control.promote(std::move(targets), options, std::move(requester));
}

void Operator::give(Order order, std::size_t number) {
    Daemon* const daemon = daemons_.daemon(number);
    if (daemon == nullptr) {
        return;
    }
    cut_off_.reset();
    Given given{++numbers_, order, number, daemon, promises_.look(), given_.empty()};
    for (Given& other : given_) {
        other.is_alone = false;
    }
    scene_.note("OPERATOR " + std::to_string(numbers_) + ": d" + std::to_string(number) + " " +
                std::string(word(order)));
    given_.push_back(std::move(given));
    const Duration drain =
        scene_.dice.one_of<Duration>({milliseconds{100}, seconds{2}, seconds{30}});
    engine::Requester requester{"operator", std::to_string(numbers_)};
    Task<engine::ControlReport> task =
        command(daemon->control(), order, any_targets(), drain, std::move(requester));
    daemon->perform(std::move(task), [this, at = numbers_](const engine::ControlReport& report) {
        answered(at, report);
    });
}

void Operator::answered(int number, const engine::ControlReport& report) {
    scene_.note("OPERATOR " + std::to_string(number) + ":" + describe(report));
    const auto found = std::ranges::find(given_, number, &Given::number);
    if (found == given_.end()) {
        return;
    }
    const Given given = std::move(*found);
    given_.erase(found);
    const bool is_done = !report.failure && report.rows.size() == 1 && !report.rows[0].failure;
    if (!is_done) {
        return;
    }
    const bool promotes = given.order == Order::promote || given.order == Order::promote_by_force ||
                          given.order == Order::promote_undrained;
    if (promotes || given.order == Order::switch_back) {
        writers_ = report.rows[0].cluster;
    }
    const bool is_undisturbed = given.is_alone && daemons_.size() == 1;
    if (given.order == Order::promote && given.before.is_plain && is_undisturbed) {
        promises_.judge_drain(given.before, std::to_string(number));
    }
    if (given.order == Order::switch_back && is_undisturbed) {
        promises_.judge_switch(daemons_.lost_writes(), std::to_string(number));
    }
}

// What was cut off is asked for again first: that alone must do.
void Operator::finish() {
    forget_the_dead();
    const bool again = cut_off_.has_value();
    give(again ? *cut_off_ : towards_the_end(), 0);
}

Order Operator::towards_the_end() {
    int followers = 0;
    for (const TwoWayIndex* const index : sides_.all()) {
        followers += index->is(MarkRole::follower) ? 1 : 0;
        if (index->entry && index->entry->change) {
            const bool is_promotion = index->entry->change->kind == RoleChangeKind::promote;
            return is_promotion ? scene_.dice.one_of({Order::promote,
                                                      Order::promote_undrained,
                                                      Order::resume,
                                                      Order::failback})
                                : scene_.dice.one_of({Order::failback,
                                                      Order::switch_back,
                                                      Order::resume,
                                                      Order::discard_local});
        }
    }
    return followers == 0 ? scene_.dice.one_of({Order::failback, Order::discard_local})
                          : Order::resume;
}

}  // namespace followd::sim
