#include "simulation/link.hpp"

#include <chrono>

namespace followd::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration usual_way = std::chrono::microseconds{400};
constexpr Duration longest_delay = seconds{400};

}  // namespace

Link::Fate Link::draw() {
    Fate fate;
    fate.way = Duration{1} + scene_.about(usual_way);
    fate.back = Duration{1} + scene_.about(usual_way);
    const auto given_up = [this, &fate](bool is_executed) {
        fate.is_executed = is_executed;
        if (scene_.dice.chance(0.5)) {
            fate.back += scene_.about(seconds{10});
            fate.failure = failure(FailureKind::timeout, "no answer in time");
        } else {
            fate.failure = failure(FailureKind::unreachable, "the connection broke");
        }
    };
    if (scene_.clock.now() < cut_until_ || scene_.strikes(Fault::refused)) {
        fate.is_executed = false;
        fate.failure = failure(FailureKind::unreachable, "connection refused");
    } else if (scene_.strikes(Fault::throttled)) {
        fate.is_executed = false;
        fate.failure = failure(FailureKind::throttled, "429");
    } else if (scene_.strikes(Fault::unavailable)) {
        // A refresh or a search of which one shard failed was done elsewhere.
        fate.is_executed = scene_.dice.chance(0.5);
        fate.failure = failure(FailureKind::unavailable, "503");
    } else if (scene_.strikes(Fault::malformed)) {
        fate.failure = failure(FailureKind::malformed, "no JSON");
    } else if (scene_.strikes(Fault::lost)) {
        given_up(false);
    } else if (scene_.strikes(Fault::answer_lost)) {
        given_up(true);
    } else if (lateness_ == Lateness::any && scene_.strikes(Fault::late)) {
        given_up(true);
        fate.delay = scene_.about(longest_delay / 2);
    }
    return fate;
}

Failure Link::failure(FailureKind kind, const char* what) const {
    return Failure{kind, what, name_};
}

Failure Link::gone() const {
    return failure(FailureKind::cancelled, "the process is gone");
}

void Link::note(const std::string& what, const std::string& result) {
    scene_.note(name_ + " " + what + ": " + result);
}

}  // namespace followd::sim
