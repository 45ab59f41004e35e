// Requests of any kind to a simulated exchange, signed rightly so that they get past the door: answered, never a crash. Lines:
// method and host, target, body; then a WebSocket's frames.
#include "base/text.hpp"
#include "crypto/hmac.hpp"
#include "input.hpp"
#include "simulator/world.hpp"
#include "wire/json.hpp"

using namespace bf;

namespace {

constexpr std::string_view kExchange = BF_FUZZ_EXCHANGE_NAME;
constexpr std::string_view kNow = "1780000000000";

struct Keys {
    std::string key, secret, passphrase;
};

class Nobody final : public simulator::Outbox {
    void send_text(std::string) override {}
    void send_binary(std::string) override {}
    void close(std::uint16_t, std::string_view) override {}
};

std::unique_ptr<simulator::World> make_world(Keys& keys) {
    auto world = simulator::World::create({.exchanges = {std::string{kExchange}}, .limits = false, .start = Instant::from_ms(1'780'000'000'000)}).value();
    simulator::Inbound make{.method = wire::Method::post, .target = "/admin/keys"};
    make.body = R"({"exchange":")" + std::string{kExchange} + R"(","permissions":["read","spot","futures"],"balances":{"USDT":"10000","BTC":"1"}})";
    const auto made = wire::Json::parse(world->handle(make).response.body).value();
    keys = {std::string{made["key"].text().value()}, std::string{made["secret"].text().value()}, std::string{made["passphrase"].text().value_or("")}};
    return world;
}

std::string hmac(std::string_view secret, std::string_view text) {
    const auto code = crypto::HmacSha256{crypto::Secret::take(std::string{secret})}.sign({text});
    return std::string{reinterpret_cast<const char*>(code.data()), code.size()};
}

void sign(simulator::Inbound& request, const Keys& keys, bool futures) {
    const std::string path = request.target.substr(1 + kExchange.size() + (futures ? 8 : 0));
    if (kExchange == "kucoin") {
        const auto method = std::string{wire::to_string(request.method)};
        request.headers = {{"KC-API-KEY", keys.key},
                           {"KC-API-SIGN", to_base64(as_bytes(hmac(keys.secret, std::string{kNow} + method + path + request.body)))},
                           {"KC-API-TIMESTAMP", std::string{kNow}},
                           {"KC-API-PASSPHRASE", to_base64(as_bytes(hmac(keys.secret, keys.passphrase)))},
                           {"KC-API-KEY-VERSION", "2"}};
    } else if (futures) {
        const auto query = path.find('?') == std::string::npos ? std::string{} : path.substr(path.find('?') + 1);
        const auto signed_text = request.method == wire::Method::get ? query : request.body;
        request.headers = {{"ApiKey", keys.key}, {"Request-Time", std::string{kNow}},
                           {"Signature", to_hex(as_bytes(hmac(keys.secret, keys.key + std::string{kNow} + signed_text)))}};
    } else {
        request.target += (request.target.find('?') == std::string::npos ? "?" : "&") + ("timestamp=" + std::string{kNow});
        const auto query = request.target.substr(request.target.find('?') + 1);
        request.target += "&signature=" + to_hex(as_bytes(hmac(keys.secret, query + request.body)));
        request.headers = {{"X-MEXC-APIKEY", keys.key}};
    }
    request.headers.push_back({"Content-Type", "application/json"});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Kept for many inputs: what one leaves behind the next may stumble over. Made anew now and then, so that it does not grow.
    static Keys keys;
    static std::unique_ptr<simulator::World> world;
    static int uses = 0;
    if (uses++ % 2000 == 0) world = make_world(keys);
    fuzz::Input input{data, size};
    const auto options = input.byte();
    const bool futures = (options & 1) != 0;
    constexpr wire::Method kMethods[] = {wire::Method::get, wire::Method::post, wire::Method::del, wire::Method::put};
    simulator::Inbound request{.method = kMethods[options >> 1 & 3], .peer = "127.0.0.1"};
    const bool admin = (options & 16) != 0;
    const std::string prefix = admin ? "/admin" : "/" + std::string{kExchange} + (futures ? "/futures" : "");
    request.target = prefix + "/" + std::string{input.piece('\n')};
    request.body = std::string{input.piece('\n')};
    if (!admin && (options & 8) == 0) sign(request, keys, futures);
    if ((options & 32) == 0) {
        const auto reply = world->handle(request);
        fuzz::must(reply.response.status >= 100 && reply.response.status < 600, "a status");
        return 0;
    }
    Nobody nobody;
    const auto opened = world->open_socket(request, nobody);
    while (opened.socket && !input.rest().empty()) opened.socket->on_text(input.piece('\n'));
    return 0;
}
