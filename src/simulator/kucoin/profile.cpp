// What KuCoin trades here, its fees, its ids and its keys.
// Steps, minima and rates as in the exchange's own examples of September 2026; the closed pair stands for any it doesn't let clients trade.
#include "simulator/kucoin/face.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace bf::simulator::kucoin {
namespace {

Instrument spot(const char* base, const char* price, const char* price_step, const char* quantity_step, const char* minimum) {
    Instrument instrument;
    instrument.symbol = {base, "USDT", {}};
    instrument.native = std::string{base} + "-USDT";
    instrument.start_price = Decimal::parse(price).value();
    instrument.price_step = Decimal::parse(price_step).value();
    instrument.quantity_step = Decimal::parse(quantity_step).value();
    instrument.min_quantity = Decimal::parse(minimum).value();
    instrument.min_notional = "0.1"_d;
    instrument.max_quantity = "10000000000"_d;
    instrument.maker_fee = "0.001"_d;
    instrument.taker_fee = "0.001"_d;
    return instrument;
}

Instrument perpetual(const char* base, const char* native, const char* price, const char* price_step, const char* multiplier, int leverage,
                     const char* maintenance) {
    Instrument instrument;
    instrument.symbol = {base, "USDT", "USDT"};
    instrument.native = native;
    instrument.start_price = Decimal::parse(price).value();
    instrument.price_step = Decimal::parse(price_step).value();
    instrument.contract_size = Decimal::parse(multiplier).value();
    instrument.quantity_step = instrument.min_quantity = instrument.contract_size;
    instrument.max_quantity = instrument.contract_size * 1'000'000;
    instrument.maker_fee = "0.0002"_d;
    instrument.taker_fee = "0.0006"_d;
    instrument.max_leverage = leverage;
    instrument.maintenance_rate = Decimal::parse(maintenance).value();
    return instrument;
}

/// In the manner of the exchange's own list of XBTUSDTM: a maintenance rate half the initial one, limits in USDT.
void set_tiers(Instrument& instrument) {
    constexpr std::pair<int, int> kLevels[] = {{100'000, 1}, {500'000, 2}, {1'000'000, 4}, {3'000'000, 10}, {10'000'000, 25}};
    for (const auto& [limit, share] : kLevels) {
        const int leverage = std::max(instrument.max_leverage / share, 1);
        const Decimal rate = share == 1 ? instrument.maintenance_rate : Decimal::divide(1, Decimal{2 * leverage}, 3, Rounding::up).value();
        instrument.risk_tiers.push_back({market::RiskTier::Unit::value, Decimal{limit}, rate, Decimal{leverage}});
    }
}

std::string hex(std::uint64_t value, int digits) {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
    return std::string{text.data() + (16 - digits), static_cast<std::size_t>(digits)};
}

/// Spot: 24 hex characters that begin with the seconds. Futures: digits above 2^53, which no double holds.
std::string order_id(Market market, std::uint64_t number) {
    constexpr std::uint64_t kFuturesBase = 400'000'000'000'000'000U;
    if (market == Market::futures) return std::to_string(kFuturesBase + number);
    return hex((number >> 8) / 1000, 8) + hex(Random::mix(number), 16);
}

std::string trade_id(Market market, std::uint64_t number) {
    constexpr std::uint64_t kSpotBase = 20'000'000'000'000'000U;  // Above 2^53 and printed as a JSON number.
    return std::to_string(market == Market::spot ? kSpotBase + number : number);
}

/// Key: 24 hex characters, of which a real one begins with the second of its making, a simulated one with eight zeros; secret: a UUID;
/// passphrase: chosen by its owner.
void make_key(Key& key, Random& random) {
    key.key = "00000000" + hex(random.next(), 16);
    const std::string digits = hex(random.next(), 16) + hex(random.next(), 16);
    key.secret = digits.substr(0, 8) + '-' + digits.substr(8, 4) + '-' + digits.substr(12, 4) + '-' + digits.substr(16, 4) + '-' + digits.substr(20);
    key.passphrase = "Sim" + hex(random.next(), 8);
}

}  // namespace

Profile profile() {
    Profile profile;
    profile.id = "kucoin";
    profile.instruments = {
        spot("BTC", "90000", "0.1", "0.00000001", "0.00001"),
        spot("ETH", "3000", "0.01", "0.0000001", "0.0001"),
        spot("SOL", "150", "0.001", "0.0001", "0.01"),
        spot("XRP", "2", "0.00001", "0.0001", "0.1"),
        perpetual("BTC", "XBTUSDTM", "90000", "0.1", "0.001", 125, "0.004"),
        perpetual("ETH", "ETHUSDTM", "3000", "0.01", "0.01", 100, "0.005"),
        perpetual("SOL", "SOLUSDTM", "150", "0.001", "0.1", 75, "0.007"),
    };
    profile.instruments[3].api_tradable = false;
    for (auto& instrument : profile.instruments)
        if (instrument.is_futures()) set_tiers(instrument);
    profile.order_id = order_id;
    profile.trade_id = trade_id;
    profile.make_key = make_key;
    return profile;
}

}  // namespace bf::simulator::kucoin
