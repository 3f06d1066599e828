#pragma once

#include "followd/base/result.hpp"

#include "http/message.hpp"
#include "http/url.hpp"

#include <cstddef>
#include <string>

/// A request made ready to be written to any address of a cluster.

namespace followd::http {

/// What to send, apart from the address. Owns the body's bytes while they are written.
struct Outgoing {
    Request request;
    std::string authorization;  ///< a secret
    std::string secret_path{};  ///< between the URL's prefix and the target
    bool is_gzip = false;       ///< request.body is packed
    bool accepts_gzip = false;
};

/// Packs the body where that is asked for and worth it. The target must be encoded already.
[[nodiscard]] Result<Outgoing> make_outgoing(Request request,
                                             std::string authorization,
                                             bool compression);

/// Request line and headers for one address, up to and with the empty line.
[[nodiscard]] std::string write_head(const Outgoing& outgoing, const Url& url);

/// "POST /index/_search", for messages: without the query, cut at 128 bytes.
[[nodiscard]] std::string describe(const Request& request);

}  // namespace followd::http
