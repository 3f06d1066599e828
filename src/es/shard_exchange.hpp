#pragma once

#include "followd/base/result.hpp"

#include "engine/task.hpp"
#include "es/listing_decoder.hpp"
#include "es/place.hpp"
#include "es/request.hpp"
#include "http/client.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What leader and follower shards have in common: a request, its successful answer, and a refresh
/// that can be trusted.

namespace followd::es {

/// An answer with a 2xx status.
struct Answer {
    std::string body;
    std::string where;  ///< for failures of decoding it
};

/// The client must outlive it.
class ShardExchange {
public:
    ShardExchange(http::Client& client, Place place);

    /// Every status but 2xx is a Failure. `attempt`, a literal, completes "could not ...".
    [[nodiscard]] Task<Result<Answer>> send(http::Request request, std::string_view attempt);

    /// As `send`; a 404 that says nothing of an error is an answer, too.
    [[nodiscard]] Task<Result<Answer>> send_removal(http::Request request,
                                                    std::string_view attempt);

    /// The histogram that the request asks for.
    [[nodiscard]] Task<Result<std::vector<KeyedCount>>> count(http::Request request);

    /// Refreshes every copy of the index's shards that is in service. `unavailable` where one was
    /// missed: its searches would leave out what the others show.
    [[nodiscard]] Task<Result<void>> refresh(ShardRequests requests);

private:
    http::Client& client_;
    Place place_;
};

}  // namespace followd::es
