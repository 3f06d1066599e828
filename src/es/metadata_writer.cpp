#include "es/metadata_writer.hpp"

#include "http/message.hpp"

#include <utility>

namespace followd::es {

namespace {

std::string path_of(const IndexName& index) {
    return "/" + http::encode_component(index.value());
}

http::Request settings_request(const std::string& path,
                               const std::vector<MetadataChange>& changes) {
    Json body = Json::object();
    for (const MetadataChange& change : changes) {
        body.update(change.body);
    }
    return change_request(http::Method::put, path, to_text(body));
}

http::Request aliases_request(const std::vector<MetadataChange>& changes) {
    Json body = Json::object();
    body["actions"] = Json::array();
    for (const MetadataChange& change : changes) {
        body["actions"].push_back(change.body);
    }
    return change_request(http::Method::post, "/_aliases", to_text(body));
}

/// Whether the cluster answered that it will not do this, and may well do something else.
bool is_refusal(FailureKind kind) {
    return kind == FailureKind::refused || kind == FailureKind::unauthorised ||
           kind == FailureKind::conflict || kind == FailureKind::not_found;
}

}  // namespace

Task<Result<MetadataWritten>> MetadataWriter::put_settings(IndexName index,
                                                           std::vector<MetadataChange> changes) {
    return put(path_of(index) + "/_settings", std::move(changes));
}

Task<Result<MetadataWritten>> MetadataWriter::put_aliases(std::vector<MetadataChange> changes) {
    return put({}, std::move(changes));
}

Task<Result<MetadataWritten>> MetadataWriter::put(SettingsPath path,
                                                  std::vector<MetadataChange> changes) {
    MetadataWritten written;
    if (changes.empty()) {
        co_return written;
    }
    const Result<void> together = co_await send(path, changes);
    if (together.ok()) {
        for (MetadataChange& change : changes) {
            written.changed.push_back(std::move(change.what));
        }
        co_return written;
    }
    Failure failure = together.failure();
    if (!is_refusal(failure.kind)) {
        co_return failure;
    }
    for (MetadataChange& change : changes) {
        if (changes.size() > 1) {
            std::vector<MetadataChange> one{change};
            const Result<void> alone = co_await send(path, std::move(one));
            if (alone.ok()) {
                written.changed.push_back(std::move(change.what));
                continue;
            }
            failure = alone.failure();
            if (!is_refusal(failure.kind)) {
                co_return failure;
            }
        }
        written.warnings.push_back("not copied: " + change.what + ": " + failure.what);
        written.refused.push_back(std::move(change));
    }
    co_return written;
}

Task<Result<void>> MetadataWriter::send(SettingsPath path, std::vector<MetadataChange> changes) {
    http::Request request =
        path.empty() ? aliases_request(changes) : settings_request(path, changes);
    std::string attempt = path.empty() ? "change aliases" : "change settings";
    Result<void> answer =
        co_await exchange_.send_expecting_acknowledgement(std::move(request), std::move(attempt));
    co_return answer;
}

Task<Result<void>> MetadataWriter::close(IndexName index) {
    http::Request request =
        change_request(http::Method::post, path_of(index) + "/_close?wait_for_active_shards=1");
    std::string attempt = "close the follower index";
    Result<void> answer =
        co_await exchange_.send_expecting_acknowledgement(std::move(request), std::move(attempt));
    co_return answer;
}

Task<Result<void>> MetadataWriter::open(IndexName index) {
    http::Request request =
        change_request(http::Method::post, path_of(index) + "/_open?wait_for_active_shards=1");
    std::string attempt = "open the follower index";
    const Result<Json> answer =
        co_await exchange_.send_expecting_success(std::move(request), std::move(attempt));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    if (!is_true(*answer, "shards_acknowledged")) {
        co_return Failure{FailureKind::unavailable,
                          "not every primary shard of the follower index is started after it was "
                          "opened: see _cluster/allocation/explain",
                          {}};
    }
    co_return Result<void>{};
}

}  // namespace followd::es
