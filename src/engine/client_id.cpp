#include "engine/client_id.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bf::engine {
namespace {

constexpr std::string_view kMark = "bf1";
constexpr std::size_t kHashDigits = 20;
constexpr std::size_t kCheckDigits = 4;
constexpr std::string_view kGatePrefix = "t-";
constexpr char kNumberMark = '8';  // 19 digits that begin so are below 2^63.
constexpr std::size_t kNumberHashDigits = 15;
constexpr std::uint64_t kNumberHashes = 1'000'000'000'000'000U;
constexpr std::size_t kNumberCheckDigits = 3;
constexpr std::uint64_t kNumberChecks = 1000;

bool takes_numbers_only(exchange::ExchangeId exchange, market::Market market) {
    return exchange == exchange::ExchangeId::htx && market == market::Market::futures;
}

std::string hex(std::uint64_t value, std::size_t digits) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(digits, '0');
    for (auto at = text.rbegin(); at != text.rend(); ++at, value >>= 4) *at = kDigits[value & 15U];
    return text;
}

std::string decimal(std::uint64_t value, std::size_t digits) {
    std::string text(digits, '0');
    for (auto at = text.rbegin(); at != text.rend(); ++at, value /= 10) *at = static_cast<char>('0' + value % 10);
    return text;
}

/// The hash does not change with the machine: little-endian numbers, the length of the text before it.
XXH128_hash_t hash_of(std::uint64_t installation, const OrderName& name) {
    std::string bytes(20, '\0');
    const std::uint64_t group = name.group;
    const std::uint32_t rest[] = {name.leg, name.attempt, static_cast<std::uint32_t>(name.connection.size())};
    std::memcpy(bytes.data(), &group, sizeof group);
    std::memcpy(bytes.data() + sizeof group, rest, sizeof rest);
    bytes += name.connection;
    return XXH3_128bits_withSeed(bytes.data(), bytes.size(), installation);
}

}  // namespace

std::uint64_t ClientIds::check_of(std::string_view digits) const { return XXH3_64bits_withSeed(digits.data(), digits.size(), ~installation_); }

std::string ClientIds::make(exchange::ExchangeId exchange, market::Market market, const OrderName& name) const {
    // Generation 0 leaves the names as they have always been.
    const auto hash = hash_of(installation_ ^ generation_ * 0x9e3779b97f4a7c15U, name);
    if (takes_numbers_only(exchange, market)) {
        const auto digits = decimal(hash.low64 % kNumberHashes, kNumberHashDigits);
        return kNumberMark + digits + decimal(check_of(digits) % kNumberChecks, kNumberCheckDigits);
    }
    const auto digits = hex(hash.high64, kHashDigits - 16) + hex(hash.low64, 16);
    const std::string_view prefix = exchange == exchange::ExchangeId::gate ? kGatePrefix : std::string_view{};
    return std::string{prefix} + std::string{kMark} + digits + hex(check_of(digits), kCheckDigits);
}

bool ClientIds::is_ours(exchange::ExchangeId exchange, market::Market market, std::string_view id) const {
    if (takes_numbers_only(exchange, market)) {
        if (id.size() != 1 + kNumberHashDigits + kNumberCheckDigits || id.front() != kNumberMark) return false;
        const auto digits = id.substr(1, kNumberHashDigits);
        return id.substr(1 + kNumberHashDigits) == decimal(check_of(digits) % kNumberChecks, kNumberCheckDigits);
    }
    const std::string text = to_lower(id);
    std::string_view rest = text;
    if (exchange == exchange::ExchangeId::gate && rest.starts_with(kGatePrefix)) rest.remove_prefix(kGatePrefix.size());
    if (rest.size() != kMark.size() + kHashDigits + kCheckDigits || !rest.starts_with(kMark)) return false;
    const auto digits = rest.substr(kMark.size(), kHashDigits);
    return rest.substr(kMark.size() + kHashDigits) == hex(check_of(digits), kCheckDigits);
}

}  // namespace bf::engine
