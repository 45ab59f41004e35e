#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/words.hpp"

#include <set>

namespace bf::exchange::kucoin {
namespace {

/// `total` as sent, else the exact sum of what was.
void complete(market::Balance& balance) {
    if (balance.total || !balance.free || !balance.locked) return;
    if (const auto sum = Decimal::add(*balance.free, *balance.locked)) balance.total = *sum;
}

}  // namespace

Answer<std::vector<market::Balance>> read_spot_balances(wire::JsonValue data) {
    if (!data.is_array()) return bad_shape("the list of accounts");
    // An account that KuCoin has not merged yet has a wallet of its own for these orders (trade_hf), beside the older trading wallet (trade):
    // of an asset that lies in both they can't spend the latter.
    std::set<std::string_view> spent;
    for (std::size_t i = 0; i < data.size(); ++i)
        if (data.at(i)["type"].text() == "trade_hf") spent.insert(data.at(i)["currency"].text().value_or(""));
    std::vector<market::Balance> balances;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto row = data.at(i);
        const auto type = row["type"].text(), asset = row["currency"].text();
        if (!type || !asset) return bad_shape("an account's type or currency");
        if (*type != "trade_hf" && (*type != "trade" || spent.contains(*asset))) continue;
        market::Balance balance{std::string{*asset}, row["available"].decimal(), row["holds"].decimal(), row["balance"].decimal()};
        complete(balance);
        balances.push_back(std::move(balance));
    }
    return balances;
}

Answer<std::vector<market::Balance>> read_futures_balances(wire::JsonValue data) {
    const auto asset = data["currency"].text();
    if (!asset) return bad_shape("the account's currency");
    // No one field is what orders and positions hold (frozenFunds is for withdrawals): `locked` stays unsaid, the equity is the total.
    const std::string name = *asset == "XBT" ? "BTC" : std::string{*asset};
    return std::vector<market::Balance>{{name, data["availableBalance"].decimal(), std::nullopt, data["accountEquity"].decimal()}};
}

Answer<std::vector<market::Amount>> read_wallets(wire::JsonValue data) {
    const auto asset = data["currency"].text();
    const auto equity = data["accountEquity"].decimal(), open = data["unrealisedPNL"].decimal();
    if (!asset || !equity || !open) return bad_shape("the account's equity and open profit");
    const auto wallet = Decimal::subtract(*equity, *open);
    if (!wallet) return bad_shape("the account's equity");
    return std::vector<market::Amount>{{*asset == "XBT" ? "BTC" : std::string{*asset}, *wallet}};
}

Answer<std::vector<market::Balance>> read_unified_balances(wire::JsonValue data) {
    const auto accounts = data["accounts"];
    if (!accounts.is_array()) return bad_shape("the list of accounts");
    std::vector<market::Balance> balances;
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        const auto currencies = accounts.at(i)["currencies"];
        for (std::size_t k = 0; k < currencies.size(); ++k) {
            const auto row = currencies.at(k);
            const auto asset = row["currency"].text();
            if (!asset) return bad_shape("a balance's currency");
            market::Balance balance{std::string{*asset}, row["available"].decimal(), row["hold"].decimal(), row["balance"].decimal()};
            complete(balance);
            balances.push_back(std::move(balance));
        }
    }
    return balances;
}

}  // namespace bf::exchange::kucoin
