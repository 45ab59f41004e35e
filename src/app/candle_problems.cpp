#include "app/candle_problems.hpp"

#include "wire/json.hpp"

#include <cerrno>
#include <cstring>

namespace bf::app {

Unexpected<Error> refuse_candles(ErrorKind kind, std::string sentence, std::string code) {
    return Unexpected{Error{kind, std::move(sentence), Fate::not_sent, std::move(code)}};
}

Unexpected<Error> candle_disk_error(const std::string& what) {
    const int reason = errno;
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    return refuse_candles(ErrorKind::io, what + " failed: " + (full ? "the disk is full" : std::strerror(reason)) + ".", full ? "disk_full" : "unwritable");
}

std::string import_problem(int status, const std::string& output) {
    const auto json = wire::Json::parse(output);
    if (json)
        if (const auto sentence = (*json)["error"].text()) return std::string{*sentence};
    return status < 0 ? "The import was ended by the system: the file needs more memory than an import may have." : "The import failed without saying why.";
}

}  // namespace bf::app
