#include "exchange/kucoin/calls/calls.hpp"

#include "exchange/kucoin/calls/key.hpp"
#include "exchange/kucoin/calls/products.hpp"
#include "exchange/kucoin/offers.hpp"

namespace bf::exchange::kucoin {
namespace {

enum class Template : std::uint8_t { shared, product, none };

struct Kind {
    Template where;
    bool is_signed;
};

Kind kind_of(Operation operation) {
    switch (operation) {
        case Operation::server_time:
        case Operation::instruments:
        case Operation::ticker:
        case Operation::mark_price:
        case Operation::candles:
        case Operation::service_status:
        case Operation::egress_address:
        case Operation::public_stream: return {Template::shared, false};
        case Operation::key_info:
        case Operation::account_mode:
        case Operation::account_id:
        case Operation::private_stream: return {Template::shared, true};
        case Operation::balances:
        case Operation::open_orders:
        case Operation::order:
        case Operation::fills:
        case Operation::positions:
        case Operation::place_order:
        case Operation::test_order:
        case Operation::place_stop:
        case Operation::cancel_order:
        case Operation::set_leverage:
        case Operation::set_margin_mode:
        case Operation::position_mode:
        case Operation::margin_mode:
        case Operation::leverage:
        case Operation::risk_tiers:
        case Operation::funding_payments:
        case Operation::open_stops:
        case Operation::fee_rates: return {Template::product, true};
        // The identity level and the pairs of a key are not told; streams have neither login frame nor listen key.
        case Operation::identity_level:
        case Operation::tradable_symbols:
        case Operation::renew_stream:
        case Operation::stream_login: return {Template::none, false};
    }
    return {Template::none, false};
}

/// A call that KuCoin has not; of those that people ask for, why it has not.
Written without(const Call& call) {
    if (call.operation == Operation::set_leverage && call.market == market::Market::futures)
        return not_supported("operation", "with isolated margin KuCoin keeps no leverage: each order carries its own");
    if (call.operation == Operation::test_order) return not_supported("operation", "KuCoin has no test order for accounts in unified mode");
    return Unexpected{not_offered("KuCoin", call.operation)};
}

class KucoinCalls final : public exchange::Calls {
public:
    [[nodiscard]] const Info& info() const override { return kucoin::info(); }

    [[nodiscard]] std::unique_ptr<Key> make_key(CredentialFields fields) const override { return std::make_unique<ApiKey>(std::move(fields)); }

    Written write(const Call& call, const Key* key, Instant at, RequestList& out) const override {
        const Kind kind = kind_of(call.operation);
        if (!offers(call)) return without(call);
        if (kind.is_signed && key == nullptr) return missing("key", "this call is signed: it needs a key");
        if (kind.is_signed && !static_cast<const ApiKey*>(key)->has_passphrase())
            return missing("passphrase", "KuCoin signs with the key's passphrase too: the one you chose when you made the key");
        // KuCoin's own name for bitcoin would be a second one of ours for the same contract, with limits and prices of its own.
        if (call.symbol && call.symbol->is_futures() && call.symbol->base == "XBT") return bad("symbol", "KuCoin's XBT is BTC here: BTC/USDT:USDT");
        if (call.key_version == 1) return not_supported("key_version", "KuCoin has retired keys of version 1");
        wire::Request& request = out.add_stale();
        request.method = wire::Method::get;
        request.body.clear();
        auto written = kind.where == Template::shared ? write_shared(call, at, request) : write_product(call, request);
        if (!written) {
            out.drop_last();
            return written;
        }
        if (kind.is_signed)
            static_cast<const ApiKey*>(key)->sign(request, at, call.key_version.value_or(3));
        else if (request.method == wire::Method::post)
            request.set_headers(wire::HeaderView{"Content-Type", "application/json"});
        else
            request.set_headers();
        return {};
    }

private:
    static Written write_product(const Call& call, wire::Request& request) {
        if (call.account_mode == AccountMode::unified) return write_unified(call, request);
        return call.market == market::Market::futures ? write_futures(call, request) : write_spot(call, request);
    }
};

}  // namespace

std::unique_ptr<exchange::Calls> make_calls() { return std::make_unique<KucoinCalls>(); }

}  // namespace bf::exchange::kucoin
