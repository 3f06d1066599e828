#include "../http/certificates.hpp"
#include "http/client.hpp"
#include "server_fixture.hpp"
#include "support/run.hpp"

#include <unistd.h>

/// The same over TLS.

namespace followd::repository::test {
namespace {

using testing::HasSubstr;

class RepositoryTls : public ServerTest {
protected:
    static http::ServerTlsOptions identity(const std::string& cert, const std::string& key) {
        return {.cert_setting = "--tls-cert",
                .cert_file = cert,
                .key_setting = "--tls-key",
                .key_file = key};
    }

    Result<void> start_with_tls(ServerOptions options = {}) {
        const auto issued = authority_.issue("server", "IP:127.0.0.1");
        options.tls = identity(issued.cert_file, issued.key_file);
        options.listen.tls = true;
        options.idle_max = std::chrono::seconds{5};
        return start(std::move(options));
    }

    followd::test::TemporaryFolder certificates_;
    followd::test::Authority authority_{&certificates_, "authority"};
};

TEST_F(RepositoryTls, AClientThatVerifiesGetsTheFile) {
    const std::string content(3'000'000, 'z');
    put("file", content);
    ASSERT_TRUE(start_with_tls().ok());
    boost::asio::io_context context;
    http::Url url;
    url.tls = true;
    url.host = "127.0.0.1";
    url.port = port_;
    const auto client =
        http::Client::create(context.get_executor(),
                             {.urls = {url}, .tls = {.ca_file = authority_.cert_file()}})
            .value();
    for (int i = 0; i < 3; ++i) {
        http::Request request;
        request.target = "/file";
        const auto response = followd::test::run(context, client->send(std::move(request)));
        ASSERT_TRUE(response.ok()) << to_string(response.failure());
        EXPECT_TRUE(response->body == content);
    }
}

TEST_F(RepositoryTls, RangesAndKeepAlive) {
    put("file", "hello");
    ASSERT_TRUE(start_with_tls().ok());
    Peer peer{port_, true};
    EXPECT_EQ(peer.ask("GET /file").body, "hello");
    EXPECT_EQ(peer.ask("GET /file", "Range: bytes=1-2\r\n").body, "el");
    EXPECT_EQ(peer.ask("GET /../file").status, 404);
}

TEST_F(RepositoryTls, AFileThatShrinksIsCutOff) {
    constexpr std::size_t bytes = std::size_t{96} << 20U;
    put("file", "");
    ASSERT_EQ(::truncate(folder_.file("file").c_str(), bytes), 0);
    ASSERT_TRUE(start_with_tls().ok());
    Peer peer{port_, true};
    peer.send("GET /file HTTP/1.1\r\n\r\n");
    ASSERT_THAT(peer.read_head(), HasSubstr("Content-Length: " + std::to_string(bytes)));
    std::size_t got = peer.read(1000).size();
    ASSERT_EQ(::truncate(folder_.file("file").c_str(), bytes - 1), 0);
    got += peer.read_to_end().size();
    EXPECT_LT(got, bytes);
    stop(Duration::zero());
    EXPECT_THAT(complaints_, testing::ElementsAre(HasSubstr("changed while it was sent")));
}

TEST_F(RepositoryTls, AClientWithoutTlsGetsNothing) {
    put("file", "hello");
    ASSERT_TRUE(start_with_tls().ok());
    Peer peer = connect();
    peer.send("GET /file HTTP/1.1\r\n\r\n");
    EXPECT_THAT(peer.read_to_end(), testing::Not(HasSubstr("hello")));
    EXPECT_EQ(Peer(port_, true).ask("GET /file").body, "hello");
}

TEST_F(RepositoryTls, OneClientTooManyIsToldNothingInTheClear) {
    put("file", "hello");
    ASSERT_TRUE(start_with_tls({.connections_max = 1}).ok());
    Peer peer{port_, true};
    EXPECT_EQ(peer.ask("GET /file").body, "hello");
    EXPECT_EQ(connect().read_to_end(), "");
}

TEST_F(RepositoryTls, FilesThatCannotBeUsed) {
    const auto issued = authority_.issue("server", "");
    const auto other = authority_.issue("other", "");
    const std::string absent = certificates_.file("absent.pem");
    for (const auto& [cert, key, words] :
         {std::tuple{absent, issued.key_file, "--tls-cert: cannot use"},
          std::tuple{issued.cert_file, absent, "--tls-key: cannot use"},
          std::tuple{issued.cert_file, other.key_file, "belong to the certificate"},
          std::tuple{issued.cert_file, std::string{}, "needed together"}}) {
        ServerOptions options;
        options.tls = identity(cert, key);
        const auto started = start(std::move(options));
        ASSERT_FALSE(started.ok());
        EXPECT_EQ(started.failure().kind, FailureKind::untrusted);
        EXPECT_THAT(started.failure().what, HasSubstr(words));
    }
}

}  // namespace
}  // namespace followd::repository::test
