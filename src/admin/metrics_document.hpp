#pragma once

#include "admin/process_figures.hpp"
#include "admin/status_document.hpp"

#include <string>

/// The daemon's view of itself for Prometheus (docs/METRICS.md lists the metrics). Nothing is kept
/// between two questions: the same report is told as by `status`.

namespace followd::admin {

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// In the text exposition format. What is unknown is left out.
[[nodiscard]] std::string metrics_document(const StatusReport& report,
                                           const ProcessFigures& process);

}  // namespace followd::admin
