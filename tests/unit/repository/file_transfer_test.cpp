#include "repository/file_transfer.hpp"

#include "support/run.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/// The way of one file, at the edges that no client can bring about.

namespace followd::repository {
namespace {

namespace asio = boost::asio;
using End = FileTransfer::End;

constexpr std::uint64_t file_bytes = std::uint64_t{20} << 20U;

class FileTransferTest : public testing::Test {
protected:
    FileTransferTest() {
        std::array<int, 2> ends{};
        FOLLOWD_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
        client_ = Descriptor{ends[1]};
        http::Stream::Socket socket{context_};
        socket.assign(asio::generic::stream_protocol{AF_UNIX, 0}, ends[0]);
        stream_.emplace(std::move(socket));
    }

    End run(const OpenFile& file) {
        FileTransfer transfer{
            context_.get_executor(), &*stream_, &file, std::chrono::milliseconds{100}};
        return followd::test::run(context_, transfer.run("head", {0, file.state.size}));
    }

    asio::io_context context_{};
    Descriptor client_;
    std::optional<http::Stream> stream_;
    followd::test::TemporaryFolder folder_;
};

TEST_F(FileTransferTest, WhatTheKernelCannotSendIsReadInstead) {
    // A folder is neither to be sent nor to be read, so the second failure shows the second way.
    OpenFile file{.descriptor = Descriptor{::open(folder_.path().c_str(), O_RDONLY)},
                  .state = {.size = file_bytes}};
    EXPECT_EQ(run(file), End::unreadable);
}

TEST_F(FileTransferTest, AClientThatTakesNothingEndsIt) {
    std::ofstream{folder_.file("file")} << "x";
    ASSERT_EQ(::truncate(folder_.file("file").c_str(), file_bytes), 0);
    OpenFile file{.descriptor = Descriptor{::open(folder_.file("file").c_str(), O_RDONLY)},
                  .state = {.size = file_bytes}};
    EXPECT_EQ(run(file), End::broken);
    EXPECT_TRUE(stream_->is_closed());
}

}  // namespace
}  // namespace followd::repository
