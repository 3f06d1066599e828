#pragma once

#include "engine/index_ports.hpp"
#include "es/follow_mark.hpp"
#include "es/follower_cluster.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace followd::es {

/// A follower's cluster that answers by a script, and the request to make "copy" of "logs" there.
class FollowerFixture : public testing::Test {
protected:
    static engine::FollowerRequest request() {
        engine::FollowerRequest request;
        request.rule.name = RuleName{"rule"};
        request.rule.leader = ClusterName{"berlin"};
        request.follower_index = IndexName{"copy"};
        request.leader.index.name = IndexName{"logs"};
        request.leader.index.uuid = IndexUuid{"u-1"};
        request.leader.index.shards = 2;
        request.leader.settings =
            R"({"index.number_of_shards":"2","index.number_of_routing_shards":"1024"})";
        request.leader.mappings = R"({"_meta":{"team":"a"},"properties":{"t":{"type":"text"}}})";
        return request;
    }

    static FollowMark mark() { return *first_mark(request()); }

    /// The answer to GET /copy.
    static std::string index_answer(const FollowMark& mark,
                                    bool with_fence = true,
                                    const std::string& extra_field = {}) {
        Json index = Json::object();
        index["aliases"] = Json::object();
        if (with_fence) {
            index["aliases"][fence_alias_of(IndexName{"copy"}, mark.epoch)]["is_hidden"] = true;
        }
        index["mappings"] = Json::parse(request().leader.mappings);
        if (!extra_field.empty()) {
            index["mappings"]["properties"][extra_field]["type"] = "long";
        }
        set_mark(index["mappings"], mark);
        index["settings"]["index.uuid"] = "f-1";
        index["settings"]["index.number_of_shards"] = "2";
        return Json{{"copy", index}}.dump();
    }

    /// The ledger, asked for the index's entry.
    void no_change() {
        client.answer(http::Method::get, "/.followd/_doc/f-1", 404, R"({"found":false})");
    }
    void change_under_way() {
        client.answer(http::Method::get,
                      "/.followd/_doc/f-1",
                      200,
                      R"({"found":true,"_seq_no":1,"_primary_term":1,"_source":{"generation":0,)"
                      R"("histories":[],"change":{"kind":"promote","at":"noon","by":"me",)"
                      R"("points":[]}}})");
    }

    void no_stale_guards() {
        client.answer(http::Method::get,
                      "/_index_template/followd-guard-*",
                      200,
                      R"({"index_templates":[]})");
    }
    void no_index() {
        client.answer(
            http::Method::get,
            "/copy?",
            404,
            R"({"error":{"type":"index_not_found_exception","reason":"no"},"status":404})");
    }
    void index(const std::string& answer) {
        client.answer(http::Method::get, "/copy?", 200, answer);
    }
    void ready(const std::string& shards = "2", const std::string& routing = "1024") {
        client.answer_always(
            http::Method::get,
            "/_cluster/state/metadata/copy",
            200,
            R"({"metadata":{"indices":{"copy":{"state":"open","routing_num_shards":)" + routing +
                R"(,"settings":{"index":{"number_of_shards":")" + shards + R"("}}}}}})");
        client.answer_always(http::Method::get,
                             "/_cluster/health/copy",
                             200,
                             R"({"status":"green","timed_out":false})");
    }
    void guard_works() {
        client.answer(http::Method::put, "/_index_template/followd-guard-copy", 200, acknowledged);
        client.answer(http::Method::del, "/_index_template/followd-guard-copy", 200, acknowledged);
    }

    [[nodiscard]] std::size_t count(const std::string& call) const {
        const auto calls = client.calls();
        return static_cast<std::size_t>(std::count(calls.begin(), calls.end(), call));
    }
    /// The body of the last such request.
    [[nodiscard]] Json body_of(http::Method method, const std::string& target_prefix) const {
        Json body;
        for (const http::Request& sent : client.requests()) {
            if (sent.method == method && sent.target.starts_with(target_prefix)) {
                body = Json::parse(sent.body);
            }
        }
        return body;
    }

    const std::string acknowledged = R"({"acknowledged":true})";
    boost::asio::io_context context;
    test::FakeHttpClient client;
    RestFollowerCluster cluster{client, ClusterName{"paris"}, {}};
};

}  // namespace followd::es
