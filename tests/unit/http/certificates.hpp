#pragma once

#include "support/temporary_folder.hpp"

#include <memory>
#include <string>

/// Certificates made for one test run.

namespace followd::test {

/// An authority and what it signs, each as PEM files in `folder`.
class Authority {
public:
    struct Issued {
        std::string cert_file;
        std::string key_file;
    };

    /// Writes NAME.pem.
    Authority(const TemporaryFolder* folder, std::string name);
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    [[nodiscard]] const std::string& cert_file() const { return cert_file_; }
    /// `alternative_names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1".
    [[nodiscard]] Issued issue(const std::string& name,
                               const std::string& alternative_names,
                               bool is_expired = false);

private:
    struct Secret;

    const TemporaryFolder* folder_;
    std::string cert_file_;
    std::unique_ptr<Secret> secret_;
};

}  // namespace followd::test
