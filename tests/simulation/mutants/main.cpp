#include "simulation/campaign.hpp"
#include "simulation/mutants/planted.hpp"
#include "simulation/run.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

/// followd-sim-mutants: whether the simulator can fail. For each planted defect, the first seed
/// that shows it.

namespace followd::sim {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::vector<std::string> names;
    std::string world;  // empty: any
    std::uint64_t budget = 2000;
    double within = 180;
    int jobs = 1;
    bool shows_events = false;
};

struct Found {
    std::uint64_t seed = 0;
    std::string how;
    std::string report;
};

// What a report ends with: the violation, and below it the weather.
std::string violation_of(const std::string& report) {
    const std::size_t weather = report.rfind('\n', report.size() - 2);
    const std::size_t end = weather == std::string::npos ? report.size() - 1 : weather;
    const std::size_t begin = report.rfind('\n', end - 1);
    return report.substr(begin + 1, end - begin - 1);
}

std::optional<Found> look_for(const Defect& defect,
                              const Options& options,
                              Clock::time_point limit) {
    CampaignOptions campaign;
    campaign.run.faults = all_faults();
    campaign.run.world = defect.world == "roles" ? World::roles : World::following;
    if (const std::optional<Fault> fault = fault_of(defect.certain)) {
        campaign.run.certain.push_back(*fault);
    }
    campaign.run.promotes_without_fence = defect.name == "promote-without-the-fence";
    campaign.jobs = options.jobs;
    campaign.longest = std::chrono::seconds{10};
    campaign.before = [&defect] {
        turn_on(defect.name);
        // An assertion of the core that fails is a finding, and said below.
        (void)std::freopen("/dev/null", "w", stderr);
    };
    campaign.next_seed = [&, next = std::uint64_t{1}]() mutable -> std::optional<std::uint64_t> {
        const bool is_over = next > options.budget || Clock::now() > limit;
        return is_over ? std::nullopt : std::optional{next++};
    };
    std::optional<Found> found;
    play(campaign, [&found](const Outcome& outcome) {
        if (outcome.failed && (!found || outcome.seed < found->seed)) {
            found = Found{outcome.seed, violation_of(outcome.report), outcome.report};
        }
        return !found;
    });
    return found;
}

int look_for_all(const Options& options, const std::vector<Defect>& defects) {
    const Clock::time_point began = Clock::now();
    const auto within =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.within));
    int missed = 0;
    for (const Defect& defect : defects) {
        const std::optional<Found> found = look_for(defect, options, began + within);
        missed += found ? 0 : 1;
        if (found && options.shows_events) {
            std::printf("%s", found->report.c_str());
        }
        std::printf("%-38.*s %9s  %s\n",
                    static_cast<int>(defect.name.size()),
                    defect.name.data(),
                    found ? std::to_string(found->seed).c_str() : "NOT FOUND",
                    found ? found->how.c_str() : "");
        std::fflush(stdout);
    }
    std::printf("%zu defects, %d not found, in %.1f s\n",
                defects.size(),
                missed,
                std::chrono::duration<double>(Clock::now() - began).count());
    return missed == 0 ? 0 : 1;
}

int refuse(const std::string& why) {
    std::fprintf(
        stderr, "followd-sim-mutants: %s\nTry 'followd-sim-mutants --help'.\n", why.c_str());
    return 64;
}

int start(const Options& options) {
    std::vector<Defect> chosen;
    for (const std::string& name : options.names) {
        const auto found = std::ranges::find(all_defects(), name, &Defect::name);
        if (found == all_defects().end()) {
            return refuse("no defect is called '" + name + "'; see --list");
        }
        chosen.push_back(*found);
    }
    if (chosen.empty()) {
        chosen.assign(all_defects().begin(), all_defects().end());
    }
    std::erase_if(chosen, [&options](const Defect& defect) {
        const bool is_of_roles = defect.world == "roles";
        return !options.world.empty() && is_of_roles != (options.world == "roles");
    });
    return look_for_all(options, chosen);
}

int list() {
    for (const Defect& defect : all_defects()) {
        std::printf("%-38.*s %.*s\n",
                    static_cast<int>(defect.name.size()),
                    defect.name.data(),
                    static_cast<int>(defect.what.size()),
                    defect.what.data());
    }
    return 0;
}

}  // namespace
}  // namespace followd::sim

int main(int argc, char** argv) {
    using namespace followd::sim;
    Options options;
    options.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    bool lists = false;
    CLI::App app{"Looks, for each deliberate defect, for the first seed that shows it."};
    app.footer("Exit codes: 0 all found, 1 one was not, 64 bad usage.");
    app.add_flag("--list", lists, "Only name them");
    app.add_option("--defects", options.names, "Only these, comma-separated")->delimiter(',');
    app.add_option("--world", options.world, "Only those that show in such worlds")
        ->check(CLI::IsMember({"following", "roles"}));
    app.add_flag("--show", options.shows_events, "Show the last events of each run that was found");
    app.add_option("--budget", options.budget, "Seeds for each")->check(CLI::Range(1, 1'000'000));
    app.add_option("--within", options.within, "Seconds in all")->check(CLI::Range(1.0, 36'000.0));
    app.add_option("--jobs", options.jobs, "Runs at a time")->check(CLI::Range(1, 256));
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& mistake) {
        return refuse(mistake.what());
    }
    return lists ? list() : start(options);
}
