#pragma once

#include <string>

namespace followd::cli {

struct ServeRepositoryOptions {
    std::string root;
    std::string listen;
    std::string token_file;  ///< empty: no token
    std::string tls_cert_file;
    std::string tls_key_file;
};

/// Serves a snapshot repository's files until a stop signal; the exit code.
[[nodiscard]] int serve_repository(const ServeRepositoryOptions& options);

}  // namespace followd::cli
