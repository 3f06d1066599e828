#include "certificates.hpp"
#include "client_fixture.hpp"

#include <gmock/gmock.h>

#include <fstream>

/// Whom the client believes, and how it says that it does not.

namespace followd::http {
namespace {

using test::answer;
using test::ScriptedPeer;
using test::ScriptedServer;
using test::ScriptedTls;
using testing::HasSubstr;

void serve_all(ScriptedPeer& peer, int /*number*/) {
    while (!peer.read_request().empty()) {
        peer.send(answer("{}"));
    }
}

class TlsTest : public ClientTest {
protected:
    ScriptedTls server_with(const std::string& alternative_names, bool is_expired = false) {
        const auto issued = authority_.issue("server", alternative_names, is_expired);
        return {.cert_file = issued.cert_file, .key_file = issued.key_file, .client_ca_file = {}};
    }

    TlsOptions trust() {
        TlsOptions options;
        options.ca_file = authority_.cert_file();
        return options;
    }

    void expect_untrusted(const std::string& words) {
        const auto response = get();
        ASSERT_FALSE(response.ok());
        EXPECT_EQ(response.failure().kind, FailureKind::untrusted) << to_string(response.failure());
        EXPECT_THAT(response.failure().what, HasSubstr(words));
    }

    test::TemporaryFolder folder_;
    test::Authority authority_{&folder_, "authority"};
};

TEST_F(TlsTest, AddressIsVerifiedAsAddress) {
    ScriptedServer server{serve_all, server_with("IP:127.0.0.1")};
    connect_to({server.url()}, {.tls = trust()});
    for (int i = 0; i < 3; ++i) {
        const auto response = get();
        ASSERT_TRUE(response.ok()) << to_string(response.failure());
        EXPECT_EQ(response.value().location, server.url().text());
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(TlsTest, NameIsVerifiedAsName) {
    ScriptedServer server{serve_all, server_with("DNS:localhost")};
    auto url = server.url();
    url.host = "localhost";
    connect_to({url}, {.tls = trust()});
    const auto response = get();
    EXPECT_TRUE(response.ok()) << to_string(response.failure());
}

TEST_F(TlsTest, LargeBodiesBothWays) {
    const std::string text(3'000'000, 'z');
    ScriptedServer server{[&text](ScriptedPeer& peer, int) {
                              while (!peer.read_request().empty()) {
                                  peer.send(answer(text));
                              }
                          },
                          server_with("IP:127.0.0.1")};
    connect_to({server.url()}, {.tls = trust()});
    const auto response = send(request(Method::post, "/", text));
    ASSERT_TRUE(response.ok()) << to_string(response.failure());
    EXPECT_TRUE(response.value().body == text);
}

TEST_F(TlsTest, WrongHost) {
    ScriptedServer server{serve_all, server_with("DNS:elsewhere.example")};
    auto by_name = server.url();
    by_name.host = "localhost";
    connect_to({by_name}, {.tls = trust()});
    expect_untrusted("hostname mismatch");
    client_.reset();
    connect_to({server.url()}, {.tls = trust()});
    expect_untrusted("IP address mismatch");
}

TEST_F(TlsTest, UnknownAuthority) {
    const test::Authority other{&folder_, "other"};
    ScriptedServer server{serve_all, server_with("IP:127.0.0.1")};
    connect_to({server.url()}, {.tls = {.ca_file = other.cert_file()}});
    expect_untrusted("tls.ca_file");
    client_.reset();
    connect_to({server.url()});  // the system's store
    expect_untrusted("unable to get local issuer certificate");
}

TEST_F(TlsTest, ExpiredCertificate) {
    ScriptedServer server{serve_all, server_with("IP:127.0.0.1", true)};
    connect_to({server.url()}, {.tls = trust()});
    expect_untrusted("certificate has expired");
}

TEST_F(TlsTest, NothingIsVerifiedWhereThatIsWanted) {
    ScriptedServer server{serve_all, server_with("DNS:elsewhere.example", true)};
    connect_to({server.url()}, {.tls = {.verify = false}});
    const auto response = get();
    EXPECT_TRUE(response.ok()) << to_string(response.failure());
}

TEST_F(TlsTest, ClientCertificate) {
    auto tls = server_with("IP:127.0.0.1");
    tls.client_ca_file = authority_.cert_file();
    ScriptedServer server{serve_all, tls};
    auto options = trust();
    const auto issued = authority_.issue("client", "");
    options.client_cert_file = issued.cert_file;
    options.client_key_file = issued.key_file;
    connect_to({server.url()}, {.tls = options});
    const auto response = get();
    EXPECT_TRUE(response.ok()) << to_string(response.failure());
}

TEST_F(TlsTest, ClientCertificateMissing) {
    auto tls = server_with("IP:127.0.0.1");
    tls.client_ca_file = authority_.cert_file();
    ScriptedServer server{serve_all, tls};
    connect_to({server.url()}, {.tls = trust()});
    expect_untrusted("tls.client_cert_file");
}

TEST_F(TlsTest, ACutWithoutTheClosingMessageIsNoEnd) {
    for (const bool in_order : {true, false}) {
        ScriptedServer server{[in_order](ScriptedPeer& peer, int) {
                                  peer.read_request();
                                  peer.send("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}");
                                  if (in_order) {
                                      peer.half_close();
                                  }
                              },
                              server_with("IP:127.0.0.1")};
        connect_to({server.url()}, {.tls = trust()});
        const auto response = get();
        EXPECT_EQ(response.ok(), in_order);
        if (!response) {
            EXPECT_EQ(response.failure().kind, FailureKind::malformed);
        }
        client_.reset();
    }
}

TEST_F(TlsTest, HttpsToAPortWithoutTls) {
    ScriptedServer server{[](ScriptedPeer& peer, int) {
        peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        peer.wait_for_close();
    }};
    auto url = server.url();
    url.tls = true;
    connect_to({url}, {.tls = trust()});
    expect_untrusted("http://");
}

TEST_F(TlsTest, HttpToAPortWithTls) {
    ScriptedServer silent{[](ScriptedPeer&, int) {}, server_with("IP:127.0.0.1")};
    auto url = silent.url();
    url.tls = false;
    connect_to({url});
    const auto response = get();
    ASSERT_FALSE(response.ok());
    EXPECT_THAT(response.failure().what, HasSubstr("https://"));
    client_.reset();

    ScriptedServer alerting{[](ScriptedPeer& peer, int) {
        peer.read_request();
        peer.send("\x15\x03\x01\x02\x02\x46");
    }};
    connect_to({alerting.url()});
    expect_untrusted("https://");
}

TEST_F(TlsTest, OneBadCertificateDoesNotHideAGoodServer) {
    ScriptedServer bad{serve_all, server_with("DNS:elsewhere.example")};
    ScriptedServer good{serve_all, server_with("IP:127.0.0.1")};
    connect_to({bad.url(), good.url()}, {.tls = trust()});
    const auto response = get();
    ASSERT_TRUE(response.ok()) << to_string(response.failure());
    EXPECT_EQ(response.value().location, good.url().text());
}

TEST_F(TlsTest, FilesThatCannotBeUsed) {
    const auto create = [this](TlsOptions tls) {
        auto url = test::dead_url();
        url.tls = true;
        return Client::create(context_.get_executor(), {.urls = {url}, .tls = std::move(tls)});
    };
    const auto issued = authority_.issue("client", "");
    const auto other = authority_.issue("another", "");
    const auto garbage = folder_.file("garbage.pem");
    std::ofstream{garbage} << "no certificate";
    const TlsOptions cases[] = {
        {.ca_file = folder_.file("absent.pem")},
        {.ca_file = garbage},
        {.client_cert_file = issued.cert_file},
        {.client_cert_file = garbage, .client_key_file = issued.key_file},
        {.client_cert_file = issued.cert_file, .client_key_file = other.key_file},
    };
    for (const auto& tls : cases) {
        const auto client = create(tls);
        ASSERT_FALSE(client.ok());
        EXPECT_EQ(client.failure().kind, FailureKind::untrusted);
        EXPECT_THAT(client.failure().what, HasSubstr("tls."));
    }
    EXPECT_THAT(create(cases[0]).failure().what, HasSubstr("No such file"));
    EXPECT_THAT(create(cases[0]).failure().what, HasSubstr("absent.pem"));
}

}  // namespace
}  // namespace followd::http
