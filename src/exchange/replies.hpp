// The replies half of an adapter: an exchange's answers in, the domain's words out. Never linked by the signer. Pure.
//
// Every reader decides by the body, not by the HTTP status alone; an answer that is not the documented shape is
// exchange_unavailable (nothing is concluded from it). HTML pages, 5xx and empty bodies are exchange_unavailable or maintenance.
#pragma once
#include "exchange/call.hpp"
#include "exchange/claims.hpp"
#include "exchange/problem.hpp"
#include "exchange/stream.hpp"
#include "market/types.hpp"
#include "wire/http.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bf::exchange {

/// Instruments by the exchange's own symbol: what contracts and unsplittable symbols are read with.
using Instruments = std::map<std::string, market::Instrument, std::less<>>;

/// What was asked, which an answer alone does not tell.
struct Asked {
    const Call& call;
    Instant now;                             ///< Evidence is stamped with it.
    const Instruments* instruments{nullptr};  ///< May be null.
};

struct PlacedOrder {
    std::optional<std::string> id;
    std::optional<std::string> client_order_id;
};

/// One page of funding payments, and whether there are older or newer ones within what was asked.
struct FundingPage {
    std::vector<market::FundingPayment> payments;
    bool more{false};
};

/// Where a WebSocket is opened, and for how long its token or listen key lives.
struct StreamAddress {
    std::string url;
    std::optional<std::string> listen_key{};  ///< To be renewed.
    std::optional<milliseconds> renew_every{};
    milliseconds ping_every{20000};
};

class Replies {
public:
    virtual ~Replies() = default;

    /// Whether the exchange has this call, in that market and account mode. One that it does not have is not asked: the signer has no template.
    [[nodiscard]] virtual bool offers(const Call& call) const = 0;

    virtual Answer<Instant> server_time(const wire::Response&, const Asked&) const = 0;
    virtual Answer<KeyInfo> key_info(const wire::Response&, const Asked&) const = 0;
    virtual Answer<std::vector<market::Balance>> balances(const wire::Response&, const Asked&) const = 0;
    virtual Answer<std::vector<market::Instrument>> instruments(const wire::Response&, const Asked&) const = 0;
    virtual Answer<market::Ticker> ticker(const wire::Response&, const Asked&) const = 0;
    virtual Answer<std::vector<market::Candle>> candles(const wire::Response&, const Asked&) const = 0;
    virtual Answer<std::vector<market::Order>> open_orders(const wire::Response&, const Asked&) const = 0;
    virtual Answer<market::Order> order(const wire::Response&, const Asked&) const = 0;
    virtual Answer<std::vector<market::Fill>> fills(const wire::Response&, const Asked&) const = 0;
    virtual Answer<std::vector<market::Position>> positions(const wire::Response&, const Asked&) const = 0;
    /// place_order, place_stop and test_order. A test order's answer may hold no id.
    virtual Answer<PlacedOrder> placed(const wire::Response&, const Asked&) const = 0;
    /// cancel_order: accepted; the order's end is confirmed by query or event. "Already gone" is order_not_found.
    virtual Answer<PlacedOrder> canceled(const wire::Response&, const Asked&) const = 0;
    /// set_leverage, set_margin_mode, renew_stream.
    virtual Answer<void> done(const wire::Response&, const Asked&) const = 0;

    virtual Answer<ServiceStatus> service_status(const wire::Response&, const Asked&) const = 0;
    virtual Answer<AccountMode> account_mode(const wire::Response&, const Asked&) const = 0;
    virtual Answer<std::string> account_id(const wire::Response&, const Asked&) const = 0;
    /// Whether the account's identity check is enough to trade this market; unknown when the answer does not tell.
    virtual Answer<Ternary> identity_sufficient(const wire::Response&, const Asked&) const = 0;
    virtual Answer<std::vector<std::string>> tradable_symbols(const wire::Response&, const Asked&) const = 0;  ///< Native.
    virtual Answer<std::string> egress_address(const wire::Response&, const Asked&) const = 0;
    virtual Answer<market::PositionMode> position_mode(const wire::Response&, const Asked&) const = 0;
    virtual Answer<market::MarginMode> margin_mode(const wire::Response&, const Asked&) const = 0;
    /// What the symbol is set to; two figures where long and short have their own.
    virtual Answer<std::vector<std::int64_t>> leverage(const wire::Response&, const Asked&) const = 0;
    /// Ascending. Refused as unreadable when it does not: on a list that is misunderstood no leverage is decided.
    virtual Answer<std::vector<market::RiskTier>> risk_tiers(const wire::Response&, const Asked&) const = 0;
    /// Refused as unreadable beyond a tenth of what is traded.
    virtual Answer<market::FeeRates> fee_rates(const wire::Response&, const Asked&) const = 0;
    virtual Answer<FundingPage> funding_payments(const wire::Response&, const Asked&) const = 0;
    /// public_stream and private_stream.
    virtual Answer<StreamAddress> stream_address(const wire::Response&, const Asked&) const = 0;

    /// The address of a stream that needs no call before it (MEXC futures); nothing where one is needed.
    [[nodiscard]] virtual std::optional<StreamAddress> fixed_stream_address(const StreamPlan& plan) const = 0;
    /// Whether a WebSocket address found in a reply belongs to the exchange; to any other nothing is sent.
    [[nodiscard]] virtual bool is_own_stream_address(std::string_view url) const = 0;
    /// A fresh session for one socket.
    [[nodiscard]] virtual std::unique_ptr<StreamSession> open_session(const StreamPlan& plan, const Instruments* instruments) const = 0;

    /// The unified symbol of a native one, null when it can't be told without the instrument.
    [[nodiscard]] virtual std::optional<market::Symbol> symbol_of(std::string_view native, market::Market market,
                                                                  const Instruments* instruments) const = 0;
};

}  // namespace bf::exchange
