#include "fault/proxy/fault.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>

namespace followd::fault {

namespace {

using enum Direction;
constexpr std::uint64_t gigabyte = 1U << 30U;

/// In the order of the enumeration.
constexpr std::array<FaultTraits, fault_count> table{{
    {Fault::refuse,
     "refuse",
     Effect::ending,
     request,
     {},
     {},
     Range{0, 0},
     "nobody listens, and every connection is reset"},
    {Fault::stall,
     "stall",
     Effect::ending,
     request,
     "bytes",
     Range{0, 0},
     Range{0, gigabyte},
     "nothing is read or passed on after so many bytes of the message"},
    {Fault::swallow,
     "swallow",
     Effect::instead,
     request,
     {},
     {},
     Range{0, 0},
     "the message is read and thrown away"},
    {Fault::reset,
     "reset",
     Effect::ending,
     request,
     "bytes",
     Range{0, 0},
     Range{0, gigabyte},
     "both sides get a reset after so many bytes of the message"},
    {Fault::cut,
     "cut",
     Effect::ending,
     answer,
     "bytes",
     Range{1, 400},
     Range{0, gigabyte},
     "both sides are closed after so many bytes of the message"},
    {Fault::half_close,
     "half_close",
     Effect::ending,
     answer,
     "bytes",
     Range{0, 0},
     Range{0, gigabyte},
     "after so many bytes this direction is closed, the other stays open"},
    {Fault::corrupt,
     "corrupt",
     Effect::damage,
     answer,
     "bytes",
     {},
     Range{0, gigabyte},
     "one byte of the head is changed; where, counted from 0 (anywhere)"},
    {Fault::delay,
     "delay",
     Effect::wait,
     answer,
     "ms",
     Range{100, 100},
     Range{0, 60'000},
     "the message waits so long before its first byte"},
    {Fault::slow,
     "slow",
     Effect::flow,
     answer,
     "rate",
     Range{20'000, 20'000},
     Range{1, gigabyte},
     "so many bytes a second"},
    {Fault::slice,
     "slice",
     Effect::flow,
     answer,
     "bytes",
     Range{1, 1},
     Range{1, gigabyte},
     "the first 2 KiB in pieces of so many bytes, the rest at once"},
    {Fault::too_many_requests,
     "too_many_requests",
     Effect::instead,
     request,
     {},
     {},
     Range{0, 0},
     "429, a rejected execution"},
    {Fault::circuit_breaker,
     "circuit_breaker",
     Effect::instead,
     request,
     {},
     {},
     Range{0, 0},
     "429, circuit_breaking_exception"},
    {Fault::service_unavailable,
     "service_unavailable",
     Effect::instead,
     request,
     {},
     {},
     Range{0, 0},
     "503 in plain text"},
    {Fault::bad_gateway,
     "bad_gateway",
     Effect::instead,
     request,
     {},
     {},
     Range{0, 0},
     "502 in HTML, as a load balancer does"},
    {Fault::html,
     "html",
     Effect::instead,
     request,
     {},
     {},
     Range{0, 0},
     "200 with a page for people instead of JSON"},
    {Fault::failed_shards,
     "failed_shards",
     Effect::instead,
     request,
     {},
     {},
     Range{0, 0},
     "200, and all that it found is that a shard failed"},
}};

}  // namespace

std::span<const FaultTraits> all_faults() {
    return table;
}

const FaultTraits& traits_of(Fault fault) {
    const auto& traits = table.at(static_cast<std::size_t>(fault));
    FOLLOWD_ASSERT(traits.fault == fault);
    return traits;
}

std::string_view name_of(Direction direction) {
    return direction == request ? "request" : "answer";
}

std::string fault_table() {
    std::string text;
    for (const FaultTraits& traits : table) {
        std::string left = "  " + std::string{traits.name};
        if (!traits.amount.empty()) {
            left += " " + std::string{traits.amount} + "=N";
        }
        left.resize(std::max<std::size_t>(left.size() + 1, 24), ' ');
        const bool is_about_messages = traits.fault != Fault::refuse;
        left += is_about_messages ? name_of(traits.direction) : "-";
        left.resize(33, ' ');
        text += left + std::string{traits.meaning} + "\n";
    }
    return text;
}

}  // namespace followd::fault
