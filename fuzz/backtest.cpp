// What somebody hands a back-test: settings, candles made by hand, recorded signals, ranges of a sweep. Each is read or refused with a sentence;
// what is read is run, and the fast way gives the plain one's figures. Parts with a byte 1 between them.
#include "backtest/hand_csv.hpp"
#include "backtest/index.hpp"
#include "backtest/run.hpp"
#include "backtest/signal_file.hpp"
#include "backtest/sweep.hpp"
#include "input.hpp"

using namespace bf;
using namespace bf::backtest;

namespace {

std::optional<trading::Settings> settings_of(std::string_view text) {
    const auto json = wire::Json::parse(text);
    if (!json) return std::nullopt;
    auto settings = trading::read_settings(json->root());
    if (!settings) {
        fuzz::must(!trading::sentence(settings.error(), trading::Language::en).empty(), "refused settings say why");
        return std::nullopt;
    }
    if (!trading::check(*settings).empty() || settings->pairs.empty()) return std::nullopt;
    return std::move(*settings);
}

void run(fuzz::Input& input, const trading::Settings& settings) {
    const auto options = input.byte();
    const auto columns = read_hand_csv(input.piece('\1'));
    if (!columns) return fuzz::must(!columns.error().sentence.empty(), "a refused file says why");
    const auto candles = columns->view();
    fuzz::must(candles.size() > 0, "candles are some");
    const auto signals = read_signals(input.rest(), candles);
    if (!signals) return fuzz::must(!trading::sentence(signals.error().what, trading::Language::en).empty() && signals.error().line > 0, "a refused signal says why, and where");
    trading::InstrumentFacts facts;
    facts.price_step = candles.tick;
    facts.quantity_step = Decimal::from_parts(1, 8);
    auto plan = make_plan(settings, facts, !signals->empty());
    if ((options & 1) != 0) plan.assumptions.fill = FillModel::touch;
    if ((options & 2) != 0) plan.assumptions.spread = Decimal::from_parts(10, 4);
    if ((options & 4) != 0) plan.assumptions.funding_rate = Decimal::from_parts(1, 4);
    if (plan.entries == Entries::generator) return;
    const backtest::Market market{candles, *signals, nullptr, 0, candles.size()};
    const auto plain = Run{plan, market, Detail::trades}.plain();
    const CandleIndex index{candles};
    const auto found = difference(plain, Run{plan, market, Detail::trades}.fast(index));
    fuzz::must(found.empty(), ("the fast way gives the plain one's figures: " + found).c_str());
}

void sweep(std::string_view text, const trading::Settings& settings) {
    const auto json = wire::Json::parse(text);
    if (!json) return;
    auto spec = read_sweep(json->root());
    if (!spec) return fuzz::must(!spec.error().sentence.empty(), "a refused sweep says why");
    (void)with_commas(grid_size(*spec));
    const auto variants = Variants::make(settings, std::move(*spec));
    if (!variants) return fuzz::must(!variants.error().sentence.empty(), "a refused sweep says why");
    fuzz::must(variants->size() > 0 && variants->size() <= kVariantsMax, "variants are some, and not too many");
    for (const auto at : {std::size_t{0}, variants->size() / 2, variants->size() - 1}) {
        fuzz::must(variants->values(at).size() == variants->spec().ranges.size(), "a variant has a value of each range");
        SweepRow row;
        row.variant = at;
        row.valid = variants->settings(at).has_value();
        std::string line;
        wire::JsonWriter out{line};
        write_row(out, *variants, row);
        const auto kept = wire::Json::parse(line);
        fuzz::must(kept.has_value() && read_row(kept->root(), *variants) == row, "a kept row is read as it was");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const bool sweeps = input.flag();
    const auto settings = settings_of(input.piece('\1'));
    if (!settings) return 0;
    if (sweeps) sweep(input.rest(), *settings);
    else run(input, *settings);
    return 0;
}
