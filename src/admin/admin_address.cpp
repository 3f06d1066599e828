#include "admin/admin_address.hpp"

namespace followd::admin {

http::Url admin_address(const AdminSettings& settings) {
    http::Url url;
    url.unix_path = settings.unix_path;
    if (url.unix_path.empty()) {
        url.host = settings.tcp_host;
        url.port = settings.tcp_port;
    }
    return url;
}

}  // namespace followd::admin
