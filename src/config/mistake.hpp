#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is wrong in a configuration file, said so that a person can mend it without a manual.

namespace followd::config {

/// Both count from 1; columns count bytes, as yaml-cpp does. Line 0 means the file as a whole.
struct Place {
    int line = 0;
    int column = 0;

    friend auto operator<=>(const Place&, const Place&) = default;
};

struct Mistake {
    std::string file;  ///< as it was given to us
    Place place;
    std::string key;    ///< for example "clusters.beijing.urls[0]"; empty for the file as a whole
    std::string wrong;  ///< what is wrong, a sentence's end
    std::string right;  ///< what would be right; may be empty
};

/// One line: `followd.yaml:12:5: limits.memory: "12 potatoes" is not a size; write a number ...`.
[[nodiscard]] std::string to_string(const Mistake& mistake);

/// Collects the mistakes of one file.
class Mistakes {
public:
    explicit Mistakes(std::string file);

    void add(Place place, std::string key, std::string wrong, std::string right = {});

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] std::size_t count() const noexcept { return found_.size(); }

    /// All of them in the file's order, at most `reported_max`; where there are more, the last one
    /// says so.
    [[nodiscard]] std::vector<Mistake> in_file_order() const;

    static constexpr std::size_t reported_max = 100;

private:
    std::string file_;
    std::vector<Mistake> found_;
};

/// "a.b", or "b" at the top.
[[nodiscard]] std::string join_path(std::string_view path, std::string_view key);

/// A value for a message: in quotes, without control characters, cut at 64 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// A key or a name, which comes from the file and may be anything: as it is where that is a short
/// word, else in quotes.
[[nodiscard]] std::string as_word(std::string_view text);

/// "did you mean ..." where one of `known` is near, else the list of what is known, cut at ten.
[[nodiscard]] std::string suggestion(std::string_view unknown,
                                     std::span<const std::string_view> known);

}  // namespace followd::config
