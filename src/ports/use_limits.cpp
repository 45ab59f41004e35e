#include "ports/use_limits.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace bf::ports {
namespace {

/// Quote assets that ordinary pairs have, and what a unit of each is worth in dollars: rounded to powers of ten by which the default
/// amounts are divided. Not prices: they decide nothing but how wide "wide" is.
struct Quote {
    std::string_view asset;
    std::int64_t worth;
};
constexpr std::array kQuotes{
    Quote{"USDT", 1}, Quote{"USDC", 1}, Quote{"USD", 1}, Quote{"USD1", 1}, Quote{"USDE", 1}, Quote{"USDD", 1}, Quote{"FDUSD", 1}, Quote{"TUSD", 1},
    Quote{"DAI", 1}, Quote{"PYUSD", 1}, Quote{"EUR", 1}, Quote{"EURR", 1}, Quote{"EURC", 1}, Quote{"GBP", 1}, Quote{"BRL", 1}, Quote{"TRY", 1},
    Quote{"KCS", 10}, Quote{"MX", 1}, Quote{"SOL", 100}, Quote{"BNB", 1000}, Quote{"ETH", 1000}, Quote{"BTC", 100'000}};

/// Finite, and small enough that no sum of what it allows leaves the range of amounts.
const Decimal kAmountMax{1'000'000'000'000'000};

template <class T>
T smaller(const T& a, const T& b) {
    return b < a ? b : a;
}

}  // namespace

UseLimits default_limits(std::optional<market::Market> market) {
    UseLimits limits;
    limits.operations = {true, true, true, true};
    limits.market = market;
    for (const auto& quote : kQuotes) {
        const auto worth = [&quote](std::int64_t dollars) { return Decimal::divide(dollars, quote.worth, 8, Rounding::down).value(); };
        limits.values.emplace(quote.asset, ValueCaps{worth(1'000'000), worth(100'000), worth(10'000'000), worth(50'000'000), worth(20'000'000)});
    }
    limits.price_band = "0.2"_d;
    limits.exit_band = "0.9"_d;
    limits.leverage = 125;
    limits.orders_a_minute = 600;
    limits.exits_a_minute = 3000;
    limits.raise_delay = std::chrono::hours{1};
    return limits;
}

UseLimits no_limits() {
    UseLimits limits;
    limits.symbols.emplace();
    limits.exit_band = "0.9"_d;
    limits.exits_a_minute = 3000;
    limits.raise_delay = std::chrono::hours{1};
    return limits;
}

UseLimits meet(const UseLimits& a, const UseLimits& b) {
    UseLimits both;
    const auto& x = a.operations;
    const auto& y = b.operations;
    both.operations = {x.place_order && y.place_order, x.place_stop && y.place_stop, x.set_leverage && y.set_leverage, x.set_margin_mode && y.set_margin_mode};
    both.market = a.market ? a.market : b.market;
    if (a.market && b.market && a.market != b.market) {
        // No market is both: no symbol is left.
        both.symbols.emplace();
    } else if (a.symbols && b.symbols) {
        std::set_intersection(a.symbols->begin(), a.symbols->end(), b.symbols->begin(), b.symbols->end(), std::back_inserter(both.symbols.emplace()));
    } else {
        both.symbols = a.symbols ? a.symbols : b.symbols;
    }
    for (const auto& [asset, caps] : a.values) {
        const auto other = b.values.find(asset);
        if (other == b.values.end()) continue;
        const auto& its = other->second;
        both.values.emplace(asset, ValueCaps{smaller(caps.order, its.order), smaller(caps.market_order, its.market_order), smaller(caps.hour, its.hour),
                                             smaller(caps.day, its.day), smaller(caps.exposure, its.exposure)});
    }
    both.price_band = smaller(a.price_band, b.price_band);
    both.exit_band = smaller(a.exit_band, b.exit_band);
    both.leverage = smaller(a.leverage, b.leverage);
    both.orders_a_minute = smaller(a.orders_a_minute, b.orders_a_minute);
    both.exits_a_minute = smaller(a.exits_a_minute, b.exits_a_minute);
    both.raise_delay = std::max(a.raise_delay, b.raise_delay);
    return both;
}

Status check_limits(const UseLimits& limits) {
    const auto bad = [](const char* field, std::string sentence) { return Unexpected{Error{ErrorKind::bad_input, std::move(sentence), Fate::not_sent, field}}; };
    if (limits.symbols) {
        if (limits.symbols->size() > 500) return bad("symbols", "At most 500 symbols can be listed; leave the list out to allow all.");
        if (!std::is_sorted(limits.symbols->begin(), limits.symbols->end())) return bad("symbols", "The symbols must be in order.");
        for (const auto& symbol : *limits.symbols) {
            if (!symbol.is_sound()) return bad("symbols", "A symbol looks like BTC/USDT or BTC/USDT:USDT.");
            if (limits.market && symbol.is_futures() != (*limits.market == market::Market::futures))
                return bad("symbols", symbol.to_string() + " is not of the connection's market.");
        }
    }
    if (limits.values.size() > 64) return bad("values", "Amounts can be set in at most 64 assets.");
    for (const auto& [asset, caps] : limits.values) {
        if (!market::Symbol{"A", asset, {}}.is_sound()) return bad("values", "Amounts are set by quote asset, like USDT.");
        for (const auto* amount : {&caps.order, &caps.market_order, &caps.hour, &caps.day, &caps.exposure})
            if (amount->is_negative() || *amount > kAmountMax) return bad("values", "An amount is 0 to 1000000000000000.");
    }
    if (limits.price_band.is_negative() || limits.price_band > Decimal{1}) return bad("price_band", "The price band is 0 to 100 percent.");
    if (!limits.exit_band.is_positive() || limits.exit_band > Decimal{1}) return bad("exit_band", "The price band of exits is above 0 and at most 100 percent.");
    if (limits.leverage < 1 || limits.leverage > 500) return bad("leverage", "The leverage is 1 to 500.");
    if (limits.orders_a_minute < 0 || limits.orders_a_minute > 1'000'000) return bad("orders_a_minute", "Orders a minute are 0 to 1000000.");
    // An exit lane that is too narrow would be a trap.
    if (limits.exits_a_minute < 60 || limits.exits_a_minute > 1'000'000) return bad("exits_a_minute", "Exits a minute are 60 to 1000000: fewer could keep you in.");
    if (limits.raise_delay < seconds{60} || limits.raise_delay > std::chrono::hours{24 * 30}) return bad("raise_delay_s", "A raise waits for 60 seconds to 30 days.");
    return {};
}

std::string_view to_string(FreezeLevel level) {
    switch (level) {
        case FreezeLevel::none: return "none";
        case FreezeLevel::entries: return "entries";
        case FreezeLevel::everything: return "everything";
    }
    return "everything";
}

std::optional<FreezeLevel> parse_freeze(std::string_view text) {
    for (const auto level : {FreezeLevel::none, FreezeLevel::entries, FreezeLevel::everything})
        if (text == to_string(level)) return level;
    return std::nullopt;
}

std::string_view to_string(LimitFinding finding) {
    switch (finding) {
        case LimitFinding::defaults: return "defaults";
        case LimitFinding::no_second_factor: return "no_second_factor";
        case LimitFinding::damaged: return "damaged";
        case LimitFinding::rolled_back: return "rolled_back";
    }
    return "damaged";
}

}  // namespace bf::ports
