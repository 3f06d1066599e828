#include "es/index_lists.hpp"

#include "followd/base/assert.hpp"

#include "http/message.hpp"

#include <algorithm>
#include <string_view>

namespace followd::es {

namespace {

std::string encode_pattern(std::string_view pattern) {
    std::string encoded;
    std::size_t begin = 0;
    while (begin < pattern.size()) {
        const std::size_t star = std::min(pattern.find('*', begin), pattern.size());
        encoded += http::encode_component(pattern.substr(begin, star - begin));
        if (star < pattern.size()) {
            encoded += '*';
        }
        begin = star + 1;
    }
    return encoded;
}

}  // namespace

std::vector<std::string> index_lists(const std::vector<std::string>& patterns) {
    std::vector<std::string> lists;
    for (const std::string& pattern : patterns) {
        FOLLOWD_ASSERT(!pattern.empty() && pattern.front() != '-');
        const std::string encoded = encode_pattern(pattern);
        if (lists.empty() || lists.back().size() + 1 + encoded.size() > index_list_bytes_max) {
            lists.push_back(encoded);
        } else {
            lists.back() += ',' + encoded;
        }
    }
    return lists;
}

}  // namespace followd::es
