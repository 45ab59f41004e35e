#include "signer/cbor_claims.hpp"

#include <cstdint>

namespace bf::signer {

bool cbor_claims_fit(std::string_view items) {
    enum Major : unsigned { bytes = 2, text = 3, list = 4, map = 5 };
    constexpr unsigned kInOneByte = 24, kInEight = 27, kUntilEnd = 31;
    while (!items.empty()) {
        const auto head = static_cast<unsigned char>(items.front());
        items.remove_prefix(1);
        const unsigned major = head >> 5U, info = head & 31U;
        if (info == kUntilEnd) continue;  // As long as it is: what it holds comes one by one.
        if (info > kInEight) return false;
        std::uint64_t claimed = info;
        if (info >= kInOneByte) {
            const std::size_t size = std::size_t{1} << (info - kInOneByte);
            if (items.size() < size) return false;
            claimed = 0;
            for (const char one : items.substr(0, size)) claimed = claimed << 8U | static_cast<unsigned char>(one);
            items.remove_prefix(size);
        }
        if (major == bytes || major == text) {
            if (claimed > items.size()) return false;
            items.remove_prefix(static_cast<std::size_t>(claimed));
        }
        if (major == list && claimed > items.size()) return false;
        if (major == map && claimed > items.size() / 2) return false;
    }
    return true;
}

}  // namespace bf::signer
