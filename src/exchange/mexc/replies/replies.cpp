#include "exchange/mexc/replies/replies.hpp"

#include "exchange/mexc/offers.hpp"
#include "exchange/mexc/replies/readers.hpp"
#include "exchange/mexc/replies/streams.hpp"
#include "exchange/remark.hpp"
#include "exchange/wallet.hpp"

namespace bf::exchange::mexc {
namespace {

using wire::Json;
using wire::JsonValue;
using wire::Response;

bool is_spot(const Asked& asked) { return asked.call.market == market::Market::spot; }

/// A call MEXC has no endpoint for is never sent, so no answer of it can be ours.
Problem no_such_call(std::string_view what) { return Problem{.exchange_message = say(Remark::no_such_call, {"MEXC", what})}; }

/// Futures page some lists (`data.resultList`) and send others bare.
JsonValue rows_of(const JsonValue& data) { return data.is_object() ? data["resultList"] : data; }

class MexcReplies final : public Replies, public WalletReplies {
public:
    [[nodiscard]] bool offers(const Call& call) const override { return mexc::offers(call); }
    Answer<Instant> server_time(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        const auto ms = is_spot(asked) ? body["serverTime"].integer() : body["data"].integer();
        if (!ms || *ms <= 0) return Unexpected{unreadable("no server time")};
        return Instant::from_ms(*ms);
    }
    Answer<KeyInfo> key_info(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_key_info(body, asked);
    }
    Answer<std::vector<market::Balance>> balances(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return is_spot(asked) ? read_spot_balances(body) : read_futures_balances(body["data"]);
    }
    Answer<std::vector<market::Amount>> wallets(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_list<market::Amount>(body["data"], read_wallet);
    }
    Answer<std::vector<market::Instrument>> instruments(const Response& response, const Asked& asked) const override {
        return read_instruments(response, asked);
    }
    Answer<market::Ticker> ticker(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return is_spot(asked) ? read_spot_ticker(body, asked) : read_futures_ticker(body["data"], asked);
    }
    Answer<std::vector<market::Candle>> candles(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return is_spot(asked) ? read_spot_candles(body) : read_futures_candles(body["data"], asked);
    }
    Answer<std::vector<market::Order>> open_orders(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_list<market::Order>(rows(body, asked), [&](const JsonValue& row) { return order_of(row, asked); });
    }
    Answer<market::Order> order(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        const auto row = is_spot(asked) ? body.root() : body["data"];
        // "No such order" is an empty success on the futures paths.
        if (!is_spot(asked) && row.is_null()) return Unexpected{Problem{.code = ProblemCode::order_not_found}};
        return order_of(row, asked);
    }
    Answer<std::vector<market::Fill>> fills(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_list<market::Fill>(rows(body, asked), [&](const JsonValue& row) {
            return is_spot(asked) ? read_spot_fill(row, asked) : read_futures_fill(row, asked);
        });
    }
    Answer<std::vector<market::Position>> positions(const Response& response, const Asked& asked) const override {
        if (is_spot(asked)) return Unexpected{no_such_call("positions")};
        BF_TRY(const Json body, open_body(response, asked));
        auto positions = read_list<market::Position>(body["data"], [&](const JsonValue& row) { return read_position(row, asked); });
        // One that holds nothing any more is none.
        if (positions) std::erase_if(*positions, [](const auto& position) { return position.quantity ? position.quantity->is_zero() : position.native_quantity == "0"; });
        return positions;
    }
    Answer<PlacedOrder> placed(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        if (!is_spot(asked)) return read_futures_placed(body["data"], asked);
        BF_TRY(auto placed, read_spot_ids(body.root()));
        // The answer has no client id; a test order's answer is an empty object.
        if (!placed.client_order_id) placed.client_order_id = asked.call.client_order_id;
        if (!placed.id && asked.call.operation != Operation::test_order) return Unexpected{unreadable("an order without id")};
        return placed;
    }
    Answer<PlacedOrder> canceled(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return is_spot(asked) ? read_spot_ids(body.root()) : read_futures_canceled(body["data"], asked);
    }
    Answer<void> done(const Response& response, const Asked& asked) const override {
        BF_TRY_VOID(open_body(response, asked));
        return {};
    }

    Answer<ServiceStatus> service_status(const Response&, const Asked&) const override { return Unexpected{no_such_call("service_status")}; }
    Answer<AccountMode> account_mode(const Response&, const Asked&) const override { return Unexpected{no_such_call("account_mode")}; }
    Answer<std::string> egress_address(const Response&, const Asked&) const override { return Unexpected{no_such_call("egress_address")}; }
    Answer<market::MarginMode> margin_mode(const Response&, const Asked&) const override { return Unexpected{no_such_call("margin_mode")}; }

    Answer<std::string> account_id(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_account_id(body);
    }
    Answer<Ternary> identity_sufficient(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_identity(body, asked);
    }
    Answer<std::vector<std::string>> tradable_symbols(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_tradable_symbols(body);
    }
    Answer<market::PositionMode> position_mode(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        const auto mode = body["data"].integer();
        if (mode == 1) return market::PositionMode::hedge;
        if (mode == 2) return market::PositionMode::one_way;
        return Unexpected{unreadable("no position mode")};
    }
    Answer<std::vector<std::int64_t>> leverage(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        auto settings = read_list<std::int64_t>(body["data"], [](const JsonValue& row) -> Answer<std::int64_t> {
            const auto leverage = row["leverage"].integer();
            if (!leverage || *leverage < 1) return Unexpected{unreadable("no leverage")};
            return *leverage;
        });
        if (settings && settings->empty()) return Unexpected{unreadable("no leverage")};
        return settings;
    }
    Answer<std::vector<market::RiskTier>> risk_tiers(const Response&, const Asked&) const override { return Unexpected{no_such_call("risk_tiers")}; }
    Answer<market::FeeRates> fee_rates(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_fee_rates(body["data"], asked);
    }
    Answer<FundingPage> funding_payments(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_funding_payments(body["data"], asked);
    }
    Answer<StreamAddress> stream_address(const Response& response, const Asked& asked) const override {
        BF_TRY(const Json body, open_body(response, asked));
        return read_listen_key(body);
    }

    [[nodiscard]] std::optional<StreamAddress> fixed_stream_address(const StreamPlan& plan) const override {
        // Dropped after a minute without a ping; MEXC advises one every 10 to 20 s.
        if (plan.market == market::Market::futures) return StreamAddress{.url = "wss://contract.mexc.com/edge", .ping_every = milliseconds{15000}};
        if (!plan.is_private) return StreamAddress{.url = "wss://wbs-api.mexc.com/ws"};
        return std::nullopt;
    }
    [[nodiscard]] bool is_own_stream_address(std::string_view url) const override {
        const auto parsed = wire::Url::parse(url);
        return parsed && parsed->scheme == "wss" && parsed->port == 443 && (parsed->host == "wbs-api.mexc.com" || parsed->host == "contract.mexc.com");
    }
    [[nodiscard]] std::unique_ptr<StreamSession> open_session(const StreamPlan& plan, const Instruments* instruments) const override {
        return plan.market == market::Market::spot ? open_spot_session(plan, instruments) : open_futures_session(plan, instruments);
    }
    [[nodiscard]] std::optional<market::Symbol> symbol_of(std::string_view native, market::Market market,
                                                          const Instruments* instruments) const override {
        return mexc::symbol_of(native, market, instruments);
    }

private:
    static JsonValue rows(const Json& body, const Asked& asked) { return is_spot(asked) ? body.root() : rows_of(body["data"]); }
    static Answer<market::Order> order_of(const JsonValue& row, const Asked& asked) {
        return is_spot(asked) ? read_spot_order(row, asked) : read_futures_order(row, asked);
    }
};

}  // namespace

std::unique_ptr<Replies> make_replies() { return std::make_unique<MexcReplies>(); }

}  // namespace bf::exchange::mexc
