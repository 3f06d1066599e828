#pragma once

#include "followd/base/result.hpp"

#include "http/byte_range.hpp"
#include "http/client.hpp"
#include "repository/listing.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// A repository that `followd serve-repository` serves, as who copies it sees it.

namespace followd::repository {

/// Failures are those of http::Client::send, and: `unauthorised` for a token that is not the
/// server's, `unavailable` where it cannot answer now, `malformed` for what it never answers. Each
/// says in words what to do.
class RepositorySource {
public:
    /// The token stands in the client's options.
    explicit RepositorySource(std::unique_ptr<http::Client> client);

    [[nodiscard]] boost::asio::awaitable<Result<Listing>> read_manifest();
    /// A part of a file in the state that was listed; nothing where that has gone or changed.
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::string>>> read_piece(
        ListedFile file, http::ByteRange range);
    /// Which root file it has now; nothing where it has none.
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::uint64_t>>> read_root();

    /// What is under way fails with `cancelled`.
    void close() { client_->close(); }

private:
    std::unique_ptr<http::Client> client_;
};

}  // namespace followd::repository
