// What the inside asks of the journal: write this down, and say when it can't be lost any more.
#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace bf::ports {

class Journal {
public:
    virtual ~Journal() = default;
    /// Gives the entry's sequence; the sync that makes it durable begins by itself.
    virtual std::uint64_t append(std::uint16_t kind, std::string_view payload) = 0;
    /// Called later, on the thread of its owner, after each sync: all up to that sequence is durable. After a failed one never again.
    virtual void on_durable(std::function<void(std::uint64_t sequence)> callback) = 0;
    /// What was appended before that entry is not needed any more. May be kept all the same.
    virtual void forget_before(std::uint64_t /*sequence*/) {}
};

}  // namespace bf::ports
