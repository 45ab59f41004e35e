// What MEXC trades here, its fees, its ids and its keys. Steps and minima in the manner of the exchange's examples of September 2026; XRP
// stands for the many pairs it doesn't let API keys trade, MX for those it takes no market orders on.
#include "simulator/mexc/face.hpp"

#include "simulator/mexc/routes.hpp"

namespace bf::simulator::mexc {
namespace {

Instrument spot(const char* base, const char* price, const char* price_step, const char* quantity_step, const char* minimum) {
    Instrument instrument;
    instrument.symbol = {base, "USDT", {}};
    instrument.native = std::string{base} + "USDT";
    instrument.start_price = Decimal::parse(price).value();
    instrument.price_step = Decimal::parse(price_step).value();
    instrument.quantity_step = Decimal::parse(quantity_step).value();
    instrument.min_quantity = Decimal::parse(minimum).value();
    instrument.min_notional = Decimal{1};
    instrument.max_notional = Decimal{2'000'000};
    instrument.maker_fee = "0.0005"_d;
    instrument.taker_fee = "0.0005"_d;
    return instrument;
}

Instrument perpetual(const char* base, const char* price, const char* price_step, const char* contract_size, int leverage, const char* maintenance) {
    Instrument instrument;
    instrument.symbol = {base, "USDT", "USDT"};
    instrument.native = std::string{base} + "_USDT";
    instrument.start_price = Decimal::parse(price).value();
    instrument.price_step = Decimal::parse(price_step).value();
    instrument.contract_size = Decimal::parse(contract_size).value();
    instrument.quantity_step = instrument.min_quantity = instrument.contract_size;
    instrument.max_quantity = instrument.contract_size * 1'000'000;
    instrument.maker_fee = "0.0001"_d;
    instrument.taker_fee = "0.0004"_d;
    instrument.max_leverage = leverage;
    instrument.maintenance_rate = Decimal::parse(maintenance).value();
    return instrument;
}

/// A list of their own for the first, as for the exchange's own big contracts; a formula for the others, as for its small ones. In contracts.
void set_tiers(Instrument& instrument, bool custom) {
    constexpr std::int64_t kMax = 1'000'000;
    if (custom) {
        constexpr std::pair<std::int64_t, int> kLevels[] = {{50'000, 1}, {120'000, 2}, {320'000, 4}, {kMax, 10}};
        for (const auto& [volume, share] : kLevels) {
            const int leverage = instrument.max_leverage / share;
            const Decimal rate = share == 1 ? instrument.maintenance_rate : Decimal::divide(1, Decimal{2 * leverage}, 3, Rounding::up).value();
            instrument.risk_tiers.push_back({market::RiskTier::Unit::quantity, Decimal{volume} * instrument.contract_size, rate, Decimal{leverage}});
        }
        return;
    }
    const Decimal initial = Decimal::divide(1, instrument.max_leverage, 6, Rounding::up).value();
    for (std::int64_t level = 0; level < kLevels; ++level) {
        const Decimal rate = instrument.maintenance_rate + kRateStep * Decimal{level};
        const Decimal leverage = Decimal::divide(1, initial + kRateStep * Decimal{level}, 0, Rounding::down).value();
        instrument.risk_tiers.push_back({market::RiskTier::Unit::quantity, Decimal{kLevelVolume * (level + 1)} * instrument.contract_size, rate, leverage});
    }
}

/// Spot ids are C02__ and 21 digits since 2025, futures ids 18 digits as text.
std::string order_id(Market market, std::uint64_t number) {
    constexpr std::uint64_t kBase = 505'000'000'000'000'000U;
    if (market == Market::spot) return "C02__" + std::to_string(kBase + number) + "115";
    return std::to_string(kBase + number);
}

std::string trade_id(Market market, std::uint64_t number) {
    constexpr std::uint64_t kBase = 505'000'000'000'000'000U;
    return market == Market::spot ? std::to_string(kBase + number) + "X1" : std::to_string(number);
}

std::string draw(Random& random, std::string_view alphabet, int size) {
    std::string text;
    for (int i = 0; i < size; ++i) text += alphabet[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(alphabet.size()) - 1))];
    return text;
}

/// Key: mx0 and 15 letters or digits, of which the first nine say that it is simulated; secret: 32 lower-case hexadecimal digits.
void make_key(Key& key, Random& random) {
    key.key = "mx0Simulated" + draw(random, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 6);
    key.secret = draw(random, "0123456789abcdef", 32);
}

}  // namespace

bool takes_market_orders(const Instrument& instrument) { return instrument.is_futures() || instrument.symbol.base != "MX"; }

Profile profile() {
    Profile profile;
    profile.id = "mexc";
    profile.instruments = {
        spot("BTC", "90000", "0.01", "0.00000001", "0.000001"), spot("ETH", "3000", "0.01", "0.00000001", "0.00001"),
        spot("SOL", "150", "0.01", "0.0001", "0.001"),          spot("MX", "2", "0.0001", "0.01", "0.1"),
        spot("XRP", "2", "0.0001", "0.01", "0.1"),              perpetual("BTC", "90000", "0.1", "0.0001", 200, "0.004"),
        perpetual("ETH", "3000", "0.01", "0.01", 200, "0.004"), perpetual("SOL", "150", "0.01", "0.1", 100, "0.005"),
    };
    profile.instruments[4].api_tradable = false;
    for (std::size_t i = 5; i < profile.instruments.size(); ++i) set_tiers(profile.instruments[i], i == 5);
    profile.order_id = order_id;
    profile.trade_id = trade_id;
    profile.make_key = make_key;
    profile.default_leverage = 20;
    return profile;
}

}  // namespace bf::simulator::mexc
