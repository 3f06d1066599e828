#include "followd/core/retry.hpp"

#include "es/error_decoder.hpp"
#include "fuzz/oracle.hpp"
#include "http/message.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

/// A server's error: the HTTP status on the first line, the answer's body below it.
///
/// Every answer has a meaning, in one short line. Where the error is about a document, nothing that
/// it may quote of one is passed on.

namespace followd::fuzz {
namespace {

using es::ErrorScope;
using es::ServerError;

constexpr std::string_view attempt = "write documents";
/// Before the error's own text.
constexpr std::size_t prefix_bytes = std::string_view{"could not write documents: "}.size();

/// How servers begin to quote what they were given (recorded answers of 7.17, 9.2 and OpenSearch).
constexpr std::array<std::string_view, 7> quotes{
    "Preview of field's value: '",
    "For input string: \"",
    " at [Source: ",
    "but got [",
    "Unrecognized token '",
    "failed to parse date field [",
    "The prefix of the first immense term is: '",
};

/// What stands in for a document's content; in no error of a server.
constexpr std::string_view secret = "zQ7-secret-zQ7";

void check_failure(const ServerError& error, ErrorScope scope) {
    const Failure failure = es::failure_of(error, scope, attempt, "here");
    require(!to_string(failure.kind).empty(), "an error has a kind");
    require(failure.kind == es::kind_of(error, scope), "and only one");
    (void)core::judge(failure.kind);  // asserts that there is something to do about it
    require(failure.kind != FailureKind::history_lost && failure.kind != FailureKind::cancelled &&
                failure.kind != FailureKind::storage,
            "no server says what only we can know",
            to_string(failure));
    require(failure.what.size() <= prefix_bytes + es::error_text_max,
            "an error's text is short",
            failure.what);
    require(std::ranges::none_of(failure.what,
                                 [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
            "an error's text takes one line",
            failure.what);
}

void check_secrecy(const ServerError& error) {
    if ((error.type + error.reason).find(secret) != std::string::npos) {
        return;
    }
    for (const std::string_view quote : quotes) {
        ServerError quoting = error;
        quoting.reason = error.reason.substr(0, 40) + std::string{quote} + std::string{secret};
        for (const ErrorScope scope : {ErrorScope::document, ErrorScope::request}) {
            const std::string text = es::describe(quoting, scope);
            require(text.find(secret) == std::string::npos, "what is quoted is left out", text);
        }
    }
    // An unknown error about a document may quote in words that nobody has seen yet.
    ServerError unknown = error;
    unknown.type = "x_" + error.type;
    unknown.reason = secret;
    const std::string text = es::describe(unknown, ErrorScope::document);
    require(text.find(secret) == std::string::npos, "an unknown reason is left out", text);
}

void play(std::string_view input) {
    http::Response response;
    const std::string_view first = input.substr(0, input.find('\n'));
    const auto [end, parsed] =
        std::from_chars(first.data(), first.data() + first.size(), response.status);
    if (parsed != std::errc{} || response.status < 0 || response.status > 999) {
        return;
    }
    response.body = input.substr(std::min(first.size() + 1, input.size()));
    const ServerError error = es::read_error(response);
    require(error.status == response.status, "an error keeps its status");
    for (const ErrorScope scope : {ErrorScope::request, ErrorScope::document}) {
        check_failure(error, scope);
        const std::string text = es::describe(error, scope);
        require(simdjson::validate_utf8(text), "no character is cut in two", text);
    }
    check_secrecy(error);
}

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    followd::fuzz::play(followd::fuzz::text_of(data, size));
    return 0;
}
