// Shapes of keys as seen in the official SDK's examples and public threads, September 2026; the passphrase's length limits are
// unverified, so that its shape only warns. A blank, also one that does not show (U+00A0, U+200B), or a control character is in no key: it is
// refused before it could stand in a header.
#include "exchange/kucoin/calls/calls.hpp"

namespace bf::exchange::kucoin {

const Info& info() {
    static const Info kInfo{
        .id = ExchangeId::kucoin,
        .name = "KuCoin",
        .markets = {market::Market::spot, market::Market::futures},
        .sites = {Site::global, Site::eu},
        .key_page = "https://www.kucoin.com/account/api",
        .tells_our_address = true,
        .withdraw_right_readable = true,
        .fields = {{.id = "key", .secret = false, .reject = "[^!-~]", .expected = "[0-9a-f]{24}"},
                   {.id = "secret", .secret = true, .reject = "[^!-~]", .expected = "[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"},
                   // Chosen by the user: blanks within are allowed, around it they are a slip of the paste; so is what nobody types.
                   {.id = "passphrase", .secret = true, .reject = R"(^\s|\s$|[[:cntrl:]])", .expected = R"([\s\S]{7,32})"}},
        // Real keys begin with the second of their making.
        .simulated_key_mark = "00000000",
        .spot_rights = {.tick = {"General", "Spot"}, .never = {"Transfer", "InnerTransfer", "Margin", "Earn"}},
        .futures_rights = {.tick = {"General", "Futures"}, .never = {"Transfer", "InnerTransfer", "Margin", "Earn"}},
        .futures_hosts = {"api-futures.kucoin.com", "api-futures.kucoin.eu"},
        .other_hosts = {"api.kucoin.com", "api.kucoin.eu", "wsapi-push.kucoin.com", "wsapi-push.kucoin.eu"},
        .client_order_id_length_max = 40,
    };
    return kInfo;
}

}  // namespace bf::exchange::kucoin
