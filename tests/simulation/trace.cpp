#include "simulation/trace.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace followd::sim {

namespace {

constexpr std::size_t kept_max = 400;

}  // namespace

void Trace::note(Instant when, const std::string& line) {
    const auto at = std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch() -
                                                                          std::chrono::hours{1});
    std::array<char, 32> stamp{};
    const auto length = std::snprintf(stamp.data(),
                                      stamp.size(),
                                      "%5lld.%06lld ",
                                      static_cast<long long>(at.count() / 1'000'000),
                                      static_cast<long long>(at.count() % 1'000'000));
    std::string text(stamp.data(), static_cast<std::size_t>(length));
    text += line;
    ++events_;
    for (const char byte : text) {  // FNV-1a
        sum_ = (sum_ ^ static_cast<unsigned char>(byte)) * 1099511628211U;
    }
    if (show_) {
        show_(text);
    }
    last_.push_back(std::move(text));
    if (last_.size() > kept_max) {
        last_.pop_front();
    }
}

}  // namespace followd::sim
