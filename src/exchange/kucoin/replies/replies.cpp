#include "exchange/kucoin/replies/replies.hpp"

#include "exchange/kucoin/offers.hpp"
#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/session.hpp"
#include "exchange/kucoin/replies/words.hpp"
#include "exchange/remark.hpp"
#include "exchange/wallet.hpp"

namespace bf::exchange::kucoin {
namespace {

using wire::JsonValue;
using wire::Response;

class KucoinReplies final : public exchange::Replies, public exchange::WalletReplies {
public:
    [[nodiscard]] bool offers(const Call& call) const override { return kucoin::offers(call); }
    Answer<Instant> server_time(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        const auto time = time_of(envelope.data());
        if (!time) return bad_shape("the time");
        return *time;
    }
    Answer<KeyInfo> key_info(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_key_info(envelope.data(), asked);
    }
    Answer<std::vector<market::Balance>> balances(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        if (envelope.data()["accounts"].exists()) return read_unified_balances(envelope.data());
        return is_futures(asked) ? read_futures_balances(envelope.data()) : read_spot_balances(envelope.data());
    }
    Answer<std::vector<market::Amount>> wallets(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_wallets(envelope.data());
    }
    Answer<std::vector<market::Instrument>> instruments(const Response& response, const Asked& asked) const override {
        return read_instruments(response, asked);
    }
    Answer<market::Ticker> ticker(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_ticker(envelope.data(), asked);
    }
    Answer<std::vector<market::Candle>> candles(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_candles(envelope.data(), asked);
    }
    Answer<std::vector<market::Order>> open_orders(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_orders(envelope.data(), asked);
    }
    Answer<market::Order> order(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_order(envelope.data(), asked);
    }
    Answer<std::vector<market::Fill>> fills(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_fills(envelope.data(), asked);
    }
    Answer<std::vector<market::Position>> positions(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_positions(envelope.data(), asked);
    }
    Answer<PlacedOrder> placed(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_placed(envelope.data(), asked);
    }
    Answer<PlacedOrder> canceled(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_canceled(envelope.data());
    }
    Answer<void> done(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        // The unified change of margin mode answers per symbol, with a code in each item.
        const auto items = envelope.data()["items"];
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto code = items.at(i)["code"].text_or_number();
            if (code && *code != "200000") return Unexpected{problem_of(*code, items.at(i)["msg"].text().value_or(""), response, asked)};
        }
        return {};
    }
    Answer<ServiceStatus> service_status(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        const auto status = envelope.data()["status"].text().value_or("");
        if (status == "open") return ServiceStatus::open;
        if (status == "cancelonly") return ServiceStatus::cancel_only;
        if (status == "close") return ServiceStatus::closed;
        return bad_shape("the service's status");
    }
    Answer<AccountMode> account_mode(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        const auto mode = envelope.data()["selfAccountMode"].text().value_or("");
        if (mode == "CLASSIC") return AccountMode::classic;
        if (mode == "UNIFIED") return AccountMode::unified;
        return bad_shape("the account's mode");
    }
    Answer<std::string> account_id(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        auto id = text_of(envelope.data()["uid"]);
        if (!id) return bad_shape("the account's id");
        return std::move(*id);
    }
    Answer<Ternary> identity_sufficient(const Response&, const Asked&) const override { return Ternary::unknown; }
    Answer<std::vector<std::string>> tradable_symbols(const Response&, const Asked&) const override {
        return Unexpected{Problem{.exchange_message = say(Remark::no_such_call, {"KuCoin", "tradable_symbols"})}};
    }
    Answer<std::string> egress_address(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        auto address = text_of(envelope.data());
        if (!address) return bad_shape("our address");
        return std::move(*address);
    }
    Answer<market::PositionMode> position_mode(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        const auto mode = envelope.data()["positionMode"].integer();
        if (mode == 0) return market::PositionMode::one_way;
        if (mode == 1) return market::PositionMode::hedge;
        return bad_shape("the position mode");
    }
    Answer<market::MarginMode> margin_mode(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        const auto mode = margin_mode_of(envelope.data()["marginMode"].text().value_or(""));
        if (!mode) return bad_shape("the margin mode");
        return *mode;
    }
    Answer<std::vector<std::int64_t>> leverage(const wire::Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        const auto leverage = envelope.data()["leverage"].decimal();
        if (!leverage || !leverage->is_whole() || *leverage < Decimal{1} || *leverage > Decimal{1000}) return bad_shape("the leverage");
        return std::vector{static_cast<std::int64_t>(leverage->mantissa())};
    }
    Answer<std::vector<market::RiskTier>> risk_tiers(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_risk_tiers(envelope.data());
    }
    Answer<market::FeeRates> fee_rates(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_fee_rates(envelope.data(), asked);
    }
    Answer<FundingPage> funding_payments(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_funding_payments(envelope.data(), asked);
    }
    Answer<StreamAddress> stream_address(const Response& response, const Asked& asked) const override {
        BF_TRY(const auto envelope, open_envelope(response, asked));
        return read_stream_address(envelope.data(), asked);
    }

    [[nodiscard]] std::optional<StreamAddress> fixed_stream_address(const StreamPlan&) const override { return std::nullopt; }
    [[nodiscard]] bool is_own_stream_address(std::string_view url) const override { return is_own_stream_host(url); }
    [[nodiscard]] std::unique_ptr<StreamSession> open_session(const StreamPlan& plan, const Instruments* instruments) const override {
        return kucoin::open_session(plan, instruments);
    }
    [[nodiscard]] std::optional<market::Symbol> symbol_of(std::string_view native, market::Market market,
                                                          const Instruments* instruments) const override {
        return kucoin::symbol_of(native, market, instruments);
    }

private:
    static bool is_futures(const Asked& asked) { return asked.call.market == market::Market::futures; }
};

}  // namespace

bool is_own_stream_host(std::string_view url) {
    const auto parsed = wire::Url::parse(url);
    if (!parsed || parsed->scheme != "wss" || parsed->port != 443) return false;
    return parsed->host.ends_with(".kucoin.com") || parsed->host.ends_with(".kucoin.eu");
}

std::unique_ptr<exchange::Replies> make_replies() { return std::make_unique<KucoinReplies>(); }

}  // namespace bf::exchange::kucoin
