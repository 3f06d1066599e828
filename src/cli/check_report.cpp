#include "cli/check_report.hpp"

#include "followd/model/wall_time.hpp"

#include "cli/advice.hpp"
#include "cli/exit_code.hpp"
#include "cli/figures.hpp"
#include "cli/text_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace followd::cli {

namespace {

using Json = nlohmann::ordered_json;

/// The exit codes that the parts of a report ask for.
struct Findings {
    bool privileges = false;
    bool unknown = false;
    bool no = false;

    void add(const std::optional<Failure>& failure) {
        if (!failure) {
            return;
        }
        switch (exit_code_of(failure->kind)) {
            case exit_privileges:
                privileges = true;
                break;
            case exit_no:
                no = true;
                break;
            default:
                unknown = true;
                break;
        }
    }
};

void append_lines(std::string& text,
                  std::string_view introduction,
                  const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        text += "    " + std::string(introduction) + printable(line) + "\n";
    }
}

void append_failure(std::string& text, const Failure& failure, const Terminal& terminal) {
    text += "    " + terminal.styled(printable(to_string(failure)), Style::bad) + "\n";
    const std::string_view advice = advice_for(to_string(failure.kind));
    text += advice.empty() ? "" : "    -> " + std::string(advice) + "\n";
}

void append_cluster(std::string& text, const ClusterCheck& cluster, const Terminal& terminal) {
    std::string urls;
    for (const std::string& url : cluster.urls) {
        urls += (urls.empty() ? "" : ", ") + url;
    }
    text += terminal.styled("cluster " + printable(cluster.name), Style::strong) + "  " +
            printable(urls) + "  " + (cluster.tls == "none" ? "no TLS" : "TLS " + cluster.tls) +
            "  ";
    if (cluster.failure) {
        text += terminal.styled("does not answer us", Style::bad) + "\n";
        append_failure(text, *cluster.failure, terminal);
        return;
    }
    text += printable(cluster.product) + "\n";
    for (const RoleCheck& role : cluster.roles) {
        if (!role.cannot.empty()) {
            text += "    as " + role.role + ": " +
                    terminal.styled("no: " + printable(role.cannot), Style::bad) + "\n";
        } else if (role.privileges) {
            text += "    as " + role.role + ": " +
                    terminal.styled(printable(to_string(*role.privileges)), Style::bad) + "\n";
        } else {
            text += "    as " + role.role + ": " + terminal.styled("ok", Style::good) + "\n";
        }
        append_lines(text, "better to have: ", role.advisable);
        append_lines(text, "note: ", role.warnings);
    }
}

Cell answer_cell(const IndexCheck& index) {
    if (index.is_left_out) {
        return Cell{"left out", Style::faint};
    }
    if (!index.problem) {
        return Cell{"yes", Style::good};
    }
    return exit_code_of(index.problem->kind) == exit_no ? Cell{"NO", Style::bad}
                                                        : Cell{"unknown", Style::warning};
}

std::string how_text(const IndexCheck& index) {
    if (!index.every.empty()) {
        return "snapshot, every: " + index.every +
               (index.next_run ? ", next " + utc_text(*index.next_run) : "");
    }
    return index.keeping.empty() ? "-" : index.bootstrap + ", keeping: " + index.keeping;
}

void append_rule(std::string& text, const RuleCheck& rule, const Terminal& terminal) {
    text += "\n" + terminal.styled("rule " + printable(rule.name), Style::strong) + "  " +
            printable(rule.leader) + " -> " + printable(rule.follower) + "\n";
    if (rule.indices.empty()) {
        text += "    no index of the leader matches yet\n";
        return;
    }
    TextTable table({Column{"LEADER INDEX"},
                     Column{"FOLLOWER INDEX"},
                     Column{"CAN BE FOLLOWED"},
                     Column{"HOW"},
                     Column{"FOLLOWER IS"}});
    for (const IndexCheck& index : rule.indices) {
        table.add({Cell{printable(index.leader_index)},
                   Cell{printable(index.follower_index)},
                   answer_cell(index),
                   Cell{printable(how_text(index))},
                   Cell{index.follower_state.empty() ? "-" : index.follower_state}});
        if (index.problem) {
            table.add_note(printable(to_string(*index.problem)),
                           index.is_left_out ? Style::faint : Style::bad);
        }
        for (const std::string& warning : index.warnings) {
            table.add_note("note: " + printable(warning), Style::faint);
        }
    }
    text += table.text(terminal);
}

Json failure_json(const std::optional<Failure>& failure) {
    if (!failure) {
        return nullptr;
    }
    return Json{
        {"kind", to_string(failure->kind)}, {"what", failure->what}, {"where", failure->where}};
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json cluster_json(const ClusterCheck& cluster) {
    Json roles = Json::array();
    for (const RoleCheck& role : cluster.roles) {
        roles.push_back(Json{{"role", role.role},
                             {"ok", role.cannot.empty() && !role.privileges},
                             {"cannot", text_or_null(role.cannot)},
                             {"privileges", failure_json(role.privileges)},
                             {"advisable_privileges", role.advisable},
                             {"warnings", role.warnings}});
    }
    return Json{{"name", cluster.name},
                {"urls", cluster.urls},
                {"tls", cluster.tls},
                {"product", text_or_null(cluster.product)},
                {"failure", failure_json(cluster.failure)},
                {"roles", std::move(roles)}};
}

Json rule_json(const RuleCheck& rule) {
    Json indices = Json::array();
    for (const IndexCheck& index : rule.indices) {
        indices.push_back(
            Json{{"leader_index", index.leader_index},
                 {"follower_index", index.follower_index},
                 {"followed", !index.problem},
                 {"left_out", index.is_left_out},
                 {"problem", failure_json(index.problem)},
                 {"keeping", text_or_null(index.keeping)},
                 {"bootstrap", text_or_null(index.bootstrap)},
                 {"every", text_or_null(index.every)},
                 {"next_run", index.next_run ? Json(utc_text(*index.next_run)) : Json(nullptr)},
                 {"follower_state", text_or_null(index.follower_state)},
                 {"warnings", index.warnings}});
    }
    return Json{{"name", rule.name},
                {"leader", rule.leader},
                {"follower", rule.follower},
                {"indices", std::move(indices)}};
}

}  // namespace

int exit_code_of(const CheckReport& report) {
    Findings findings;
    for (const ClusterCheck& cluster : report.clusters) {
        findings.add(cluster.failure);
        for (const RoleCheck& role : cluster.roles) {
            findings.add(role.privileges);
            findings.no = findings.no || !role.cannot.empty();
        }
    }
    for (const RuleCheck& rule : report.rules) {
        for (const IndexCheck& index : rule.indices) {
            if (!index.is_left_out) {
                findings.add(index.problem);
            }
        }
    }
    if (findings.privileges) {
        return exit_privileges;
    }
    if (findings.unknown) {
        return exit_unknown;
    }
    return findings.no ? exit_no : exit_done;
}

std::string check_text(const CheckReport& report, const Terminal& terminal) {
    std::string text;
    for (const std::string& warning : report.warnings) {
        text += terminal.styled("note: " + printable(warning), Style::warning) + "\n";
    }
    for (const ClusterCheck& cluster : report.clusters) {
        append_cluster(text, cluster, terminal);
    }
    for (const RuleCheck& rule : report.rules) {
        append_rule(text, rule, terminal);
    }
    const int code = exit_code_of(report);
    text += "\n";
    if (code == exit_done) {
        text += terminal.styled("all well", Style::good) + "\n";
    } else if (code == exit_no) {
        text += terminal.styled("something cannot be followed, see above", Style::bad) + "\n";
    } else if (code == exit_privileges) {
        text +=
            terminal.styled("credentials or privileges are wanting, see above", Style::bad) + "\n";
    } else {
        text += terminal.styled("not everything could be asked, see above", Style::warning) + "\n";
    }
    return text;
}

std::string check_document(const CheckReport& report) {
    Json clusters = Json::array();
    for (const ClusterCheck& cluster : report.clusters) {
        clusters.push_back(cluster_json(cluster));
    }
    Json rules = Json::array();
    for (const RuleCheck& rule : report.rules) {
        rules.push_back(rule_json(rule));
    }
    const Json document{{"schema", 1},
                        {"version", FOLLOWD_VERSION},
                        {"ok", exit_code_of(report) == exit_done},
                        {"warnings", report.warnings},
                        {"clusters", std::move(clusters)},
                        {"rules", std::move(rules)}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace followd::cli
