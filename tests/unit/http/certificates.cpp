#include "certificates.hpp"

#include "followd/base/assert.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <utility>

namespace followd::test {

namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCert {
    void operator()(X509* cert) const { X509_free(cert); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Cert = std::unique_ptr<X509, FreeCert>;

constexpr long day_s = 24L * 3600;

Key make_key() {
    return Key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
}

void write_cert(const std::string& file, X509* cert) {
    std::FILE* const out = std::fopen(file.c_str(), "w");
    FOLLOWD_ASSERT(out != nullptr && PEM_write_X509(out, cert) == 1);
    std::fclose(out);
}

void write_key(const std::string& file, EVP_PKEY* key) {
    std::FILE* const out = std::fopen(file.c_str(), "w");
    FOLLOWD_ASSERT(out != nullptr &&
                   PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    std::fclose(out);
}

void add_extension(X509* cert, int kind, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    FOLLOWD_ASSERT(extension != nullptr);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

Cert make_cert(EVP_PKEY* key, const std::string& name, long from_s, long until_s) {
    static long serial = 1;
    Cert cert{X509_new()};
    X509_set_version(cert.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), from_s);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), until_s);
    X509_set_pubkey(cert.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()),
                               "CN",
                               MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()),
                               -1,
                               -1,
                               0);
    return cert;
}

}  // namespace

struct Authority::Secret {
    Key key;
    Cert cert;
};

Authority::Authority(const TemporaryFolder* folder, std::string name)
    : folder_{folder},
      cert_file_{folder->file(name + ".pem")},
      secret_{std::make_unique<Secret>()} {
    secret_->key = make_key();
    secret_->cert = make_cert(secret_->key.get(), name, -day_s, day_s);
    X509* const cert = secret_->cert.get();
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(cert, NID_key_usage, "critical,keyCertSign");
    FOLLOWD_ASSERT(X509_sign(cert, secret_->key.get(), EVP_sha256()) > 0);
    write_cert(cert_file_, cert);
}

Authority::~Authority() = default;

Authority::Issued Authority::issue(const std::string& name,
                                   const std::string& alternative_names,
                                   bool is_expired) {
    const Key key = make_key();
    const Cert cert =
        make_cert(key.get(), name, is_expired ? -2 * day_s : -day_s, is_expired ? -day_s : day_s);
    X509_set_issuer_name(cert.get(), X509_get_subject_name(secret_->cert.get()));
    if (!alternative_names.empty()) {
        add_extension(cert.get(), NID_subject_alt_name, alternative_names);
    }
    FOLLOWD_ASSERT(X509_sign(cert.get(), secret_->key.get(), EVP_sha256()) > 0);
    Issued issued{folder_->file(name + ".cert.pem"), folder_->file(name + ".key.pem")};
    write_cert(issued.cert_file, cert.get());
    write_key(issued.key_file, key.get());
    return issued;
}

}  // namespace followd::test
