#pragma once

#include "http/body.hpp"
#include "http/gzip.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Where the parser in connection.cpp puts the body of an answer.

namespace followd::http {

/// A Body in Beast's sense (it names the members): text that grows up to a limit, unpacked on its
/// way in.
struct AnswerBody {
    struct value_type {  // NOLINT(readability-identifier-naming)
        std::string text;
        std::size_t bytes_max = 0;
        std::optional<Inflater> inflater;
        Inflater::Outcome outcome = Inflater::Outcome::ok;
        bool has_come = false;  ///< at least one byte of it
    };

    class reader {  // NOLINT(readability-identifier-naming)
    public:
        template <class Header>
        reader(Header& /*header*/, value_type& value) : value_{value} {}

        template <class Length>
        void init(const Length& /*length*/, boost::system::error_code& error) {
            error = {};
        }

        template <class Buffers>
        std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
            error = {};
            std::size_t taken = 0;
            const auto end = boost::asio::buffer_sequence_end(buffers);
            for (auto piece = boost::asio::buffer_sequence_begin(buffers); piece != end; ++piece) {
                const boost::asio::const_buffer buffer = *piece;
                take({static_cast<const char*>(buffer.data()), buffer.size()});
                if (value_.outcome != Inflater::Outcome::ok) {
                    // Only stops the parser: the reason is in value_.outcome.
                    error = make_error_code(boost::system::errc::bad_message);
                    break;
                }
                taken += buffer.size();
            }
            return taken;
        }

        void finish(boost::system::error_code& error) { error = {}; }

    private:
        void take(std::string_view piece) {
            value_.has_come = value_.has_come || !piece.empty();
            if (value_.inflater) {
                value_.outcome = value_.inflater->feed(piece, value_.text, value_.bytes_max);
                return;
            }
            // The parser's own body limit has counted these bytes already.
            reserve_body(value_.text, value_.text.size() + piece.size());
            value_.text.append(piece);
        }

        value_type& value_;
    };
};

}  // namespace followd::http
