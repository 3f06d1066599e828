#include "simulation/campaign.hpp"
#include "simulation/run.hpp"
#include "simulation/seeds.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <map>
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
    std::string seed;
    std::string seeds;
    std::optional<double> minutes;
    std::vector<std::string> faults;
    std::vector<std::string> without;
    std::vector<std::string> certain;
    int jobs = 1;
    bool shows_events = false;
    bool keeps_going = false;
    bool plays_twice = false;
    bool changes_roles = false;
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
std::optional<std::vector<Fault>> faults_called(const std::vector<std::string>& names,
                                                std::string& unknown) {
    std::vector<Fault> faults;
    for (const std::string& name : names) {
        const std::optional<Fault> fault = fault_of(name);
        if (!fault) {
            unknown = name;
            return std::nullopt;
        }
        faults.push_back(*fault);
    }
    return faults;
}

// False where a name is not known; `unknown` is that name.
bool choose_faults(const Options& options, RunOptions& run, std::string& unknown) {
    const auto only = faults_called(options.faults, unknown);
    const auto without = only ? faults_called(options.without, unknown) : std::nullopt;
    const auto certain = without ? faults_called(options.certain, unknown) : std::nullopt;
    if (!certain) {
        return false;
    }
    run.faults = options.faults.empty() ? all_faults() : *only;
    std::erase_if(run.faults, [&without](Fault fault) {
        return std::ranges::find(*without, fault) != without->end();
    });
    run.certain = *certain;
    return true;
}

std::string replay_of(const Options& options, std::uint64_t seed) {
    std::string command = "followd-sim --seed " + std::to_string(seed) + " --trace";
    command += options.changes_roles ? " --roles" : "";
    for (const std::string& name : options.faults) {
        command += " --faults " + name;
    }
    for (const std::string& name : options.without) {
        command += " --without " + name;
    }
    for (const std::string& name : options.certain) {
        command += " --certain " + name;
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

Outcome play_apart(RunOptions run) {
    CampaignOptions campaign;
    campaign.next_seed = [next = std::optional{run.seed}]() mutable {
        return std::exchange(next, std::nullopt);
    };
    campaign.run = std::move(run);
    Outcome only;
    play(campaign, [&only](const Outcome& outcome) {
        only = outcome;
        return true;
    });
    return only;
}

int play_one(const Options& options, RunOptions run) {
    std::printf("seed %llu\n", static_cast<unsigned long long>(run.seed));
    const Outcome outcome = options.shows_events ? play_here(run) : play_apart(std::move(run));
    if (outcome.failed) {
        print_failure(options, outcome);
        return found_something;
    }
    std::printf("well: %llu events, sum %016llx\n",
                static_cast<unsigned long long>(outcome.events),
                static_cast<unsigned long long>(outcome.sum));
    return found_nothing;
}

// A run must be the same whenever its seed is played.
std::vector<std::uint64_t> differing_from(const std::map<std::uint64_t, std::uint64_t>& sums,
                                          CampaignOptions campaign,
                                          SeedRange seeds) {
    std::vector<std::uint64_t> different;
    campaign.next_seed = [&sums, next = seeds.first]() mutable {
        const std::uint64_t seed = next++;
        return sums.contains(seed) ? std::optional{seed} : std::nullopt;
    };
    play(campaign, [&](const Outcome& outcome) {
        if (outcome.sum != sums.at(outcome.seed)) {
            std::printf("seed %llu is another run the second time\n",
                        static_cast<unsigned long long>(outcome.seed));
            different.push_back(outcome.seed);
        }
        return true;
    });
    return different;
}

int play_many(const Options& options, RunOptions run, SeedRange seeds) {
    const Clock::time_point began = Clock::now();
    const std::chrono::duration<double, std::ratio<60>> limit{options.minutes.value_or(1e6)};
    std::printf("seeds from %llu\n", static_cast<unsigned long long>(seeds.first));
    CampaignOptions campaign;
    campaign.run = std::move(run);
    campaign.jobs = options.jobs;
    campaign.next_seed = [&, next = seeds.first]() mutable -> std::optional<std::uint64_t> {
        const bool is_over = next > seeds.last || Clock::now() - began > limit;
        return is_over ? std::nullopt : std::optional{next++};
    };
    std::uint64_t played = 0;
    std::uint64_t events = 0;
    std::vector<std::uint64_t> failed;
    std::map<std::uint64_t, std::uint64_t> sums;
    play(campaign, [&](const Outcome& outcome) {
        ++played;
        events += outcome.events;
        sums.emplace(outcome.seed, outcome.sum);
        if (outcome.failed) {
            failed.push_back(outcome.seed);
            print_failure(options, outcome);
        }
        return failed.empty() || options.keeps_going;
    });
    const std::vector<std::uint64_t> different =
        options.plays_twice ? differing_from(sums, campaign, seeds) : std::vector<std::uint64_t>{};
    failed.insert(failed.end(), different.begin(), different.end());
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
    const bool has_range = !options.seeds.empty() || options.minutes.has_value();
    if (options.seed.empty() != has_range) {
        return refuse("say --seed, or --seeds, or --minutes, or --seeds and how many --minutes");
    }
    if (options.minutes && !(*options.minutes > 0 && *options.minutes <= 10'000)) {
        return refuse("--minutes wants a number above 0, at most 10000");
    }
    RunOptions run;
    run.world = options.changes_roles ? World::roles : World::following;
    std::string unknown;
    if (!choose_faults(options, run, unknown)) {
        return refuse("no fault is called '" + unknown + "'; there are: " + names_of_all());
    }
    if (!options.seed.empty()) {
        const std::optional<std::uint64_t> seed = parse_seed(options.seed);
        if (!seed) {
            return refuse("--seed wants a number of 64 bits, not '" + options.seed + "'");
        }
        run.seed = *seed;
        return play_one(options, std::move(run));
    }
    if (options.seeds.empty()) {
        const std::uint64_t first = std::random_device{}();
        return play_many(
            options, std::move(run), {first, std::numeric_limits<std::uint64_t>::max()});
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
    app.add_option(
        "--minutes", options.minutes, "For so long: those of --seeds, or from a random one on");
    app.add_option("--faults", options.faults, "Only these, comma-separated")->delimiter(',');
    app.add_option("--without", options.without, "All but these, comma-separated")->delimiter(',');
    app.add_option("--certain", options.certain, "These in every run, comma-separated")
        ->delimiter(',');
    app.add_option("--jobs", options.jobs, "Runs at a time")->check(CLI::Range(1, 256));
    app.add_flag("--trace", options.shows_events, "With --seed: show every event as it happens");
    app.add_flag(
        "--twice", options.plays_twice, "With --seeds: each again, which must be the same");
    app.add_flag("--roles",
                 options.changes_roles,
                 "Worlds in which an operator promotes, undoes, fails back and switches");
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
