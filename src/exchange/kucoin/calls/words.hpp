// KuCoin's spelling of our words, and the small writers that requests are made with. Nothing here allocates beyond what it appends to.
//
// All values come from a checked call (ids of [A-Za-z0-9_-], upper-case assets, decimals), so that neither JSON nor a query needs
// escaping: what is signed is what is sent.
#pragma once
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
    explicit Body(std::string& out) : out_{out} { *to_ = '{'; }
    template <std::size_t N>
    Body& text(const char (&name)[N], std::string_view value) {
        begin(name);
        *to_++ = '"';
        copy(value);
        *to_++ = '"';
        return *this;
    }
    template <std::size_t N>
    Body& amount(const char (&name)[N], const Decimal& value) {
        begin(name);
        *to_++ = '"';
        to_ += value.write(to_);
        *to_++ = '"';
        return *this;
    }
    template <std::size_t N>
    Body& number(const char (&name)[N], std::int64_t value) {
        begin(name);
        to_ = std::to_chars(to_, to_ + 24, value).ptr;
        return *this;
    }
    template <std::size_t N>
    Body& flag(const char (&name)[N], bool value) {
        begin(name);
        copy(value ? "true" : "false");
        return *this;
    }
    void end() {
        *to_++ = '}';
        out_.assign(buffer_, to_);
    }

private:
    /// At most 16 members of at most 24 + 64 characters each: ids are checked to 64, decimals write at most 40.
    static constexpr std::size_t kSizeMax = 1600;

    template <std::size_t N>
    void begin(const char (&name)[N]) {
        static_assert(N <= 24);
        // The bracket stands already; later members are parted by a comma.
        if (to_ != buffer_) *to_ = ',';
        to_[1] = '"';
        std::memcpy(to_ + 2, name, N - 1);
        to_[N + 1] = '"';
        to_[N + 2] = ':';
        to_ += N + 3;
    }
    void copy(std::string_view value) {
        std::memcpy(to_, value.data(), value.size());
        to_ += value.size();
    }
    std::string& out_;
    char buffer_[kSizeMax];
    char* to_{buffer_};
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
