// KuCoin REST reference, "Get All Symbols" (spot) and "Get All Symbols" (futures contracts), read September 2026.
#include "exchange/fast_json.hpp"
#include "exchange/kucoin/native_symbol.hpp"
#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/words.hpp"

namespace bf::exchange::kucoin {
namespace {

using fast::Token;
using market::Instrument;
using wire::JsonWalk;

/// A list's bytes an instrument, a little less than seen, to reserve by.
constexpr std::size_t kBytesAnInstrument = 500;

/// Fills from `SYMBOL-QUOTE`; the currency fields can name a coin by a newer name than its symbol has.
void finish_spot(Instrument& instrument) {
    const std::string_view native = instrument.native_symbol;
    const auto dash = native.find('-');
    if (dash == std::string_view::npos) return;
    instrument.symbol.emplace();
    instrument.symbol->base = native.substr(0, dash);
    instrument.symbol->quote = native.substr(dash + 1);
}

enum class Spot : std::uint8_t { symbol, base, quote, min_quantity, max_quantity, quantity_step, price_step, min_notional, enabled, auction };
constexpr auto kSpot = wire::json_names<Spot>({
    {"symbol", Spot::symbol}, {"baseCurrency", Spot::base}, {"quoteCurrency", Spot::quote}, {"baseMinSize", Spot::min_quantity}, {"baseMaxSize", Spot::max_quantity},
    {"baseIncrement", Spot::quantity_step}, {"priceIncrement", Spot::price_step}, {"minFunds", Spot::min_notional}, {"enableTrading", Spot::enabled},
    {"callauctionIsEnabled", Spot::auction}});

bool read_spot(JsonWalk& walk, Instrument& instrument) {
    std::optional<bool> enabled, auction;
    const bool good = walk.each_wanted(kSpot, [&](Spot wanted, const JsonWalk& value) {
        const Token token{value.raw()};
        switch (wanted) {
            case Spot::symbol: instrument.native_symbol = token.text(); break;
            case Spot::base: instrument.base = token.text(); break;
            case Spot::quote: instrument.quote = token.text(); break;
            case Spot::min_quantity: token.read(instrument.min_quantity); break;
            case Spot::max_quantity: token.read(instrument.max_quantity); break;
            case Spot::quantity_step: token.read(instrument.quantity_step); break;
            case Spot::price_step: token.read(instrument.price_step); break;
            case Spot::min_notional: token.read(instrument.min_notional); break;
            case Spot::enabled: enabled = token.boolean(); break;
            case Spot::auction: auction = token.boolean(); break;
        }
        return true;
    });
    if (!good) return false;
    finish_spot(instrument);
    // During a call auction orders are taken by other rules than ours.
    if (enabled) instrument.tradable = *enabled && !auction.value_or(false);
    return true;
}

struct Contract {
    std::optional<Decimal> multiplier, lot, most;
    bool inverse{false};
    bool perpetual{false};
};

void finish_futures(Instrument& instrument, const Contract& contract) {
    if (instrument.base == "XBT") instrument.base = "BTC";
    if (instrument.settle == "XBT") instrument.settle = "BTC";
    // One contract of a coin-settled instrument is a sum of quote units: it has no size in base units.
    if (!contract.inverse && contract.multiplier && contract.multiplier->is_positive()) {
        instrument.contract_size = contract.multiplier;
        if (contract.lot) {
            const auto step = Decimal::multiply(*contract.multiplier, *contract.lot, Rounding::down);
            if (step) instrument.quantity_step = instrument.min_quantity = *step;
        }
        if (contract.most)
            if (const auto most = Decimal::multiply(*contract.multiplier, *contract.most, Rounding::down)) instrument.max_quantity = *most;
    }
    // Dated contracts have no unified symbol; a perpetual's is given only if it leads back to the exchange's own.
    market::Symbol symbol{instrument.base, instrument.quote, instrument.settle};
    const bool fits = symbol.base.size() <= 20 && symbol.quote.size() <= 20 && !symbol.settle.empty();
    if (contract.perpetual && fits && NativeSymbol{symbol}.text() == instrument.native_symbol) instrument.symbol = std::move(symbol);
}

enum class Futures : std::uint8_t { symbol, settle, status, base, quote, price_step, type, multiplier, max_leverage, lot, most, inverse };
constexpr auto kFutures = wire::json_names<Futures>({
    {"symbol", Futures::symbol}, {"settleCurrency", Futures::settle}, {"status", Futures::status}, {"baseCurrency", Futures::base},
    {"quoteCurrency", Futures::quote}, {"tickSize", Futures::price_step}, {"type", Futures::type}, {"multiplier", Futures::multiplier},
    {"maxLeverage", Futures::max_leverage}, {"lotSize", Futures::lot}, {"maxOrderQty", Futures::most},
    {"isInverse", Futures::inverse}});

bool read_futures(JsonWalk& walk, Instrument& instrument) {
    Contract contract;
    const bool good = walk.each_wanted(kFutures, [&](Futures wanted, const JsonWalk& value) {
        const Token token{value.raw()};
        switch (wanted) {
            case Futures::symbol: instrument.native_symbol = token.text(); break;
            case Futures::settle: instrument.settle = token.text(); break;
            case Futures::status:
                if (!token.text().empty()) instrument.tradable = token.text() == "Open";
                break;
            case Futures::base: instrument.base = token.text(); break;
            case Futures::quote: instrument.quote = token.text(); break;
            case Futures::price_step: token.read(instrument.price_step); break;
            case Futures::type: contract.perpetual = token.text() == "FFWCSX"; break;
            case Futures::multiplier: token.read(contract.multiplier); break;
            case Futures::max_leverage: token.read(instrument.max_leverage); break;
            case Futures::lot: token.read(contract.lot); break;
            case Futures::most: token.read(contract.most); break;
            case Futures::inverse: contract.inverse = token.is_true(); break;
        }
        return true;
    });
    if (!good) return false;
    finish_futures(instrument, contract);
    return true;
}

class ListReader {
public:
    ListReader(market::Market market, std::size_t bytes) : market_{market} { list_.reserve(bytes / kBytesAnInstrument + 1); }

    bool read_data(JsonWalk& data) {
        if (data.front() == '{') return read_one(data);
        return data.each_element([this](JsonWalk& element) { return read_one(element); });
    }
    std::vector<Instrument> take() { return std::move(list_); }

private:
    bool read_one(JsonWalk& walk) {
        Instrument& instrument = list_.emplace_back();
        instrument.market = market_;
        const bool good = market_ == market::Market::futures ? read_futures(walk, instrument) : read_spot(walk, instrument);
        return good && !instrument.native_symbol.empty();
    }
    market::Market market_;
    std::vector<Instrument> list_;
};

enum class Envelope : std::uint8_t { code, data };
constexpr auto kEnvelope = wire::json_names<Envelope>({{"code", Envelope::code}, {"data", Envelope::data}});

/// Whether it is a success with readable data; its instruments are then in `reader`.
bool read_document(JsonWalk& walk, ListReader& reader) {
    bool success = false, has_data = false;
    const bool good = walk.each_wanted(kEnvelope, [&](Envelope wanted, JsonWalk& value) {
        if (wanted == Envelope::code) {
            success = Token{value.raw()}.text() == "200000";
            return true;
        }
        if (has_data) return true;
        has_data = true;
        return reader.read_data(value);
    });
    return good && success && has_data;
}

}  // namespace

Answer<std::vector<Instrument>> read_instruments(const wire::Response& response, const Asked& asked) {
    ListReader reader{asked.call.market, response.body.size()};
    const auto read = [&reader](JsonWalk& walk) { return read_document(walk, reader); };
    if (response.status < 400 && JsonWalk::through(response.body, fast::parser_of_thread(), read)) return reader.take();
    // Not what we hoped for: the careful reader says whether it is a refusal or nothing readable.
    BF_TRY(const auto envelope, open_envelope(response, asked));
    static_cast<void>(envelope);
    return bad_shape("the list of instruments");
}

}  // namespace bf::exchange::kucoin
