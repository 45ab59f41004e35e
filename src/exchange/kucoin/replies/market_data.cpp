// Tickers, candles and the addresses of streams. KuCoin REST reference, "Market Data" of spot and futures, read September 2026.
#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/words.hpp"
#include "exchange/remark.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {
namespace {

using wire::JsonValue;

bool is_futures(const Asked& asked) { return asked.call.market == market::Market::futures; }

/// Spot rows are [time, open, CLOSE, high, low, volume]; futures rows [time, open, HIGH, low, close, contracts].
Answer<market::Candle> read_candle(JsonValue row, bool futures, const Decimal* contract_size) {
    const auto time = time_of(row.at(0));
    const auto open = row.at(1).decimal();
    const auto high = row.at(futures ? 2 : 3).decimal(), low = row.at(futures ? 3 : 4).decimal(), close = row.at(futures ? 4 : 2).decimal();
    if (!time || !open || !high || !low || !close) return bad_shape("a candle's time or prices");
    const auto volume = size_of(row.at(5), futures ? market::Market::futures : market::Market::spot, contract_size).quantity;
    return market::Candle{*time, *open, *high, *low, *close, volume};
}

/// What was asked for, and nothing around it: the exchange's windows include both ends.
void trim(std::vector<market::Candle>& candles, const Call& call) {
    if (call.since) std::erase_if(candles, [&](const auto& candle) { return candle.open_time < *call.since; });
    if (!call.limit || candles.size() <= static_cast<std::size_t>(*call.limit)) return;
    const auto surplus = static_cast<std::ptrdiff_t>(candles.size()) - *call.limit;
    if (call.since)
        candles.erase(candles.end() - surplus, candles.end());
    else
        candles.erase(candles.begin(), candles.begin() + surplus);
}

/// Futures name the pair; an answer about another one gives no price.
bool is_of_another(JsonValue data, const Call& call) {
    const auto told = data["symbol"].text();
    return told && !told->empty() && call.symbol && *told != native_of(*call.symbol);
}

Answer<market::Ticker> read_mark_price(JsonValue data, const Asked& asked) {
    market::Ticker ticker;
    ticker.native_symbol = native_of(*asked.call.symbol);
    ticker.symbol = asked.call.symbol;
    ticker.mark = data["value"].decimal();
    ticker.at = time_of(data["timePoint"]);
    if (!ticker.mark || is_of_another(data, asked.call)) return bad_shape("the mark price");
    return ticker;
}

}  // namespace

Answer<market::Ticker> read_ticker(JsonValue data, const Asked& asked) {
    if (asked.call.operation == Operation::mark_price && asked.call.symbol) return read_mark_price(data, asked);
    if (data.is_null()) return Unexpected{Problem{.code = ProblemCode::invalid_symbol, .exchange_code = "200000", .exchange_message = say(Remark::no_data)}};
    if (!data.is_object() || is_of_another(data, asked.call)) return bad_shape("the ticker");
    market::Ticker ticker;
    ticker.native_symbol = data["symbol"].text().value_or("");
    if (ticker.native_symbol.empty() && asked.call.symbol) ticker.native_symbol = native_of(*asked.call.symbol);
    ticker.symbol = symbol_of(ticker.native_symbol, asked.call.market, asked.instruments);
    ticker.bid = data[is_futures(asked) ? "bestBidPrice" : "bestBid"].decimal();
    ticker.ask = data[is_futures(asked) ? "bestAskPrice" : "bestAsk"].decimal();
    ticker.last = data["price"].decimal();
    ticker.at = time_of(data[is_futures(asked) ? "ts" : "time"]);
    if (!ticker.bid && !ticker.ask && !ticker.last) return bad_shape("the ticker's prices");
    return ticker;
}

Answer<std::vector<market::Candle>> read_candles(JsonValue data, const Asked& asked) {
    if (!data.is_array()) return bad_shape("the list of candles");
    const Decimal* contract_size = nullptr;
    if (asked.call.symbol) contract_size = contract_size_of(asked.instruments, native_of(*asked.call.symbol));
    std::vector<market::Candle> candles;
    candles.reserve(data.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
        BF_TRY(auto candle, read_candle(data.at(i), is_futures(asked), contract_size));
        candles.push_back(std::move(candle));
    }
    // Spot sends the newest first.
    std::stable_sort(candles.begin(), candles.end(), [](const auto& a, const auto& b) { return a.open_time < b.open_time; });
    trim(candles, asked.call);
    return candles;
}

Answer<StreamAddress> read_stream_address(JsonValue data, const Asked& asked) {
    const auto token = data["token"].text();
    if (!token || token->empty()) return bad_shape("the stream's token");
    const auto server = data["instanceServers"].at(0);
    std::string url;
    if (const auto endpoint = server["endpoint"].text())
        url = *endpoint;
    else if (asked.call.account_mode == AccountMode::unified)
        // The unified interface's token comes with no server: its private socket has one address (Kucoin.Net, KucoinApiAddresses).
        url = asked.call.site == Site::eu ? "wss://wsapi-push.kucoin.eu" : "wss://wsapi-push.kucoin.com";
    else
        return bad_shape("the stream's server");
    StreamAddress address;
    address.url = url + (url.find('?') == std::string::npos ? "?token=" : "&token=") + std::string{*token} + "&connectId=backfuture";
    if (const auto interval = server["pingInterval"].integer(); interval && *interval >= 1000 && *interval <= 600'000)
        address.ping_every = milliseconds{*interval};
    else
        address.ping_every = milliseconds{18000};
    return address;
}

}  // namespace bf::exchange::kucoin
