#include "cli/advice.hpp"

#include <algorithm>
#include <array>

namespace followd::cli {

namespace {

struct Advice {
    std::string_view kind;
    std::string_view text;
};

constexpr std::array advices{
    Advice{"unreachable", "is the cluster up, and its address right? followd keeps trying"},
    Advice{"timeout", "is the cluster overloaded, or the network slow? followd keeps trying"},
    Advice{"throttled",
           "the cluster asks us to wait: see its load and its free disk; followd keeps trying"},
    Advice{"unavailable",
           "a shard is not in service: see GET _cluster/health and _cluster/allocation/explain; "
           "followd keeps trying"},
    Advice{"unauthorised",
           "grant what is missing, or renew the credentials (followd check tells which); then it "
           "goes on within a minute"},
    Advice{"untrusted",
           "compare tls.ca_file and the URL's host name with the cluster's certificate"},
    Advice{"not_found", "was the index deleted, or its alias? GET _cat/indices tells"},
    Advice{"history_lost", "followd compares the whole index again by itself; nothing to do"},
    Advice{"malformed", "is there a proxy between us and the cluster? followd keeps trying"},
    Advice{"too_large", "raise limits.memory, or the cluster's http.max_content_length"},
    Advice{"storage", "see the disk of state.path; followd keeps trying"},
};

}  // namespace

std::string_view advice_for(std::string_view kind) {
    const auto* const found = std::ranges::find(advices, kind, &Advice::kind);
    return found == advices.end() ? std::string_view{} : found->text;
}

}  // namespace followd::cli
