// What came of a call, read: the exchange's answer by its adapter, or why there is none, in the one vocabulary of problems.
#pragma once
#include "engine/caller.hpp"

namespace bf::engine {

/// The problem of an answer that is no response.
exchange::Problem problem_of(const Error& error);
exchange::Problem problem_of(const exchange::CallError& error);

template <class T>
exchange::Answer<T> read(const Account& account, exchange::Answer<T> (exchange::Replies::*reader)(const wire::Response&, const exchange::Asked&) const,
                         const exchange::Asked& asked, const CallAnswer& answer) {
    if (const auto* response = std::get_if<wire::Response>(&answer)) return (account.replies->*reader)(*response, asked);
    if (const auto* error = std::get_if<Error>(&answer)) return Unexpected{problem_of(*error)};
    return Unexpected{problem_of(std::get<exchange::CallError>(answer))};
}

}  // namespace bf::engine
