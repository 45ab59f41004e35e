// Where things stand in a JSON text that a person wrote: the line of a member, and the line at which it stops being JSON. The parser says neither.
// For telling somebody what to mend; nothing is decided by it.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace bf::wire {

class JsonPlaces {
public:
    explicit JsonPlaces(std::string_view text);

    /// From 1; 0 for a text that is JSON.
    [[nodiscard]] std::size_t fault() const { return fault_; }
    /// Of the member whose names, joined by points, end with `path` ("exit.take_profit_pct"), or of the nearest above it that is there; 0 if none is.
    [[nodiscard]] std::size_t line_of(std::string_view path) const;

private:
    struct Scan;
    std::map<std::string, std::size_t, std::less<>> lines_;  ///< By path, the first of each.
    std::size_t fault_{0};
};

}  // namespace bf::wire
