#include "exchange/kucoin/replies/words.hpp"

#include "exchange/kucoin/native_symbol.hpp"

namespace bf::exchange::kucoin {
namespace {

bool same(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
        if (c != lower[i]) return false;
    }
    return true;
}

}  // namespace

std::optional<Instant> time_of(std::int64_t number) {
    constexpr std::int64_t kMs = 100'000'000'000, kMicro = kMs * 1000, kNano = kMicro * 1000;
    if (number <= 0) return std::nullopt;
    if (number >= kNano) return Instant::from_ms(number / 1'000'000);
    if (number >= kMicro) return Instant::from_ms(number / 1000);
    if (number >= kMs) return Instant::from_ms(number);
    return Instant::from_ms(number * 1000);
}

std::optional<Instant> time_of(wire::JsonValue value) {
    const auto number = value.integer();
    return number ? time_of(*number) : std::nullopt;
}

std::optional<std::string> text_of(wire::JsonValue value) {
    const auto text = value.text_or_number();
    if (!text || text->empty()) return std::nullopt;
    return std::string{*text};
}

std::optional<market::Side> side_of(std::string_view text) {
    if (same(text, "buy")) return market::Side::buy;
    if (same(text, "sell")) return market::Side::sell;
    return std::nullopt;
}

std::optional<market::OrderType> order_type_of(std::string_view text) {
    // A stop's type keeps its ending after it was triggered.
    if (same(text, "limit") || same(text, "limit_stop")) return market::OrderType::limit;
    if (same(text, "market") || same(text, "market_stop")) return market::OrderType::market;
    return std::nullopt;
}

std::optional<market::TimeInForce> time_in_force_of(std::string_view text) {
    if (same(text, "gtc")) return market::TimeInForce::gtc;
    if (same(text, "ioc")) return market::TimeInForce::ioc;
    if (same(text, "fok")) return market::TimeInForce::fok;
    return std::nullopt;
}

std::optional<market::MarginMode> margin_mode_of(std::string_view text) {
    if (same(text, "isolated")) return market::MarginMode::isolated;
    if (same(text, "cross")) return market::MarginMode::cross;
    return std::nullopt;
}

std::optional<Decimal> margin_without_fees(const std::optional<market::MarginMode>& mode, const std::optional<Decimal>& whole, const std::optional<Decimal>& kept_for_fees) {
    if (mode != market::MarginMode::isolated || !whole || !kept_for_fees) return std::nullopt;
    return Decimal::sum(*whole, -*kept_for_fees);
}

std::optional<market::Liquidity> liquidity_of(std::string_view text) {
    if (same(text, "maker")) return market::Liquidity::maker;
    if (same(text, "taker")) return market::Liquidity::taker;
    return std::nullopt;
}

std::optional<market::Forced> forced_of(std::string_view trade_type) {
    if (trade_type == "liquid") return market::Forced::liquidation;
    if (trade_type == "adl") return market::Forced::deleveraging;
    return std::nullopt;
}

market::OrderStatus derived_status(bool active, bool cancel_exists, const std::optional<Decimal>& filled) {
    using Status = market::OrderStatus;
    if (active) return filled && filled->is_positive() ? Status::partially_filled : Status::open;
    return cancel_exists ? Status::canceled : Status::filled;
}

market::OrderStatus unified_status(std::int64_t status) {
    using Status = market::OrderStatus;
    switch (status) {
        case 0:  // Not triggered yet.
        case 1:  // Triggered.
        case 2: return Status::open;
        case 3: return Status::filled;
        case 4: return Status::partially_filled;
        case 5:
        case 6: return Status::canceled;
        default: return Status::unknown;
    }
}

std::optional<market::Symbol> symbol_of(std::string_view native, market::Market market, const Instruments* instruments) {
    if (instruments != nullptr)
        if (const auto known = instruments->find(native); known != instruments->end() && known->second.symbol) return known->second.symbol;
    market::Symbol symbol;
    if (market == market::Market::spot) {
        const auto dash = native.find('-');
        if (dash == std::string_view::npos) return std::nullopt;
        symbol.base = native.substr(0, dash);
        symbol.quote = native.substr(dash + 1);
        return market::Symbol::parse(symbol.to_string());
    }
    for (const std::string_view quote : {"USDT", "USDC", "USD"}) {
        const std::size_t tail = quote.size() + 1;
        if (native.size() <= tail || native.back() != 'M' || native.substr(native.size() - tail, quote.size()) != quote) continue;
        const auto base = native.substr(0, native.size() - tail);
        symbol.base = base == "XBT" ? std::string_view{"BTC"} : base;
        symbol.quote = quote;
        // USD itself settles nothing: such a contract is settled in its coin.
        symbol.settle = quote == "USD" ? symbol.base : symbol.quote;
        return market::Symbol::parse(symbol.to_string());
    }
    return std::nullopt;
}

std::string native_of(const market::Symbol& symbol) { return std::string{NativeSymbol{symbol}.text()}; }

const Decimal* contract_size_of(const Instruments* instruments, std::string_view native) {
    if (instruments == nullptr) return nullptr;
    const auto known = instruments->find(native);
    if (known == instruments->end() || !known->second.contract_size) return nullptr;
    return &*known->second.contract_size;
}

Size size_of(wire::JsonValue value, market::Market market, const Decimal* contract_size) {
    Size size;
    const auto count = value.decimal();
    if (!count) return size;
    if (market == market::Market::spot) {
        size.quantity = count;
        return size;
    }
    if (contract_size != nullptr) {
        const auto product = Decimal::multiply(*count, *contract_size, Rounding::down);
        if (product) size.quantity = *product;
    }
    if (!size.quantity) size.native = text_of(value);
    return size;
}

}  // namespace bf::exchange::kucoin
