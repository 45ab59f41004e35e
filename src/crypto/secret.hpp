// Key material that can't be printed, compared or copied by accident. Lives in libsodium's guarded memory: locked, left out of
// core dumps, between guard pages, wiped when it dies.
#pragma once
#include "base/error.hpp"

#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace bf::crypto {

/// Move-only bytes in locked memory. No `==`, no formatter, no copy: a log line holding one does not compile.
class Secret {
public:
    /// Moves the bytes over and wipes what the caller held.
    static Secret take(std::string&& plain);
    /// Random bytes of the operating system.
    static Secret random(std::size_t size);
    /// `size` zero bytes to be written through `fill`.
    static Secret zeros(std::size_t size);

    [[nodiscard]] std::size_t size() const { return size_; }

    /// The only door: lends the bytes to `use` for the length of one call.
    template <class Use>
    decltype(auto) reveal(Use&& use) const {
        return std::forward<Use>(use)(std::string_view{bytes_.get(), size_});
    }
    /// Lends the bytes for writing, for decryption straight into locked memory.
    template <class Use>
    decltype(auto) fill(Use&& use) {
        return std::forward<Use>(use)(std::span<unsigned char>{reinterpret_cast<unsigned char*>(bytes_.get()), size_});
    }

private:
    struct Wipe {
        void operator()(char* bytes) const noexcept;
    };
    Secret(std::unique_ptr<char[], Wipe> bytes, std::size_t size) : bytes_{std::move(bytes)}, size_{size} {}
    static Secret allocate(std::size_t size);

    std::unique_ptr<char[], Wipe> bytes_;
    std::size_t size_;
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

/// Overwrites text that held a secret outside a Secret (a read buffer), so that the optimiser can't drop it.
void wipe(std::string& text);

}  // namespace bf::crypto
