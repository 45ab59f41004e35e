// The general error: what kind of trouble, whether the request can have had an effect, and a sentence for people.
// What an exchange answered is an exchange::Problem instead.
#pragma once
#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace bf {

enum class ErrorKind : std::uint8_t {
    bad_input,    ///< What was handed in can't be used; the detail says what and where.
    denied,       ///< A rule of ours or of the operating system forbids it.
    not_found,    ///< There is no such thing.
    conflict,     ///< It clashes with what is there: a name taken, a folder locked.
    unreachable,  ///< The other side could not be reached or did not answer in time.
    protocol,     ///< The other side answered something that has not the agreed shape.
    damaged,      ///< Stored data fails its check.
    io,           ///< The operating system refused: disk full, permission, no file.
};

/// The trader's question about a request that failed: did it happen?
enum class Fate : std::uint8_t {
    not_sent,  ///< It never left; sending it again is safe.
    refused,   ///< The other side said no.
    unknown,   ///< It may have been acted on: look it up, never send it again in hope.
};

struct Error {
    ErrorKind kind{ErrorKind::bad_input};
    std::string detail{};  ///< A sentence for people. Never a secret, a signature or a signed URL.
    Fate fate{Fate::not_sent};
    std::string code{};  ///< A stable word for programs ("name_taken"), empty if none.
};

inline Unexpected<Error> bad_input(std::string detail) {
    return Unexpected{Error{ErrorKind::bad_input, std::move(detail)}};
}

}  // namespace bf
