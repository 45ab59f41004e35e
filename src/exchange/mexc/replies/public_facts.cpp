#include "exchange/mexc/replies/public_facts.hpp"

#include "exchange/mexc/replies/readers.hpp"

namespace bf::exchange::mexc {
namespace {

class MexcFacts final : public PublicFacts {
public:
    [[nodiscard]] std::string depth_target(const market::Instrument& instrument) const override {
        if (instrument.market == market::Market::spot) return "/api/v3/depth?symbol=" + instrument.native_symbol + "&limit=" + std::to_string(kLevels);
        return "/api/v1/contract/depth/" + instrument.native_symbol + "?limit=" + std::to_string(kLevels);
    }
    Answer<Depth> depth(const wire::Response& response, const Asked& asked, const market::Instrument& instrument) const override {
        BF_TRY(const wire::Json body, open_body(response, asked));
        const auto book = instrument.market == market::Market::spot ? body.root() : body["data"];
        auto bids = read_levels(book["bids"], instrument, true), asks = read_levels(book["asks"], instrument, false);
        if (!bids || !asks) return Unexpected{unreadable("a book that is none")};
        return Depth{std::move(*bids), std::move(*asks)};
    }
    [[nodiscard]] std::string funding_target(const market::Instrument& contract) const override { return "/api/v1/contract/funding_rate/" + contract.native_symbol; }
    Answer<FundingRate> funding_rate(const wire::Response& response, const Asked& asked) const override {
        BF_TRY(const wire::Json body, open_body(response, asked));
        Fields fields{body["data"]};
        const auto rate = fields.amount("fundingRate");
        const auto due = fields.time_ms("nextSettleTime");
        if (!rate || !due || !is_funding_rate(*rate)) return Unexpected{unreadable("a funding rate without rate or time")};
        return FundingRate{*rate, *due};
    }
    [[nodiscard]] bool lists_funding_by_page() const override { return true; }
    [[nodiscard]] std::string settled_target(const market::Instrument& contract, const FundingAsk& ask) const override {
        return "/api/v1/contract/funding_rate/history?symbol=" + contract.native_symbol + "&page_num=" + std::to_string(ask.page) + "&page_size=" + std::to_string(kFundingPage);
    }
    Answer<SettledRates> settled_rates(const wire::Response& response, const Asked& asked, const market::Instrument& contract) const override {
        BF_TRY(const wire::Json body, open_body(response, asked));
        const auto data = body["data"];
        const auto page = data["currentPage"].integer(), pages = data["totalPage"].integer();
        if (!page || !pages) return Unexpected{unreadable("settled funding rates without a page")};
        BF_TRY(auto rates, read_list<FundingRate>(data["resultList"], [&](const wire::JsonValue& row) -> Answer<FundingRate> {
            Fields fields{row};
            const auto rate = fields.amount("fundingRate");
            const auto at = fields.time_ms("settleTime");
            if (!rate || !at || !is_funding_rate(*rate) || fields.text("symbol") != contract.native_symbol) return Unexpected{unreadable("a settled funding rate that is none")};
            return FundingRate{*rate, *at};
        }));
        return SettledRates{std::move(rates), *page < *pages};
    }
    /// The settled rates have twenty questions in two seconds of their own, as the ticker has.
    [[nodiscard]] Operation weighs_as(market::Market) const override { return Operation::ticker; }
};

}  // namespace

std::unique_ptr<PublicFacts> make_public_facts() { return std::make_unique<MexcFacts>(); }

}  // namespace bf::exchange::mexc
