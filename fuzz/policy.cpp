// What the signer's store holds of a connection's limits and their use, once it is unsealed: read or refused; what is read is written in one
// form, and however the stored use came about, what is signed from then on stays within the limits that stand in it.
#include "chance.hpp"
#include "signer/policy_codec.hpp"
#include "signer/policy_rules.hpp"

using namespace bf;
using namespace bf::signer;

namespace {

constexpr auto kNow = Instant::from_ms(1'790'000'010'000);

SignItem order(market::Side side, bool reduce_only, const Decimal& quantity, const Decimal& price, const market::Symbol& symbol, int number) {
    SignItem item{"c", Slot::active, kNow, kNow + seconds{5}, {}, ports::PriceReference{price, kNow}};
    item.call.operation = exchange::Operation::place_order;
    item.call.market = symbol.is_futures() ? market::Market::futures : market::Market::spot;
    item.call.symbol = symbol;
    item.call.side = side;
    item.call.type = market::OrderType::limit;
    item.call.quantity = quantity;
    item.call.price = price;
    item.call.client_order_id = "fuzz" + std::to_string(number);
    if (reduce_only) item.call.reduce_only = true;
    if (symbol.is_futures()) item.call.contract_size = Decimal{1};
    return item;
}

void judge(StoredPolicy stored, fuzz::Input& input) {
    const auto limits = stored.state.limits;
    const auto frozen = stored.state.freeze;
    const auto doubt = stored.state.doubt;
    // No limits let this much be used; what is read beyond it is not written as it was.
    bool plausible = stored.state.orders.total(kNow) < 1'000'000 && stored.state.exits.total(kNow) < 1'000'000;
    for (auto& [asset, use] : stored.state.assets) plausible = plausible && use.hour.total(kNow) < Decimal{10'000'000'000'000'000} && use.day.total(kNow) < Decimal{10'000'000'000'000'000};
    for (const auto& [asset, value] : stored.cover.values) plausible = plausible && value < Decimal{10'000'000'000'000'000};
    ConnectionPolicy policy{std::move(stored.state)};
    policy.count_cover(stored.cover, kNow);
    std::uint64_t number = 100;
    const auto keep = [&] {
        ++number;
        (void)to_bytes(number, policy.state(), policy.begin_write(number));
        policy.end_write(number, true);
        return Status{};
    };
    Decimal bought{0};
    for (int i = 0; i < 6 && !input.empty(); ++i) {
        const market::Symbol symbol = input.flag() ? market::Symbol{"BTC", "USDT"} : market::Symbol{"BTC", "USDT", "USDT"};
        const auto side = input.flag() ? market::Side::sell : market::Side::buy;
        const bool reduce = symbol.is_futures() && input.flag();
        const Decimal quantity = Decimal::from_parts(1 + input.pair(), static_cast<int>(input.below(4))), price = Decimal::from_parts(1 + input.pair(), static_cast<int>(input.below(3)));
        const auto no = policy.judge(order(side, reduce, quantity, price, symbol, i), kNow, keep);
        if (no) {
            fuzz::must(!no->detail.empty(), "a refusal has a sentence");
            continue;
        }
        fuzz::must(frozen != ports::FreezeLevel::everything, "frozen is frozen");
        if (side != market::Side::buy || reduce) continue;
        // A raise whose time has come holds instead; the stored one may be due.
        if (policy.state().limits != limits) return;
        fuzz::must(frozen == ports::FreezeLevel::none && doubt == Doubt::none, "nothing is opened while frozen or in doubt");
        const auto caps = limits.values.find("USDT");
        fuzz::must(limits.operations.place_order && caps != limits.values.end(), "what is not allowed is not signed");
        const auto value = quantity * price;
        bought = bought + value;
        fuzz::must(value <= caps->second.order && bought <= caps->second.hour && bought <= caps->second.day && bought <= caps->second.exposure, "orders are within their limits");
    }
    (void)policy.tell(kNow);
    policy.set_limits(ports::default_limits({}), kNow);
    (void)policy.tell(kNow + std::chrono::hours{2});
    const auto written = to_bytes(1, policy.state(), policy.begin_write(1));
    fuzz::must(!plausible || policy_from_bytes(written).has_value(), "what is kept can be read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const auto orders = input.take(input.byte());
    auto stored = policy_from_bytes(input.rest());
    if (!stored) return 0;
    const auto once = to_bytes(stored->version, stored->state, stored->cover);
    const auto again = policy_from_bytes(once);
    fuzz::must(again.has_value() && to_bytes(again->version, again->state, again->cover) == once, "what is read is written in one form");
    fuzz::Input acts{reinterpret_cast<const std::uint8_t*>(orders.data()), orders.size()};
    judge(std::move(*stored), acts);
    return 0;
}
