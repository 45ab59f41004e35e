// From a typed order to its signed request, in process, as the signer does it for each order: arguments checked, written, signed.
// Beside it ccxt's createOrder in node with its transport replaced (which, as we do, ends where the socket begins, and then reads a canned
// answer of one id), and the bare hash: HMAC-SHA256 with a reused HMAC_CTX over the very bytes that were signed.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "exchange/catalogue/calls/calls_of.hpp"
#include "support/inputs.hpp"
#include "support/measure.hpp"
#include "support/node.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

using namespace bf;
using namespace bf::bench;
using exchange::ExchangeId;
using market::Market;

namespace {

constexpr std::string_view kSecret = "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3";
constexpr Instant kNow = Instant::from_ms(1'790'000'000'000);

exchange::Call order(Market market) {
    exchange::Call call;
    call.operation = exchange::Operation::place_order;
    call.market = market;
    call.symbol = market::Symbol::parse(market == Market::spot ? "BTC/USDT" : "BTC/USDT:USDT");
    call.side = market::Side::buy;
    call.type = market::OrderType::limit;
    call.quantity = "0.0125"_d;
    call.price = "61234.5"_d;
    call.client_order_id = "bf-0123456789abcdef";
    if (market == Market::futures) {
        call.quantity = "0.012"_d;
        call.margin_mode = market::MarginMode::isolated;
        call.position_mode = market::PositionMode::one_way;
        call.leverage = 3;
        call.contract_size = "0.001"_d;
    }
    return call;
}

/// What the exchange recomputes the signature over.
std::string signed_text(ExchangeId id, Market market, const wire::Request& request) {
    const auto ms = std::to_string(kNow.ms());
    if (id == ExchangeId::kucoin) return ms + "POST" + request.target + request.body;
    if (market == Market::futures) return std::string{wire::find_header(request.headers, "ApiKey").value()} + ms + request.body;
    const std::string query{request.query()};
    return query.substr(0, query.rfind("&signature="));
}

class RawHmac {
public:
    explicit RawHmac(std::string_view key) { HMAC_Init_ex(context_, key.data(), static_cast<int>(key.size()), EVP_sha256(), nullptr); }
    RawHmac(const RawHmac&) = delete;
    RawHmac& operator=(const RawHmac&) = delete;
    ~RawHmac() { HMAC_CTX_free(context_); }
    void sign(std::string_view text) {
        unsigned char code[32];
        unsigned int size = 0;
        HMAC_Init_ex(context_, nullptr, 0, nullptr, nullptr);
        HMAC_Update(context_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
        HMAC_Final(context_, code, &size);
        keep(code[0]);
    }

private:
    HMAC_CTX* context_{HMAC_CTX_new()};
};

void compare(Node& node, ExchangeId id, Market market, const std::string& name, double goal) {
    const auto* calls = exchange::calls_of(id);
    const auto key = calls->make_key({.key = crypto::Secret::take("6705f5c311545b000157d3eb"),
                                      .secret = crypto::Secret::take(std::string{kSecret}),
                                      .passphrase = crypto::Secret::take("Backfuture7")});
    const auto call = order(market);
    exchange::RequestList list;
    const auto write = [&] {
        list.clear();
        if (!exchange::check_arguments(call) || !calls->write(call, key.get(), kNow, list)) std::abort();
        keep(list[0].target.data());
    };
    write();
    const auto text = signed_text(id, market, list[0]);
    RawHmac raw{kSecret};
    node.warm_up("order_" + name);
    const auto figures = medians([&] { return ns_each(write); }, [&] { return ns_each([&] { raw.sign(text); }); },
                                 [&] { return node.ns_each("order_" + name); });
    const double ours = figures[0];
    print({"order_" + name + "_vs_ccxt", ours / 1000, "us to build and sign", figures[2] / 1000, figures[2] / ours, {Want::at_least, goal}});
    print({"order_" + name + "_vs_hmac", ours / 1000, "us to build and sign; baseline: the bare HMAC", figures[1] / 1000, figures[1] / ours, {Want::at_least, 0.70}});
}

}  // namespace

int main() {
    const test::Scratch folder;
    write_inputs(folder, make_lists(), make_frames());
    Node node{folder.path()};
    compare(node, ExchangeId::kucoin, Market::spot, "kucoin_spot", 80);
    compare(node, ExchangeId::kucoin, Market::futures, "kucoin_futures", 80);
    compare(node, ExchangeId::mexc, Market::spot, "mexc_spot", 60);
    compare(node, ExchangeId::mexc, Market::futures, "mexc_futures", 60);
    return 0;
}
