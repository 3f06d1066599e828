#pragma once

#include <string_view>

/// Which index settings go where. Names are flat and begin with "index.".

namespace followd::es {

/// The leader's value stays off the follower until promotion: it is kept in the mark.
[[nodiscard]] bool is_held_back(std::string_view setting);

/// The leader's value is given to the follower: it decides what a document or mapping may be, which
/// shard a document is in, or how a search answers.
[[nodiscard]] bool is_copied(std::string_view setting);

/// Given to the follower when it is made and never again: no server changes it afterwards, or it is
/// the follower's own from then on.
[[nodiscard]] bool is_decided_at_creation(std::string_view setting);

/// Only a closed index takes another value of it.
[[nodiscard]] bool needs_closed_index(std::string_view setting);

/// A rule may not replace it: the follower would not be the leader's copy, or not be writable.
[[nodiscard]] bool is_fixed(std::string_view setting);

/// A server fills it in by itself at every creation.
[[nodiscard]] bool is_set_by_server(std::string_view setting);

/// Coming from a template it would change documents, their fields, or delete the index.
[[nodiscard]] bool is_bending(std::string_view setting);

}  // namespace followd::es
