#pragma once

#include "followd/base/result.hpp"

#include "http/url.hpp"

#include <string>
#include <sys/un.h>

/// A socket that listens, on TCP or at a path of the file system.

namespace followd::http {

/// Owns the descriptor and, for a unix socket, the file: both go when it dies, the file only while
/// it is still the one made here.
class Listener {
public:
    /// Failures: `conflict` where someone else listens there, else `refused`, with what to change.
    /// A socket file that nobody answers on is replaced. Its mode is 0660 before the first
    /// connection can be made. A host name is looked up at once, blocking. `setting` is where the
    /// address stands, for messages: "admin.listen".
    [[nodiscard]] static Result<Listener> open(const Url& address, std::string setting);

    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&& other) noexcept;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    /// Hands the descriptor over; the file remains ours.
    [[nodiscard]] int release_descriptor() noexcept;
    [[nodiscard]] int family() const noexcept { return family_; }
    /// The address in force: with the port that the system chose where 0 was asked for.
    [[nodiscard]] const Url& address() const noexcept { return address_; }

private:
    Listener() = default;

    [[nodiscard]] Result<void> listen_at_path();
    [[nodiscard]] Result<void> listen_on_port();
    [[nodiscard]] Result<void> clear_path(const sockaddr_un& name) const;
    [[nodiscard]] Failure cannot_listen(int code) const;
    void remove_file() noexcept;

    Url address_;
    std::string setting_;
    int family_ = 0;
    int descriptor_ = -1;
    unsigned long long inode_ = 0;  ///< of the file made here; 0 for none
};

}  // namespace followd::http
