#include "repository/repository_source.hpp"

#include "followd/base/assert.hpp"

#include "repository/request_path.hpp"
#include "repository/root_file.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::repository {

namespace asio = boost::asio;

namespace {

// Some two million files.
constexpr std::size_t manifest_bytes_max = std::size_t{256} << 20U;
// The source asks its file system about each file.
constexpr Duration manifest_deadline = std::chrono::minutes{10};
constexpr Duration piece_deadline = std::chrono::minutes{2};
constexpr std::size_t text_bytes_max = 64U << 10U;  // of an answer that says no

std::string content_range_of(const ListedFile& file, http::ByteRange range) {
    return "bytes " + std::to_string(range.first) + "-" +
           std::to_string(range.first + range.count - 1) + "/" + std::to_string(file.state.size);
}

/// What an answer means that is neither what was asked for nor the word that it is not there.
Failure answered(const http::Response& response, const std::string& what) {
    const std::string status = what + ": the source answered " + std::to_string(response.status);
    switch (response.status) {
        case 401:
        case 403:
            return {FailureKind::unauthorised,
                    status +
                        ": its user may not read that file, or something in between asks for "
                        "credentials: see what followd serve-repository says there",
                    response.location};
        case 500:
        case 502:
        case 503:
        case 504:
            return {FailureKind::unavailable,
                    status +
                        ": it cannot read its files now, or has too many clients: see what "
                        "followd serve-repository says there",
                    response.location};
        default:
            return {FailureKind::malformed,
                    status + ", as no followd serve-repository does: is there a proxy in between?",
                    response.location};
    }
}

}  // namespace

RepositorySource::RepositorySource(std::unique_ptr<http::Client> client)
    : client_{std::move(client)} {
    FOLLOWD_ASSERT(client_ != nullptr);
}

asio::awaitable<Result<Listing>> RepositorySource::read_manifest() {
    http::Request request;
    request.target = manifest_target;
    request.deadline = manifest_deadline;
    request.response_bytes_max = manifest_bytes_max;
    auto response = co_await client_->send(std::move(request));
    if (!response) {
        co_return std::move(response).failure();
    }
    if (response->status == 404 || response->status == 401 || response->status == 403) {
        co_return Failure{FailureKind::unauthorised,
                          "the source answered " + std::to_string(response->status) +
                              " when asked for its list of files: the token is not the one of its "
                              "--token-file, or no followd serve-repository listens there",
                          response->location};
    }
    if (response->status != 200) {
        co_return answered(*response, "the list of files");
    }
    auto listing = read_listing(response->body);
    if (!listing) {
        Failure failure = std::move(listing).failure();
        failure.where = response->location;
        co_return failure;
    }
    co_return listing;
}

asio::awaitable<Result<std::optional<std::string>>> RepositorySource::read_piece(
    ListedFile file, http::ByteRange range) {
    FOLLOWD_ASSERT(range.count > 0 && range.first + range.count <= file.state.size);
    http::Request request;
    request.target = target_of(file.path);
    request.deadline = piece_deadline;
    request.response_bytes_max = std::max<std::size_t>(range.count, text_bytes_max);
    request.range = range;
    auto response = co_await client_->send(std::move(request));
    if (!response) {
        co_return std::move(response).failure();
    }
    const bool is_gone = response->status == 404 || response->status == 416;
    const bool is_answer = response->status == 206;
    if (is_gone || (is_answer && response->etag != etag_of(file.state))) {
        co_return std::optional<std::string>{};
    }
    if (!is_answer) {
        co_return answered(*response, file.path);
    }
    if (response->content_range != content_range_of(file, range) ||
        response->body.size() != range.count) {
        co_return Failure{FailureKind::malformed,
                          file.path + ": the source sent another part than was asked for",
                          response->location};
    }
    co_return std::optional{std::move(response->body)};
}

asio::awaitable<Result<std::optional<std::uint64_t>>> RepositorySource::read_root() {
    http::Request request;
    request.target = target_of(pointer_name);
    request.response_bytes_max = text_bytes_max;
    auto response = co_await client_->send(std::move(request));
    if (!response) {
        co_return std::move(response).failure();
    }
    if (response->status == 404) {
        co_return std::optional<std::uint64_t>{};
    }
    if (response->status != 200) {
        co_return answered(*response, pointer_name);
    }
    co_return read_pointer(response->body);
}

}  // namespace followd::repository
