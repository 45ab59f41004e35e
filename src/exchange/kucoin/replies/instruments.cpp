// KuCoin REST reference, "Get All Symbols" (spot) and "Get All Symbols" (futures contracts), read September 2026.
#include "exchange/kucoin/native_symbol.hpp"
#include "exchange/fast_json.hpp"
#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/words.hpp"

namespace bf::exchange::kucoin {
namespace {

using fast::error_code;
using fast::Name;
using fast::Token;
using market::Instrument;
namespace ondemand = simdjson::ondemand;

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

error_code read_spot(ondemand::object& object, Instrument& instrument) {
    std::optional<bool> enabled, auction;
    const auto error = fast::each_member(object, [&](Name name, ondemand::value& value) -> error_code {
        switch (name.front()) {
            case 's':
                if (name.is("symbol")) instrument.native_symbol = Token{value.raw_json_token()}.text();
                break;
            case 'b':
                if (name.is("baseCurrency")) instrument.base = Token{value.raw_json_token()}.text();
                else if (name.is("baseMinSize")) instrument.min_quantity = Token{value.raw_json_token()}.decimal();
                else if (name.is("baseIncrement")) instrument.quantity_step = Token{value.raw_json_token()}.decimal();
                break;
            case 'q':
                if (name.is("quoteCurrency")) instrument.quote = Token{value.raw_json_token()}.text();
                break;
            case 'p':
                if (name.is("priceIncrement")) instrument.price_step = Token{value.raw_json_token()}.decimal();
                break;
            case 'm':
                if (name.is("minFunds")) instrument.min_notional = Token{value.raw_json_token()}.decimal();
                break;
            case 'e':
                if (name.is("enableTrading")) enabled = Token{value.raw_json_token()}.is_true();
                break;
            case 'c':
                if (name.is("callauctionIsEnabled")) auction = Token{value.raw_json_token()}.is_true();
                break;
            default: break;
        }
        return simdjson::SUCCESS;
    });
    if (error) return error;
    finish_spot(instrument);
    // During a call auction orders are taken by other rules than ours.
    if (enabled) instrument.tradable = *enabled && !auction.value_or(false);
    return simdjson::SUCCESS;
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

error_code read_futures(ondemand::object& object, Instrument& instrument) {
    Contract contract;
    const auto error = fast::each_member(object, [&](Name name, ondemand::value& value) -> error_code {
        switch (name.front()) {
            case 's':
                if (name.is("symbol")) instrument.native_symbol = Token{value.raw_json_token()}.text();
                else if (name.is("settleCurrency")) instrument.settle = Token{value.raw_json_token()}.text();
                else if (name.is("status")) instrument.tradable = Token{value.raw_json_token()}.text() == "Open";
                break;
            case 'b':
                if (name.is("baseCurrency")) instrument.base = Token{value.raw_json_token()}.text();
                break;
            case 'q':
                if (name.is("quoteCurrency")) instrument.quote = Token{value.raw_json_token()}.text();
                break;
            case 't':
                if (name.is("tickSize")) instrument.price_step = Token{value.raw_json_token()}.decimal();
                else if (name.is("type")) contract.perpetual = Token{value.raw_json_token()}.text() == "FFWCSX";
                break;
            case 'm':
                if (name.is("multiplier")) contract.multiplier = Token{value.raw_json_token()}.decimal();
                else if (name.is("maxLeverage")) instrument.max_leverage = Token{value.raw_json_token()}.decimal();
                break;
            case 'l':
                if (name.is("lotSize")) contract.lot = Token{value.raw_json_token()}.decimal();
                break;
            case 'i':
                if (name.is("isInverse")) contract.inverse = Token{value.raw_json_token()}.is_true();
                break;
            default: break;
        }
        return simdjson::SUCCESS;
    });
    if (error) return error;
    finish_futures(instrument, contract);
    return simdjson::SUCCESS;
}

class ListReader {
public:
    ListReader(market::Market market, std::size_t bytes) : market_{market} { list_.reserve(bytes / kBytesAnInstrument + 1); }

    error_code read_data(ondemand::value& data) {
        ondemand::json_type type;
        if (const auto error = data.type().get(type)) return error;
        if (type == ondemand::json_type::object) {
            ondemand::object single;
            if (const auto error = data.get_object().get(single)) return error;
            return read_one(single);
        }
        ondemand::array array;
        if (const auto error = data.get_array().get(array)) return error;
        for (auto element : array) {
            ondemand::object object;
            if (const auto error = element.get_object().get(object)) return error;
            if (const auto error = read_one(object)) return error;
        }
        return simdjson::SUCCESS;
    }
    std::vector<Instrument> take() { return std::move(list_); }

private:
    error_code read_one(ondemand::object& object) {
        Instrument& instrument = list_.emplace_back();
        instrument.market = market_;
        const auto error = market_ == market::Market::futures ? read_futures(object, instrument) : read_spot(object, instrument);
        if (error) return error;
        return instrument.native_symbol.empty() ? simdjson::NO_SUCH_FIELD : simdjson::SUCCESS;
    }
    market::Market market_;
    std::vector<Instrument> list_;
};

/// Whether the document is a success with readable data; its instruments are then in `reader`.
bool read_document(ondemand::document& document, ListReader& reader) {
    ondemand::object root;
    if (document.get_object().get(root)) return false;
    bool success = false, has_data = false;
    const auto error = fast::each_member(root, [&](Name name, ondemand::value& value) -> error_code {
        if (name.is("code")) success = Token{value.raw_json_token()}.text() == "200000";
        if (!name.is("data") || has_data) return simdjson::SUCCESS;
        has_data = true;
        return reader.read_data(value);
    });
    return !error && success && has_data;
}

}  // namespace

Answer<std::vector<Instrument>> read_instruments(const wire::Response& response, const Asked& asked) {
    ondemand::parser parser;
    ListReader reader{asked.call.market, response.body.size()};
    ondemand::document document;
    const auto read = [&](auto&& padded) { return !parser.iterate(padded).get(document) && read_document(document, reader); };
    // A body whose memory goes on long enough is read where it lies.
    const bool in_place = response.body.capacity() >= response.body.size() + simdjson::SIMDJSON_PADDING;
    const bool good = in_place ? read(simdjson::padded_string_view{response.body.data(), response.body.size(), response.body.capacity()})
                               : [&] {
                                     const simdjson::padded_string copy{response.body};
                                     return read(copy);
                                 }();
    if (good) return reader.take();
    // Not what we hoped for: the careful reader says whether it is a refusal or nothing readable.
    BF_TRY(const auto envelope, open_envelope(response, asked));
    static_cast<void>(envelope);
    return bad_shape("the list of instruments");
}

}  // namespace bf::exchange::kucoin
