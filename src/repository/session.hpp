#pragma once

#include "followd/base/time.hpp"

#include "http/answer_head.hpp"
#include "http/request_head.hpp"
#include "http/stream.hpp"
#include "repository/file_transfer.hpp"
#include "repository/root_folder.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// One client's connection: its requests, one after the other, and their answers.

namespace followd::repository {

struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t bytes = 0;  ///< of files, without heads and manifests
};

/// What all connections share. Outlives them.
struct Service {
    RootFolder root;
    std::string token;                                 ///< a secret; empty: none is asked for
    std::shared_ptr<boost::asio::ssl::context> tls{};  ///< null without TLS
    Duration idle_max{};                               ///< for a request to come, and for each step
    std::function<void(const std::string&)> complain;  ///< what an operator should know
    Counts counts{};
};

/// One executor's thread only.
class Session {
public:
    Session(boost::asio::any_io_executor executor, Service* service, http::Stream::Socket accepted);

    [[nodiscard]] boost::asio::awaitable<void> run();
    /// No more requests: an answer under way is sent to its end.
    void stop();
    /// At once.
    void close() { stream_.close(); }

private:
    [[nodiscard]] boost::asio::awaitable<http::ReadRequest> read_request();
    [[nodiscard]] boost::asio::awaitable<bool> answer(http::RequestHead request);
    boost::asio::awaitable<bool> answer_status(int status, std::string content_range = {});
    [[nodiscard]] boost::asio::awaitable<bool> answer_file(http::RequestHead request,
                                                           std::string path);
    [[nodiscard]] boost::asio::awaitable<bool> send_file(http::AnswerHead head,
                                                         OpenFile file,
                                                         http::ByteRange range,
                                                         std::string path);
    [[nodiscard]] boost::asio::awaitable<bool> answer_manifest(http::RequestHead request);
    [[nodiscard]] boost::asio::awaitable<bool> write(std::string text);
    [[nodiscard]] boost::asio::awaitable<void> linger();
    [[nodiscard]] http::AnswerHead head_of(int status) const;

    boost::asio::any_io_executor executor_;
    Service* service_;
    http::Stream stream_;
    http::RequestReader reader_;
    bool keep_alive_ = false;  ///< after the answer that is being made
    bool is_head_ = false;     ///< that answer has no body
    bool is_idle_ = true;
    bool is_stopping_ = false;
};

}  // namespace followd::repository
