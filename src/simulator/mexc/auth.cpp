#include "simulator/mexc/auth.hpp"

#include "base/text.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace bf::simulator::mexc {
namespace {

/// Lower-case hexadecimal; a signature in upper case is refused.
std::string hmac_hex(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const auto bytes = as_bytes(text);
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), digest.data(), &size);
    return to_hex({digest.data(), size});
}

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

/// The text without its `signature` parameter, wherever that stands.
std::string without_signature(std::string_view text) {
    std::string rest;
    for (const auto part : split(text, '&')) {
        if (part.starts_with("signature=")) continue;
        if (!rest.empty()) rest += '&';
        rest += part;
    }
    return rest;
}

/// Signed are the parameters sorted by name, as they are encoded on the wire.
std::string sorted_query(std::string_view query) {
    auto parts = split(query, '&');
    std::erase_if(parts, [](std::string_view part) { return part.empty(); });
    std::sort(parts.begin(), parts.end(), [](std::string_view a, std::string_view b) { return a.substr(0, a.find('=')) < b.substr(0, b.find('=')); });
    std::string text;
    for (const auto part : parts) text.append(text.empty() ? "" : "&").append(part);
    return text;
}

wire::Response bad_signature() { return spot_error(700002, "Signature for this request is not valid."); }

std::optional<wire::Response> check_spot_time(const Ask& ask) {
    constexpr std::int64_t kWindowDefault = 5000, kWindowMax = 60'000, kAheadMax = 1000;
    const auto time = parse_int(ask.parameter("timestamp"));
    if (!time) return spot_error(700004, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.");
    const auto window = ask.parameter("recvWindow").empty() ? std::optional{kWindowDefault} : parse_int(ask.parameter("recvWindow"));
    if (!window || *window <= 0 || *window > kWindowMax) return spot_error(700005, "recvWindow must less than 60000");
    const auto now = ask.exchange.now().ms();
    if (*time >= now + kAheadMax || now - *time > *window) return spot_error(700003, "Timestamp for this request is outside of the recvWindow.");
    return std::nullopt;
}

}  // namespace

bool is_expired(const Exchange& exchange, const Key& key) { return key.expires_at && exchange.now() >= *key.expires_at; }

bool address_allowed(Exchange& exchange, std::string_view peer, const Key& key) {
    const auto ip = exchange.caller_ip(peer, &key);
    return key.ip_allow_list.empty() || std::find(key.ip_allow_list.begin(), key.ip_allow_list.end(), ip) != key.ip_allow_list.end();
}

std::optional<wire::Response> authenticate_spot(Ask& ask) {
    const Call& call = ask.call;
    const auto name = call.header("X-MEXC-APIKEY");
    if (name.empty()) return spot_error(400, "api key required");
    // In the body the signature may stand as well; a parameter in both places counts as in the query.
    ask.parameters = call.parameters;
    const bool form = !call.body.empty() && call.body.front() != '{' && call.body.front() != '[';
    if (form)
        if (const auto body = wire::parse_query(call.body)) ask.parameters.insert(ask.parameters.end(), body->begin(), body->end());
    const Key* key = ask.exchange.find_key(name);
    if (key == nullptr || key->revoked) return spot_error(10072, "Api key info invalid");
    ask.key = key;
    ask.account = ask.exchange.find_account(key->account);
    // A type that is missing is refused as a wrong one is (public threads).
    const auto type = call.header("Content-Type");
    if (call.method == Method::post && !type.starts_with("application/json") && !type.starts_with("application/x-www-form-urlencoded"))
        return spot_error(700013, "Invalid content Type.");
    const auto signature = ask.parameter("signature");
    if (signature.empty()) return spot_error(700004, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.");
    const auto text = without_signature(call.query) + (form ? without_signature(call.body) : std::string{});
    if (!same(hmac_hex(key->secret, text), signature)) return bad_signature();
    // An expired key answers like a bad signature (ccxt's error table).
    if (is_expired(ask.exchange, *key)) return bad_signature();
    if (auto refused = check_spot_time(ask)) return refused;
    if (!address_allowed(ask.exchange, call.peer, *key))
        return spot_error(700006, "IP [" + ask.exchange.caller_ip(call.peer, key) + "] not in the ip white list");
    return std::nullopt;
}

std::optional<wire::Response> authenticate_futures(Ask& ask) {
    constexpr std::int64_t kWindow = 10'000;
    const Call& call = ask.call;
    ask.parameters = call.parameters;
    const Key* key = ask.exchange.find_key(call.header("ApiKey"));
    if (key == nullptr || key->revoked) return futures_error(401, "Not logged in or login has expired");
    ask.key = key;
    ask.account = ask.exchange.find_account(key->account);
    if (is_expired(ask.exchange, *key)) return futures_error(402, "API Key expired, please apply again");
    const auto time = call.header("Request-Time");
    const auto parameters = call.method == Method::post ? call.body : sorted_query(call.query);
    std::string text{key->key};
    text.append(time).append(parameters);
    if (!same(hmac_hex(key->secret, text), call.header("Signature"))) return futures_error(602, "Confirming signature failed");
    const auto ms = parse_int(time);
    const auto off = ms ? *ms - ask.exchange.now().ms() : 0;
    if (!ms || off > kWindow || off < -kWindow) return futures_error(513, "Invalid request, please try again later");
    if (!address_allowed(ask.exchange, call.peer, *key)) return futures_error(406, "Accessing IP is not in the whitelist");
    return std::nullopt;
}

bool login_matches(const Key& key, std::string_view time, std::string_view signature) {
    return same(hmac_hex(key.secret, key.key + std::string{time}), signature);
}

/// The tokens as the contract of permissions has them: read = all four *_READ, spot = SPOT_DEAL_WRITE, futures = CONTRACT_*_WRITE.
std::optional<wire::Response> refuse_right(const Key& key, Access access) {
    const bool reads = key.may(Permission::read);
    const auto spot = [](bool may) { return may ? std::nullopt : std::optional{spot_error(700007, "No permission to access the endpoint")}; };
    const auto futures = [](bool may, int code, std::string_view text) { return may ? std::nullopt : std::optional{futures_error(code, text)}; };
    switch (access) {
        case Access::open:
        case Access::signed_only: return std::nullopt;
        case Access::spot_account_read:
        case Access::spot_deal_read: return spot(reads);
        case Access::spot_deal_write: return spot(key.may(Permission::spot));
        case Access::contract_account_read: return futures(reads, 701, "Please enable API Key read access");
        case Access::contract_account_write: return futures(key.may(Permission::futures), 702, "Please enable API Key write access");
        case Access::contract_deal_read: return futures(reads, 703, "Trading information read access is required");
        case Access::contract_deal_write:
            return futures(key.may(Permission::futures), 704, "Please enable API Key trading information write access");
    }
    return std::nullopt;
}

}  // namespace bf::simulator::mexc
