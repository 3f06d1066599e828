#pragma once

#include <boost/asio/awaitable.hpp>

/// The coroutine type of the whole daemon.

namespace followd {

template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace followd
