#include "http/listener.hpp"

#include "followd/base/assert.hpp"

#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace followd::http {

namespace {

constexpr int backlog = 64;
constexpr mode_t socket_mode = 0660;

std::string words(int code) {
    return std::generic_category().message(code);
}

std::string advice(int code) {
    switch (code) {
        case ENOENT:
            return ": create the folder or change ";
        case EACCES:
        case EPERM:
            return ": let this user write there or change ";
        case EADDRINUSE:
            return ": another process listens there: stop it or change ";
        case EADDRNOTAVAIL:
            return ": this machine has no such address: change ";
        default:
            return ": change ";
    }
}

sockaddr_un path_address(const std::string& path) {
    sockaddr_un name{};
    FOLLOWD_ASSERT(path.size() < sizeof name.sun_path);
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    return name;
}

template <class Name>
const sockaddr* as_sockaddr(const Name& name) {
    return reinterpret_cast<const sockaddr*>(&name);
}

/// 0 where a process accepts connections at the path, else the reason why not.
int try_to_connect(const sockaddr_un& name) {
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0) {
        return errno;
    }
    const int code = ::connect(probe, as_sockaddr(name), sizeof name) == 0 ? 0 : errno;
    ::close(probe);
    return code;
}

}  // namespace

Failure Listener::cannot_listen(int code) const {
    const auto kind = code == EADDRINUSE ? FailureKind::conflict : FailureKind::refused;
    const std::string place = address_.unix_path.empty() ? address_.authority() : address_.text();
    return {
        kind, "cannot listen on " + place + ": " + words(code) + advice(code) + setting_, setting_};
}

/// Makes room for a new socket file: removes one left by a dead process, and nothing else.
Result<void> Listener::clear_path(const sockaddr_un& name) const {
    struct stat found{};
    if (::lstat(address_.unix_path.c_str(), &found) != 0) {
        return {};  // Nothing there, or bind() will say what is wrong.
    }
    if (!S_ISSOCK(found.st_mode)) {
        return Failure{FailureKind::conflict,
                       "cannot listen on " + address_.text() +
                           ": a file that is no socket is there: change " + setting_,
                       setting_};
    }
    if (try_to_connect(name) != ECONNREFUSED) {
        return cannot_listen(EADDRINUSE);
    }
    if (::unlink(address_.unix_path.c_str()) != 0) {
        return cannot_listen(errno);
    }
    return {};
}

Result<Listener> Listener::open(const Url& address, std::string setting) {
    Listener listener;
    listener.address_ = address;
    listener.setting_ = std::move(setting);
    const auto listening =
        address.unix_path.empty() ? listener.listen_on_port() : listener.listen_at_path();
    if (!listening) {
        return listening.failure();
    }
    return listener;
}

Result<void> Listener::listen_at_path() {
    const sockaddr_un name = path_address(address_.unix_path);
    auto cleared = clear_path(name);
    if (!cleared) {
        return cleared;
    }
    family_ = AF_UNIX;
    descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor_ < 0 || ::bind(descriptor_, as_sockaddr(name), sizeof name) != 0) {
        return cannot_listen(errno);
    }
    struct stat made{};
    if (::stat(address_.unix_path.c_str(), &made) == 0) {
        inode_ = made.st_ino;
    }
    // Between bind() and listen() nobody can connect, so no wider mode is ever in force.
    if (::chmod(address_.unix_path.c_str(), socket_mode) != 0 ||
        ::listen(descriptor_, backlog) != 0) {
        return cannot_listen(errno);
    }
    return {};
}

Result<void> Listener::listen_on_port() {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICSERV | AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto port = std::to_string(address_.port);
    const int code = ::getaddrinfo(address_.host.c_str(), port.c_str(), &hints, &found);
    if (code != 0) {
        return Failure{FailureKind::refused,
                       "cannot listen on " + address_.authority() + ": " + ::gai_strerror(code) +
                           ": change " + setting_,
                       setting_};
    }
    family_ = found->ai_family;
    descriptor_ = ::socket(family_, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    const bool listens = descriptor_ >= 0 &&
                         ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                         ::bind(descriptor_, found->ai_addr, found->ai_addrlen) == 0 &&
                         ::listen(descriptor_, backlog) == 0;
    const int reason = errno;
    ::freeaddrinfo(found);
    if (!listens) {
        return cannot_listen(reason);
    }
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&bound), &size);
    // The port has the same place in sockaddr_in and sockaddr_in6.
    address_.port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
    return {};
}

Listener::Listener(Listener&& other) noexcept
    : address_{std::move(other.address_)},
      setting_{std::move(other.setting_)},
      family_{other.family_},
      descriptor_{std::exchange(other.descriptor_, -1)},
      inode_{std::exchange(other.inode_, 0)} {}

Listener& Listener::operator=(Listener&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(setting_, other.setting_);
    std::swap(family_, other.family_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(inode_, other.inode_);
    return *this;
}

Listener::~Listener() {
    remove_file();
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

int Listener::release_descriptor() noexcept {
    return std::exchange(descriptor_, -1);
}

void Listener::remove_file() noexcept {
    if (inode_ == 0) {
        return;
    }
    struct stat found{};
    if (::lstat(address_.unix_path.c_str(), &found) == 0 && found.st_ino == inode_) {
        ::unlink(address_.unix_path.c_str());
    }
}

}  // namespace followd::http
