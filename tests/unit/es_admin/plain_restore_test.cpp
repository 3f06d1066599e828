#include "es/plain_restore.hpp"

#include "es/restore_plan.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <string>

namespace followd::es {
namespace {

using http::Method;

engine::RuleRepository shared_folder() {
    engine::RuleRepository repository;
    repository.settings.name = RepositoryName{"nfs"};
    repository.settings.leader_location = "/mnt/there";
    repository.settings.follower_location = "/mnt/here";
    repository.leader = ClusterName{"berlin"};
    return repository;
}

const std::string acknowledged = R"({"acknowledged":true})";

class PlainRestoreTest : public testing::Test {
protected:
    template <class T>
    T run(Task<T> task) {
        return test::run(context, std::move(task));
    }
    static PlainRestoreRequest request() {
        return {"nightly",
                {{IndexName{"a"}, IndexName{"x-a"}}, {IndexName{"b"}, IndexName{"x-b"}}},
                "x-{{index}}",
                "t-1"};
    }
    void state(const std::string& name, const std::string& answer) {
        client.answer(Method::get, "/_cluster/state/metadata/" + name + "?", 200, answer);
    }
    void restore(int status, const std::string& body = R"({"accepted":true})") {
        client.answer(
            Method::post, "/_snapshot/followd-nfs-berlin-readonly/nightly/_restore?", status, body);
    }
    void present(const std::string& body) {
        client.answer(Method::get, "/x-a,x-b?flat_settings=true", 200, body);
    }
    static std::string index(const std::string& name,
                             const std::string& uuid,
                             const std::string& tag,
                             const std::string& meta = {}) {
        const Json settings{{"index.uuid", uuid}, {std::string(restore_tag), tag}};
        return "\"" + name + R"(":{"settings":)" + settings.dump() +
               (meta.empty() ? "" : R"(,"mappings":{"_meta":)" + meta + "}") + "}";
    }
    const std::string both =
        "{" + index("x-b", "u-b", "t-1") + "," + index("x-a", "u-a", "t-1") + "}";

    boost::asio::io_context context;
    test::FakeHttpClient client;
    PlainRestore target{client, ClusterName{"paris"}, shared_folder()};
};

TEST_F(PlainRestoreTest, NamesThatAreFree) {
    state("x-a", R"({"cluster_uuid":"c"})");
    state("x-b", R"({"cluster_uuid":"c","metadata":{"indices":{}}})");
    EXPECT_TRUE(run(target.check_free(request().names)).ok());
}

TEST_F(PlainRestoreTest, NamesThatAreTakenAreAllNamed) {
    const auto indices = [](const std::string& entry) {
        return R"({"metadata":{"indices":{)" + entry + "}}}";
    };
    std::vector<RestoredName> names;
    for (const char* name : {"open", "closed", "alias", "stream", "free"}) {
        names.push_back({IndexName{"i"}, IndexName{name}});
    }
    state("open", indices(R"("open":{"state":"open"})"));
    state("closed", indices(R"("closed":{"state":"close"})"));
    state("alias", indices(R"("real":{"state":"open","aliases":["alias"]})"));
    state("stream", indices(R"(".ds-stream-1":{"state":"open","aliases":[]})"));
    state("free", "{}");
    const Result<void> checked = run(target.check_free(names));
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.failure().kind, FailureKind::conflict);
    EXPECT_NE(checked.failure().what.find(
                  "open (an index), closed (a closed index), alias (an alias of real), stream (a "
                  "data stream of .ds-stream-1)."),
              std::string::npos)
        << checked.failure().what;
    EXPECT_NE(checked.failure().where.find("paris"), std::string::npos);
}

TEST_F(PlainRestoreTest, TheLeadersOwnClusterRestoresFromWhereItWrites) {
    PlainRestore own(client, ClusterName{"berlin"}, shared_folder());
    client.answer(Method::post, "/_snapshot/followd-nfs-berlin/nightly/_restore?", 500, "{}");
    client.answer(Method::get, "/x-a,x-b?", 200, "{}");
    EXPECT_FALSE(run(own.begin(request())).ok());
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(PlainRestoreTest, WhatItMadeBecomesPlainIndices) {
    restore(200);
    present("{" + index("x-a", "u-a", "t-1", R"({"followd":{"role":"follower"},"team":"t"})") +
            "," + index("x-b", "u-b", "t-1", R"({"team":"t"})") + "}");
    client.answer(Method::put, "/x-a/_mapping?", 200, acknowledged);
    client.answer(Method::put, "/x-a,x-b/_settings?", 200, acknowledged);
    const auto created = run(target.begin(request()));
    ASSERT_TRUE(created.ok()) << created.failure().what;
    EXPECT_EQ(*created,
              (std::vector<CreatedIndex>{{IndexName{"x-a"}, IndexUuid{"u-a"}, true},
                                         {IndexName{"x-b"}, IndexUuid{"u-b"}, false}}));
    EXPECT_EQ(client.unused(), 0U);
    const auto& requests = client.requests();
    EXPECT_EQ(Json::parse(requests[2].body), (Json{{"_meta", {{"team", "t"}}}}));
    EXPECT_EQ(Json::parse(requests[3].body), (Json{{std::string(restore_tag), nullptr}}));
}

TEST_F(PlainRestoreTest, ARefusalMadeNothing) {
    restore(500, R"({"error":{"type":"snapshot_restore_exception","reason":"too old"}})");
    const auto refused = run(target.begin(request()));
    EXPECT_EQ(refused.failure().kind, FailureKind::refused);
    EXPECT_EQ(client.requests().size(), 1U);
}

TEST_F(PlainRestoreTest, ALostAnswerIsLookedAfter) {
    client.lose(Method::post, "/_snapshot/");
    present(both);
    client.answer(Method::put, "/x-a,x-b/_settings?", 200, acknowledged);
    EXPECT_TRUE(run(target.begin(request())).ok());
}

TEST_F(PlainRestoreTest, WhatOthersMadeMeanwhileIsTheirs) {
    client.lose(Method::post, "/_snapshot/");
    present("{" + index("x-a", "u-a", "t-9") + "," + index("x-b", "u-b", "") + "}");
    const auto lost = run(target.begin(request()));
    ASSERT_FALSE(lost.ok());
    EXPECT_EQ(lost.failure().kind, FailureKind::timeout);
    EXPECT_NE(lost.failure().what.find("may go on"), std::string::npos);
    for (const std::string& call : client.calls()) {
        EXPECT_FALSE(call.starts_with("DELETE")) << call;
        EXPECT_FALSE(call.starts_with("PUT")) << call;
    }
}

TEST_F(PlainRestoreTest, WhatCannotBeMadePlainDoesNotStay) {
    restore(200);
    present(both);
    client.answer(Method::put,
                  "/x-a,x-b/_settings?",
                  403,
                  R"({"error":{"type":"security_exception","reason":"no"},"status":403})");
    present(both);
    client.answer(Method::del, "/x-a,x-b?", 200, acknowledged);
    const auto failed = run(target.begin(request()));
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.failure().kind, FailureKind::unauthorised);
    EXPECT_EQ(failed.failure().what.find("may go on"), std::string::npos) << failed.failure().what;
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(PlainRestoreTest, OnlyWhatIsStillTheSameIsDeleted) {
    const std::vector<CreatedIndex> created{{IndexName{"x-a"}, IndexUuid{"u-a"}},
                                            {IndexName{"x-b"}, IndexUuid{"u-b"}}};
    present("{" + index("x-a", "u-other", "") + "," + index("x-b", "u-b", "") + "}");
    client.answer(Method::del, "/x-b?", 200, acknowledged);
    EXPECT_TRUE(run(target.discard(created)).ok());
    EXPECT_EQ(client.unused(), 0U);
    present("{}");
    EXPECT_TRUE(run(target.discard(created)).ok());
}

}  // namespace
}  // namespace followd::es
