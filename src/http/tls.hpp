#pragma once

#include "followd/base/result.hpp"

#include "http/client.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

/// TLS: what is trusted, who we are, and what went wrong in words.

namespace followd::http {

/// A context for TLS 1.2 and later. Reads the files now; `untrusted` names the file and the reason.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(
    const TlsOptions& options);

/// Who a server is. The settings are where the files are named, for messages.
struct ServerTlsOptions {
    std::string cert_setting{};
    std::string cert_file{};  ///< PEM, with what certifies it below
    std::string key_setting{};
    std::string key_file{};  ///< not encrypted
};

/// The same for a server, which asks its clients for no certificate.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_server_tls_context(
    const ServerTlsOptions& options);

/// Sets what one handshake needs to know about its peer: the name to ask for (SNI) and the name or
/// address that the certificate must bear. Without verification only SNI. False where memory is
/// short or the name cannot be one.
[[nodiscard]] bool expect_peer(SSL* session, const std::string& host, bool verify);

/// Why a handshake or a TLS read failed, with what to do about it.
[[nodiscard]] std::string explain_tls_failure(SSL* session, const boost::system::error_code& error);

}  // namespace followd::http
