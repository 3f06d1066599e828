#pragma once

#include "cli/terminal.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace followd::cli {

/// A line on standard error that says how many documents were compared and how fast; nothing where
/// that is no terminal.
class ComparedProgress {
public:
    ComparedProgress(Terminal terminal, std::string index);
    ~ComparedProgress();
    ComparedProgress(const ComparedProgress&) = delete;
    ComparedProgress& operator=(const ComparedProgress&) = delete;

    void add(std::int64_t documents);

private:
    using Clock = std::chrono::steady_clock;

    Terminal terminal_;
    std::string index_;
    Clock::time_point began_ = Clock::now();
    Clock::time_point shown_{};
    std::int64_t documents_ = 0;
};

}  // namespace followd::cli
