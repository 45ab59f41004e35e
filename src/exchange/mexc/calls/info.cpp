#include "exchange/mexc/calls/info.hpp"

namespace bf::exchange::mexc {

// Hosts: MEXC's API pages, "Spot V3" and "Futures" (its own change log moved futures REST to api.mexc.com on 2026-01-19; the old
// host contract.mexc.com still carries the WebSocket). Read 2026-09.
// Rights: the futures reference asks for "View Account Details", "View Order Details" and "Order Placing"; the spot reference names
// tokens (SPOT_ACCOUNT_READ, SPOT_DEAL_READ, SPOT_DEAL_WRITE). The exact labels of the key page are unverified.
// Shapes: access keys in current samples are mx0 and 15 more characters, secrets 32 lower-case hexadecimal ones; older keys differ,
// so an unusual shape is a warning and only what can't be a key at all is refused.
const Info& info() {
    static const Info kInfo{
        .id = ExchangeId::mexc,
        .name = "MEXC",
        .markets = {market::Market::spot, market::Market::futures},
        .sites = {Site::global},
        .key_page = "https://www.mexc.com/user/openapi",
        .tells_our_address = false,
        .withdraw_right_readable = true,
        .fields = {{.id = "key", .secret = false, .reject = "[^0-9A-Za-z]", .expected = "mx0[0-9A-Za-z]{15}"},
                   {.id = "secret", .secret = true, .reject = "[^!-~]", .expected = "[0-9a-f]{32}"}},
        .simulated_key_mark = "mx0Simulated",
        .spot_rights = {.tick = {"Spot: View Account Details", "Spot: View Order Details", "Spot: Trade"},
                        .never = {"Withdraw", "Transfer"}},
        .futures_rights = {.tick = {"Spot: View Account Details", "Futures: View Account Details", "Futures: View Order Details",
                                    "Futures: Order Placing"},
                           .never = {"Withdraw", "Transfer"}},
        .futures_hosts = {"contract.mexc.com"},
        .other_hosts = {"api.mexc.com", "wbs-api.mexc.com"},
        // Futures refuse longer ones with error 2030; for spot the limit is undocumented and assumed to be the same.
        .client_order_id_length_max = 32,
    };
    return kInfo;
}

}  // namespace bf::exchange::mexc
