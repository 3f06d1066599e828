#include "http/same_secret.hpp"

#include <cstddef>

namespace followd::http {

bool is_same_secret(std::string_view sent, std::string_view secret) {
    unsigned difference = sent.size() == secret.size() ? 0U : 1U;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const char other = i < secret.size() ? secret[i] : '\0';
        difference |= static_cast<unsigned char>(sent[i]) ^ static_cast<unsigned char>(other);
    }
    return difference == 0;
}

}  // namespace followd::http
