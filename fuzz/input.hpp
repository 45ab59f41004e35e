// What the fuzzer made, taken apart: a few leading bytes choose, the rest is the text. What must never happen ends the process.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bf::fuzz {

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_{reinterpret_cast<const char*>(data), size} {}

    /// 0 when nothing is left.
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }
    std::size_t below(std::size_t count) { return byte() % count; }
    bool flag() { return byte() % 2 == 1; }
    /// Little-endian.
    std::uint16_t pair() { return static_cast<std::uint16_t>(byte() | byte() << 8); }
    /// So many bytes, or what is left.
    std::string_view take(std::size_t count) {
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }
    /// Up to the next `separator`, which is taken too.
    std::string_view piece(char separator) {
        const auto end = rest_.find(separator);
        const auto piece = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return piece;
    }

private:
    std::string_view rest_;
};

inline void must(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "must: %s\n", what);
    std::abort();
}

}  // namespace bf::fuzz
