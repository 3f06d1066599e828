#pragma once

#include "followd/base/time.hpp"

#include "http/url.hpp"

#include <cstddef>
#include <optional>
#include <vector>

/// Which address of a cluster to connect to next.

namespace followd::http {

/// Takes the good ones in turn. One that could not be connected to is put aside for a back-off that
/// doubles from 1 to 30 s. Pure: whoever calls says what time it is.
class Addresses {
public:
    /// The addresses that one request has tried, so that it tries none twice.
    class Attempt {
    public:
        [[nodiscard]] std::size_t count() const noexcept { return tried_.size(); }

    private:
        friend class Addresses;
        std::vector<std::size_t> tried_;
        bool has_tried_one_aside_ = false;
    };

    explicit Addresses(std::vector<Url> urls);

    /// A good address; when none is left, once per attempt the one aside the longest.
    [[nodiscard]] std::optional<std::size_t> pick(Attempt& attempt, Instant now);
    void put_aside(std::size_t index, Instant now);
    void take_back(std::size_t index);
    [[nodiscard]] const Url& url(std::size_t index) const;

private:
    struct Entry {
        Url url;
        Duration back_off{};  ///< zero while it is good
        Instant aside_since{};
    };

    [[nodiscard]] static bool is_good(const Entry& entry, Instant now);

    std::vector<Entry> entries_;
    std::size_t next_ = 0;
};

}  // namespace followd::http
