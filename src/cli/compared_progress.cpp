#include "cli/compared_progress.hpp"

#include "cli/figures.hpp"

#include <cmath>
#include <iostream>
#include <utility>

namespace followd::cli {

namespace {

constexpr std::chrono::milliseconds show_interval{200};
constexpr std::string_view clear_line = "\r\x1b[K";

}  // namespace

ComparedProgress::ComparedProgress(Terminal terminal, std::string index)
    : terminal_(terminal), index_(std::move(index)) {}

ComparedProgress::~ComparedProgress() {
    if (shown_ != Clock::time_point{}) {
        std::cerr << clear_line << std::flush;
    }
}

void ComparedProgress::add(std::int64_t documents) {
    documents_ += documents;
    const Clock::time_point now = Clock::now();
    if (!terminal_.is_terminal || now - shown_ < show_interval) {
        return;
    }
    shown_ = now;
    const std::chrono::duration<double> passed = now - began_;
    const double rate = passed.count() > 0 ? static_cast<double>(documents_) / passed.count() : 0;
    std::cerr << clear_line << printable(index_) << ": " << counted(documents_, "document")
              << " compared, " << grouped(std::llround(rate)) << "/s" << std::flush;
}

}  // namespace followd::cli
