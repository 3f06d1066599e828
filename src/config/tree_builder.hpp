#pragma once

#include "config/document.hpp"

#include <string>
#include <vector>

/// Builds a Node tree from a parser's events, within the document's limits.

namespace followd::config {

class TreeBuilder {
public:
    /// Each returns false once a limit is passed; the caller stops its parser and asks limit().
    [[nodiscard]] bool add(NodeKind kind, std::string text, Place place);
    [[nodiscard]] bool begin(NodeKind kind, Place place);
    void end();
    /// Only where expects_key() is true.
    void key(std::string text, Place place);

    [[nodiscard]] bool expects_key() const noexcept;
    /// Which limit was passed, for a mistake; empty where none was.
    [[nodiscard]] const std::string& limit() const noexcept { return limit_; }
    /// The finished tree; null where the parser reported nothing.
    [[nodiscard]] Node take();

private:
    struct Key {
        std::string text;
        Place place;
    };

    [[nodiscard]] bool count_one();
    void attach(Node node);

    std::vector<Node> open_;     ///< the path from the root to where we are
    std::vector<Key> keys_;      ///< the keys that wait for their values, innermost last
    std::vector<bool> has_key_;  ///< for each open node
    Node root_;
    std::size_t nodes_ = 0;
    std::string limit_;
};

}  // namespace followd::config
