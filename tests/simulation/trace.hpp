#pragma once

#include "followd/base/time.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

/// Everything that happened in a run, a line each: the last of them are kept, all of them are
/// summed up in a number by which two runs are told apart.

namespace followd::sim {

class Trace {
public:
    void note(Instant when, const std::string& line);

    /// Shows every line at once, from now on.
    void show(std::function<void(const std::string&)> line) { show_ = std::move(line); }

    [[nodiscard]] const std::deque<std::string>& last() const { return last_; }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] std::uint64_t sum() const { return sum_; }

private:
    std::function<void(const std::string&)> show_;
    std::deque<std::string> last_;
    std::uint64_t events_ = 0;
    std::uint64_t sum_ = 14695981039346656037U;
};

}  // namespace followd::sim
