#pragma once

#include "followd/model/follow_rule.hpp"
#include "followd/model/ids.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

/// Which leader indices the follow rules mean, and what their followers are called. Pure: it is
/// given names and answers with names; whether an index may really be followed (its `_meta`, its
/// settings, a pause) is judged elsewhere.

namespace followd::core {

/// A concrete index as a leader's cluster lists it. Names of data streams count as aliases of
/// their backing indices.
struct LeaderIndex {
    IndexName name;
    std::vector<std::string> aliases;
    /// Set where it is itself a follower: the cluster that its leader is in.
    std::optional<ClusterName> copied_from{};
};

/// One rule's claim: this leader index is to have this follower, which in mode snapshot is an alias
/// (model/generation_name.hpp).
struct FollowClaim {
    RuleName rule;
    ClusterName leader;
    IndexName leader_index;
    ClusterName follower;
    IndexName follower_index;
    /// Why the follower cannot have that name, as a whole sentence; nothing where it can.
    std::optional<std::string> problem;
    /// The leader index is itself a copy: the claim of its own leader goes before.
    bool is_of_copy = false;

    friend bool operator==(const FollowClaim&, const FollowClaim&) = default;
};

/// Two claims to one follower index: of two rules, or of one rule for two leader indices.
struct FollowConflict {
    FollowClaim first;
    FollowClaim second;

    /// For people: names the follower index, both rules and both leader indices.
    [[nodiscard]] std::string text() const;
    friend bool operator==(const FollowConflict&, const FollowConflict&) = default;
};

/// What remains of all claims. A claim is in exactly one of the three lists' meanings: it can be
/// followed, its name is impossible, or it stands in at least one conflict.
struct FollowPlan {
    std::vector<FollowClaim> follows;
    std::vector<FollowClaim> refused;       ///< `problem` is set
    std::vector<FollowConflict> conflicts;  ///< the first claim against each later one
};

class FollowMatcher {
public:
    explicit FollowMatcher(std::vector<FollowRule> rules);

    [[nodiscard]] const std::vector<FollowRule>& rules() const noexcept { return rules_; }

    /// One claim for each rule that means this index, in the order of the rules: one leader index
    /// may have several followers. A copy is never followed back to where it came from.
    [[nodiscard]] std::vector<FollowClaim> match(const ClusterName& leader,
                                                 const LeaderIndex& index) const;

private:
    std::vector<FollowRule> rules_;
};

/// Whether the rule has `follower`, an index of its follower cluster, follow `leader`. In mode
/// snapshot it is a generation, of whatever moment.
[[nodiscard]] bool has_pair(const FollowRule& rule,
                            const LeaderIndex& leader,
                            const IndexName& follower);

/// Sorts claims of all rules and clusters into what can be followed and what cannot. Of claims in
/// conflict none is followed: which of them is meant is for a person to say.
[[nodiscard]] FollowPlan settle(std::vector<FollowClaim> claims);

/// What to ask a leader for so that no index is missing that one of its rules means: their
/// patterns, each once, without the exclusions, since one rule's must not take away what another
/// includes. The answer may hold more than is meant: match() decides.
[[nodiscard]] std::vector<std::string> patterns_to_ask(const std::vector<FollowRule>& rules,
                                                       const ClusterName& leader);

}  // namespace followd::core
