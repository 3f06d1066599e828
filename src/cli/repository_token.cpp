#include "cli/repository_token.hpp"

#include "cli/terminal.hpp"
#include "config/secrets.hpp"
#include "repository/request_path.hpp"

#include <iostream>
#include <vector>

namespace followd::cli {

Result<std::string> read_repository_token(const std::string& path) {
    if (path.empty()) {
        return std::string{};
    }
    std::vector<std::string> warnings;
    Result<std::string> token = config::read_secret(path, "--token-file", &warnings);
    for (const std::string& warning : warnings) {
        std::cerr << "followd: " << printable(warning) << '\n';
    }
    if (token.ok() && !repository::can_be_token(*token)) {
        return Failure{FailureKind::unauthorised,
                       path +
                           " holds something that cannot stand in a URL as it is: a token is of "
                           "letters, digits, \"-\", \".\", \"_\" and \"~\"",
                       "--token-file"};
    }
    return token;
}

}  // namespace followd::cli
