// Internal to net/: the names of Asio that its sources use, and what its error codes mean in words.
#pragma once
#include "base/error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <string>

namespace bf::net {

namespace asio = boost::asio;
using boost::system::error_code;

/// "connection refused": lower case, to stand inside a sentence.
std::string explain(const error_code& ec);

}  // namespace bf::net
