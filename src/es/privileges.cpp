#include "es/privileges.hpp"

#include "followd/base/assert.hpp"

#include "es/json.hpp"
#include "http/message.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view advisable_privilege = "manage_index_templates";

constexpr std::array leader_cluster_privileges = std::to_array<std::string_view>({"monitor"});
constexpr std::array leader_index_privileges =
    std::to_array<std::string_view>({"read", "monitor", "view_index_metadata", "maintenance"});
constexpr std::array follower_cluster_privileges =
    std::to_array<std::string_view>({"monitor", advisable_privilege});
constexpr std::array follower_index_privileges =
    std::to_array<std::string_view>({"manage", "read", "write"});

std::span<const std::string_view> cluster_privileges(ClusterRole role) {
    return role == ClusterRole::leader
               ? std::span<const std::string_view>(leader_cluster_privileges)
               : follower_cluster_privileges;
}

std::span<const std::string_view> index_privileges(ClusterRole role) {
    return role == ClusterRole::leader ? std::span<const std::string_view>(leader_index_privileges)
                                       : follower_index_privileges;
}

std::string question(ClusterRole role, const std::vector<std::string>& indices) {
    Json entry = Json::object();
    entry["names"] = indices;
    entry["privileges"] = index_privileges(role);
    Json body = Json::object();
    body["cluster"] = cluster_privileges(role);
    body["index"] = Json::array({entry});
    return to_text(body);
}

/// A privilege that the answer does not grant in so many words is missing.
PrivilegeReport read_report(ClusterRole role,
                            const std::vector<std::string>& indices,
                            const Json& answer) {
    PrivilegeReport report;
    report.has_security = true;
    const Json nothing;
    const Json* cluster = member(answer, "cluster");
    for (const std::string_view privilege : cluster_privileges(role)) {
        if (is_true(cluster == nullptr ? nothing : *cluster, privilege)) {
            continue;
        }
        (privilege == advisable_privilege ? report.advisable : report.missing)
            .push_back("cluster privilege " + std::string(privilege));
    }
    const Json* granted = member(answer, "index");
    for (const std::string& index : indices) {
        const Json* own = granted == nullptr ? nullptr : member(*granted, index);
        for (const std::string_view privilege : index_privileges(role)) {
            if (!is_true(own == nullptr ? nothing : *own, privilege)) {
                report.missing.push_back(std::string(privilege) + " on " + index);
            }
        }
    }
    return report;
}

/// Granting every field and taking none away, as some built-in roles spell it, hides nothing.
bool restricts_fields(const Json& field_security) {
    const auto grants_all = [](const Json& rule) {
        const Json* grant = member(rule, "grant");
        const Json* except = member(rule, "except");
        return grant != nullptr && *grant == Json::array({"*"}) &&
               (except == nullptr || except->empty());
    };
    return !field_security.is_array() ? !grants_all(field_security)
                                      : !std::ranges::all_of(field_security, grants_all);
}

std::vector<std::string> hiding_patterns(const Json& privileges,
                                         const std::vector<std::string>& indices) {
    std::vector<std::string> hiding;
    const Json* entries = member(privileges, "indices");
    if (entries == nullptr || !entries->is_array()) {
        return hiding;
    }
    for (const Json& entry : *entries) {
        const Json* names = member(entry, "names");
        const Json* fields = member(entry, "field_security");
        const bool hides =
            member(entry, "query") != nullptr || (fields != nullptr && restricts_fields(*fields));
        if (!hides || names == nullptr || !names->is_array()) {
            continue;
        }
        for (const Json& name : *names) {
            const std::string pattern = name.is_string() ? name.get<std::string>() : "*";
            const auto meant = [&pattern](const std::string& index) {
                return may_mean(pattern, index);
            };
            if (std::ranges::any_of(indices, meant)) {
                hiding.push_back(pattern);
            }
        }
    }
    return hiding;
}

void append(std::string& text,
            std::string_view introduction,
            const std::vector<std::string>& list) {
    if (list.empty()) {
        return;
    }
    constexpr std::size_t shown_max = 20;
    text += (text.empty() ? "" : "; ") + std::string(introduction);
    for (std::size_t i = 0; i < list.size() && i < shown_max; ++i) {
        text += (i == 0 ? " " : ", ") + list[i];
    }
    if (list.size() > shown_max) {
        text += " and " + std::to_string(list.size() - shown_max) + " more";
    }
}

}  // namespace

Result<void> PrivilegeReport::verdict(ClusterRole role) const {
    std::string what;
    append(what, "our user lacks", missing);
    if (role == ClusterRole::leader) {
        append(what,
               "our user's role hides documents or fields, which would look deleted, of the "
               "patterns",
               hiding);
    }
    if (what.empty()) {
        return {};
    }
    return Failure{FailureKind::unauthorised, std::move(what), {}};
}

PrivilegeCheck::PrivilegeCheck(http::Client& client, ClusterName cluster)
    : exchange_(client, std::move(cluster)) {}

Task<Result<PrivilegeReport>> PrivilegeCheck::check(ClusterRole role,
                                                    std::vector<std::string> indices) {
    FOLLOWD_ASSERT(!indices.empty());
    if (role == ClusterRole::follower) {
        indices.emplace_back(".followd");
        indices.emplace_back(".followd-*");
    }
    http::Request request = admin_request(
        http::Method::post, "/_security/user/_has_privileges", question(role, indices));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    // A server without security has no handler for the question; one whose security is switched
    // off may answer 500.
    const bool is_unknown = answer->status == 400 || answer->status == 404 || answer->status == 405;
    if (is_unknown) {
        co_return PrivilegeReport{};
    }
    if (answer->status == 500) {
        const Result<bool> off = co_await is_security_off();
        if (off.ok() && *off) {
            co_return PrivilegeReport{};
        }
    }
    if (!answer->ok()) {
        Failure failure = exchange_.failure_of(*answer, "ask for our own privileges");
        failure.where = exchange_.where({});
        co_return failure;
    }
    PrivilegeReport report = read_report(role, indices, answer->body);
    if (role == ClusterRole::follower) {
        co_return report;
    }
    Result<PrivilegeReport> completed = co_await find_hiding(std::move(report), std::move(indices));
    co_return completed;
}

Task<Result<bool>> PrivilegeCheck::is_security_off() {
    http::Request request = admin_request(
        http::Method::get, "/_xpack?categories=features&filter_path=features.security");
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const Json* features = member(answer->body, "features");
    const Json* security = features == nullptr ? nullptr : member(*features, "security");
    co_return security != nullptr&& is_false(*security, "enabled");
}

Task<Result<PrivilegeReport>> PrivilegeCheck::find_hiding(PrivilegeReport report,
                                                          std::vector<std::string> indices) {
    http::Request request = admin_request(http::Method::get, "/_security/user/_privileges");
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    if (answer->ok()) {
        report.hiding = hiding_patterns(answer->body, indices);
    } else {
        // The server does not answer this for some API keys.
        report.warnings.push_back(
            "whether our role hides documents could not be found out (HTTP status " +
            std::to_string(answer->status) + ")");
    }
    co_return report;
}

bool may_mean(std::string_view role_pattern, std::string_view asked) {
    if (role_pattern.starts_with('/')) {
        return true;
    }
    // Both sides may hold wildcards: one stands for anything the other side still has, its
    // wildcards too. Cell (i, j): whether what begins at i and what begins at j can meet.
    const std::size_t columns = asked.size() + 1;
    std::vector<char> meets((role_pattern.size() + 1) * columns, 0);
    const auto cell = [&](std::size_t i, std::size_t j) -> char& { return meets[i * columns + j]; };
    for (std::size_t i = role_pattern.size() + 1; i-- > 0;) {
        for (std::size_t j = asked.size() + 1; j-- > 0;) {
            const bool at_end = i == role_pattern.size();
            const bool asked_at_end = j == asked.size();
            const bool star = !at_end && role_pattern[i] == '*';
            const bool asked_star = !asked_at_end && asked[j] == '*';
            bool meet = at_end && asked_at_end;
            if (star || asked_star) {
                meet = cell(star ? i + 1 : i, asked_star ? j + 1 : j) != 0 ||
                       (star && !asked_at_end && cell(i, j + 1) != 0) ||
                       (asked_star && !at_end && cell(i + 1, j) != 0);
            } else if (!at_end && !asked_at_end) {
                meet = (role_pattern[i] == '?' || role_pattern[i] == asked[j]) &&
                       cell(i + 1, j + 1) != 0;
            }
            cell(i, j) = meet ? 1 : 0;
        }
    }
    return cell(0, 0) != 0;
}

}  // namespace followd::es
