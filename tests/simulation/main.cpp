#include "simulation/campaign.hpp"
#include "simulation/run.hpp"
#include "simulation/seeds.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

/// followd-sim: the real planner and engine in simulated worlds, one a seed.

namespace followd::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int found_nothing = 0;
constexpr int found_something = 1;
constexpr int usage = 64;

struct Options {
    std::optional<std::uint64_t> seed;
    std::string seeds;
    std::optional<double> minutes;
    std::vector<std::string> faults;
    std::vector<std::string> without;
    int jobs = 1;
    bool shows_events = false;
    bool keeps_going = false;
};

int refuse(const std::string& why) {
    std::fprintf(stderr, "followd-sim: %s\nTry 'followd-sim --help'.\n", why.c_str());
    return usage;
}

std::string names_of_all() {
    std::string names;
    for (const Fault fault : all_faults()) {
        names += (names.empty() ? "" : " ") + std::string(to_string(fault));
    }
    return names;
}

// Nothing where a name is not known; `unknown` is that name.
std::optional<std::vector<Fault>> faults_of(const Options& options, std::string& unknown) {
    std::vector<Fault> faults = options.faults.empty() ? all_faults() : std::vector<Fault>{};
    for (const std::string& name : options.faults) {
        const std::optional<Fault> fault = fault_of(name);
        if (!fault) {
            unknown = name;
            return std::nullopt;
        }
        faults.push_back(*fault);
    }
    for (const std::string& name : options.without) {
        const std::optional<Fault> fault = fault_of(name);
        if (!fault) {
            unknown = name;
            return std::nullopt;
        }
        std::erase(faults, *fault);
    }
    return faults;
}

std::string replay_of(const Options& options, std::uint64_t seed) {
    std::string command = "followd-sim --seed " + std::to_string(seed) + " --trace";
    for (const std::string& name : options.faults) {
        command += " --faults " + name;
    }
    for (const std::string& name : options.without) {
        command += " --without " + name;
    }
    return command;
}

void print_failure(const Options& options, const Outcome& outcome) {
    std::printf("%sseed %llu FAILED; replay: %s\n",
                outcome.report.c_str(),
                static_cast<unsigned long long>(outcome.seed),
                replay_of(options, outcome.seed).c_str());
    std::fflush(stdout);
}

int play_one(const Options& options, RunOptions run) {
    run.seed = *options.seed;
    std::printf("seed %llu\n", static_cast<unsigned long long>(run.seed));
    if (options.shows_events) {
        const Outcome outcome = play_here(run);
        if (outcome.failed) {
            print_failure(options, outcome);
            return found_something;
        }
        std::printf("well: %llu events, sum %016llx\n",
                    static_cast<unsigned long long>(outcome.events),
                    static_cast<unsigned long long>(outcome.sum));
        return found_nothing;
    }
    CampaignOptions campaign;
    campaign.run = std::move(run);
    campaign.next_seed = [next = options.seed]() mutable { return std::exchange(next, {}); };
    int result = found_nothing;
    play(campaign, [&](const Outcome& outcome) {
        if (outcome.failed) {
            print_failure(options, outcome);
            result = found_something;
        } else {
            std::printf("well: %llu events, sum %016llx\n",
                        static_cast<unsigned long long>(outcome.events),
                        static_cast<unsigned long long>(outcome.sum));
        }
        return true;
    });
    return result;
}

int play_many(const Options& options, RunOptions run, SeedRange seeds) {
    const Clock::time_point began = Clock::now();
    const auto limit = std::chrono::duration<double, std::ratio<60>>(options.minutes.value_or(0));
    std::printf("seeds from %llu\n", static_cast<unsigned long long>(seeds.first));
    CampaignOptions campaign;
    campaign.run = std::move(run);
    campaign.jobs = options.jobs;
    campaign.next_seed = [&, next = seeds.first]() mutable -> std::optional<std::uint64_t> {
        const bool is_over = options.minutes ? Clock::now() - began > limit : next > seeds.last;
        return is_over ? std::nullopt : std::optional{next++};
    };
    std::uint64_t played = 0;
    std::uint64_t events = 0;
    std::vector<std::uint64_t> failed;
    play(campaign, [&](const Outcome& outcome) {
        ++played;
        events += outcome.events;
        if (outcome.failed) {
            failed.push_back(outcome.seed);
            print_failure(options, outcome);
        }
        return failed.empty() || options.keeps_going;
    });
    const double took = std::chrono::duration<double>(Clock::now() - began).count();
    std::printf("%llu seeds, %llu events in %.1f s (%.0f a second), %zu failed\n",
                static_cast<unsigned long long>(played),
                static_cast<unsigned long long>(events),
                took,
                static_cast<double>(events) / took,
                failed.size());
    for (const std::uint64_t seed : failed) {
        std::printf("failed: %s\n", replay_of(options, seed).c_str());
    }
    return failed.empty() ? found_nothing : found_something;
}

int start(const Options& options) {
    const int ways =
        (options.seed ? 1 : 0) + (options.seeds.empty() ? 0 : 1) + (options.minutes ? 1 : 0);
    if (ways != 1) {
        return refuse("say one of --seed, --seeds and --minutes");
    }
    if (options.minutes && !(*options.minutes > 0 && *options.minutes <= 10'000)) {
        return refuse("--minutes wants a number above 0, at most 10000");
    }
    RunOptions run;
    std::string unknown;
    std::optional<std::vector<Fault>> faults = faults_of(options, unknown);
    if (!faults) {
        return refuse("no fault is called '" + unknown + "'; there are: " + names_of_all());
    }
    run.faults = *std::move(faults);
    if (options.seed) {
        return play_one(options, std::move(run));
    }
    if (options.minutes) {
        const std::uint64_t first = std::random_device{}();
        return play_many(options, std::move(run), {first, first});
    }
    const std::optional<SeedRange> seeds = parse_seeds(options.seeds);
    if (!seeds) {
        return refuse("--seeds wants A..B with A <= B, not '" + options.seeds + "'");
    }
    return play_many(options, std::move(run), *seeds);
}

}  // namespace
}  // namespace followd::sim

int main(int argc, char** argv) {
    using namespace followd::sim;
    Options options;
    options.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    CLI::App app{"Plays followd's planner and engine in simulated worlds, one a seed."};
    app.footer("Faults: " + names_of_all() +
               "\n\nExit codes: 0 nothing found, 1 a seed failed, 64 bad usage.");
    app.add_option("--seed", options.seed, "One run");
    app.add_option("--seeds", options.seeds, "Every seed of A..B");
    app.add_option("--minutes", options.minutes, "Seeds from a random one on, for so long");
    app.add_option("--faults", options.faults, "Only these, comma-separated")->delimiter(',');
    app.add_option("--without", options.without, "All but these, comma-separated")->delimiter(',');
    app.add_option("--jobs", options.jobs, "Runs at a time")->check(CLI::Range(1, 256));
    app.add_flag("--trace", options.shows_events, "With --seed: show every event as it happens");
    app.add_flag("--keep-going", options.keeps_going, "Go on after a seed failed");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& mistake) {
        return refuse(mistake.what());
    }
    return start(options);
}
