#include "config/settings_parser.hpp"

#include "parse_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace followd::config {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Settings, one_cluster_is_enough_and_all_else_has_defaults) {
    const Settings settings = settings_of("clusters: {a: {urls: [\"http://localhost:9200\"]}}");
    ASSERT_EQ(settings.clusters.size(), 1U);
    EXPECT_EQ(settings.clusters[0].name, ClusterName{"a"});
    EXPECT_THAT(settings.clusters[0].urls, ElementsAre("http://localhost:9200"));
    EXPECT_FALSE(settings.clusters[0].compression);
    EXPECT_EQ(settings.clusters[0].tls.verify, TlsVerify::full);
    EXPECT_THAT(settings.follow, IsEmpty());
    EXPECT_EQ(settings.limits.memory_bytes, 128U << 20U);
    EXPECT_EQ(settings.tail.poll_interval, Duration{20ms});
    EXPECT_EQ(settings.admin.unix_path, "/run/followd/followd.sock");
}

constexpr std::string_view all_yaml = R"(
clusters:
  beijing:
    urls: ["https://es1:9200", "https://[2001:db8::1]:9200/es"]
    auth: {username: followd, password_file: /etc/followd/bj.pw}
    tls: {ca_file: /ca.pem, client_cert_file: /c.pem, client_key_file: /k.pem, verify: none}
    compression: true
  shanghai: {urls: ["http://127.0.0.1:9202"], auth: {api_key_file: /key}}
  lhasa: {urls: ["http://lhasa"], auth: {bearer_token_file: /token}}
limits:
  max_read_request_operation_count: 100
  max_read_request_size: 1mb
  max_write_request_size: 2mb
  max_outstanding_write_requests: 7
  memory: 64mb
tail: {poll_interval: 5ms, idle_poll_interval: 2s, refresh_share: 5%, audit_interval: 1h, delete_guard: 100%}
state: {path: /tmp/state.db}
admin: {listen: "0.0.0.0:9610", token_file: /admin.token}
log: {level: debug, format: json}
)";
constexpr std::string_view all_json = R"({
"clusters": {
  "beijing": {
    "urls": ["https://es1:9200", "https://[2001:db8::1]:9200/es"],
    "auth": {"username": "followd", "password_file": "/etc/followd/bj.pw"},
    "tls": {"ca_file": "/ca.pem", "client_cert_file": "/c.pem", "client_key_file": "/k.pem",
            "verify": "none"},
    "compression": true},
  "shanghai": {"urls": ["http://127.0.0.1:9202"], "auth": {"api_key_file": "/key"}},
  "lhasa": {"urls": ["http://lhasa"], "auth": {"bearer_token_file": "/token"}}},
"limits": {"max_read_request_operation_count": 100, "max_read_request_size": "1mb",
           "max_write_request_size": "2mb", "max_outstanding_write_requests": 7, "memory": "64mb"},
"tail": {"poll_interval": "5ms", "idle_poll_interval": "2s", "refresh_share": "5%",
         "audit_interval": "1h", "delete_guard": "100%"},
"state": {"path": "/tmp/state.db"},
"admin": {"listen": "0.0.0.0:9610", "token_file": "/admin.token"},
"log": {"level": "debug", "format": "json"}
})";

TEST(Settings, every_key_is_read_from_yaml_and_from_json) {
    for (const std::string_view text : {all_yaml, all_json}) {
        const Settings settings = settings_of(text);
        ASSERT_THAT(settings.clusters, SizeIs(3));
        const ClusterSettings& beijing = settings.clusters[0];
        EXPECT_THAT(beijing.urls, ElementsAre("https://es1:9200", "https://[2001:db8::1]:9200/es"));
        EXPECT_EQ(beijing.auth.username, "followd");
        EXPECT_EQ(beijing.auth.password_file, "/etc/followd/bj.pw");
        EXPECT_EQ(beijing.tls.ca_file, "/ca.pem");
        EXPECT_EQ(beijing.tls.client_cert_file, "/c.pem");
        EXPECT_EQ(beijing.tls.client_key_file, "/k.pem");
        EXPECT_EQ(beijing.tls.verify, TlsVerify::none);
        EXPECT_TRUE(beijing.compression);
        EXPECT_EQ(settings.clusters[1].auth.api_key_file, "/key");
        EXPECT_EQ(settings.clusters[2].auth.bearer_token_file, "/token");
        EXPECT_EQ(settings.limits.max_read_request_operation_count, 100U);
        EXPECT_EQ(settings.limits.max_read_request_bytes, 1U << 20U);
        EXPECT_EQ(settings.limits.max_write_request_bytes, 2U << 20U);
        EXPECT_EQ(settings.limits.max_outstanding_write_requests, 7U);
        EXPECT_EQ(settings.limits.memory_bytes, 64U << 20U);
        EXPECT_EQ(settings.tail.poll_interval, Duration{5ms});
        EXPECT_EQ(settings.tail.idle_poll_interval, Duration{2s});
        EXPECT_DOUBLE_EQ(settings.tail.refresh_share, 0.05);
        EXPECT_EQ(settings.tail.audit_interval, Duration{1h});
        EXPECT_DOUBLE_EQ(settings.tail.delete_guard, 1.0);
        EXPECT_EQ(settings.state_path, "/tmp/state.db");
        EXPECT_EQ(settings.admin.unix_path, "");
        EXPECT_EQ(settings.admin.tcp_host, "0.0.0.0");
        EXPECT_EQ(settings.admin.tcp_port, 9610);
        EXPECT_EQ(settings.admin.token_file, "/admin.token");
        EXPECT_EQ(settings.log.level, LogLevel::debug);
        EXPECT_EQ(settings.log.format, LogFormat::json);
    }
}

TEST(Settings, sections_with_nothing_in_them_keep_their_defaults) {
    EXPECT_EQ(settings_of(with_clusters("follow:\nlimits:\ntail: {}\nlog:\n")).clusters.size(), 2U);
}

TEST(Settings, all_mistakes_come_at_once_in_the_files_order) {
    EXPECT_THAT(
        mistakes_of(
            with_clusters("limits:\n"
                          "  memory: 12 potatoes\n"
                          "  max_read_request_size: 8388608\n"
                          "  max_outstanding_write_requests: 4.5\n"
                          "  max_read_request_operation_count: 0\n"
                          "tail: {pol_interval: 1s, poll_interval: 5m, audit_interval: soon}\n"
                          "log: {level: loud}\n"
                          "log: {format: text}\n"
                          "state: [path]\n")),
        ElementsAre(
            "f.yaml:5:11: limits.memory: \"12 potatoes\" is not a size; write a number with b, kb, "
            "mb or gb, for example 128mb",
            "f.yaml:6:26: limits.max_read_request_size: \"8388608\" is not a size; write a number "
            "with b, kb, mb or gb, for example 128mb",
            "f.yaml:7:35: limits.max_outstanding_write_requests: \"4.5\" is not a whole number; "
            "write a whole number from 1 to 64",
            "f.yaml:8:37: limits.max_read_request_operation_count: \"0\" is out of range; write a "
            "whole number from 1 to 10000",
            "f.yaml:9:8: tail.pol_interval: unknown key; did you mean \"poll_interval\"?",
            "f.yaml:9:41: tail.poll_interval: \"5m\" is out of range; write a value from 1ms to 1m",
            "f.yaml:9:61: tail.audit_interval: \"soon\" is not a duration; write a number with ms, "
            "s, m, h or d, for example 500ms",
            "f.yaml:10:14: log.level: \"loud\" is not known here; write trace, debug, info, warn "
            "or "
            "error",
            "f.yaml:11:1: log: is given twice, first in line 10; keep one",
            "f.yaml:12:8: state: a list is not a map; write \"key: value\" lines below it"));
}

TEST(Settings, the_same_mistake_in_json_has_its_place) {
    EXPECT_THAT(mistakes_of("{\"clusters\": {\"a\": {\"urls\": [\"http://a\"]}},\n"
                            " \"limits\": {\"memory\": 5, \"memory\": 6}}",
                            "f.json"),
                ElementsAre(HasSubstr("f.json:2:23: limits.memory: \"5\" is not a size"),
                            HasSubstr("f.json:2:26: limits.memory: is given twice")));
}

TEST(Settings, wrong_kinds_are_named) {
    EXPECT_THAT(mistakes_of(with_clusters("state: {path: 5}\n")),
                ElementsAre("f.yaml:4:15: state.path: \"5\" is not text; put it in quotes"));
    EXPECT_THAT(mistakes_of(with_clusters("state: {path: \"\"}\n")),
                ElementsAre(HasSubstr("state.path: is empty")));
    EXPECT_THAT(mistakes_of(with_clusters("state:\n  path:\n")),
                ElementsAre("f.yaml:5:3: state.path: has no value; write one text"));
    EXPECT_THAT(mistakes_of(with_clusters("state: {path: \"a\\nb\"}\n")),
                ElementsAre(HasSubstr("holds a control character")));
    EXPECT_THAT(mistakes_of(with_clusters("log: {level: [info]}\n")),
                ElementsAre(HasSubstr("a list is not known here")));
    EXPECT_THAT(mistakes_of("clusters: {a: {urls: [\"http://a\"], compression: yes}}"),
                ElementsAre("f.yaml:1:49: clusters.a.compression: \"yes\" is not a boolean; write "
                            "true or false"));
    EXPECT_THAT(mistakes_of("- a\n"), ElementsAre(HasSubstr("f.yaml:1:1: a list is not a map")));
    EXPECT_THAT(mistakes_of("clusters: [a]"),
                ElementsAre(HasSubstr("clusters: a list is not a map")));
}

TEST(Settings, a_file_without_clusters_is_refused) {
    EXPECT_THAT(mistakes_of(""), ElementsAre(HasSubstr("f.yaml: clusters: there is no cluster")));
    EXPECT_THAT(mistakes_of("clusters:\n"),
                ElementsAre(HasSubstr("f.yaml:1:1: clusters: there is no cluster")));
    EXPECT_THAT(mistakes_of("log: {level: info}\n"),
                ElementsAre(HasSubstr("f.yaml:1:1: clusters: there is no cluster")));
}

TEST(Settings, addresses_are_checked_and_never_shown) {
    const auto with_url = [](const std::string& url) {
        return mistakes_of("clusters: {a: {urls: [\"" + url + "\"]}}");
    };
    for (const char* good : {"http://a",
                             "https://a.b-c_d:1",
                             "http://127.0.0.1:9200/",
                             "http://[::1]",
                             "https://[2001:db8::1]:9200/es/two",
                             "http://a/p%20q"}) {
        EXPECT_THAT(with_url(good), IsEmpty()) << good;
    }
    for (const char* bad : {"a:9200",
                            "ftp://a",
                            "HTTP://a",
                            "http://",
                            "http://:9200",
                            "http://a:0",
                            "http://a:65536",
                            "http://a:",
                            "http://a:x",
                            "http://[::1",
                            "http://[a]",
                            "http://::1",
                            "http://[::1]x",
                            "http://a b",
                            "http://a/b c",
                            "http://a?x",
                            "http://a/#x",
                            "http://me:secret@a",
                            "http:///x"}) {
        EXPECT_THAT(with_url(bad),
                    ElementsAre(AllOf(HasSubstr("clusters.a.urls[0]: the address"),
                                      Not(HasSubstr("secret")))))
            << bad;
    }
    // The HTTP client takes a name as long as DNS has them.
    EXPECT_THAT(with_url("http://" + std::string(253, 'a')), IsEmpty());
    EXPECT_THAT(with_url("http://" + std::string(254, 'a')),
                ElementsAre(HasSubstr("has no valid host and port")));
    EXPECT_THAT(with_url("http://me:secret@a"),
                ElementsAre(HasSubstr("holds a user name or a password, which belong under auth")));
    EXPECT_THAT(mistakes_of("clusters: {a: {urls: []}}"),
                ElementsAre(HasSubstr("clusters.a.urls: a cluster needs at least one address")));
    EXPECT_THAT(mistakes_of("clusters: {a: }"), ElementsAre(HasSubstr("at least one address")));
    EXPECT_THAT(
        mistakes_of("clusters: {a: {urls: \"http://a\"}}"),
        ElementsAre("f.yaml:1:22: clusters.a.urls: \"http://a\" is not a list; write one, for "
                    "example [\"https://es1:9200\"]"));
    EXPECT_THAT(mistakes_of("clusters: {a: {urls: [\"http://a\", \"http://a\"]}}"),
                ElementsAre(HasSubstr("given twice")));
}

TEST(Settings, a_cluster_has_a_plain_name) {
    for (const char* name : {"a b", "-a", ".a", "a/b", "\"\"", "\"a,b\"", "é"}) {
        EXPECT_THAT(mistakes_of(std::string{"clusters: {"} + name + ": {urls: [\"http://a\"]}}"),
                    ElementsAre(HasSubstr("the cluster's name ")))
            << name;
    }
}

TEST(Settings, authentication_has_one_way_and_its_values_are_never_shown) {
    const auto with_auth = [](const std::string& auth) {
        return mistakes_of("clusters: {a: {urls: [\"http://a\"], auth: " + auth + "}}");
    };
    EXPECT_THAT(with_auth("{}"), IsEmpty());
    EXPECT_THAT(with_auth("{username: u}"),
                ElementsAre(HasSubstr("belong together; add password_file")));
    EXPECT_THAT(with_auth("{password_file: /p}"), ElementsAre(HasSubstr("add username")));
    EXPECT_THAT(with_auth("{username: \"u:v\", password_file: /p}"),
                ElementsAre(HasSubstr("colon")));
    EXPECT_THAT(with_auth("{api_key_file: /k, bearer_token_file: /t}"),
                ElementsAre(HasSubstr("clusters.a.auth: more than one way to authenticate")));
    EXPECT_THAT(
        with_auth("{username: u, password: hunter2, password_file: 12345}"),
        ElementsAre("f.yaml:1:56: clusters.a.auth.password: unknown key; did you mean "
                    "\"password_file\"?",
                    "f.yaml:1:90: clusters.a.auth.password_file: the value is not text; put "
                    "it in quotes"));
    EXPECT_THAT(with_auth("hunter2"),
                ElementsAre(AllOf(HasSubstr("clusters.a.auth: the value is not a map"),
                                  Not(HasSubstr("hunter2")))));
}

TEST(Settings, tls_options_belong_together_and_to_https) {
    const auto with_tls = [](const std::string& url, const std::string& tls) {
        return mistakes_of("clusters: {a: {urls: [\"" + url + "\"], tls: " + tls + "}}");
    };
    EXPECT_THAT(with_tls("https://a", "{client_cert_file: /c}"),
                ElementsAre(HasSubstr("add client_key_file")));
    EXPECT_THAT(with_tls("https://a", "{client_key_file: /c}"),
                ElementsAre(HasSubstr("add client_cert_file")));
    EXPECT_THAT(with_tls("https://a", "{verify: false}"),
                ElementsAre(HasSubstr("write full or none")));
    EXPECT_THAT(with_tls("http://a", "{ca_file: /c}"),
                ElementsAre(HasSubstr("no address of this cluster is https")));
    EXPECT_THAT(with_tls("http://a", "{}"), IsEmpty());
}

TEST(Settings, memory_holds_at_least_two_requests) {
    EXPECT_THAT(mistakes_of(with_clusters("limits: {memory: 16mb}\n")), IsEmpty());
    EXPECT_THAT(
        mistakes_of(with_clusters("limits: {memory: 15mb}\n")),
        ElementsAre(HasSubstr("\"15mb\" is out of range; write a value from 16mb to 64gb")));
    EXPECT_THAT(mistakes_of(with_clusters("limits: {memory: 17mb, max_read_request_size: 9mb}\n")),
                ElementsAre("f.yaml:4:18: limits.memory: memory (17mb) is less than twice "
                            "max_read_request_size (9mb); raise memory to 18mb or lower "
                            "max_read_request_size"));
    EXPECT_THAT(
        mistakes_of(with_clusters("limits: {max_write_request_size: 100mb}\n")),
        ElementsAre(HasSubstr("limits.max_write_request_size: memory (128mb) is less than")));
}

TEST(Settings, idle_polling_is_not_faster_than_polling) {
    EXPECT_THAT(mistakes_of(with_clusters("tail: {poll_interval: 1s}\n")),
                ElementsAre("f.yaml:4:23: tail.poll_interval: idle_poll_interval (500ms) is below "
                            "poll_interval (1s); set idle_poll_interval to 1s or more"));
    EXPECT_THAT(mistakes_of(with_clusters("tail: {poll_interval: 1s, idle_poll_interval: 1s}\n")),
                IsEmpty());
}

TEST(Settings, shares_are_above_nothing_and_at_most_all) {
    for (const char* share : {"0%", "101%", "0.0%"}) {
        EXPECT_THAT(
            mistakes_of(with_clusters(std::string{"tail: {refresh_share: "} + share + "}\n")),
            ElementsAre(HasSubstr("write more than 0%, up to 100%")));
    }
    EXPECT_THAT(
        mistakes_of(with_clusters("tail: {delete_guard: 0.3}\n")),
        ElementsAre(HasSubstr("\"0.3\" is not a share; write a percentage, for example 10%")));
}

TEST(Settings, admin_beyond_loopback_needs_a_token) {
    const auto listen = [](const std::string& address) {
        return mistakes_of(with_clusters("admin: {listen: \"" + address + "\"}\n"));
    };
    for (const char* local :
         {"unix:/run/f.sock", "127.0.0.1:9610", "127.1.2.3:1", "[::1]:9610", "localhost:9610"}) {
        EXPECT_THAT(listen(local), IsEmpty()) << local;
    }
    for (const char* open :
         {"0.0.0.0:9610", "[::]:9610", "es1:9610", "127.evil.example:9610", "10.0.0.1:9610"}) {
        EXPECT_THAT(listen(open), ElementsAre(HasSubstr("can be reached from other machines")))
            << open;
    }
    for (const char* bad :
         {":9610", "9610", "localhost", "localhost:0", "tcp://localhost:1", "::1:9610"}) {
        EXPECT_THAT(listen(bad), ElementsAre(HasSubstr("neither unix: with a path nor host:port")))
            << bad;
    }
    EXPECT_THAT(listen("unix:f.sock"), ElementsAre(HasSubstr("has no absolute path")));
    EXPECT_THAT(listen("unix:/" + std::string(106, 'x')), IsEmpty());
    EXPECT_THAT(listen("unix:/" + std::string(107, 'x')),
                ElementsAre(HasSubstr("longer than 107 bytes")));
    EXPECT_EQ(settings_of(with_clusters("admin: {listen: \"[::1]:9610\"}\n")).admin.tcp_host,
              "::1");
}

}  // namespace
}  // namespace followd::config
