// A case of `explain`, or a webhook's body: whatever it is, it is read or refused with a sentence; a decision's outcome, reason and order agree,
// an order is in whole steps, and the answer is JSON.
#include "input.hpp"
#include "trading/case.hpp"
#include "trading/ladder.hpp"
#include "trading/report.hpp"

using namespace bf;
using namespace bf::trading;

namespace {

void decide_case(std::string_view text) {
    const auto read = Case::read(text);
    if (!read) return fuzz::must(!trading::sentence(read.error(), trading::Language::en).empty(), "a refusal has a sentence");
    const auto decision = read->decide();
    const bool acts = decision.outcome != Outcome::blocked && decision.outcome != Outcome::waiting;
    fuzz::must(acts == decision.order.has_value(), "an order exactly when it acts");
    fuzz::must(acts == !decision.primary.has_value(), "a reason exactly when it does not");
    if (decision.order) {
        fuzz::must(decision.order->quantity.is_positive(), "an order is for something");
        fuzz::must(decision.order->price.is_positive(), "at a price");
    }
    const auto bare = read->decide(Detail::decided);
    fuzz::must(bare.outcome == decision.outcome && bare.primary == decision.primary && bare.order.has_value() == decision.order.has_value(), "decided as it is told");
    bool primary_failed = acts;
    for (const auto& verdict : decision.verdicts())
        if (verdict.stop != Stop::none && verdict.code == decision.primary) primary_failed = true;
    fuzz::must(primary_failed, "the primary reason is a check that failed");
    for (const auto language : {Language::en, Language::nl}) {
        std::string json;
        wire::JsonWriter out{json};
        write_json(out, decision, read->signal(), language);
        fuzz::must(wire::Json::parse(json).has_value(), "the answer is JSON");
    }
}

void read_hook(std::string_view body) {
    const auto json = read_body(body);
    if (!json) return fuzz::must(!trading::sentence(json.error(), trading::Language::en).empty(), "a refused body says why");
    const auto signal = read_signal(json->root());
    if (!signal) return fuzz::must(!trading::sentence(signal.error(), trading::Language::en).empty(), "a refused signal says why");
    fuzz::must(!duplicate_key(*signal).empty(), "a signal has a key");
}

void plan(std::string_view text) {
    const auto json = wire::Json::parse(text);
    if (!json) return;
    const auto settings = read_settings(json->root());
    if (!settings) return;
    std::string once, twice;
    wire::JsonWriter out{once};
    write_json(out, *settings);
    const auto again = wire::Json::parse(once);
    const auto same = read_settings(again->root());
    fuzz::must(same.has_value(), "written settings can be read");
    wire::JsonWriter second{twice};
    write_json(second, *same);
    fuzz::must(once == twice, "and are the same");
    const Rules rules = make_rules(*settings);
    if (rules.invalid) return;
    const InstrumentFacts instrument{.price_step = "0.01"_d, .quantity_step = "0.0001"_d, .min_notional = 5, .risk_tiers = {{1'000'000, "0.005"_d}}};
    for (const auto direction : {Direction::long_side, Direction::short_side})
        static_cast<void>(make_ladder({.rules = rules, .instrument = instrument, .fees = rules.fees, .direction = direction, .price = 3000, .equity = 10'000}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    switch (input.below(3)) {
        case 0: decide_case(input.rest()); break;
        case 1: read_hook(input.rest()); break;
        default: plan(input.rest()); break;
    }
    return 0;
}
