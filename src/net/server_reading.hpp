// Internal to net/: what a server session reads with. Includes Beast, so only two sources include this.
#pragma once
#include "net/server_session.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <optional>

namespace bf::net {

struct ServerSession::Reading {
    boost::beast::flat_buffer buffer;
    std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser;

    void start(const ServerOptions& options) {
        parser.emplace();
        parser->header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
        parser->body_limit(options.body_bytes_max);
        if (buffer.size() == 0 && buffer.capacity() > 64 * 1024) buffer = {};
    }
};

}  // namespace bf::net
