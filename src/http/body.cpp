#include "http/body.hpp"

#include <utility>

namespace followd::http {

namespace {

constexpr std::size_t waste_bytes_max = 64U << 10U;

}  // namespace

void reserve_body(std::string& text, std::size_t size) {
    if (text.capacity() < size + body_padding_bytes) {
        text.reserve(size + body_padding_bytes);
    }
}

void fit_body(std::string& text) {
    reserve_body(text, text.size());
    if (text.capacity() > 2 * text.size() + waste_bytes_max) {
        std::string fitting;
        fitting.reserve(text.size() + body_padding_bytes);
        fitting = text;
        text = std::move(fitting);
    }
}

}  // namespace followd::http
