#pragma once

#include "followd/model/settings.hpp"

#include "http/url.hpp"

namespace followd::admin {

/// Where the daemon's API listens: for the server to listen on and for the client to connect to.
[[nodiscard]] http::Url admin_address(const AdminSettings& settings);

}  // namespace followd::admin
