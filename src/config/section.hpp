#pragma once

#include "followd/base/time.hpp"

#include "config/document.hpp"
#include "config/mistake.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Reads one map of the file: its known keys with their types, units and ranges. What is wrong is
/// reported and the value left as it was (its default), so that one run finds every mistake.

namespace followd::config {

template <class T>
struct Range {
    T least;
    T most;
};

/// Whether a message may show the value. Where a secret may have been written by mistake, not.
enum class Show { value, nothing };

class Section {
public:
    /// `node` may be null (a section with nothing in it). Reports a node that is no map, and every
    /// key that is not in `known`. Node and Mistakes must outlive the section; `known` too.
    Section(const Node& node,
            std::string path,
            std::span<const std::string_view> known,
            Mistakes& mistakes,
            Show show = Show::value);

    /// The key's value; null where it is absent. Of a key given twice, the first.
    [[nodiscard]] const Node* find(std::string_view key) const;
    /// Whether there is something under the key, right or wrong.
    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }

    void read_text(std::string_view key, std::string& out) const;
    void read_boolean(std::string_view key, bool& out) const;
    void read_count(std::string_view key, Range<std::size_t> range, std::size_t& out) const;
    void read_size(std::string_view key, Range<std::size_t> range, std::size_t& out) const;
    void read_duration(std::string_view key, Range<Duration> range, Duration& out) const;
    /// Above 0% and up to 100%.
    void read_share(std::string_view key, double& out) const;

    template <class Choice>
    void read_choice(std::string_view key,
                     std::span<const std::pair<std::string_view, Choice>> choices,
                     Choice& out) const {
        std::vector<std::string_view> names;
        for (const auto& [name, choice] : choices) {
            names.push_back(name);
        }
        const std::size_t at = find_choice(key, names);
        if (at < choices.size()) {
            out = choices[at].second;
        }
    }

    /// The items of a list; empty where it is absent, null or no list (which is reported).
    [[nodiscard]] std::span<const Node> list(std::string_view key, std::string_view example) const;
    /// At the key's value where there is one, else where the section stands.
    void report(std::string_view key, std::string wrong, std::string right = {}) const;
    /// Reports a key that is not there.
    void require(std::string_view key, std::string_view example) const;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string path_of(std::string_view key) const { return join_path(path_, key); }
    /// Where the section stands: its own key, or its beginning in a list.
    [[nodiscard]] Place place() const noexcept { return place_; }
    /// Of the key's value where there is one, else of the section.
    [[nodiscard]] Place place_of(std::string_view key) const;

private:
    [[nodiscard]] std::size_t find_choice(std::string_view key,
                                          std::span<const std::string_view> names) const;
    /// The value under the key, which must be text as every number with a unit is; reports anything
    /// else.
    [[nodiscard]] const Node* find_scalar(std::string_view key,
                                          std::string_view kind,
                                          std::string_view right) const;
    void report_value(const Node& node,
                      std::string_view key,
                      std::string_view kind,
                      std::string_view right) const;

    const Node* map_ = nullptr;  ///< null where there is no map to read
    std::string path_;
    Place place_;
    Mistakes& mistakes_;
    Show show_;
};

/// One text value; reports what is not text, empty, or holds control characters. False then.
[[nodiscard]] bool read_text_node(
    const Node& node, const std::string& path, Mistakes& mistakes, Show show, std::string& out);

/// A value for a message: `"12 potatoes"`, `a list`, `null`.
[[nodiscard]] std::string describe(const Node& node, Show show);

/// `"12 potatoes" is not a size`, or `has no value` for a null.
[[nodiscard]] std::string is_not(std::string_view kind, const Node& node, Show show);

}  // namespace followd::config
