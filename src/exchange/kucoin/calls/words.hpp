// KuCoin's spelling of our words, and the small writers that requests are made with. Nothing here allocates beyond what it appends to.
//
// All values come from a checked call (ids of [A-Za-z0-9_-], upper-case assets, decimals), so that neither JSON nor a query needs
// escaping: what is signed is what is sent.
#pragma once
#include "base/text.hpp"
#include "exchange/call.hpp"
#include "exchange/kucoin/native_symbol.hpp"
#include "wire/http.hpp"

#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

namespace bf::exchange::kucoin {

using Written = Result<void, CallError>;

/// The two hosts of a site.
std::string_view api_host(Site site);
std::string_view futures_host(Site site);

Unexpected<CallError> missing(const char* argument, std::string detail);
Unexpected<CallError> bad(const char* argument, std::string detail);
Unexpected<CallError> not_supported(const char* argument, std::string detail);

std::string_view lower(market::Side side);           ///< "buy"
std::string_view upper(market::Side side);           ///< "BUY"
std::string_view upper(market::TimeInForce value);   ///< "GTC"
std::string_view upper(market::MarginMode value);    ///< "ISOLATED"
/// Which position an order of hedge mode belongs to: opening orders buy long and sell short, reducing ones the other way round.
std::string_view position_side(market::Side side, bool reduces);

/// `{"name":value,...}` as a whole body. Written on the stack and handed over once: appending to the string piece by piece cost more
/// than the signature.
class Body {
public:
    explicit Body(std::string& out) : out_{out} { buffer_[0] = '{'; }
    template <std::size_t N>
    Body& text(const char (&name)[N], std::string_view value) {
        char* to = begin(name, value.size());
        *to++ = '"';
        copy_short(to, value);
        to += value.size();
        *to++ = '"';
        return end_at(to);
    }
    template <std::size_t N>
    Body& amount(const char (&name)[N], const Decimal& value) {
        char* to = begin(name, kAmountMax);
        *to++ = '"';
        to += value.write(to);
        *to++ = '"';
        return end_at(to);
    }
    template <std::size_t N>
    Body& number(const char (&name)[N], std::int64_t value) {
        char* const to = begin(name, 24);
        return end_at(std::to_chars(to, to + 24, value).ptr);
    }
    template <std::size_t N>
    Body& flag(const char (&name)[N], bool value) {
        const std::string_view word = value ? "true" : "false";
        char* const to = begin(name, word.size());
        copy_short(to, word);
        return end_at(to + word.size());
    }
    void end() {
        buffer_[size_] = '}';
        overwrite(out_, {buffer_, size_ + 1});
    }

private:
    /// At most 16 members of at most 24 + 64 characters each: ids are checked to 64, decimals write at most 40.
    static constexpr std::size_t kSizeMax = 1600;
    static constexpr std::size_t kAmountMax = 64;

    /// Writes name and colon; where the value goes, for which there are `room` characters, and quotes. A local pointer walks, since one in a
    /// member is fetched again after every character.
    template <std::size_t N>
    char* begin(const char (&name)[N], std::size_t room) {
        static_assert(N <= 24);
        // One comparison for all that is written of the member: the library's own, in each copy, are calls.
        BF_ASSERT(size_ + N + room + 8 <= kSizeMax);
        char* const to = buffer_ + size_;
        // The bracket stands already; later members are parted by a comma.
        if (size_ != 0) *to = ',';
        to[1] = '"';
        __builtin_memcpy(to + 2, name, N - 1);
        to[N + 1] = '"';
        to[N + 2] = ':';
        return to + N + 3;
    }
    Body& end_at(const char* to) {
        size_ = static_cast<std::size_t>(to - buffer_);
        return *this;
    }
    std::string& out_;
    char buffer_[kSizeMax];
    std::size_t size_{0};
};

/// `?name=value&...` appended to a target.
class Query {
public:
    explicit Query(std::string& target) : target_{target} {}
    Query& add(std::string_view name, std::string_view value) {
        target_ += first_ ? '?' : '&';
        first_ = false;
        target_ += name;
        target_ += '=';
        target_ += value;
        return *this;
    }
    Query& add(std::string_view name, std::int64_t value) {
        char digits[24];
        return add(name, std::string_view{digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
    }

private:
    std::string& target_;
    bool first_{true};
};

}  // namespace bf::exchange::kucoin
