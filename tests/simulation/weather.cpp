#include "simulation/weather.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <chrono>

namespace followd::sim {

namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Character {
    Fault fault;
    std::string_view name;
    double share;  // of seeds that have it
    double rate;   // per occasion, where it is usual
};

// Once per request, or once per moment of the world (about a hundred a second).
constexpr std::array<Character, fault_count> characters{{
    {Fault::refused, "refused", 0.3, 0.02},
    {Fault::lost, "lost", 0.3, 0.01},
    {Fault::answer_lost, "answer-lost", 0.3, 0.02},
    {Fault::late, "late", 0.15, 0.02},
    {Fault::throttled, "throttled", 0.3, 0.03},
    {Fault::unavailable, "unavailable", 0.3, 0.03},
    {Fault::malformed, "malformed", 0.1, 0.01},
    {Fault::item_throttled, "item-throttled", 0.3, 0.05},
    {Fault::failover, "failover", 0.5, 0.004},
    {Fault::relocation, "relocation", 0.4, 0.004},
    {Fault::restore, "restore", 0.15, 0.0015},
    {Fault::recreation, "recreation", 0.08, 0.0006},
    {Fault::closing, "closing", 0.1, 0.001},
    {Fault::mapping, "mapping", 0.5, 0.01},
    {Fault::lagging, "lagging", 0.3, 0.2},
    {Fault::expired, "expired", 0.2, 0.02},
    {Fault::follower_restore, "follower-restore", 0.1, 0.001},
    {Fault::follower_failover, "follower-failover", 0.2, 0.002},
    {Fault::follower_removal, "follower-removal", 0.05, 0.0005},
    {Fault::foreign, "foreign", 0.08, 0.003},
    {Fault::forgetful, "forgetful", 0.3, 1.0},
    {Fault::small_requests, "small-requests", 0.1, 1.0},
    {Fault::promotion, "promotion", 0.15, 0.001},
    {Fault::crash, "crash", 0.3, 0.002},
    {Fault::hang, "hang", 0.2, 0.001},
    {Fault::leap, "leap", 0.1, 0.001},
    {Fault::second, "second", 0.2, 1.0},
    {Fault::store_failed, "store-failed", 0.15, 0.1},
    {Fault::store_lost, "store-lost", 0.2, 0.5},
    {Fault::partition, "partition", 0.2, 0.001},
}};

}  // namespace

std::string_view to_string(Fault fault) {
    const auto* const found = std::ranges::find(characters, fault, &Character::fault);
    FOLLOWD_ASSERT(found != characters.end());
    return found->name;
}

std::optional<Fault> fault_of(std::string_view name) {
    const auto* const found = std::ranges::find(characters, name, &Character::name);
    return found == characters.end() ? std::nullopt : std::optional{found->fault};
}

Weather::Weather(test::Dice& dice, const FaultChoice& faults) {
    workload_.indices = dice.one_of({1, 1, 2});
    workload_.shards = dice.one_of({1, 1, 2});
    workload_.replicas = dice.below(3);
    workload_.ids = dice.one_of<std::size_t>({2, 8, 30, 200});
    workload_.hot = dice.one_of({0.0, 0.0, 0.5, 0.95});
    workload_.removal = dice.one_of({0.0, 0.05, 0.3});
    workload_.bulky = dice.one_of({0.0, 0.0, 0.1});
    workload_.pause = dice.one_of<Duration>({milliseconds{2}, milliseconds{8}, milliseconds{60}});
    workload_.pace = dice.one_of<Duration>({microseconds{300}, milliseconds{2}, milliseconds{8}});
    workload_.has_lulls = dice.chance(0.3);
    workload_.length = dice.one_of<Duration>({seconds{3}, seconds{6}, seconds{15}});

    const double swarm = dice.one_of({0.0, 0.3, 1.0, 1.0, 1.0, 1.6});
    for (const Character& character : characters) {
        const auto is_among = [&character](const std::vector<Fault>& some) {
            return std::ranges::find(some, character.fault) != some.end();
        };
        const bool is_drawn = dice.chance(std::min(0.9, character.share * swarm));
        const double rate = character.rate * dice.one_of({0.3, 1.0, 3.0});
        const bool occurs = is_among(faults.allowed) && (is_drawn || is_among(faults.certain));
        rates_.at(index_of(character.fault)) = occurs ? std::min(1.0, rate) : 0;
    }

    limits_.max_read_request_operation_count = dice.one_of<std::size_t>({1, 4, 50, 5120});
    limits_.max_read_request_bytes = dice.one_of<std::size_t>({16U << 10U, 8U << 20U});
    limits_.max_write_request_bytes = dice.one_of<std::size_t>({500, 8U << 20U});
    limits_.max_outstanding_write_requests = dice.one_of<std::size_t>({1, 4});
    limits_.memory_bytes = dice.one_of<std::size_t>({64U << 10U, 128U << 20U});
    tail_.refresh_share = dice.one_of({0.1, 1.0});
    tail_.audit_interval = needs_audits() ? Duration{seconds{5}} : hours{9};
}

bool Weather::needs_audits() const {
    const bool is_overtaken = has(Fault::hang) && has(Fault::second) && has(Fault::forgetful);
    return has(Fault::late) || has(Fault::foreign) || has(Fault::follower_restore) || is_overtaken;
}

bool Weather::is_gentle() const {
    return std::ranges::all_of(characters, [this](const Character& character) {
        return character.fault == Fault::mapping || !has(character.fault);
    });
}

std::string Weather::describe() const {
    std::string text = std::to_string(workload_.indices) + " indices of " +
                       std::to_string(workload_.shards) + " shards, " +
                       std::to_string(workload_.replicas) + " replicas, " +
                       std::to_string(workload_.ids) + " ids; faults:";
    for (const Character& character : characters) {
        if (has(character.fault)) {
            text += " " + std::string(character.name);
        }
    }
    return text;
}

}  // namespace followd::sim
