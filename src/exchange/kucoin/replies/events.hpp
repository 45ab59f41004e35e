// The data of a classic frame as our events. Read first, handed over only when the whole frame turned out sound; scratch memory is used
// again, so that tickers and trades allocate nothing.
#pragma once
#include "exchange/fast_json.hpp"
#include "exchange/kucoin/replies/topics.hpp"
#include "exchange/replies.hpp"

namespace bf::exchange::kucoin {

class Events {
public:
    Events(market::Market market, const Instruments* instruments) : market_{market}, instruments_{instruments} {}

    /// Reads `data`, an object that `topic` announced. What it is is kept for `emit`; its views point into the frame. False: it is no JSON, or not as
    /// it is documented.
    bool read(const TopicName& topic, wire::JsonWalk& data);
    /// Hands the last data read to `sink`. False when it lacked what its kind must have.
    [[nodiscard]] bool emit(StreamSink& sink);
    void forget() { topic_ = {}; }

private:
    bool read_ticker(wire::JsonWalk& object);
    bool read_trade(wire::JsonWalk& object);
    bool read_candle(wire::JsonWalk& object);
    bool read_book(wire::JsonWalk& object);
    bool read_change_lists(wire::JsonWalk& changes);
    bool read_levels(wire::JsonWalk& rows, std::vector<BookLevel>& levels);
    bool read_change(std::string_view change);
    bool read_order(wire::JsonWalk& object);
    bool read_balance(wire::JsonWalk& object);
    bool read_position(wire::JsonWalk& object);

    bool emit_trade(StreamSink& sink);
    bool emit_candle(StreamSink& sink);
    bool emit_book(StreamSink& sink);
    bool emit_order(StreamSink& sink);
    bool emit_fill(StreamSink& sink);
    bool emit_balance(StreamSink& sink);
    bool emit_position(StreamSink& sink);

    [[nodiscard]] bool is_futures() const { return market_ == market::Market::futures; }
    [[nodiscard]] const Decimal* contract_size(std::string_view native) const;
    /// A count in the market's unit as base units, where they can be told.
    [[nodiscard]] std::optional<Decimal> base_units(std::optional<Decimal> count, const Decimal* contract_size) const {
        return is_futures() ? contracts_to_base(count, contract_size) : count;
    }
    static std::optional<Decimal> contracts_to_base(const std::optional<Decimal>& count, const Decimal* contract_size);

    /// An order frame's fields as they stand in it.
    struct OrderFields {
        std::string_view symbol, side, kind, status, id, client_id, price, size, origin_size, filled, remain, match_price, match_size, trade_id,
            trade_type, liquidity, order_type;
        std::optional<std::int64_t> order_time, at;
    };

    market::Market market_;
    const Instruments* instruments_;
    TopicName topic_;

    TickerEvent ticker_;
    struct {
        std::string_view symbol, id, side;
        std::optional<Decimal> price, size;
        std::optional<Instant> at;
    } trade_;
    struct {
        std::optional<Instant> open_time;
        std::optional<Decimal> values[5];
    } candle_;
    BookEvent book_;
    OrderFields order_fields_;
    market::Order order_;
    market::Fill fill_;
    market::Balance balance_;
    bool balance_is_ours_{false};
    market::Position position_;
    struct {
        std::string_view side, quantity;
        std::optional<Decimal> contracts;
        std::optional<Decimal> margin, kept_for_fees;
    } position_fields_;
};

}  // namespace bf::exchange::kucoin
