#pragma once

#include "followd/base/result.hpp"

#include "http/stream.hpp"
#include "http/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// From a Url to the endpoints behind it.

namespace followd::http {

/// One question. A name is asked of the system on Asio's resolver thread, and cancel() gives up
/// waiting for it at once: the system's own answer may take longer and is then thrown away.
class Lookup {
public:
    explicit Lookup(boost::asio::any_io_executor executor);
    ~Lookup();
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;

    /// At least one endpoint, or `unreachable`. To be asked once.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<Endpoint>>> resolve(Url url);
    void cancel();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace followd::http
