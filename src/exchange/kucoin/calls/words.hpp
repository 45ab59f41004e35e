// KuCoin's spelling of our words, and the small writers that requests are made with. Nothing here allocates beyond what it appends to.
//
// All values come from a checked call (ids of [A-Za-z0-9_-], upper-case assets, decimals), so that neither JSON nor a query needs
// escaping: what is signed is what is sent.
#pragma once
#include "exchange/call.hpp"
#include "wire/http.hpp"

#include <array>
#include <charconv>
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

/// `BTC-USDT`, `XBTUSDTM`: on futures bitcoin is called XBT, and perpetuals end in M.
class NativeSymbol {
public:
    explicit NativeSymbol(const market::Symbol& symbol);
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

private:
    void append(std::string_view part);
    std::array<char, 64> text_;
    std::size_t size_{0};
};

std::string_view lower(market::Side side);           ///< "buy"
std::string_view upper(market::Side side);           ///< "BUY"
std::string_view upper(market::TimeInForce value);   ///< "GTC"
std::string_view upper(market::MarginMode value);    ///< "ISOLATED"
/// Which position an order of hedge mode belongs to: opening orders buy long and sell short, reducing ones the other way round.
std::string_view position_side(market::Side side, bool reduces);

/// `{"name":value,...}` appended to a body.
class Body {
public:
    explicit Body(std::string& out) : out_{out} { out_ += '{'; }
    Body& text(std::string_view name, std::string_view value) {
        begin(name);
        out_ += '"';
        out_ += value;
        out_ += '"';
        return *this;
    }
    Body& amount(std::string_view name, const Decimal& value);
    Body& number(std::string_view name, std::int64_t value);
    Body& flag(std::string_view name, bool value) {
        begin(name);
        out_ += value ? "true" : "false";
        return *this;
    }
    void end() { out_ += '}'; }

private:
    void begin(std::string_view name) {
        if (out_.back() != '{') out_ += ',';
        out_ += '"';
        out_ += name;
        out_ += "\":";
    }
    std::string& out_;
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
