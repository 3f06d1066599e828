#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

/// Distinct types over one representation, so that a sequence number is never taken for a version
/// or an index name for a UUID.

namespace followd {

/// A value of `T` that mixes with no other tag. Ordered and hashable as `T` is.
template <class T, class Tag>
class Strong {
public:
    Strong() = default;
    explicit Strong(T value) : value_(std::move(value)) {}

    [[nodiscard]] const T& value() const noexcept { return value_; }

    friend bool operator==(const Strong&, const Strong&) = default;
    friend auto operator<=>(const Strong&, const Strong&) = default;

private:
    T value_{};
};

}  // namespace followd

template <class T, class Tag>
struct std::hash<followd::Strong<T, Tag>> {
    std::size_t operator()(const followd::Strong<T, Tag>& strong) const {
        return std::hash<T>{}(strong.value());
    }
};
