#include "cli/uncompared_names.hpp"

#include "followd/model/index_pattern.hpp"

#include "cli/terminal.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace followd::cli {

namespace {

/// Whether the pattern means a claim by its leader index.
struct IsMeant {
    std::string_view pattern;

    bool operator()(const core::FollowClaim& claim) const {
        return matches_wildcard(pattern, claim.leader_index.value());
    }
    bool operator()(const core::FollowConflict& conflict) const {
        return (*this)(conflict.first) || (*this)(conflict.second);
    }
    bool operator()(const LeftOut& left_out) const { return (*this)(left_out.claim); }
};

bool has_verdict(const core::FollowPlan& plan, const IsMeant& is_meant) {
    return std::ranges::any_of(plan.follows, is_meant) ||
           std::ranges::any_of(plan.refused, is_meant) ||
           std::ranges::any_of(plan.conflicts, is_meant);
}

std::string recovered_text(const core::FollowClaim& claim) {
    return printable(claim.leader_index.value()) + " is recovered by schedule (rule " +
           printable(claim.rule.value()) +
           ", mode: snapshot), as of when followd status tells: its leader has gone on since, so "
           "there is nothing to compare";
}

/// Nothing where a leader that could not be listed may have it.
std::optional<std::string> unfollowed_text(const std::string& pattern,
                                           const FollowedIndices& followed) {
    const auto left_out = std::ranges::find_if(followed.left_out, IsMeant{pattern});
    if (left_out != followed.left_out.end()) {
        return printable(left_out->claim.leader_index.value()) +
               " is not followed: " + left_out->why;
    }
    if (!followed.failures.empty()) {
        return std::nullopt;
    }
    return "no follow rule means an index " + printable(pattern) +
           ": name leader indices, or patterns of them (followd check lists what the rules mean)";
}

}  // namespace

UncomparedNames uncompared_names(const std::vector<std::string>& patterns,
                                 const FollowedIndices& followed) {
    UncomparedNames names;
    for (const std::string& pattern : patterns) {
        const IsMeant is_meant{pattern};
        if (has_verdict(followed.plan, is_meant)) {
            continue;
        }
        names.code = exit_unknown;
        const auto recovered = std::ranges::find_if(followed.recovered, is_meant);
        if (recovered != followed.recovered.end()) {
            names.is_one_recovered = true;
            names.why.push_back(recovered_text(*recovered));
        } else if (std::optional<std::string> why = unfollowed_text(pattern, followed)) {
            names.why.push_back(*std::move(why));
        }
    }
    return names;
}

}  // namespace followd::cli
