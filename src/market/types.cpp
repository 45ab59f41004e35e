#include "market/types.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace bf::market {
namespace {

template <class Enum>
struct Names;

// One table per enumeration, in the order of its enumerators: read both ways.
template <> struct Names<Market> { static constexpr std::array<std::string_view, 2> list{"spot", "futures"}; };
template <> struct Names<Side> { static constexpr std::array<std::string_view, 2> list{"buy", "sell"}; };
template <> struct Names<OrderType> { static constexpr std::array<std::string_view, 2> list{"limit", "market"}; };
template <> struct Names<TimeInForce> { static constexpr std::array<std::string_view, 3> list{"gtc", "ioc", "fok"}; };
template <> struct Names<MarginMode> { static constexpr std::array<std::string_view, 2> list{"isolated", "cross"}; };
template <> struct Names<PositionMode> { static constexpr std::array<std::string_view, 2> list{"one_way", "hedge"}; };
template <> struct Names<PositionSide> { static constexpr std::array<std::string_view, 2> list{"long", "short"}; };
template <> struct Names<Liquidity> { static constexpr std::array<std::string_view, 2> list{"maker", "taker"}; };
template <> struct Names<Forced> { static constexpr std::array<std::string_view, 2> list{"liquidation", "deleveraging"}; };
template <> struct Names<OrderStatus> {
    static constexpr std::array<std::string_view, 7> list{"open", "partially_filled", "filled", "canceled", "rejected", "expired", "unknown"};
};
template <> struct Names<Interval> { static constexpr std::array<std::string_view, 6> list{"1m", "5m", "15m", "1h", "4h", "1d"}; };

template <class Enum>
std::string_view name_of(Enum value) {
    return Names<Enum>::list[static_cast<std::size_t>(value)];
}

constexpr auto kAssetCharacters = [] {
    std::array<bool, 256> is{};
    for (const char c : std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}) is[static_cast<unsigned char>(c)] = true;
    return is;
}();

bool is_asset(std::string_view text) {
    return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) { return kAssetCharacters[static_cast<unsigned char>(c)]; });
}

}  // namespace

std::string_view to_string(Market value) { return name_of(value); }
std::string_view to_string(Side value) { return name_of(value); }
std::string_view to_string(OrderType value) { return name_of(value); }
std::string_view to_string(TimeInForce value) { return name_of(value); }
std::string_view to_string(MarginMode value) { return name_of(value); }
std::string_view to_string(PositionMode value) { return name_of(value); }
std::string_view to_string(PositionSide value) { return name_of(value); }
std::string_view to_string(Liquidity value) { return name_of(value); }
std::string_view to_string(Forced value) { return name_of(value); }
std::string_view to_string(OrderStatus value) { return name_of(value); }
std::string_view to_string(Interval value) { return name_of(value); }

bool FeeRates::are_plausible() const {
    const auto most = "0.1"_d;
    return !taker.is_negative() && taker <= most && abs(maker) <= most;
}

template <class Enum>
std::optional<Enum> parse(std::string_view text) {
    const auto& list = Names<Enum>::list;
    const auto at = std::find(list.begin(), list.end(), text);
    if (at == list.end()) return std::nullopt;
    return static_cast<Enum>(at - list.begin());
}
template std::optional<Market> parse<Market>(std::string_view);
template std::optional<Side> parse<Side>(std::string_view);
template std::optional<OrderType> parse<OrderType>(std::string_view);
template std::optional<TimeInForce> parse<TimeInForce>(std::string_view);
template std::optional<MarginMode> parse<MarginMode>(std::string_view);
template std::optional<PositionMode> parse<PositionMode>(std::string_view);
template std::optional<PositionSide> parse<PositionSide>(std::string_view);
template std::optional<Liquidity> parse<Liquidity>(std::string_view);
template std::optional<Forced> parse<Forced>(std::string_view);
template std::optional<OrderStatus> parse<OrderStatus>(std::string_view);
template std::optional<Interval> parse<Interval>(std::string_view);

std::optional<Symbol> Symbol::parse(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto colon = text.find(':', slash);
    const auto quote = text.substr(slash + 1, colon == std::string_view::npos ? colon : colon - slash - 1);
    Symbol symbol{std::string{text.substr(0, slash)}, std::string{quote}, {}};
    if (!is_asset(symbol.base) || !is_asset(symbol.quote)) return std::nullopt;
    if (colon != std::string_view::npos) {
        symbol.settle = text.substr(colon + 1);
        if (!is_asset(symbol.settle)) return std::nullopt;
    }
    return symbol;
}

bool Symbol::is_sound() const { return is_asset(base) && is_asset(quote) && (settle.empty() || is_asset(settle)); }

std::string Symbol::to_string() const {
    std::string text = base + '/' + quote;
    if (!settle.empty()) text += ':' + settle;
    return text;
}

}  // namespace bf::market
