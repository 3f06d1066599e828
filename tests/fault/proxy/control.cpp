#include "fault/proxy/control.hpp"

#include "followd/base/assert.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <iostream>
#include <unistd.h>

namespace followd::fault {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t line_bytes_max = 4096;

std::string answer_to(const Result<void>& result) {
    return result.ok() ? "ok" : "error " + result.failure().what;
}

}  // namespace

Control::Control(const asio::any_io_executor& executor, Proxy* proxy)
    : proxy_(proxy), input_(executor, ::dup(STDIN_FILENO)) {
    FOLLOWD_ASSERT(proxy_ != nullptr);
}

Task<void> Control::run() {
    for (;;) {
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto buffer = asio::dynamic_buffer(pending_, line_bytes_max);
        const std::size_t size = co_await asio::async_read_until(input_, buffer, '\n', token);
        if (error) {
            co_return;
        }
        const std::string answer = obey(std::string_view{pending_}.substr(0, size - 1));
        pending_.erase(0, size);
        std::cout << answer << '\n' << std::flush;
    }
}

void Control::stop() {
    error_code ignored;
    input_.close(ignored);
}

std::string Control::obey(std::string_view line) {
    constexpr std::string_view injecting = "inject ";
    if (line.starts_with(injecting)) {
        auto rule = parse_rule(line.substr(injecting.size()));
        return rule.ok() ? answer_to(proxy_->inject(std::move(rule).value()))
                         : "error " + rule.failure().what;
    }
    if (line == "clear") {
        return answer_to(proxy_->clear());
    }
    if (line == "heal") {
        return answer_to(proxy_->heal());
    }
    if (line == "counts") {
        return counts();
    }
    return "error there is no such command; there are: inject NAME key=value..., clear, heal, "
           "counts";
}

std::string Control::counts() const {
    std::string text = "ok";
    for (std::size_t i = 0; i < fault_count; ++i) {
        const auto fault = static_cast<Fault>(i);
        text += ' ' + std::string{name_of(fault)} + '=';
        text += std::to_string(proxy_->schedule().injected(fault));
    }
    text += " accepted=" + std::to_string(proxy_->accepted());
    text += " open=" + std::to_string(proxy_->sessions());
    return text;
}

}  // namespace followd::fault
