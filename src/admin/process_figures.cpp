#include "admin/process_figures.hpp"

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace followd::admin {

namespace {

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::optional<double> cpu_seconds() {
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) != 0) {
        return std::nullopt;
    }
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/// Field `number` of a file of numbers, from 1.
std::optional<double> number_in(std::istream& file, int number) {
    std::string field;
    for (int i = 0; i < number; ++i) {
        file >> field;
    }
    std::istringstream text(field);
    double value = 0;
    if (!file || !(text >> value)) {
        return std::nullopt;
    }
    return value;
}

std::optional<double> resident_memory_bytes() {
    std::ifstream file("/proc/self/statm");
    std::optional<double> pages = number_in(file, 2);
    if (pages) {
        *pages *= static_cast<double>(sysconf(_SC_PAGESIZE));
    }
    return pages;
}

std::optional<double> open_fds() {
    std::error_code error;
    double count = -1;  // one of them is the iterator's own
    const std::filesystem::directory_iterator end;
    for (std::filesystem::directory_iterator file("/proc/self/fd", error); !error && file != end;
         file.increment(error)) {
        ++count;
    }
    return error ? std::nullopt : std::optional(count);
}

std::optional<double> max_fds() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return std::nullopt;
    }
    return static_cast<double>(limit.rlim_cur);
}

/// The kernel knows it as ticks since the machine's start: how long ago that was, taken from now.
std::optional<double> start_time_seconds() {
    std::ifstream file("/proc/self/stat");
    // The program's name stands in parentheses and may hold spaces; field 22 is 20 after it.
    file.ignore(std::numeric_limits<std::streamsize>::max(), ')');
    const std::optional<double> ticks = number_in(file, 20);
    timespec since_boot{};
    if (!ticks || clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0) {
        return std::nullopt;
    }
    const double uptime =
        static_cast<double>(since_boot.tv_sec) + static_cast<double>(since_boot.tv_nsec) / 1e9;
    const double age = uptime - *ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    return now.count() - age;
}

}  // namespace

ProcessFigures read_process_figures() {
    // Once: a clock that is set must not look like a restart.
    static const std::optional<double> start_time = start_time_seconds();
    return ProcessFigures{
        cpu_seconds(), resident_memory_bytes(), open_fds(), max_fds(), start_time};
}

}  // namespace followd::admin
