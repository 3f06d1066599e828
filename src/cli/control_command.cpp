#include "cli/control_command.hpp"

#include "cli/control_request.hpp"
#include "cli/exit_code.hpp"
#include "cli/follow_wait.hpp"
#include "cli/terminal.hpp"

#include <iostream>
#include <string>

namespace followd::cli {

namespace {

void print_row(const engine::ControlRow& row) {
    const std::string name = row.cluster.value() + "/" + row.index.value();
    if (row.failure) {
        std::cerr << "followd: " << printable(name) << ": " << printable(row.failure->what)
                  << (row.failure->where.empty() || row.failure->where == name
                          ? ""
                          : " (" + printable(row.failure->where) + ")")
                  << '\n';
        return;
    }
    std::cout << printable(name) << "  " << printable(row.what);
    if (row.missing_operations && *row.missing_operations != 0) {
        std::cout << (*row.missing_operations < 0 ? "; how many operations are missing is not known"
                                                  : "; " + std::to_string(*row.missing_operations) +
                                                        " operations are known to be missing");
    }
    if (row.lost_writes && *row.lost_writes > 0) {
        std::cout << "; " << *row.lost_writes << " documents that the other side never got "
                  << (row.lost_writes_file ? "are in " + printable(*row.lost_writes_file)
                                           : "would be saved to a file");
    }
    std::cout << '\n';
}

int code_of(const engine::ControlReport& report) {
    int code = report.failure ? exit_code_of(report.failure->kind) : exit_done;
    for (const engine::ControlRow& row : report.rows) {
        code = worse_of(code, row.failure ? exit_code_of(row.failure->kind) : exit_done);
    }
    return code;
}

}  // namespace

int control(const ControlOptions& options) {
    const std::optional<Settings> settings = load_or_complain(options.common);
    if (!settings) {
        return exit_configuration;
    }
    const Result<engine::ControlReport> report = run_control_request(*settings, options.request);
    if (!report.ok()) {
        complain(report.failure());
        return exit_code_of(report.failure().kind);
    }
    const int code = code_of(*report);
    if (options.common.json) {
        std::cout << admin::control_document(*report) << '\n' << std::flush;
        return options.waits ? worse_of(code, wait_for_followers(*settings, *report)) : code;
    }
    for (const std::string& warning : report->warnings) {
        std::cerr << "followd: " << printable(warning) << '\n';
    }
    for (const engine::ControlRow& row : report->rows) {
        print_row(row);
    }
    if (report->failure) {
        complain(*report->failure);
    }
    std::cout << std::flush;
    return options.waits ? worse_of(code, wait_for_followers(*settings, *report)) : code;
}

}  // namespace followd::cli
