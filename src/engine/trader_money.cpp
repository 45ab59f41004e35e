// Money that moved without an order, in words: loud when it left, a notice when it came.
#include "base/utc.hpp"
#include "engine/trader_parts.hpp"

namespace bf::engine {
namespace {

/// Digits that a person reads; amounts themselves stay exact.
constexpr int kDigits = 8;

}  // namespace

void Trader::on_unexplained(Now now, const std::string& connection, const MoneyWatch::Unexplained& money) {
    const auto* state = find_connection(connection);
    // Neither won nor lost: the drawdown brake must not take it for a fall, nor for a peak.
    const AccountKey account{connection, money.asset};
    const Brakes::Moved moved{money.amount, money.agreed, money.seen};
    brakes_.moved(account, moved);
    orders_.append(kEquityMoved, to_record(account, moved));
    const auto name = '"' + (state == nullptr ? connection : state->name) + '"';
    const auto size = abs(money.amount);
    const auto digits = size.scale() > kDigits ? size.to_fixed(kDigits, Rounding::down) : size.to_string();
    const auto amount = digits + ' ' + money.asset, amount_nl = in_dutch(digits) + ' ' + money.asset;
    const auto from = utc_text(money.agreed), to = utc_text(money.seen);
    const auto english = " between " + from + " and " + to + " (UTC), not explained by any order, fee or funding known to BackFuture. It can be ";
    const auto dutch = " tussen " + from + " en " + to + " (UTC), niet verklaard door een order, kosten of funding waar BackFuture van weet. Het kan ";
    if (money.amount.is_positive()) {
        alarm(now, Severity::info, "MONEY_ARRIVED", name + ": " + amount + " reached the account" + english + "a deposit, a transfer, interest or a reward, or a trade by hand in a pair that is not followed.",
              name + ": er kwam " + amount_nl + " bij op de rekening" + dutch + "een storting, een overboeking, rente of een beloning zijn, of een handmatige order in een paar dat niet gevolgd wordt.", connection, 0);
    } else {
        alarm(now, Severity::critical, "MONEY_LEFT",
              name + ": " + amount + " left the account" + english +
                  "a withdrawal, a transfer to another account, or a trade by hand in a pair that is not followed. If it was not you, freeze the connection, change the password of your account at the exchange and replace the key.",
              name + ": er ging " + amount_nl + " van de rekening af" + dutch +
                  "een opname, een overboeking naar een andere rekening zijn, of een handmatige order in een paar dat niet gevolgd wordt. Was jij het niet, bevries dan de verbinding, wijzig het wachtwoord van je account bij de exchange en vervang de sleutel.",
              connection, 0);
    }
    work_off(now);
}

}  // namespace bf::engine
