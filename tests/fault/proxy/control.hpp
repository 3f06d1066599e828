#pragma once

#include "engine/task.hpp"
#include "fault/proxy/proxy.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <string>
#include <string_view>

/// How a proxy is told what to do while it runs: a command a line on standard input, and for each
/// one line of answer on standard output, in the same order. At the end of its input the proxy
/// ends.
///
///   inject NAME key=value ...   another fault (rule.hpp)
///   clear                       no faults from now on
///   heal                        the same, and connections that bytes were lost on are reset
///   counts                      how often each fault really happened so far, and more
///
/// The answer is "ok", after counts with " name=N" for each, or "error " and what is wrong.

namespace followd::fault {

class Control {
public:
    Control(const boost::asio::any_io_executor& executor, Proxy* proxy);

    /// Until the input ends.
    [[nodiscard]] Task<void> run();
    /// From any handler of the same thread.
    void stop();

private:
    [[nodiscard]] std::string obey(std::string_view line);
    [[nodiscard]] std::string counts() const;

    Proxy* proxy_;
    boost::asio::posix::stream_descriptor input_;
    std::string pending_;
};

}  // namespace followd::fault
