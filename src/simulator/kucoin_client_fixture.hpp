// A KuCoin client for tests: signs by the published rules and speaks to a World in memory. Apart from every other signer in the tree.
#pragma once
#include "base/text.hpp"
#include "simulator/world.hpp"
#include "wire/json.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <doctest/doctest.h>

namespace bf::simulator::kucoin_fixture {

struct RecordingOutbox final : Outbox {
    std::vector<std::string> texts;
    std::uint16_t closed{0};
    void send_text(std::string message) override { texts.push_back(std::move(message)); }
    void send_binary(std::string) override {}
    void close(std::uint16_t code, std::string_view) override { closed = code; }
    /// The first message that holds all of `parts`, or empty.
    [[nodiscard]] std::string with(std::initializer_list<std::string_view> parts) const {
        for (const auto& text : texts)
            if (std::all_of(parts.begin(), parts.end(), [&](std::string_view part) { return text.find(part) != std::string::npos; })) return text;
        return {};
    }
};

inline std::string code_of(const wire::Response& response) {
    const auto document = wire::Json::parse(response.body);
    return document ? std::string{(*document)["code"].text().value_or("")} : std::string{};
}

inline std::string hmac(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), as_bytes(text).data(), text.size(), digest.data(), &size);
    return to_base64({digest.data(), size});
}

struct Client {
    World& world;
    std::string key, secret, passphrase, account;
    std::string version{"3"};
    bool futures{false};
    milliseconds off{0};  ///< Of the client's clock.

    Client(World& of, std::string k, std::string s, std::string p, std::string a)
        : world{of}, key{std::move(k)}, secret{std::move(s)}, passphrase{std::move(p)}, account{std::move(a)} {}
    Client(World& of, std::string_view made) : world{of} {
        const auto document = wire::Json::parse(made).value();
        key = document["key"].text().value_or("");
        secret = document["secret"].text().value_or("");
        passphrase = document["passphrase"].text().value_or("");
        account = document["account"].text().value_or("");
    }

    [[nodiscard]] Inbound request(wire::Method method, const std::string& target, const std::string& body) const {
        const auto timestamp = std::to_string((world.exchange("kucoin")->true_now() + off).ms());
        Inbound inbound{method, std::string{"/kucoin"} + (futures ? "/futures" : "") + target, {}, body, "127.0.0.1", false};
        const std::string text = timestamp + std::string{wire::to_string(method)} + target + body;
        inbound.headers = {{"Host", "127.0.0.1:9000"},
                           {"KC-API-KEY", key},
                           {"KC-API-SIGN", hmac(secret, text)},
                           {"KC-API-TIMESTAMP", timestamp},
                           {"KC-API-PASSPHRASE", hmac(secret, passphrase)},
                           {"KC-API-KEY-VERSION", version},
                           {"Content-Type", "application/json"}};
        return inbound;
    }
    [[nodiscard]] Reply get(const std::string& target) const { return world.handle(request(wire::Method::get, target, {})); }
    [[nodiscard]] Reply post(const std::string& target, const std::string& body) const { return world.handle(request(wire::Method::post, target, body)); }
    [[nodiscard]] Reply del(const std::string& target) const { return world.handle(request(wire::Method::del, target, {})); }

    /// A WebSocket by the token of `bullet`.
    [[nodiscard]] std::unique_ptr<Socket> open(Outbox& outbox, const std::string& bullet) const {
        const auto document = wire::Json::parse(post(bullet, {}).response.body).value();
        const std::string token{document["data"]["token"].text().value_or("")};
        const std::string endpoint{document["data"]["instanceServers"].at(0)["endpoint"].text().value_or("")};
        const auto url = wire::Url::parse(endpoint);
        REQUIRE(url.has_value());
        Inbound upgrade{wire::Method::get, url->target + "?token=" + url_encode(token) + "&connectId=c1", {{"Host", "127.0.0.1:9000"}}, {}, "127.0.0.1", false};
        auto opened = world.open_socket(upgrade, outbox);
        REQUIRE(opened.socket != nullptr);
        return std::move(opened.socket);
    }
};

}  // namespace bf::simulator::kucoin_fixture
