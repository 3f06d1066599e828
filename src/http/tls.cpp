#include "http/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace followd::http {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Failure untrusted(std::string what) {
    return {FailureKind::untrusted, std::move(what), {}};
}

Failure bad_file(const std::string& key, const std::string& file, const error_code& error) {
    return untrusted(key + ": cannot use " + file + ": " + error.message());
}

bool is_address(const std::string& host) {
    error_code error;
    boost::asio::ip::make_address(host, error);
    return !error;
}

/// The files that say who this end is, and the settings that name them.
struct Identity {
    std::string cert_key;
    std::string cert_file;
    std::string key_key;
    std::string key_file;
};

Result<void> load_identity(ssl::context& context, const Identity& identity) {
    if (identity.cert_file.empty() || identity.key_file.empty()) {
        return untrusted(identity.cert_key + " and " + identity.key_key + " are needed together");
    }
    error_code error;
    // OpenSSL's own callback would ask at the terminal and wait.
    context.set_password_callback(
        [](std::size_t /*length_max*/, ssl::context::password_purpose /*purpose*/) {
            return std::string{};
        },
        error);
    context.use_certificate_chain_file(identity.cert_file, error);
    if (error) {
        return bad_file(identity.cert_key, identity.cert_file, error);
    }
    context.use_private_key_file(identity.key_file, ssl::context::pem, error);
    if (error) {
        return untrusted(identity.key_key + ": cannot use " + identity.key_file + ": " +
                         error.message() +
                         " (it must be readable, not encrypted, and belong to the certificate)");
    }
    return {};
}

std::string advice(long verdict) {
    switch (verdict) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "use a name in the url that the certificate bears, or a certificate with this "
                   "one";
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "renew the server's certificate or set the clock of this machine";
        default:
            return "name the file of the authority that signed it in tls.ca_file";
    }
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const TlsOptions& options) {
    error_code error;
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    if (SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) != 1) {
        return untrusted("this OpenSSL cannot speak TLS 1.2");
    }
    context->set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none, error);
    FOLLOWD_ASSERT(!error);
    if (options.ca_file.empty()) {
        context->set_default_verify_paths(error);
        if (error) {
            return untrusted("cannot read the system's certificate authorities: " +
                             error.message() + ": set tls.ca_file");
        }
    } else {
        context->load_verify_file(options.ca_file, error);
        if (error) {
            return bad_file("tls.ca_file", options.ca_file, error);
        }
    }
    if (options.client_cert_file.empty() && options.client_key_file.empty()) {
        return context;
    }
    const auto identity = load_identity(*context,
                                        {.cert_key = "tls.client_cert_file",
                                         .cert_file = options.client_cert_file,
                                         .key_key = "tls.client_key_file",
                                         .key_file = options.client_key_file});
    if (!identity) {
        return identity.failure();
    }
    return context;
}

Result<std::shared_ptr<ssl::context>> make_server_tls_context(const ServerTlsOptions& options) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    if (SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) != 1) {
        return untrusted("this OpenSSL cannot speak TLS 1.2");
    }
    const auto identity = load_identity(*context,
                                        {.cert_key = options.cert_setting,
                                         .cert_file = options.cert_file,
                                         .key_key = options.key_setting,
                                         .key_file = options.key_file});
    if (!identity) {
        return identity.failure();
    }
    return context;
}

bool expect_peer(SSL* session, const std::string& host, bool verify) {
    if (is_address(host)) {
        // SNI is for names only.
        return !verify || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1;
    }
    // SSL_set_tlsext_host_name is a macro with an old-style cast.
    std::string name = host;
    if (SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) !=
        1) {
        return false;
    }
    SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return !verify || SSL_set1_host(session, host.c_str()) == 1;
}

std::string explain_tls_failure(SSL* session, const error_code& error) {
    const long verdict = SSL_get_verify_result(session);
    const bool verifies = SSL_get_verify_mode(session) != SSL_VERIFY_NONE;
    if (verifies && verdict != X509_V_OK) {
        return std::string{"the server's certificate does not verify: "} +
               X509_verify_cert_error_string(verdict) + ": " + advice(verdict);
    }
    const auto code = static_cast<unsigned long>(static_cast<unsigned int>(error.value()));
    const int reason = ERR_GET_REASON(code);
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
        reason == SSL_R_HTTP_REQUEST || reason == SSL_R_BAD_RECORD_TYPE) {
        return "the server answers, but not with TLS: write http:// in the url if it is meant to";
    }
    if (reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED ||
        reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE || reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA ||
        reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE) {
        return "the server refuses us: " + error.message() +
               ": it may want another client certificate (tls.client_cert_file)";
    }
    return "TLS failed: " + error.message();
}

}  // namespace followd::http
