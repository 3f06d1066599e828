#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"

#include "cli/terminal.hpp"

#include <optional>
#include <string>
#include <vector>

/// What `check` found, for people and for programs. Pure.

namespace followd::cli {

/// One role that the rules give a cluster.
struct RoleCheck {
    std::string role;                    ///< "leader" or "follower"
    std::string cannot;                  ///< why this product or version cannot; empty where it can
    std::optional<Failure> privileges;   ///< what our user lacks
    std::vector<std::string> advisable;  ///< privileges that there is a way without
    std::vector<std::string> warnings;
};

struct ClusterCheck {
    std::string name;
    std::vector<std::string> urls;
    std::string tls;                 ///< "verified", "not verified" or "none"
    std::string product;             ///< "Elasticsearch 9.2.0"; empty where it did not answer
    std::optional<Failure> failure;  ///< why it could not be asked
    std::vector<RoleCheck> roles;    ///< none where no rule names the cluster
};

/// A leader index that a rule means.
struct IndexCheck {
    std::string leader_index;
    std::string follower_index;
    bool is_left_out = false;        ///< not followed, and rightly so: `problem` says why
    std::optional<Failure> problem;  ///< why it cannot be followed, or could not be judged
    /// "ours", "to be created", "as of ..." of mode snapshot, or empty where unknown.
    std::string follower_state;
    std::string keeping;    ///< "version"; empty where it cannot be followed
    std::string bootstrap;  ///< "snapshot" or "stream"; likewise
    std::string every;  ///< of a rule with mode snapshot: its schedule; else empty, and likewise
    std::optional<WallTime> next_run;  ///< not before now; of such a rule alone
    std::vector<std::string> warnings;
};

struct RuleCheck {
    std::string name;
    std::string leader;
    std::string follower;
    std::vector<IndexCheck> indices;
};

struct CheckReport {
    std::vector<std::string> warnings;  ///< of the configuration: secrets that everybody can read
    std::vector<ClusterCheck> clusters;
    std::vector<RuleCheck> rules;
};

/// exit_done, exit_no, exit_unknown or exit_privileges. Other than for `verify`, privileges come
/// first and then what could not be reached: until those are there the rest says little.
[[nodiscard]] int exit_code_of(const CheckReport& report);

[[nodiscard]] std::string check_text(const CheckReport& report, const Terminal& terminal);
/// One line of JSON.
[[nodiscard]] std::string check_document(const CheckReport& report);

}  // namespace followd::cli
