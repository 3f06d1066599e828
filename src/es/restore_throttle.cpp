#include "es/restore_throttle.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view ceiling = "indices.recovery.max_bytes_per_sec";

}  // namespace

Task<void> RestoreThrottle::lift(IndexName restored, std::int64_t bytes_per_sec) {
    restored_.insert(std::move(restored));
    if (!ours_.is_null()) {
        co_return;
    }
    http::Request ask = admin_request(http::Method::get, "/_cluster/settings?flat_settings=true");
    const Result<AdminAnswer> settings = co_await exchange_.send(std::move(ask));
    if (!settings.ok() || !settings->ok()) {
        co_return;
    }
    const std::string wanted = std::to_string(bytes_per_sec) + "b";
    for (const char* kind : {"persistent", "transient"}) {
        const Json* set = member(settings->body, kind);
        const std::string present = set == nullptr ? std::string{} : text_of(*set, ceiling);
        // Ours, where an earlier life of the daemon left it over.
        if (!present.empty() && present != wanted) {
            co_return;
        }
    }
    ours_ = wanted;
    co_await put(wanted);
}

Task<void> RestoreThrottle::drop(IndexName restored) {
    restored_.erase(restored);
    if (!restored_.empty() || ours_.is_null()) {
        co_return;
    }
    ours_ = nullptr;
    co_await put(nullptr);
}

// Transient: what a crash leaves over is gone with the next full restart at the latest.
Task<void> RestoreThrottle::put(Json value) {
    Json body = Json::object();
    body["transient"][std::string(ceiling)] = std::move(value);
    http::Request request = change_request(http::Method::put, "/_cluster/settings", to_text(body));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    (void)answer;
}

}  // namespace followd::es
