#include "admin/control_document.hpp"

#include "followd/base/assert.hpp"

#include "config/units.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace followd::admin {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array verbs{ControlVerb::follow,
                           ControlVerb::pause,
                           ControlVerb::resume,
                           ControlVerb::unfollow,
                           ControlVerb::promote,
                           ControlVerb::failback,
                           ControlVerb::repair,
                           ControlVerb::plan};

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Failure wrong(const std::string& what) {
    return Failure{FailureKind::refused, "the request " + what, {}};
}

Json failure_json(const std::optional<Failure>& failure) {
    if (!failure) {
        return nullptr;
    }
    return Json{{"kind", std::string(to_string(failure->kind))},
                {"what", failure->what},
                {"where", failure->where}};
}

std::optional<Failure> read_failure(const Json& json) {
    if (json.is_null()) {
        return std::nullopt;
    }
    Failure failure{FailureKind::malformed,
                    json.at("what").get<std::string>(),
                    json.at("where").get<std::string>()};
    const std::string kind = json.at("kind").get<std::string>();
    for (const FailureKind candidate : failure_kinds) {
        failure.kind = kind == to_string(candidate) ? candidate : failure.kind;
    }
    return failure;
}

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

template <class T>
std::optional<T> optional_at(const Json& json, const char* key) {
    const Json& value = json.at(key);
    return value.is_null() ? std::nullopt : std::optional{value.get<T>()};
}

/// A member of the request; false where it has another type or value.
bool read_member(const std::string& key, const Json& value, ControlRequest& request) {
    const std::array<std::pair<std::string_view, bool*>, 5> flags{
        {{"all", &request.targets.all},
         {"no_drain", &request.promote.no_drain},
         {"force", &request.promote.force},
         {"switch", &request.is_switch},
         {"discard_local", &request.discard_local}}};
    for (const auto& [name, flag] : flags) {
        if (key == name) {
            *flag = value.is_boolean() && value.get<bool>();
            return value.is_boolean();
        }
    }
    if (key == "by") {
        request.by = value.is_string() ? value.get<std::string>() : std::string{};
        return value.is_string();
    }
    if (key == "drain" || key == "wait") {
        const auto duration =
            value.is_string() ? config::parse_duration(value.get<std::string>()) : std::nullopt;
        Duration& meant = key == "drain" ? request.promote.drain : request.wait;
        meant = duration.value_or(meant);
        return duration.has_value();
    }
    if (key == "indices") {
        const auto is_text = [](const Json& item) { return item.is_string(); };
        if (!value.is_array() || !std::ranges::all_of(value, is_text)) {
            return false;
        }
        request.targets.indices = value.get<std::vector<std::string>>();
        return true;
    }
    return false;
}

}  // namespace

std::string_view to_string(ControlVerb verb) noexcept {
    switch (verb) {
        case ControlVerb::follow:
            return "follow";
        case ControlVerb::pause:
            return "pause";
        case ControlVerb::resume:
            return "resume";
        case ControlVerb::unfollow:
            return "unfollow";
        case ControlVerb::promote:
            return "promote";
        case ControlVerb::failback:
            return "failback";
        case ControlVerb::repair:
            return "repair";
        case ControlVerb::plan:
            return "plan";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

std::optional<ControlVerb> control_verb(std::string_view name) {
    const auto* const found =
        std::ranges::find_if(verbs, [name](ControlVerb verb) { return to_string(verb) == name; });
    return found == verbs.end() ? std::nullopt : std::optional{*found};
}

std::string control_request(const ControlRequest& request) {
    const auto text_of_duration = [](Duration duration) {
        return std::to_string(
                   std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) +
               "ms";
    };
    return text_of(Json{{"indices", request.targets.indices},
                        {"all", request.targets.all},
                        {"drain", text_of_duration(request.promote.drain)},
                        {"no_drain", request.promote.no_drain},
                        {"force", request.promote.force},
                        {"switch", request.is_switch},
                        {"discard_local", request.discard_local},
                        {"wait", text_of_duration(request.wait)},
                        {"by", request.by}});
}

Result<ControlRequest> read_control_request(ControlVerb verb, std::string_view body) {
    ControlRequest request;
    request.verb = verb;
    const Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) {
        return wrong("is no JSON object");
    }
    for (const auto& [key, value] : json.items()) {
        if (!read_member(key, value, request)) {
            return wrong("has a member \"" + key +
                         "\" that is not known or not of its type: see docs/admin-api.yaml");
        }
    }
    if (request.targets.indices.empty() == !request.targets.all) {
        return wrong("must name \"indices\" or say \"all\", one of the two");
    }
    if (request.by.empty()) {
        request.by = "admin API";
    }
    return request;
}

std::string control_document(const engine::ControlReport& report) {
    Json rows = Json::array();
    for (const engine::ControlRow& row : report.rows) {
        rows.push_back(Json{{"cluster", row.cluster.value()},
                            {"index", row.index.value()},
                            {"what", row.what},
                            {"failure", failure_json(row.failure)},
                            {"lost_writes", or_null(row.lost_writes)},
                            {"lost_writes_file", or_null(row.lost_writes_file)},
                            {"missing_operations", or_null(row.missing_operations)}});
    }
    return text_of(Json{{"done", is_done(report)},
                        {"rows", std::move(rows)},
                        {"warnings", report.warnings},
                        {"failure", failure_json(report.failure)}});
}

Result<engine::ControlReport> read_control_report(std::string_view document) {
    // The library throws for what has not the shape; it must not leave this function.
    try {
        const Json json = Json::parse(document);
        engine::ControlReport report;
        for (const Json& row : json.at("rows")) {
            report.rows.push_back(
                engine::ControlRow{ClusterName{row.at("cluster").get<std::string>()},
                                   IndexName{row.at("index").get<std::string>()},
                                   row.at("what").get<std::string>(),
                                   read_failure(row.at("failure")),
                                   optional_at<std::int64_t>(row, "lost_writes"),
                                   optional_at<std::string>(row, "lost_writes_file"),
                                   optional_at<std::int64_t>(row, "missing_operations")});
        }
        report.warnings = json.at("warnings").get<std::vector<std::string>>();
        report.failure = read_failure(json.at("failure"));
        return report;
    } catch (const Json::exception&) {
        return Failure{FailureKind::malformed, "the daemon's answer is no report", {}};
    }
}

bool is_done(const engine::ControlReport& report) {
    return !report.failure && std::ranges::none_of(report.rows, [](const engine::ControlRow& row) {
        return row.failure.has_value();
    });
}

Task<engine::ControlReport> run_control(engine::Control* control,
                                        ControlRequest request,
                                        std::string at) {
    engine::Requester requester{std::move(request.by), std::move(at)};
    engine::ControlTargets targets = std::move(request.targets);
    engine::ControlReport report;
    switch (request.verb) {
        case ControlVerb::follow:
            report = co_await control->follow(std::move(targets), std::move(requester));
            break;
        case ControlVerb::pause:
            report = co_await control->pause(std::move(targets), std::move(requester));
            break;
        case ControlVerb::resume:
            report = co_await control->resume(
                std::move(targets), request.discard_local, std::move(requester));
            break;
        case ControlVerb::unfollow:
            report = co_await control->unfollow(std::move(targets), std::move(requester));
            break;
        case ControlVerb::promote:
            report = co_await control->promote(
                std::move(targets), request.promote, std::move(requester));
            break;
        case ControlVerb::failback:
            if (request.is_switch) {
                report = co_await control->switch_back(
                    std::move(targets), request.promote.drain, std::move(requester));
            } else {
                report = co_await control->failback(std::move(targets), std::move(requester));
            }
            break;
        case ControlVerb::repair:
            report = co_await control->repair(std::move(targets), request.wait);
            break;
        case ControlVerb::plan:
            report = co_await control->plan(std::move(targets));
            break;
    }
    co_return report;
}

}  // namespace followd::admin
