#pragma once

#include "followd/base/result.hpp"
#include "followd/core/follow_matcher.hpp"

#include "cli/terminal.hpp"
#include "engine/control.hpp"
#include "engine/verifier.hpp"

#include <optional>
#include <string>
#include <vector>

/// What `verify` found, for people and for programs. Pure; never a document's source.

namespace followd::cli {

/// One leader index and its follower.
struct IndexVerdict {
    core::FollowClaim claim;
    /// Why nothing could be compared: a `conflict` or `not_found` means that the follower is not
    /// there, everything else that we could not tell.
    std::optional<Failure> failure;
    std::vector<engine::ShardVerdict> shards;
    bool deep = false;
    IndexUuid follower_uuid{};  ///< empty where there is none
    /// What `--repair` did; nothing where there was nothing to repair, or nobody asked.
    std::optional<engine::ControlRow> repair{};
};

/// exit_done, exit_no, exit_unknown or exit_privileges.
[[nodiscard]] int exit_code_of(const IndexVerdict& index);
[[nodiscard]] int exit_code_of(const std::vector<IndexVerdict>& indices);

[[nodiscard]] std::string verify_text(const std::vector<IndexVerdict>& indices,
                                      const Terminal& terminal);
/// One line of JSON. `code` is the command's exit code, which may say worse than the indices do.
[[nodiscard]] std::string verify_document(const std::vector<IndexVerdict>& indices, int code);

/// Differing documents that are told of one index.
inline constexpr std::size_t examples_max = 20;

}  // namespace followd::cli
