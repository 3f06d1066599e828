#include "config/secrets.hpp"

#include "config/file.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace followd::config {

namespace {

/// A password, a key or a token (some tokens are kilobytes), never a document.
constexpr std::size_t secret_bytes_max = 16U << 10;

std::string base64(std::string_view text) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string encoded;
    encoded.reserve((text.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < text.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t in_group = 0; in_group < 3; ++in_group) {
            group <<= 8U;
            if (at + in_group < text.size()) {
                group |= static_cast<unsigned char>(text[at + in_group]);
            }
        }
        const std::size_t digits_used = std::min<std::size_t>(text.size() - at, 3) + 1;
        for (std::size_t digit = 0; digit < 4; ++digit) {
            encoded += digit < digits_used ? digits[(group >> (18U - 6U * digit)) & 0x3FU] : '=';
        }
    }
    return encoded;
}

bool is_visible_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char character) {
        return character > ' ' && character < '\x7f';
    });
}

/// Not of dots alone either, which clients take out of a path.
bool can_be_path_part(std::string_view text) {
    const bool is_plain = std::all_of(text.begin(), text.end(), [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
               (character >= '0' && character <= '9') || character == '-' || character == '.' ||
               character == '_' || character == '~';
    });
    return is_plain && text.find_first_not_of('.') != std::string_view::npos;
}

Failure unauthorised(std::string what, const std::string& where) {
    return Failure{.kind = FailureKind::unauthorised, .what = std::move(what), .where = where};
}

Result<std::string> api_key_header(const std::string& key,
                                   const std::string& path,
                                   const std::string& where) {
    if (!is_visible_ascii(key)) {
        return unauthorised(path + " holds something that no API key can hold", where);
    }
    // The encoded form has no colon: base64 knows none.
    return "ApiKey " + (key.find(':') == std::string::npos ? key : base64(key));
}

}  // namespace

Result<std::string> read_secret(const std::string& path,
                                const std::string& where,
                                std::vector<std::string>* warnings) {
    Result<FileContent> content = read_file(path, secret_bytes_max);
    if (!content.ok()) {
        return unauthorised(content.failure().what, where);
    }
    std::string secret = std::move(content->text);
    if (secret.ends_with('\n')) {
        secret.pop_back();
        if (secret.ends_with('\r')) {
            secret.pop_back();
        }
    }
    if (secret.empty()) {
        return unauthorised(path + " is empty", where);
    }
    const bool one_line = std::none_of(secret.begin(), secret.end(), [](char character) {
        return (character >= 0 && character < ' ') || character == '\x7f';
    });
    if (!one_line) {
        return unauthorised(
            path +
                " holds more than one line, or a control character; it must hold the secret alone",
            where);
    }
    if (content->world_readable && warnings != nullptr) {
        warnings->push_back(where + ": " + path +
                            " can be read by every user of this machine; take that away "
                            "(chmod o-r)");
    }
    return secret;
}

Result<std::string> read_authorization(const ClusterSettings& cluster,
                                       std::vector<std::string>* warnings) {
    const AuthSettings& auth = cluster.auth;
    const std::string where = "cluster " + cluster.name.value();
    const std::string& path = !auth.password_file.empty()  ? auth.password_file
                              : !auth.api_key_file.empty() ? auth.api_key_file
                                                           : auth.bearer_token_file;
    if (path.empty()) {
        return std::string{};
    }
    Result<std::string> secret = read_secret(path, where, warnings);
    if (!secret.ok()) {
        return secret;
    }
    if (!auth.password_file.empty()) {
        return "Basic " + base64(auth.username + ":" + *secret);
    }
    if (!auth.api_key_file.empty()) {
        return api_key_header(*secret, path, where);
    }
    if (!is_visible_ascii(*secret)) {
        return unauthorised(path + " holds something that no bearer token can hold", where);
    }
    return "Bearer " + *secret;
}

Result<std::string> read_token(const RepositorySettings& repository,
                               std::vector<std::string>* warnings) {
    const std::string& path = repository.token_file;
    if (path.empty()) {
        return std::string{};
    }
    const std::string where = "repository " + repository.name.value();
    Result<std::string> token = read_secret(path, where, warnings);
    if (token.ok() && !can_be_path_part(*token)) {
        return unauthorised(path +
                                " holds something that cannot stand in a URL as it is: a token is "
                                "of letters, digits, \"-\", \".\", \"_\" and \"~\"",
                            where);
    }
    return token;
}

}  // namespace followd::config
