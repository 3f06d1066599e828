#include "fault/proxy/schedule.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace followd::fault {

namespace {

constexpr std::uint64_t chances = 1'000'000;

bool fits(const Rule& rule, Direction direction, const RequestLine& line) {
    return rule.direction == direction && (rule.method.empty() || rule.method == line.method) &&
           (rule.path.empty() || line.target.find(rule.path) != std::string::npos);
}

std::uint64_t draw(core::Random& random, const Range& range) {
    FOLLOWD_ASSERT(range.least <= range.most);
    return range.least + random.below(range.most - range.least + 1);
}

}  // namespace

void Schedule::add(Rule rule) {
    ++last_id_;
    // Mixed once, so that neighbouring seeds and rules share no sequence.
    core::Random mixer{seed_ + last_id_ * 0x9e3779b97f4a7c15U};
    const std::uint64_t seed = mixer.next();
    rules_.push_back({last_id_, std::move(rule), core::Random{seed}});
}

bool Schedule::is_refusing() const {
    return std::ranges::any_of(
        rules_, [](const Entry& entry) { return entry.rule.fault == Fault::refuse; });
}

Treatment Schedule::treat(Direction direction, const RequestLine& line, std::size_t head_bytes) {
    FOLLOWD_ASSERT(head_bytes > 0);
    Treatment treatment;
    for (Entry& entry : rules_) {
        if (entry.rule.fault == Fault::refuse || !fits(entry.rule, direction, line)) {
            continue;
        }
        // Always as many draws, so that the sequence depends on the number of messages alone.
        const auto chance = static_cast<double>(entry.random.below(chances)) / chances;
        const Planned planned = plan(entry, head_bytes);
        auto& place = treatment[effect_of(entry.rule.fault)];
        if (chance < entry.rule.probability && entry.rule.count > 0 && !place) {
            place = planned;
        }
    }
    return treatment;
}

Planned Schedule::plan(Entry& entry, std::size_t head_bytes) const {
    const Rule& rule = entry.rule;
    Planned planned{entry.id, rule.fault, 0, 0};
    const Range anywhere{0, head_bytes - 1};
    planned.amount = draw(entry.random, rule.amount.value_or(anywhere));
    planned.flip = static_cast<std::uint8_t>(1 + entry.random.below(255));
    if (rule.fault == Fault::corrupt) {
        planned.amount = std::min(planned.amount, anywhere.most);
    }
    return planned;
}

bool Schedule::claim(const Planned& planned) {
    const auto entry = std::ranges::find(rules_, planned.rule, &Entry::id);
    if (entry == rules_.end() || entry->rule.count == 0) {
        return false;
    }
    --entry->rule.count;
    count(planned.fault);
    return true;
}

bool Schedule::is_in_force(RuleId rule) const {
    return std::ranges::find(rules_, rule, &Entry::id) != rules_.end();
}

}  // namespace followd::fault
