#pragma once

#include "followd/core/retry.hpp"

#include "fault/proxy/message_scanner.hpp"
#include "fault/proxy/rule.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

/// Which message meets which fault. Every rule draws from a generator of its own, made of the seed
/// and of how many rules came before: its n-th fitting message meets the same fate in each run,
/// whatever other rules and connections do meanwhile.

namespace followd::fault {

using RuleId = std::uint64_t;

/// One effect that a message is to have.
struct Planned {
    RuleId rule = 0;
    Fault fault = Fault::refuse;
    std::uint64_t amount = 0;  ///< bytes, milliseconds or bytes a second
    std::uint8_t flip = 0;     ///< the bits to change of the byte, of corrupt
};

class Treatment {
public:
    [[nodiscard]] std::optional<Planned>& operator[](Effect effect) {
        return planned_.at(static_cast<std::size_t>(effect));
    }
    [[nodiscard]] const std::optional<Planned>& operator[](Effect effect) const {
        return planned_.at(static_cast<std::size_t>(effect));
    }

private:
    std::array<std::optional<Planned>, effect_count> planned_;
};

class Schedule {
public:
    explicit Schedule(std::uint64_t seed) : seed_(seed) {}

    void add(Rule rule);
    /// Nothing that was planned before happens any more.
    void clear() { rules_.clear(); }
    [[nodiscard]] bool is_refusing() const;

    /// Of a message that begins, with a head of that many bytes.
    [[nodiscard]] Treatment treat(Direction direction,
                                  const RequestLine& line,
                                  std::size_t head_bytes);

    /// To be asked in the moment in which something that was planned would happen, and counted
    /// then: false where its rule was taken away or has acted often enough.
    [[nodiscard]] bool claim(const Planned& planned);
    [[nodiscard]] bool is_in_force(RuleId rule) const;

    /// What no rule has to be asked for.
    void count(Fault fault) { ++injected_.at(static_cast<std::size_t>(fault)); }
    [[nodiscard]] std::uint64_t injected(Fault fault) const {
        return injected_.at(static_cast<std::size_t>(fault));
    }

private:
    struct Entry {
        RuleId id;
        Rule rule;
        core::Random random;
    };
    [[nodiscard]] Planned plan(Entry& entry, std::size_t head_bytes) const;

    std::uint64_t seed_;
    RuleId last_id_ = 0;
    std::vector<Entry> rules_;
    std::array<std::uint64_t, fault_count> injected_{};
};

}  // namespace followd::fault
