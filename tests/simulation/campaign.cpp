#include "simulation/campaign.hpp"

#include "followd/base/assert.hpp"

#include "simulation/stage.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <poll.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace followd::sim {

namespace {

using RealClock = std::chrono::steady_clock;

std::string last_lines(const std::vector<std::string>& lines, std::size_t count) {
    std::string text;
    for (std::size_t at = lines.size() - std::min(lines.size(), count); at < lines.size(); ++at) {
        text += "  " + lines[at] + "\n";
    }
    return text;
}

Outcome outcome_of(const RunOptions& options, std::size_t events_shown) {
    const RunResult result = run(options);
    Outcome outcome{options.seed, !result.violation.empty(), {}, result.events, result.sum};
    if (outcome.failed) {
        outcome.report = last_lines(result.last_events, events_shown) + result.violation + "\n" +
                         result.weather + "\n";
    }
    return outcome;
}

std::size_t shown_on_abort = 0;
int abort_to = -1;

void write_all(int to, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(to, text.data(), text.size());
        if (written <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

// Not what a signal handler may do in general; here one thread has just failed an assertion.
void tell_of_abort(int /*signal*/) {
    write_all(abort_to,
              "1 0 0\n" + last_lines(events_of_run_under_way(), shown_on_abort) +
                  "aborted: see the failed assertion on standard error\n");
    _exit(1);
}

[[noreturn]] void play_in_child(const CampaignOptions& options, std::uint64_t seed, int to) {
    abort_to = to;
    shown_on_abort = options.events_shown;
    std::signal(SIGABRT, tell_of_abort);
    if (options.before) {
        options.before();
    }
    RunOptions run = options.run;
    run.seed = seed;
    const Outcome outcome = outcome_of(run, options.events_shown);
    std::ostringstream text;
    text << (outcome.failed ? 1 : 0) << ' ' << outcome.events << ' ' << outcome.sum << '\n'
         << outcome.report;
    write_all(to, text.str());
    _exit(0);
}

struct Child {
    std::uint64_t seed = 0;
    pid_t pid = -1;
    int from = -1;
    RealClock::time_point until;
    std::string text;
};

Child start(const CampaignOptions& options, std::uint64_t seed) {
    std::array<int, 2> ends{};
    const int piped = pipe(ends.data());
    FOLLOWD_ASSERT(piped == 0);
    std::fflush(nullptr);
    Child child{seed, fork(), ends[0], RealClock::now() + options.longest, {}};
    FOLLOWD_ASSERT(child.pid >= 0);
    if (child.pid == 0) {
        close(ends[0]);
        play_in_child(options, seed, ends[1]);
    }
    close(ends[1]);
    return child;
}

Outcome finish(Child& child, bool is_overdue) {
    if (is_overdue) {
        kill(child.pid, SIGKILL);
    }
    close(child.from);
    waitpid(child.pid, nullptr, 0);
    Outcome outcome{child.seed, true, {}, 0, 0};
    std::istringstream text(child.text);
    int failed = 1;
    if (text >> failed >> outcome.events >> outcome.sum) {
        text.get();
        outcome.failed = failed != 0;
        outcome.report = std::string(std::istreambuf_iterator<char>(text), {});
    } else {
        outcome.report = is_overdue ? "the run does not end\n" : "the run's process died\n";
    }
    return outcome;
}

// True once the child has told everything.
bool read_from(Child& child) {
    std::array<char, 65536> buffer{};
    const ssize_t got = read(child.from, buffer.data(), buffer.size());
    if (got > 0) {
        child.text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return got <= 0;
}

void wait_for_any(const std::vector<Child>& children) {
    std::vector<pollfd> ends;
    for (const Child& child : children) {
        ends.push_back({child.from, POLLIN, 0});
    }
    poll(ends.data(), ends.size(), 1000);
}

bool is_readable(const Child& child) {
    pollfd end{child.from, POLLIN, 0};
    return poll(&end, 1, 0) > 0;
}

}  // namespace

void play(const CampaignOptions& options, const std::function<bool(const Outcome&)>& judge) {
    std::vector<Child> children;
    bool goes_on = true;
    while (true) {
        while (goes_on && std::cmp_less(children.size(), options.jobs)) {
            const std::optional<std::uint64_t> seed = options.next_seed();
            if (!seed) {
                goes_on = false;
                break;
            }
            children.push_back(start(options, *seed));
        }
        if (children.empty()) {
            return;
        }
        wait_for_any(children);
        for (std::size_t at = 0; at < children.size();) {
            Child& child = children[at];
            const bool is_overdue = RealClock::now() > child.until;
            const bool has_ended = !is_overdue && is_readable(child) && read_from(child);
            if (!is_overdue && !has_ended) {
                ++at;
                continue;
            }
            goes_on = judge(finish(child, is_overdue)) && goes_on;
            children.erase(children.begin() + static_cast<std::ptrdiff_t>(at));
        }
    }
}

Outcome play_here(const RunOptions& options) {
    RunOptions shown = options;
    shown.on_event = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
    return outcome_of(shown, 0);
}

}  // namespace followd::sim
