#include "es/template_guard.hpp"

#include "http/message.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace followd::es {

namespace {

constexpr std::string_view prefix = "followd-guard-";
constexpr std::int64_t highest_priority = 2147483647;

std::string guard_body(const IndexName& index) {
    Json body = Json::object();
    body["index_patterns"] = Json::array({index.value()});
    body["priority"] = highest_priority;
    body["template"] = Json::object();
    body["_meta"]["followd"]["guard"] = true;
    return to_text(body);
}

http::Request template_request(http::Method method, const std::string& name, std::string body) {
    return admin_request(
        method, "/_index_template/" + http::encode_component(name), std::move(body));
}

bool is_ours(const Json& entry) {
    const Json* index_template = member(entry, "index_template");
    const Json* meta = index_template == nullptr ? nullptr : member(*index_template, "_meta");
    const Json* mark = meta == nullptr ? nullptr : member(*meta, "followd");
    return mark != nullptr && is_true(*mark, "guard");
}

std::vector<std::string> our_guards(const Json& answer) {
    std::vector<std::string> names;
    const Json* entries = member(answer, "index_templates");
    if (entries == nullptr || !entries->is_array()) {
        return names;
    }
    for (const Json& entry : *entries) {
        std::string name = text_of(entry, "name");
        if (name.starts_with(prefix) && is_ours(entry)) {
            names.push_back(std::move(name));
        }
    }
    return names;
}

}  // namespace

TemplateGuard::TemplateGuard(AdminExchange& exchange) : exchange_(exchange) {}

Task<Result<GuardOutcome>> TemplateGuard::raise(IndexName index) {
    const std::string name = guard_name_of(index);
    raised_.insert(name);
    http::Request request = template_request(http::Method::put, name, guard_body(index));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    if (answer->ok()) {
        co_return GuardOutcome{true, {}};
    }
    raised_.erase(name);
    const Failure failure = exchange_.failure_of(*answer, "put a temporary index template");
    const bool is_final = failure.kind == FailureKind::unauthorised ||
                          failure.kind == FailureKind::refused ||
                          failure.kind == FailureKind::not_found;
    if (!is_final) {
        co_return failure;
    }
    co_return GuardOutcome{false, failure.what};
}

Task<Result<void>> TemplateGuard::remove(IndexName index) {
    const std::string name = guard_name_of(index);
    Result<void> removed = co_await remove_named(name);
    raised_.erase(name);
    if (!removed.ok()) {
        may_be_stale_ = true;
    }
    co_return removed;
}

Task<Result<void>> TemplateGuard::remove_stale() {
    if (!may_be_stale_) {
        co_return Result<void>{};
    }
    http::Request request = admin_request(
        http::Method::get, "/_index_template/" + http::encode_component(prefix) + "*");
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    may_be_stale_ = false;
    if (!answer->ok()) {
        co_return Result<void>{};
    }
    const std::vector<std::string> guards = our_guards(answer->body);
    for (const std::string& guard : guards) {
        if (raised_.contains(guard)) {
            continue;
        }
        Result<void> removed = co_await remove_named(guard);
        if (!removed.ok()) {
            may_be_stale_ = true;
            co_return removed;
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> TemplateGuard::remove_named(std::string guard) {
    http::Request request = template_request(http::Method::del, guard, {});
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    if (answer->ok() || answer->status == 404) {
        co_return Result<void>{};
    }
    co_return exchange_.failure_of(*answer, "remove the temporary index template " + guard);
}

std::string guard_name_of(const IndexName& index) {
    return std::string(prefix) + index.value();
}

}  // namespace followd::es
