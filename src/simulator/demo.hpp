// The keys the demo offers with one click, one for each ending of a connection test.
#pragma once
#include "simulator/core/exchange.hpp"

namespace bf::simulator {

enum class DemoKey : std::uint8_t {
    good,                ///< Reads and trades the market.
    wrong_secret,        ///< The secret handed out is not the key's.
    no_trading_right,    ///< Reads only.
    address_not_listed,  ///< Its allow-list names another address.
    withdrawing,         ///< May withdraw.
    unknown_withdrawal,  ///< May not read about itself: what it can do stays unknown (MEXC).
    transferring,        ///< May move funds between the owner's accounts.
};
std::string_view to_string(DemoKey kind);
std::optional<DemoKey> parse_demo_key(std::string_view text);

struct DemoCredentials {
    std::string key;
    std::string secret;
    std::string passphrase;  ///< Empty where the exchange has none.
    std::string account;
};

/// A key of that kind on the exchange's first account; the first one makes it, with 10,000 USDT.
DemoCredentials create_demo_key(Exchange& exchange, Market market, DemoKey kind);

}  // namespace bf::simulator
