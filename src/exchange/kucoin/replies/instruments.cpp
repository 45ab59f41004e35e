// KuCoin REST reference, "Get All Symbols" (spot) and "Get All Symbols" (futures contracts), read September 2026.
#include "exchange/fast_json.hpp"
#include "exchange/kucoin/native_symbol.hpp"
#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/words.hpp"

namespace bf::exchange::kucoin {
namespace {

using fast::Name;
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

bool read_spot(JsonWalk& walk, Instrument& instrument) {
    std::optional<bool> enabled, auction;
    const bool good = walk.each_member([&](std::string_view quoted, const JsonWalk& value) {
        const Name name{quoted};
        switch (name.front()) {
            case 's':
                if (name.is("symbol")) instrument.native_symbol = Token{value.raw()}.text();
                break;
            case 'b':
                if (name.is("baseCurrency")) instrument.base = Token{value.raw()}.text();
                else if (name.is("baseMinSize")) instrument.min_quantity = Token{value.raw()}.decimal();
                else if (name.is("baseIncrement")) instrument.quantity_step = Token{value.raw()}.decimal();
                break;
            case 'q':
                if (name.is("quoteCurrency")) instrument.quote = Token{value.raw()}.text();
                break;
            case 'p':
                if (name.is("priceIncrement")) instrument.price_step = Token{value.raw()}.decimal();
                break;
            case 'm':
                if (name.is("minFunds")) instrument.min_notional = Token{value.raw()}.decimal();
                break;
            case 'e':
                if (name.is("enableTrading")) enabled = Token{value.raw()}.is_true();
                break;
            case 'c':
                if (name.is("callauctionIsEnabled")) auction = Token{value.raw()}.is_true();
                break;
            default: break;
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
    std::optional<Decimal> multiplier, lot;
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
    }
    // Dated contracts have no unified symbol; a perpetual's is given only if it leads back to the exchange's own.
    market::Symbol symbol{instrument.base, instrument.quote, instrument.settle};
    const bool fits = symbol.base.size() <= 20 && symbol.quote.size() <= 20 && !symbol.settle.empty();
    if (contract.perpetual && fits && NativeSymbol{symbol}.text() == instrument.native_symbol) instrument.symbol = std::move(symbol);
}

bool read_futures(JsonWalk& walk, Instrument& instrument) {
    Contract contract;
    const bool good = walk.each_member([&](std::string_view quoted, const JsonWalk& value) {
        const Name name{quoted};
        switch (name.front()) {
            case 's':
                if (name.is("symbol")) instrument.native_symbol = Token{value.raw()}.text();
                else if (name.is("settleCurrency")) instrument.settle = Token{value.raw()}.text();
                else if (name.is("status")) instrument.tradable = Token{value.raw()}.text() == "Open";
                break;
            case 'b':
                if (name.is("baseCurrency")) instrument.base = Token{value.raw()}.text();
                break;
            case 'q':
                if (name.is("quoteCurrency")) instrument.quote = Token{value.raw()}.text();
                break;
            case 't':
                if (name.is("tickSize")) instrument.price_step = Token{value.raw()}.decimal();
                else if (name.is("type")) contract.perpetual = Token{value.raw()}.text() == "FFWCSX";
                break;
            case 'm':
                if (name.is("multiplier")) contract.multiplier = Token{value.raw()}.decimal();
                else if (name.is("maxLeverage")) instrument.max_leverage = Token{value.raw()}.decimal();
                break;
            case 'l':
                if (name.is("lotSize")) contract.lot = Token{value.raw()}.decimal();
                break;
            case 'i':
                if (name.is("isInverse")) contract.inverse = Token{value.raw()}.is_true();
                break;
            default: break;
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

/// Whether it is a success with readable data; its instruments are then in `reader`.
bool read_document(JsonWalk& walk, ListReader& reader) {
    bool success = false, has_data = false;
    const bool good = walk.each_member([&](std::string_view quoted, JsonWalk& value) {
        const Name name{quoted};
        if (name.is("code")) success = Token{value.raw()}.text() == "200000";
        if (!name.is("data") || has_data) return true;
        has_data = true;
        return reader.read_data(value);
    });
    return good && success && has_data;
}

}  // namespace

Answer<std::vector<Instrument>> read_instruments(const wire::Response& response, const Asked& asked) {
    ListReader reader{asked.call.market, response.body.size()};
    if (JsonWalk::through(response.body, fast::parser_of_thread(), [&reader](JsonWalk& walk) { return read_document(walk, reader); })) return reader.take();
    // Not what we hoped for: the careful reader says whether it is a refusal or nothing readable.
    BF_TRY(const auto envelope, open_envelope(response, asked));
    static_cast<void>(envelope);
    return bad_shape("the list of instruments");
}

}  // namespace bf::exchange::kucoin
