#include "repository/repository_server.hpp"

#include "server_fixture.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

/// Requests and their answers.

namespace followd::repository::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string pattern(std::size_t bytes) {
    std::string text(bytes, '\0');
    std::uint32_t state = 1;
    for (char& c : text) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24U);
    }
    return text;
}

TEST_F(ServerTest, AWholeFile) {
    put("indices/a/0/__x", "hello");
    put("empty", "");
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    auto answer = peer.ask("GET /indices/a/0/__x");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(Peer::field(answer.head, "Content-Length"), "5");
    EXPECT_EQ(Peer::field(answer.head, "Accept-Ranges"), "bytes");
    answer = peer.ask("GET /empty");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(Peer::field(answer.head, "Content-Length"), "0");
    stop(Duration::zero());
    EXPECT_EQ(server_->counts().requests, 2U);
    EXPECT_EQ(server_->counts().bytes, 5U);
    EXPECT_THAT(complaints_, testing::IsEmpty());
}

TEST_F(ServerTest, LargeFilesOfAnyLength) {
    // Around the lengths of pieces, of what is copied, and of what is handed to the kernel at once.
    for (const std::size_t bytes : {std::size_t{1},
                                    std::size_t{256U << 10U},
                                    (std::size_t{256U} << 10U) + 1,
                                    std::size_t{8U << 20U},
                                    (std::size_t{8U} << 20U) + 1,
                                    (std::size_t{11U} << 20U) + 12345}) {
        put("file-" + std::to_string(bytes), pattern(bytes));
    }
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
        const auto answer = peer.ask("GET /" + entry.path().filename().string());
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(answer.body == pattern(entry.file_size())) << entry;
    }
}

TEST_F(ServerTest, Head) {
    put("file", "hello");
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    auto answer = peer.ask("HEAD /file", "Range: bytes=1-2\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(Peer::field(answer.head, "Content-Length"), "5");
    EXPECT_EQ(peer.ask("HEAD /absent").status, 404);
    EXPECT_EQ(peer.ask("HEAD /?manifest").status, 200);
    // Nothing of a body came in between.
    EXPECT_EQ(peer.ask("GET /file").body, "hello");
}

TEST_F(ServerTest, Ranges) {
    const std::string content = pattern(20U << 20U);
    put("file", content);
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    auto answer = peer.ask("GET /file", "Range: bytes=3-5\r\n");
    EXPECT_EQ(answer.status, 206);
    EXPECT_EQ(answer.body, content.substr(3, 3));
    EXPECT_EQ(Peer::field(answer.head, "Content-Range"), "bytes 3-5/20971520");
    answer = peer.ask("GET /file", "Range: bytes=1000001-\r\n");
    EXPECT_EQ(answer.status, 206);
    EXPECT_TRUE(answer.body == content.substr(1000001));
    answer = peer.ask("GET /file", "Range: bytes=-4\r\n");
    EXPECT_EQ(answer.body, content.substr(content.size() - 4));
    answer = peer.ask("GET /file", "Range: bytes=20971520-\r\n");
    EXPECT_EQ(answer.status, 416);
    EXPECT_EQ(Peer::field(answer.head, "Content-Range"), "bytes */20971520");
    answer = peer.ask("GET /file", "Range: bytes=0-1,4-5\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == content);
}

TEST_F(ServerTest, ARangeOfAnotherStateIsTheWholeFile) {
    put("file", "hello");
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    const std::string etag = Peer::field(peer.ask("HEAD /file").head, "ETag");
    ASSERT_THAT(etag, testing::MatchesRegex("\"[0-9-]+\""));
    const std::string fields = "Range: bytes=1-2\r\nIf-Range: " + etag + "\r\n";
    EXPECT_EQ(peer.ask("GET /file", fields).body, "el");
    put("file", "other content");
    EXPECT_EQ(peer.ask("GET /file", fields).body, "other content");
}

TEST_F(ServerTest, WhatIsNotAFileIsNotFound) {
    put("indices/a/file", "hello");
    std::filesystem::create_symlink("/etc/passwd", folder_.file("absolute"));
    std::filesystem::create_symlink("../../../etc", folder_.file("climbing"));
    std::filesystem::create_symlink("indices", folder_.file("inside"));
    ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    for (const auto* target : {"/",
                               "/absent",
                               "/indices",
                               "/indices/",
                               "/indices/a",
                               "/indices/a/file/",
                               "/indices/a/file?x",
                               "/pipe",
                               "/absolute",
                               "/climbing/passwd",
                               "/inside/a/file",
                               "/../../../../etc/passwd",
                               "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
                               "/indices/..%2f..%2fetc/passwd",
                               "/indices/a/file%00",
                               "//etc/passwd",
                               "*"}) {
        const auto answer = peer.ask(std::string{"GET "} + target);
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(answer.body, "not found\n");
    }
    stop(Duration::zero());
    EXPECT_THAT(complaints_, testing::IsEmpty());
}

TEST_F(ServerTest, OtherMethods) {
    put("file", "hello");
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    for (const auto* method : {"DELETE", "OPTIONS", "PATCH", "BREW"}) {
        const auto answer = peer.ask(std::string{method} + " /file");
        EXPECT_EQ(answer.status, 405) << method;
        EXPECT_EQ(Peer::field(answer.head, "Allow"), "GET, HEAD");
    }
    // A body is not read, so nothing can follow it.
    const auto answer =
        peer.ask("PUT /file", "Content-Length: 27\r\n\r\nGET /file HTTP/1.1\r\nHost: x\r\n");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(Peer::field(answer.head, "Connection"), "close");
    EXPECT_EQ(connect().ask("POST /file", "Transfer-Encoding: chunked\r\n\r\n0\r\n").status, 405);
    EXPECT_EQ(connect().ask("GET /file").body, "hello");
}

TEST_F(ServerTest, WithoutTheTokenThereIsNothing) {
    put("file", "hello");
    ASSERT_TRUE(start({.token = "s3cret"}).ok());
    Peer peer = connect();
    EXPECT_EQ(peer.ask("GET /s3cret/file").body, "hello");
    EXPECT_EQ(peer.ask("HEAD /s3cret/?manifest").status, 200);
    EXPECT_EQ(peer.ask("PUT /s3cret/file").status, 405);
    for (const auto* request : {"GET /file",
                                "GET /",
                                "GET /?manifest",
                                "GET /s3creT/file",
                                "GET /s3cre/file",
                                "GET /s3cret2/file",
                                "GET /s3cret",
                                "PUT /file",
                                "BREW /x/file"}) {
        const auto answer = peer.ask(request);
        EXPECT_EQ(answer.status, 404) << request;
        EXPECT_THAT(answer.head + answer.body, Not(HasSubstr("s3cret")));
    }
    EXPECT_THAT(peer.ask("GET /s3cret/absent").body, Not(HasSubstr("s3cret")));
    stop(Duration::zero());
    EXPECT_THAT(complaints_, testing::IsEmpty());
}

TEST_F(ServerTest, OneConnectionServesManyRequests) {
    put("file", "hello");
    ASSERT_TRUE(start({.connections_max = 1}).ok());
    Peer peer = connect();
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(peer.ask("GET /file").body, "hello");
        ASSERT_EQ(peer.ask("GET /absent").status, 404);
    }
    peer.send("GET /file HTTP/1.1\r\n\r\nGET /absent HTTP/1.1\r\n\r\nGET /file HTTP/1.1\r\n\r\n");
    EXPECT_EQ(peer.read_answer().body, "hello");
    EXPECT_EQ(peer.read_answer().status, 404);
    EXPECT_EQ(peer.read_answer().body, "hello");
    const auto last = peer.ask("GET /file", "Connection: close\r\n");
    EXPECT_EQ(Peer::field(last.head, "Connection"), "close");
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(ServerTest, AnOldClient) {
    put("file", "hello");
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    peer.send("GET /file HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto answer = peer.read_answer();
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(Peer::field(answer.head, "Connection"), "close");
    EXPECT_EQ(peer.read_to_end(), "");
    Peer of_manifest = connect();
    of_manifest.send("GET /?manifest HTTP/1.0\r\n\r\n");
    EXPECT_THAT(of_manifest.read_head(), Not(HasSubstr("chunked")));
    EXPECT_EQ(nlohmann::json::parse(of_manifest.read_to_end())["files_count"], 1);
}

TEST_F(ServerTest, TheManifest) {
    put("indices/a/0/__x", "hello");
    put("index-7", "{}");
    put("index.latest", std::string(7, '\0') + "\x07");
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    const auto head = peer.ask("GET /?manifest", "Connection: close\r\n").head;
    EXPECT_EQ(Peer::field(head, "Content-Type"), "application/json");
    EXPECT_EQ(Peer::field(head, "Transfer-Encoding"), "chunked");
    const std::string text = peer.read_to_end();
    EXPECT_TRUE(text.ends_with("\r\n0\r\n\r\n"));
    EXPECT_THAT(text, HasSubstr(R"({"path":"indices/a/0/__x","size":5,"modified_ns":)"));
    EXPECT_THAT(text, HasSubstr(R"("root_file":"index-7")"));
}

TEST_F(ServerTest, WhatIsTooLongOrNotHttp) {
    put("file", "hello");
    ASSERT_TRUE(start().ok());
    const auto said = [this](const std::string& bytes) {
        Peer peer = connect();
        peer.send(bytes);
        return peer.read_to_end();
    };
    EXPECT_THAT(said("GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n"),
                HasSubstr("HTTP/1.1 431"));
    EXPECT_THAT(said("what is this\r\n\r\n"), HasSubstr("HTTP/1.1 400"));
    EXPECT_THAT(said("GET /file HTTP/1.1\r\nContent-Length: x\r\n\r\n"), HasSubstr("HTTP/1.1 400"));
    EXPECT_EQ(connect().ask("GET /file").body, "hello");
}

}  // namespace
}  // namespace followd::repository::test
