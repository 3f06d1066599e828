#include "admin/exposition.hpp"

#include "followd/base/assert.hpp"

#include <prometheus/text_serializer.h>
#include <utility>
#include <vector>

namespace followd::admin {

Labels with(Labels labels, std::string name, std::string_view value) {
    labels.push_back({std::move(name), std::string(value)});
    return labels;
}

Family::Family(std::string name, std::string help, prometheus::MetricType type) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = type;
}

void Family::add(Labels labels, double value) {
    const bool is_counter = family_.type == prometheus::MetricType::Counter;
    prometheus::ClientMetric sample;
    sample.label = std::move(labels);
    (is_counter ? sample.counter.value : sample.gauge.value) = value;
    family_.metric.push_back(std::move(sample));
}

void Family::add(Labels labels, std::int64_t value) {
    add(std::move(labels), static_cast<double>(value));
}

Family& Exposition::counter(std::string name, std::string help) {
    FOLLOWD_ASSERT(name.ends_with("_total"));
    return families_.emplace_back(
        std::move(name), std::move(help), prometheus::MetricType::Counter);
}

Family& Exposition::gauge(std::string name, std::string help) {
    FOLLOWD_ASSERT(!name.ends_with("_total"));
    return families_.emplace_back(std::move(name), std::move(help), prometheus::MetricType::Gauge);
}

std::string Exposition::text() && {
    std::vector<prometheus::MetricFamily> families;
    for (Family& family : families_) {
        if (!family.family_.metric.empty()) {
            families.push_back(std::move(family.family_));
        }
    }
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace followd::admin
