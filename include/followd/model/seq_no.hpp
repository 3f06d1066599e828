#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

/// Sequence numbers, primary terms and versions (design.md sections 1 and 6).

namespace followd {

/// The place of an operation in its shard's history, from 0. `none()` (-1) is "no operation yet",
/// for a checkpoint as for a maximum, as Elasticsearch writes it.
class SeqNo {
public:
    constexpr SeqNo() = default;
    constexpr explicit SeqNo(std::int64_t value) : value_(value) {}
    [[nodiscard]] static constexpr SeqNo none() { return SeqNo{-1}; }

    [[nodiscard]] constexpr std::int64_t value() const { return value_; }
    [[nodiscard]] constexpr SeqNo next() const { return SeqNo{value_ + 1}; }
    [[nodiscard]] constexpr SeqNo previous() const { return SeqNo{value_ - 1}; }

    friend constexpr auto operator<=>(SeqNo, SeqNo) = default;

private:
    std::int64_t value_ = -1;
};

/// How many operations lie in (from, through]; 0 where `through` is not above `from`.
[[nodiscard]] constexpr std::int64_t operations_between(SeqNo from, SeqNo through) {
    return std::max<std::int64_t>(0, through.value() - from.value());
}

/// The closed range [first, last]; empty where last < first.
struct SeqNoRange {
    SeqNo first;
    SeqNo last;

    [[nodiscard]] constexpr bool empty() const { return last < first; }
    [[nodiscard]] constexpr std::int64_t width() const {
        return empty() ? 0 : last.value() - first.value() + 1;
    }
    [[nodiscard]] constexpr bool contains(SeqNo seq_no) const {
        return first <= seq_no && seq_no <= last;
    }
    /// Some number lies in both; of ranges that are not empty.
    [[nodiscard]] constexpr bool overlaps(const SeqNoRange& other) const {
        return first <= other.last && other.first <= last;
    }
    friend constexpr bool operator==(const SeqNoRange&, const SeqNoRange&) = default;
};

/// Whether it lies in any of `ranges`.
[[nodiscard]] constexpr bool contains(std::span<const SeqNoRange> ranges, SeqNo seq_no) {
    return std::ranges::any_of(
        ranges, [seq_no](const SeqNoRange& range) { return range.contains(seq_no); });
}

/// What of `ranges` (ascending, disjoint) lies above `seq_no`.
[[nodiscard]] inline std::vector<SeqNoRange> above(std::vector<SeqNoRange> ranges, SeqNo seq_no) {
    std::erase_if(ranges, [seq_no](const SeqNoRange& range) { return range.last <= seq_no; });
    if (!ranges.empty()) {
        ranges.front().first = std::max(ranges.front().first, seq_no.next());
    }
    return ranges;
}

/// Rises by one with each primary of a shard; above a term's start nothing older is trusted.
class PrimaryTerm {
public:
    constexpr PrimaryTerm() = default;
    constexpr explicit PrimaryTerm(std::int64_t value) : value_(value) {}
    [[nodiscard]] constexpr std::int64_t value() const { return value_; }
    friend constexpr auto operator<=>(PrimaryTerm, PrimaryTerm) = default;

private:
    std::int64_t value_ = 0;
};

/// A document's external version on the follower: base + seq_no + 1 for a write, one more for the
/// delete of what that write made (design.md sections 2 and 4).
class Version {
public:
    constexpr Version() = default;
    constexpr explicit Version(std::int64_t value) : value_(value) {}
    [[nodiscard]] constexpr std::int64_t value() const { return value_; }
    friend constexpr auto operator<=>(Version, Version) = default;

private:
    std::int64_t value_ = 0;
};

/// Where a space of sequence numbers starts among the follower's versions. 0 for a fresh follower.
class VersionBase {
public:
    constexpr VersionBase() = default;
    constexpr explicit VersionBase(std::int64_t value) : value_(value) {}
    [[nodiscard]] constexpr std::int64_t value() const { return value_; }

    [[nodiscard]] constexpr Version of_write(SeqNo seq_no) const {
        return Version{value_ + seq_no.value() + 1};
    }
    /// The operation that a live document of this version stands for.
    [[nodiscard]] constexpr SeqNo origin_of(Version version) const {
        return SeqNo{version.value() - value_ - 1};
    }
    friend constexpr auto operator<=>(VersionBase, VersionBase) = default;

private:
    std::int64_t value_ = 0;
};

}  // namespace followd

template <>
struct std::hash<followd::SeqNo> {
    std::size_t operator()(followd::SeqNo seq_no) const noexcept {
        return std::hash<std::int64_t>{}(seq_no.value());
    }
};
