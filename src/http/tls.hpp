#pragma once

#include "followd/base/result.hpp"

#include "http/client.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

/// TLS for clients: what is trusted, who we are, and what went wrong in words.

namespace followd::http {

/// A context for TLS 1.2 and later. Reads the files now; `untrusted` names the file and the reason.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(
    const TlsOptions& options);

/// Sets what one handshake needs to know about its peer: the name to ask for (SNI) and the name or
/// address that the certificate must bear. Without verification only SNI. False where memory is
/// short or the name cannot be one.
[[nodiscard]] bool expect_peer(SSL* session, const std::string& host, bool verify);

/// Why a handshake or a TLS read failed, with what to do about it.
[[nodiscard]] std::string explain_tls_failure(SSL* session, const boost::system::error_code& error);

}  // namespace followd::http
