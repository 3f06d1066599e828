#pragma once

#include "http/message.hpp"
#include "http/server.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Who may ask the daemon what. Pure.

namespace followd::admin {

struct AccessRules {
    bool is_unix = true;       ///< then the socket's file mode decides
    bool is_loopback = false;  ///< only this machine reaches us
    std::string host;          ///< the name or address we listen on
    std::string token;         ///< a secret; empty: what needs one is not permitted to anybody
};

/// Nothing where the request may go on, else the answer to it. On TCP the Host header must name an
/// address, localhost or our own name, so that no web page reaches us by a name of its own; the
/// token is needed by what changes something, and by everything that comes from other machines.
[[nodiscard]] std::optional<http::Response> refusal(const AccessRules& rules,
                                                    const http::ServerRequest& request);

/// "localhost", 127.0.0.0/8 or ::1, as the configuration understands it.
[[nodiscard]] bool is_loopback(std::string_view host);

/// An answer `{"error": what}`.
[[nodiscard]] http::Response error_response(int status, std::string_view what);

}  // namespace followd::admin
