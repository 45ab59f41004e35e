// What the hub says on spot: protobuf messages of the exchange's public schema.
#include "simulator/mexc/stream.hpp"

#include <simulated_push.pb.h>

namespace bf::simulator::mexc {
namespace {

using push::PushDataV3ApiWrapper;

template <class Body>
void write_ends(Body& body, const InstrumentMarket& market) {
    body.set_bidprice(market.best_bid().to_string());
    body.set_bidquantity(market.level_quantity(Side::buy, 0).to_string());
    body.set_askprice(market.best_ask().to_string());
    body.set_askquantity(market.level_quantity(Side::sell, 0).to_string());
}

/// 1 new, 2 filled, 3 partly filled, 4 canceled, 5 canceled with a part filled.
int status_number(const Order& order) {
    switch (order.status) {
        case OrderStatus::open: return 1;
        case OrderStatus::filled: return 2;
        case OrderStatus::partially_filled: return 3;
        default: return order.filled.is_zero() ? 4 : 5;
    }
}

std::string_view reason_text(BalanceReason reason) {
    switch (reason) {
        case BalanceReason::order_placed: return "ENTRUST_PLACE";
        case BalanceReason::order_canceled: return "ENTRUST_CANCEL";
        case BalanceReason::trade: return "ENTRUST";
        default: return "OTHER";
    }
}

}  // namespace

template <class Fill>
void Hub::push_spot(const std::string& channel, const std::string& symbol, Fill&& fill, std::string_view account) {
    const std::string key = account.empty() ? channel : channel + '|' + std::string{account};
    if (!heard(key)) return;
    PushDataV3ApiWrapper message;
    message.set_channel(channel);
    if (!symbol.empty()) message.set_symbol(symbol);
    fill(message);
    message.set_sendtime(exchange_.now().ms());
    send_binary(key, message.SerializeAsString());
}

void Hub::spot_trade(const TradeEvent& event) {
    for (const std::string speed : {"100ms", "10ms"}) {
        const std::string head = "spot@public.aggre.deals.v3.api.pb@" + speed;
        push_spot(head + '@' + event.instrument->native, event.instrument->native, [&](PushDataV3ApiWrapper& message) {
            auto& body = *message.mutable_publicaggredeals();
            auto& deal = *body.add_deals();
            deal.set_price(event.trade->price.to_string());
            deal.set_quantity(event.trade->quantity.to_string());
            deal.set_tradetype(event.trade->side == Side::buy ? 1 : 2);
            deal.set_time(event.trade->at.ms());
            deal.set_tradeid(std::to_string(event.trade->number));
            body.set_eventtype(head);
        });
    }
}

void Hub::spot_tick(const Instrument& instrument) {
    const auto& market = exchange_.market(instrument);
    for (const std::string speed : {"100ms", "10ms"})
        push_spot("spot@public.aggre.bookTicker.v3.api.pb@" + speed + '@' + instrument.native, instrument.native,
                  [&](PushDataV3ApiWrapper& message) { write_ends(*message.mutable_publicaggrebookticker(), market); });
    for (const auto& interval : intervals()) {
        const std::string channel = "spot@public.kline.v3.api.pb@" + instrument.native + '@' + std::string{interval.stream_name};
        if (!heard(channel)) continue;
        const milliseconds span{interval.minutes * 60'000LL};
        const auto candles = market.candles(interval.minutes, exchange_.true_now() - span, exchange_.true_now());
        if (candles.empty()) continue;
        push_spot(channel, instrument.native, [&](PushDataV3ApiWrapper& message) {
            const Candle& candle = candles.back();
            auto& body = *message.mutable_publicspotkline();
            body.set_interval(std::string{interval.stream_name});
            body.set_windowstart(candle.open_time.ms() / 1000);
            body.set_openingprice(candle.open.to_string());
            body.set_closingprice(candle.close.to_string());
            body.set_highestprice(candle.high.to_string());
            body.set_lowestprice(candle.low.to_string());
            body.set_volume(candle.volume.to_string());
            body.set_amount(candle.turnover.to_string());
            body.set_windowend((candle.open_time + span).ms() / 1000);
        });
    }
    for (const std::size_t levels : {5U, 10U, 20U}) {
        const std::string channel = "spot@public.limit.depth.v3.api.pb@" + instrument.native + '@' + std::to_string(levels);
        if (!heard(channel)) continue;
        const auto book = exchange_.book(instrument, levels);
        push_spot(channel, instrument.native, [&](PushDataV3ApiWrapper& message) {
            auto& body = *message.mutable_publiclimitdepths();
            const auto add = [](auto* item, const Level& level) {
                item->set_price(level.price.to_string());
                item->set_quantity(level.quantity.to_string());
            };
            for (const auto& level : book.asks) add(body.add_asks(), level);
            for (const auto& level : book.bids) add(body.add_bids(), level);
            body.set_eventtype("spot@public.limit.depth.v3.api.pb");
            body.set_version(std::to_string(book.sequence));
        });
    }
}

void Hub::spot_book(const BookEvent& event) {
    for (const std::string speed : {"100ms", "10ms"}) {
        const std::string head = "spot@public.aggre.depth.v3.api.pb@" + speed;
        push_spot(head + '@' + event.instrument->native, event.instrument->native, [&](PushDataV3ApiWrapper& message) {
            auto& body = *message.mutable_publicaggredepths();
            for (const auto& change : event.changes) {
                auto* item = change.side == Side::buy ? body.add_bids() : body.add_asks();
                item->set_price(change.price.to_string());
                item->set_quantity(change.quantity.to_string());
            }
            body.set_eventtype(head);
            body.set_fromversion(std::to_string(event.first_sequence));
            body.set_toversion(std::to_string(event.first_sequence + event.changes.size() - 1));
        });
    }
}

void Hub::spot_order(const OrderEvent& event) {
    // A match that fills the order is told by its end, which follows at once; what is only received is not told.
    const Order& order = *event.order;
    const auto& asked = order.request;
    if (event.fill != nullptr)
        push_spot("spot@private.deals.v3.api.pb", order.instrument->native,
                  [&](PushDataV3ApiWrapper& message) {
                      const Fill& fill = *event.fill;
                      auto& body = *message.mutable_privatedeals();
                      body.set_price(fill.price.to_string());
                      body.set_quantity(fill.quantity.to_string());
                      body.set_amount((fill.price * fill.quantity).to_string());
                      body.set_tradetype(fill.side == Side::buy ? 1 : 2);
                      body.set_ismaker(fill.liquidity == Liquidity::maker);
                      body.set_tradeid(fill.id);
                      body.set_clientorderid(asked.client_order_id);
                      body.set_orderid(order.id);
                      body.set_feeamount(fill.fee.to_string());
                      body.set_feecurrency(fill.fee_asset);
                      body.set_time(fill.at.ms());
                  },
                  event.account->id);
    const bool told = event.change == OrderChange::open || event.change == OrderChange::filled || event.change == OrderChange::canceled ||
                      (event.change == OrderChange::match && !order.remaining().is_zero());
    if (!told) return;
    push_spot("spot@private.orders.v3.api.pb", order.instrument->native,
              [&](PushDataV3ApiWrapper& message) {
                  auto& body = *message.mutable_privateorders();
                  const Decimal price = asked.price.value_or(order.average());
                  body.set_id(order.id);
                  body.set_clientid(asked.client_order_id);
                  body.set_price(price.to_string());
                  body.set_quantity(order.quantity.to_string());
                  body.set_amount((asked.quote_quantity.value_or(price * order.quantity)).to_string());
                  body.set_avgprice(order.average().to_string());
                  body.set_ordertype(type_number(asked));
                  body.set_tradetype(asked.side == Side::buy ? 1 : 2);
                  body.set_ismaker(event.fill != nullptr && event.fill->liquidity == Liquidity::maker);
                  body.set_remainamount((price * order.remaining()).to_string());
                  body.set_remainquantity(order.remaining().to_string());
                  if (event.fill != nullptr) body.set_lastdealquantity(event.fill->quantity.to_string());
                  body.set_cumulativequantity(order.filled.to_string());
                  body.set_cumulativeamount(order.filled_quote.to_string());
                  body.set_status(status_number(order));
                  body.set_createtime(order.created_at.ms());
              },
              event.account->id);
}

void Hub::spot_balance(const BalanceEvent& event) {
    push_spot("spot@private.account.v3.api.pb", {},
              [&](PushDataV3ApiWrapper& message) {
                  const Wallet& wallet = event.account->wallet(Market::spot, event.asset);
                  auto& body = *message.mutable_privateaccount();
                  body.set_vcoinname(event.asset);
                  body.set_balanceamount(wallet.free.to_string());
                  body.set_balanceamountchange(event.free_change.to_string());
                  body.set_frozenamount(wallet.locked.to_string());
                  body.set_frozenamountchange(event.locked_change.to_string());
                  body.set_type(std::string{reason_text(event.reason)});
                  body.set_time(exchange_.now().ms());
                  message.set_createtime(exchange_.now().ms());
              },
              event.account->id);
}

}  // namespace bf::simulator::mexc
