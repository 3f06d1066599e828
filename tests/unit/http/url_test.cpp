#include "http/url.hpp"

#include "http/message.hpp"

#include <gtest/gtest.h>

namespace followd::http {
namespace {

TEST(Url, AddressesThatPeopleWrite) {
    const struct {
        const char* text;
        const char* canonical;
    } cases[] = {
        {"http://es1", "http://es1:9200"},
        {"https://es1:443/", "https://es1:443"},
        {"http://10.0.0.1:9201", "http://10.0.0.1:9201"},
        {"https://[2001:db8::1]", "https://[2001:db8::1]:9200"},
        {"https://[::1]:9201/es/a/", "https://[::1]:9201/es/a"},
        {"http://es_1.local:80/prefix//", "http://es_1.local:80/prefix"},
    };
    for (const auto& expected : cases) {
        const auto url = parse_url(expected.text);
        ASSERT_TRUE(url.ok()) << expected.text << ": " << to_string(url.failure());
        EXPECT_EQ(url.value().text(), expected.canonical);
        EXPECT_EQ(parse_url(url.value().text()).value(), url.value());
    }
}

TEST(Url, RefusesEverythingElse) {
    for (const char* const text : {"",
                                   "es1:9200",
                                   "ftp://es1",
                                   "unix:/run/x",
                                   "http://",
                                   "http://:9200",
                                   "http://es1:",
                                   "http://es1:0",
                                   "http://es1:65536",
                                   "http://es1:+80",
                                   "http://es1:92 00",
                                   "http://::1:9200",
                                   "http://[::1",
                                   "http://[]:9200",
                                   "http://[es1]:9200",
                                   "http://[::1]9200",
                                   "http://e s1",
                                   "http://es1/a?b",
                                   "http://es1#b",
                                   "http://es1/a b",
                                   "http://es1/a\r\nX: y"}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url.ok()) << text;
        EXPECT_EQ(url.failure().kind, FailureKind::refused);
    }
}

TEST(Url, NeverRepeatsAPassword) {
    for (const char* const text :
         {"https://elastic:hunter2@es1:9200", "http://hunter2@es1", "http://a:hunter2@[bad"}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url.ok());
        EXPECT_EQ(to_string(url.failure()).find("hunter2"), std::string::npos);
        EXPECT_NE(url.failure().what.find("file"), std::string::npos);
    }
}

TEST(Url, ListenAddresses) {
    EXPECT_EQ(parse_listen_address("unix:/run/followd/followd.sock").value().text(),
              "unix:/run/followd/followd.sock");
    EXPECT_EQ(parse_listen_address("127.0.0.1:9610").value().authority(), "127.0.0.1:9610");
    EXPECT_EQ(parse_listen_address("[::1]:9610").value().authority(), "[::1]:9610");
    EXPECT_EQ(parse_listen_address("localhost:0").value().port, 0);
    for (const std::string& text : {std::string{"unix:followd.sock"},
                                    std::string{"unix:"},
                                    std::string{"127.0.0.1"},
                                    std::string{":9610"},
                                    "unix:/" + std::string(107, 'x')}) {
        EXPECT_FALSE(parse_listen_address(text).ok()) << text;
    }
    EXPECT_TRUE(parse_listen_address("unix:/" + std::string(106, 'x')).ok());
}

TEST(EncodeComponent, KeepsUnreservedOnly) {
    EXPECT_EQ(encode_component("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(encode_component("logs-*/ä%+ <>"), "logs-%2A%2F%C3%A4%25%2B%20%3C%3E");
    EXPECT_EQ(encode_component("\r\n"), "%0D%0A");
}

}  // namespace
}  // namespace followd::http
