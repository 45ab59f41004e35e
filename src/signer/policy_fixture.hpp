// One connection's limits on a bench, for tests: calls that are asked for, a clock that is set by hand, a disk that may be full.
#pragma once
#include "signer/policy_codec.hpp"
#include "signer/policy_rules.hpp"

#include <optional>
#include <string>

namespace bf::signer::test {

using exchange::Operation;
using market::Market;
using market::Side;
using ports::UseLimits;

inline constexpr Instant kStart = Instant::from_ms(1'790'000'000'000);

inline UseLimits tight(Market market = Market::spot) {
    auto limits = ports::default_limits(market);
    limits.values = {{"USDT", {1000, 500, 3000, 5000, 2500}}};
    limits.price_band = "0.1"_d;
    limits.exit_band = "0.5"_d;
    limits.leverage = 5;
    limits.orders_a_minute = 10;
    limits.exits_a_minute = 60;
    return limits;
}

struct Bench {
    ConnectionPolicy policy;
    Instant now{kStart};
    int writes{0};
    bool disk_full{false};
    int last_id{0};

    explicit Bench(UseLimits limits = tight()) : policy{[&] {
        PolicyState state;
        state.limits = std::move(limits);
        return state;
    }()} {}

    /// What the store does when a call waits for it.
    Status keep() {
        const auto number = static_cast<std::uint64_t>(++writes);
        const auto& cover = policy.begin_write(number);
        if (!disk_full) stored = to_bytes(number, policy.state(), cover);
        policy.end_write(number, !disk_full);
        if (disk_full) return Unexpected{Error{ErrorKind::io, "the disk is full"}};
        return {};
    }
    [[nodiscard]] SignItem order(Side side, const Decimal& quantity, const std::optional<Decimal>& price, const char* symbol = "BTC/USDT") {
        SignItem item{"c", Slot::active, now, now + seconds{5}, {}, ports::PriceReference{100, now}};
        item.call.operation = Operation::place_order;
        item.call.symbol = market::Symbol::parse(symbol);
        item.call.market = item.call.symbol->is_futures() ? Market::futures : Market::spot;
        item.call.side = side;
        item.call.type = price ? market::OrderType::limit : market::OrderType::market;
        item.call.quantity = quantity;
        item.call.price = price;
        item.call.client_order_id = "id" + std::to_string(++last_id);
        return item;
    }
    SignItem buy(const Decimal& quantity, const std::optional<Decimal>& price = Decimal{100}) { return order(Side::buy, quantity, price); }
    SignItem sell(const Decimal& quantity, const std::optional<Decimal>& price = Decimal{100}) { return order(Side::sell, quantity, price); }
    SignItem reduce(Side side, const Decimal& quantity, const std::optional<Decimal>& price = Decimal{100}) {
        auto item = order(side, quantity, price, "BTC/USDT:USDT");
        item.call.reduce_only = true;
        item.call.position_mode = market::PositionMode::one_way;
        return item;
    }
    /// Empty when it may be signed, else why not.
    std::string ask(const SignItem& item) {
        const auto why = policy.judge(item, now, [this] { return keep(); });
        return why ? why->detail : "";
    }
    void settle(const SignItem& item, const Decimal& filled, bool exit = false) {
        policy.settle({"c", *item.call.client_order_id, *item.call.symbol, exit, filled}, now);
    }
    [[nodiscard]] Decimal exposure() {
        for (const auto& used : policy.tell(now).used)
            if (used.asset == "USDT") return used.exposure;
        return {};
    }
    /// As another life would find it.
    void restart() {
        auto read = policy_from_bytes(stored).value();
        policy = ConnectionPolicy{std::move(read.state)};
        policy.count_cover(read.cover, now);
    }
    std::string stored;
};

inline bool holds(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace bf::signer::test
