#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <prometheus/metric_family.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Metrics and their samples, for one answer in Prometheus' text exposition format.

namespace followd::admin {

using Labels = std::vector<prometheus::ClientMetric::Label>;

/// `labels` and one more.
[[nodiscard]] Labels with(Labels labels, std::string name, std::string_view value);

/// One metric: its samples, as they are added. What is unknown is left out.
class Family {
public:
    Family(std::string name, std::string help, prometheus::MetricType type);

    void add(Labels labels, double value);
    void add(Labels labels, std::int64_t value);
    template <class T>
    void add(Labels labels, const std::optional<T>& value) {
        if (value) {
            add(std::move(labels), *value);
        }
    }

private:
    friend class Exposition;
    prometheus::MetricFamily family_;
};

class Exposition {
public:
    /// Names end in `_total`; values only rise while the daemon does not begin anew.
    Family& counter(std::string name, std::string help);
    Family& gauge(std::string name, std::string help);

    /// In the order in which they were made; without those that have no sample.
    [[nodiscard]] std::string text() &&;

private:
    std::deque<Family> families_;  // whose references last
};

}  // namespace followd::admin
