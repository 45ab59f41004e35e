#include "exchange/kucoin/replies/public_facts.hpp"

#include "exchange/kucoin/replies/envelope.hpp"
#include "exchange/kucoin/replies/words.hpp"

namespace bf::exchange::kucoin {
namespace {

class KucoinFacts final : public PublicFacts {
public:
    [[nodiscard]] std::string depth_target(const market::Instrument& instrument) const override {
        const bool futures = instrument.market == market::Market::futures;
        return (futures ? "/api/v1/level2/depth20?symbol=" : "/api/v1/market/orderbook/level2_20?symbol=") + instrument.native_symbol;
    }
    Answer<Depth> depth(const wire::Response& response, const Asked& asked, const market::Instrument& instrument) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        auto bids = read_levels(envelope.data()["bids"], instrument, true), asks = read_levels(envelope.data()["asks"], instrument, false);
        if (!bids || !asks) return bad_shape("the book");
        return Depth{std::move(*bids), std::move(*asks)};
    }
    [[nodiscard]] std::string funding_target(const market::Instrument& contract) const override {
        return "/api/v1/funding-rate/" + contract.native_symbol + "/current";
    }
    /// `value` is the running cycle's rate, which begins at `timePoint` and is settled at its end; `fundingTime` says when that is.
    Answer<FundingRate> funding_rate(const wire::Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        const auto data = envelope.data();
        const auto rate = data["value"].decimal();
        const auto due = time_of(data["fundingTime"]);
        if (!rate || !due || !is_funding_rate(*rate)) return bad_shape("the funding rate");
        return FundingRate{*rate, *due};
    }
    [[nodiscard]] bool lists_funding_by_page() const override { return false; }
    /// Both ends belong to what is listed, so the last millisecond before `to` is asked for.
    [[nodiscard]] std::string settled_target(const market::Instrument& contract, const FundingAsk& ask) const override {
        return "/api/v1/contract/funding-rates?symbol=" + contract.native_symbol + "&from=" + std::to_string(ask.from.ms()) + "&to=" + std::to_string(ask.to.ms() - 1);
    }
    Answer<SettledRates> settled_rates(const wire::Response& response, const Asked& asked, const market::Instrument& contract) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        const auto rows = envelope.data();
        if (!rows.is_array()) return bad_shape("the settled funding rates");
        SettledRates out;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto row = rows.at(i);
            const auto rate = row["fundingRate"].decimal();
            const auto at = time_of(row["timepoint"]);
            if (!rate || !at || !is_funding_rate(*rate) || row["symbol"].text() != contract.native_symbol) return bad_shape("a settled funding rate");
            out.rates.push_back({*rate, *at});
        }
        return out;
    }
    /// Five of the public pool: what the settled rates and the book of futures weighs, spot's two and the funding rate's two weigh less.
    [[nodiscard]] Operation weighs_as(market::Market) const override { return Operation::risk_tiers; }
};

}  // namespace

std::unique_ptr<PublicFacts> make_public_facts() { return std::make_unique<KucoinFacts>(); }

}  // namespace bf::exchange::kucoin
