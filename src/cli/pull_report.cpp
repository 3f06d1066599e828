#include "cli/pull_report.hpp"

#include "cli/figures.hpp"
#include "repository/root_file.hpp"

#include <nlohmann/json.hpp>

namespace followd::cli {

namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string pull_report_text(const PullOutcome& outcome) {
    const repository::PullReport& report = *outcome.report;
    std::string text = "followd: " + outcome.to + " is a copy of " + outcome.from + " as of " +
                       repository::root_file_name(report.root) + ": " +
                       counted(static_cast<std::int64_t>(report.files), "file") + " of " +
                       bytes_text(report.bytes) + "; copied " +
                       grouped(static_cast<std::int64_t>(report.files_copied)) + " (" +
                       bytes_text(report.bytes_copied) + "), removed " +
                       grouped(static_cast<std::int64_t>(report.files_removed)) + ", in " +
                       time_text(outcome.seconds);
    if (report.newer_root) {
        text += "; the source has " + repository::root_file_name(*report.newer_root) + " by now";
    }
    return text;
}

std::string pull_report_json(const PullOutcome& outcome) {
    Json document{{"schema", 1},
                  {"done", outcome.report.ok()},
                  {"from", outcome.from},
                  {"to", outcome.to},
                  {"seconds", outcome.seconds}};
    if (outcome.report.ok()) {
        const repository::PullReport& report = *outcome.report;
        document["root_file"] = repository::root_file_name(report.root);
        document["newer_root_file"] =
            report.newer_root ? Json(repository::root_file_name(*report.newer_root)) : Json();
        document["files"] = report.files;
        document["bytes"] = report.bytes;
        document["files_copied"] = report.files_copied;
        document["bytes_copied"] = report.bytes_copied;
        document["files_removed"] = report.files_removed;
        document["failure"] = nullptr;
    } else {
        const Failure& failure = outcome.report.failure();
        document["failure"] = Json{
            {"kind", to_string(failure.kind)}, {"what", failure.what}, {"where", failure.where}};
    }
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace followd::cli
