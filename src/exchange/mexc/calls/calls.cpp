#include "exchange/mexc/calls/calls.hpp"

#include "exchange/mexc/calls/info.hpp"
#include "exchange/mexc/calls/products.hpp"

namespace bf::exchange::mexc {
namespace {

bool is_signed(const Call& call) {
    switch (call.operation) {
        case Operation::server_time:
        case Operation::instruments:
        case Operation::ticker:
        case Operation::candles: return false;
        default: return true;
    }
}

/// Operations that MEXC has nothing for, on either market.
Result<void, CallError> refuse_unknown(const Call& call) {
    switch (call.operation) {
        case Operation::service_status: return not_supported("MEXC documents no call for the state of its service.");
        case Operation::account_mode: return not_supported("MEXC has one kind of account: there is no account mode to ask for.");
        case Operation::egress_address: return not_supported("MEXC has no call that tells our address; it names it when it refuses one.");
        case Operation::mark_price: return not_supported("MEXC tells the mark price of a contract in its ticker; spot has none.");
        case Operation::public_stream: return not_supported("MEXC's public streams have fixed addresses: no call is needed.");
        default: return {};
    }
}

/// Account facts that are read from the spot interface whatever market the connection is for.
bool write_account_fact(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    switch (call.operation) {
        case Operation::key_info:
            // GET only: POST on the same path changes the key's address list (API change log, 2026-06-11).
            SpotRequest{out.add_stale(), wire::Method::get, "/api/v3/apiKeyInfo"}.add_access("accessKey", key).sign(key, at);
            return true;
        case Operation::account_id: SpotRequest{out.add_stale(), wire::Method::get, "/api/v3/uid"}.sign(key, at); return true;
        case Operation::identity_level: SpotRequest{out.add_stale(), wire::Method::get, "/api/v3/kyc/status"}.sign(key, at); return true;
        default: return false;
    }
}

class MexcCalls final : public Calls {
public:
    [[nodiscard]] const Info& info() const override { return mexc::info(); }

    [[nodiscard]] std::unique_ptr<Key> make_key(CredentialFields fields) const override {
        return std::make_unique<SigningKey>(std::move(fields));
    }

    Result<void, CallError> write(const Call& call, const Key* key, Instant at, RequestList& out) const override {
        BF_TRY_VOID(refuse_unknown(call));
        if (call.client_order_id && call.client_order_id->size() > mexc::info().client_order_id_length_max)
            return bad("client_order_id", "MEXC takes a client order id of at most 32 characters.");
        const auto* signing = static_cast<const SigningKey*>(key);
        if (!is_signed(call)) {
            if (call.market == market::Market::spot) write_spot_public(call, out);
            else write_futures_public(call, at, out);
            return {};
        }
        if (signing == nullptr) return missing("key", "This call is signed and needs a key.");
        if (write_account_fact(call, *signing, at, out)) return {};
        return call.market == market::Market::spot ? write_spot(call, *signing, at, out) : write_futures(call, *signing, at, out);
    }
};

}  // namespace

std::unique_ptr<Calls> make_calls() { return std::make_unique<MexcCalls>(); }

}  // namespace bf::exchange::mexc
