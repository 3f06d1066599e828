#include "server_fixture.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/// Files that change while they are sent: never all of the bytes that were announced.

namespace followd::repository::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t file_bytes = std::size_t{96} << 20U;

struct Change {
    const char* name;
    void (*make)(const std::string& path);
    friend void PrintTo(const Change& change, std::ostream* out) { *out << change.name; }
};

void shrink(const std::string& path) {
    ASSERT_EQ(::truncate(path.c_str(), file_bytes / 2), 0);
}

void cut_the_last_byte(const std::string& path) {
    ASSERT_EQ(::truncate(path.c_str(), file_bytes - 1), 0);
}

void grow(const std::string& path) {
    ASSERT_EQ(::truncate(path.c_str(), file_bytes + 1), 0);
}

void overwrite(const std::string& path) {
    const Descriptor file{::open(path.c_str(), O_WRONLY)};
    ASSERT_EQ(::pwrite(file.number(), "x", 1, file_bytes - 2), 1);
}

class ChangingFile : public ServerTest, public testing::WithParamInterface<Change> {
protected:
    /// Without blocks: quick to make, and long enough not to fit into the sockets.
    void put_large() {
        put("file", "");
        ASSERT_EQ(::truncate(folder_.file("file").c_str(), file_bytes), 0);
        // Longer ago than the file system's clock is coarse.
        const timespec long_ago[2] = {{.tv_sec = 1'000'000, .tv_nsec = 0},
                                      {.tv_sec = 1'000'000, .tv_nsec = 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, folder_.file("file").c_str(), long_ago, 0), 0);
    }

    void expect_cut_off(const std::string& fields) {
        put_large();
        // A whole answer keeps its connection, for no longer than a failing test may wait.
        ASSERT_TRUE(start({.idle_max = std::chrono::seconds{5}}).ok());
        Peer peer = connect();
        peer.send("GET /file HTTP/1.1\r\n" + fields + "\r\n");
        const auto announced = std::stoull(Peer::field(peer.read_head(), "Content-Length"));
        std::size_t got = peer.read(1U << 20U).size();
        ASSERT_EQ(got, 1U << 20U);
        GetParam().make(folder_.file("file"));
        got += peer.read_to_end().size();
        EXPECT_LT(got, announced);
        stop(Duration::zero());
        EXPECT_THAT(complaints_, ElementsAre(HasSubstr("file changed while it was sent")));
    }
};

TEST_P(ChangingFile, WhileTheKernelSendsIt) {
    expect_cut_off("");
}

TEST_P(ChangingFile, WhileAPartIsSent) {
    expect_cut_off("Range: bytes=1-\r\n");
}

INSTANTIATE_TEST_SUITE_P(Changes,
                         ChangingFile,
                         testing::Values(Change{"shrinks", &shrink},
                                         Change{"loses_a_byte", &cut_the_last_byte},
                                         Change{"grows", &grow},
                                         Change{"is_overwritten", &overwrite}),
                         [](const auto& info) { return std::string{info.param.name}; });

class SteadyFile : public ServerTest {};

TEST_F(SteadyFile, DeletedWhileItIsSentIsWhole) {
    put("file", std::string(file_bytes, 'x'));
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    peer.send("GET /file HTTP/1.1\r\n\r\n");
    ASSERT_THAT(peer.read_head(), HasSubstr("200 OK"));
    std::size_t got = peer.read(1U << 20U).size();
    std::filesystem::remove(folder_.file("file"));
    got += peer.read(file_bytes - got).size();
    EXPECT_EQ(got, file_bytes);
    EXPECT_EQ(peer.ask("GET /file").status, 404);
}

}  // namespace
}  // namespace followd::repository::test
