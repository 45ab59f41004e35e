// What the hub says on futures: JSON. Source: futures reference, "WebSocket".
#include "simulator/mexc/stream.hpp"

namespace bf::simulator::mexc {

template <class Write>
void Hub::push_futures(std::string_view channel, const std::string& key, const Instrument* instrument, Write&& write) {
    if (!heard(key)) return;
    std::string message;
    JsonWriter out{message};
    out.begin_object();
    if (instrument != nullptr) out.member("symbol", instrument->native);
    write(out.key("data"));
    out.member("channel", channel).member("ts", exchange_.now().ms()).end_object();
    send_text(key, message);
}

void Hub::futures_trade(const TradeEvent& event) {
    push_futures("push.deal", "sub.deal|" + event.instrument->native, event.instrument, [&](JsonWriter& out) {
        out.begin_array();
        write_deal(out, *event.trade, *event.instrument);
        out.end_array();
    });
}

void Hub::futures_tick(const Instrument& instrument) {
    const auto& market = exchange_.market(instrument);
    push_futures("push.ticker", "sub.ticker|" + instrument.native, &instrument, [&](JsonWriter& out) { write_ticker(out, exchange_, instrument); });
    for (const auto& interval : intervals()) {
        const std::string key = "sub.kline|" + instrument.native + '|' + std::string{interval.stream_name};
        if (!heard(key)) continue;
        const milliseconds span{interval.minutes * 60'000LL};
        const auto candles = market.candles(interval.minutes, exchange_.true_now() - span, exchange_.true_now());
        if (candles.empty()) continue;
        const Candle& candle = candles.back();
        push_futures("push.kline", key, &instrument, [&](JsonWriter& out) {
            out.begin_object();
            number(out, "a", candle.turnover);
            number(out, "c", candle.close);
            number(out, "h", candle.high);
            out.member("interval", interval.stream_name);
            number(out, "l", candle.low);
            number(out, "o", candle.open);
            number(out, "q", instrument.contracts(candle.volume));
            out.member("symbol", instrument.native).member("t", candle.open_time.ms() / 1000).end_object();
        });
    }
    push_futures("push.funding.rate", "sub.funding.rate|" + instrument.native, &instrument, [&](JsonWriter& out) {
        out.begin_object();
        number(out, "rate", exchange_.funding_rate(instrument));
        out.member("symbol", instrument.native).end_object();
    });
    for (const std::string_view name : {"fair.price", "index.price"})
        push_futures("push." + std::string{name}, "sub." + std::string{name} + '|' + instrument.native, &instrument, [&](JsonWriter& out) {
            out.begin_object();
            number(out, "price", market.price());
            out.member("symbol", instrument.native).end_object();
        });
    if (heard("sub.depth.full|" + instrument.native)) {
        const auto book = exchange_.book(instrument, 20);
        push_futures("push.depth.full", "sub.depth.full|" + instrument.native, &instrument, [&](JsonWriter& out) {
            out.begin_object();
            write_contract_levels(out, "asks", book.asks, instrument);
            write_contract_levels(out, "bids", book.bids, instrument);
            out.member("version", book.sequence).end_object();
        });
    }
    // All tickers in one message, once a tick: at the last contract.
    if (&instrument != &exchange_.instruments().back()) return;
    push_futures("push.tickers", "sub.tickers", nullptr, [&](JsonWriter& out) {
        out.begin_array();
        for (const auto& one : exchange_.instruments())
            if (one.is_futures()) write_ticker(out, exchange_, one);
        out.end_array();
    });
}

void Hub::futures_book(const BookEvent& event) {
    const Instrument& instrument = *event.instrument;
    push_futures("push.depth", "sub.depth|" + instrument.native, &instrument, [&](JsonWriter& out) {
        std::vector<Level> asks, bids;
        for (const auto& change : event.changes) (change.side == Side::buy ? bids : asks).push_back({change.price, change.quantity});
        out.begin_object();
        write_contract_levels(out, "asks", asks, instrument);
        write_contract_levels(out, "bids", bids, instrument);
        // Merged by default since April 2025: from begin to end.
        out.member("begin", event.first_sequence).member("end", event.first_sequence + event.changes.size() - 1);
        out.member("version", event.first_sequence + event.changes.size() - 1).end_object();
    });
}

void Hub::futures_order(const OrderEvent& event) {
    if (event.change == OrderChange::received) return;
    const Order& order = *event.order;
    const auto& id = event.account->id;
    if (event.fill != nullptr)
        push_futures("push.personal.order.deal", "order.deal|" + id, nullptr, [&](JsonWriter& out) {
            out.begin_object();
            write_futures_fill(out, *event.fill);
            out.member("isTaker", event.fill->liquidity == Liquidity::taker).member("isSelf", false);
            out.member("externalOid", order.request.client_order_id).member("reduceOnly", order.request.reduce_only).end_object();
        });
    if (event.change == OrderChange::match && order.remaining().is_zero()) return;
    push_futures("push.personal.order", "order|" + id, nullptr, [&](JsonWriter& out) {
        out.begin_object();
        write_futures_order(out, order);
        number(out, "remainVol", order.instrument->contracts(order.remaining()));
        out.end_object();
    });
}

void Hub::futures_balance(const BalanceEvent& event) {
    push_futures("push.personal.asset", "asset|" + event.account->id, nullptr, [&](JsonWriter& out) {
        out.begin_object();
        write_asset(out, exchange_, *event.account, event.asset);
        out.end_object();
    });
}

void Hub::position(const PositionEvent& event) {
    push_futures("push.personal.position", "position|" + event.account->id, nullptr, [&](JsonWriter& out) {
        out.begin_object();
        write_position(out, exchange_, *event.account, *event.position);
        out.end_object();
    });
}

}  // namespace bf::simulator::mexc
