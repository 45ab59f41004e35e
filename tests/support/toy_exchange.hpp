// ToyEx: an invented exchange for tests of what surrounds the real ones. Signs the way most do: HMAC-SHA256 over time, method, path,
// query and body, in a header. It has a few operations only; the others are "not supported". It goes by the id of an exchange that is
// not built yet.
#pragma once
#include "base/text.hpp"
#include "crypto/hmac.hpp"
#include "exchange/calls.hpp"

#include <string>

namespace bf::test {

inline constexpr auto kToyExchange = exchange::ExchangeId::bybit;

struct ToyKey final : exchange::Key {
    explicit ToyKey(exchange::CredentialFields fields)
        : id{std::move(fields.key)}, hmac{fields.secret}, passphrase{std::move(fields.passphrase)} {}
    crypto::Secret id;
    crypto::HmacSha256 hmac;
    std::optional<crypto::Secret> passphrase;
};

class ToyCalls final : public exchange::Calls {
public:
    ToyCalls() {
        info_.id = kToyExchange;
        info_.name = "ToyEx";
        info_.simulated_key_mark = "simulated-";
        info_.fields = {{"key", false, "\\s", "[A-Za-z0-9-]{8,64}"}, {"secret", true, "\\s", "[A-Za-z0-9+/=_-]{16,128}"}};
        info_.client_order_id_length_max = 40;
    }
    [[nodiscard]] const exchange::Info& info() const override { return info_; }
    [[nodiscard]] std::unique_ptr<exchange::Key> make_key(exchange::CredentialFields fields) const override {
        return std::make_unique<ToyKey>(std::move(fields));
    }

    Result<void, exchange::CallError> write(const exchange::Call& call, const exchange::Key* key, Instant at, exchange::RequestList& out) const override {
        using exchange::Operation;
        wire::Request& request = out.add();
        request.host = "api.toyex.example";
        switch (call.operation) {
            case Operation::balances: request.target = "/v1/balances"; break;
            case Operation::key_info: request.target = "/v1/key"; break;
            case Operation::open_orders: request.target = "/v1/orders?state=open"; break;
            case Operation::place_order:
                request.method = wire::Method::post;
                request.target = "/v1/orders";
                write_order(call, request.body);
                break;
            default:
                return Unexpected{exchange::CallError{exchange::CallError::Kind::not_supported, "operation", "ToyEx has no such call"}};
        }
        if (key != nullptr) sign(request, static_cast<const ToyKey&>(*key), at);
        return {};
    }

private:
    static void write_order(const exchange::Call& call, std::string& body) {
        body = R"({"symbol":")" + call.symbol->to_string() + R"(","side":")" + std::string{to_string(*call.side)} + '"';
        if (call.quantity) body += R"(,"quantity":")" + call.quantity->to_string() + '"';
        if (call.price) body += R"(,"price":")" + call.price->to_string() + '"';
        if (call.client_order_id) body += R"(,"clientOrderId":")" + *call.client_order_id + '"';
        body += '}';
    }
    static void sign(wire::Request& request, const ToyKey& key, Instant at) {
        const auto time = std::to_string(at.ms());
        const auto code = key.hmac.sign({time, to_string(request.method), request.target, request.body});
        key.id.reveal([&](std::string_view id) { request.set("TOY-KEY", std::string{id}); });
        request.set("TOY-SIGN", to_base64(code));
        request.set("TOY-TIME", time);
    }
    exchange::Info info_{};
};

}  // namespace bf::test
