// From a price on the wire to a signed order, in process, as for a group that adds in its next zone: the stream's frame read, the decision
// made with all its checks and limits and the group's figures before and after it, as the engine makes it, the order checked, written and
// signed. Beside it ccxt.pro reading the same frame and ccxt's createOrder, which decide nothing. Sentences for the LIVE list and the
// journal's record are made off this path (docs/design/trader.md).
#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "support/allocations.hpp"
#include "support/inputs.hpp"
#include "support/measure.hpp"
#include "support/node.hpp"
#include "trading/trading_fixture.hpp"

using namespace bf;
using namespace bf::bench;
using exchange::ExchangeId;
using market::Market;

namespace {

class Prices final : public exchange::StreamSink {
public:
    void on_ticker(const exchange::TickerEvent& event) override {
        if (!event.bid || !event.ask) return;
        // The frames' two prices are drawn apart and may cross.
        static const auto kApart = "0.1"_d;
        const auto bid = *event.ask - kApart;
        quote = {bid, *event.ask, bid, trading::test::at(trading::test::kNow), std::nullopt};
    }
    trading::Quote quote{};
};

}  // namespace

int main() {
    const test::Scratch folder;
    const auto frames = make_frames();
    write_inputs(folder, make_lists(), frames);

    // The frames' prices go from 67,000 to 68,000: all in the first zone of a group that bought at 73,100.
    std::vector<exchange::Topic> topics(1);
    topics[0].kind = exchange::TopicKind::ticker;
    topics[0].symbol = market::Symbol::parse("BTC/USDT");
    const exchange::StreamPlan plan{.market = Market::spot, .topics = topics};
    exchange::Instruments instruments;
    const auto session = exchange::replies_of(ExchangeId::kucoin)->open_session(plan, &instruments);
    Prices prices;
    trading::test::Scene scene;
    scene.settings = trading::test::settings_of(R"({"name":"btc","connection":"Main","market":"spot","pairs":["BTC/USDT"],"directions":["long"],
        "risk_level":"low","margin":{"group_limit":"90000","group_limit_pct":"90","connection_limit_pct":"100"},"entry":{"base_order":"300","max_spread_pct":"5"},"add_on":{"zone_step_pct":"5","max":3}})");
    scene.signal.pair = "BTC/USDT";
    scene.signal.strategy = "btc";
    scene.holding({"73100"});
    const auto rules = trading::make_rules(scene.settings);

    const auto* calls = exchange::calls_of(ExchangeId::kucoin);
    const auto key = calls->make_key({.key = crypto::Secret::take("6705f5c311545b000157d3eb"), .secret = crypto::Secret::take("f03a5284-5c39-4aaa-9b20-dea10bdcf8e3"),
                                      .passphrase = crypto::Secret::take("Backfuture7")});
    exchange::Call call;
    call.operation = exchange::Operation::place_order;
    call.market = Market::spot;
    call.symbol = topics[0].symbol;
    call.client_order_id = "bf1f3a5b2c4d6e8f0a1b2c3d4e5";
    exchange::RequestList list;
    trading::Decision decision;
    std::size_t at = 0, ordered = 0, events = 0;
    const auto ours = [&] {
        const auto& frame = frames.kucoin_ticker[at];
        at = at + 1 == frames.kucoin_ticker.size() ? 0 : at + 1;
        if (!session->on_text(frame, prices)) std::abort();
        ++events;
        auto route = scene.route(rules);
        route.quote = prices.quote;
        trading::decide({.signal = scene.signal, .rules = rules, .now = trading::test::at(trading::test::kNow), .main = route, .detail = trading::Detail::decided}, decision);
        if (!decision.order) return;
        ++ordered;
        call.side = decision.order->side;
        call.type = decision.order->type;
        call.price = decision.order->price;
        call.quantity = decision.order->quantity;
        call.time_in_force = market::TimeInForce::ioc;
        list.clear();
        if (!exchange::check_arguments(call) || !calls->write(call, key.get(), trading::test::at(trading::test::kNow), list)) std::abort();
        keep(list[0].body.data());
    };
    for (int i = 0; i < 1000; ++i) ours();
    const auto before = allocations.load();
    const auto events_before = events;
    for (int i = 0; i < 1000; ++i) ours();
    const auto allocated = allocations.load() - before;
    // Every frame must have made an order, or the figure would be of something cheaper.
    if (ordered * 100 < events * 99) {
        std::fprintf(stderr, "Only %zu of %zu events made an order: %s\n", ordered, events, decision.primary ? std::string{trading::to_string(*decision.primary)}.c_str() : "?");
        return 1;
    }
    std::printf(R"({"bench":"event_to_request_allocations","value":%.2f,"unit":"an event","baseline":0,"ratio":null})" "\n", static_cast<double>(allocated) / static_cast<double>(events - events_before));

    Node node{folder.path()};
    node.warm_up("event_kucoin_spot");
    const auto figures = medians([&] { return ns_each(ours); }, [&] { return node.ns_each("event_kucoin_spot"); });
    print({"event_to_request_p50", figures[0] / 1000, "us", 1, figures[0] / 1000, {Want::at_most, 1}});
    print({"event_to_request_vs_ccxt", figures[0] / 1000, "us", figures[1] / 1000, figures[1] / figures[0], {Want::at_least, 30}});
    // Each event by itself, for the tail.
    std::vector<double> times;
    times.reserve(200'000);
    for (int i = 0; i < 200'000; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        ours();
        times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
    }
    std::sort(times.begin(), times.end());
    const double p99 = times[times.size() * 99 / 100];
    print({"event_to_request_p99", p99, "us", 5, p99 / 5, {Want::at_most, 1}});
    return 0;
}
