#include "simulator/demo.hpp"

#include <algorithm>
#include <array>

namespace bf::simulator {
namespace {

constexpr std::array<std::string_view, 7> kNames{"good",        "wrong_secret",       "no_trading_right", "address_not_listed",
                                                 "withdrawing", "unknown_withdrawal", "transferring"};
constexpr std::string_view kElsewhere = "203.0.113.7";  ///< Of a block kept for documentation: nobody's address.

}  // namespace

std::string_view to_string(DemoKey kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<DemoKey> parse_demo_key(std::string_view text) {
    const auto at = std::find(kNames.begin(), kNames.end(), text);
    if (at == kNames.end()) return std::nullopt;
    return static_cast<DemoKey>(at - kNames.begin());
}

DemoCredentials create_demo_key(Exchange& exchange, Market market, DemoKey kind) {
    Exchange::NewKey request;
    request.permissions.insert(Permission::read);
    if (kind != DemoKey::no_trading_right) request.permissions.insert(market == Market::spot ? Permission::spot : Permission::futures);
    if (kind == DemoKey::withdrawing) request.permissions.insert(Permission::withdraw);
    if (kind == DemoKey::transferring) request.permissions.insert(Permission::transfer);
    if (kind == DemoKey::address_not_listed) request.ip_allow_list.emplace_back(kElsewhere);
    request.inspectable = kind != DemoKey::unknown_withdrawal;
    request.balances["USDT"] = Decimal{10'000};
    // All keys of a demo are one person's: so one can be replaced by another, which a key of a foreign account can't.
    if (!exchange.accounts().empty()) request.account = exchange.accounts().front()->id;
    const Key& key = exchange.create_key(request);
    DemoCredentials credentials{key.key, key.secret, key.passphrase, key.account};
    // One digit turned: still of the right shape, so that only the exchange can tell.
    if (kind == DemoKey::wrong_secret) credentials.secret.back() = credentials.secret.back() == '0' ? '1' : '0';
    return credentials;
}

}  // namespace bf::simulator
