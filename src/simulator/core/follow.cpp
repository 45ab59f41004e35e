// An exchange that follows a real market: paper trading. Its instruments and prices are told from outside.
#include "simulator/core/exchange.hpp"
#include "simulator/core/resting.hpp"

#include <algorithm>

namespace bf::simulator {

const Instrument& Exchange::list(Instrument instrument) {
    for (auto& known : profile_.instruments) {
        if (known.symbol != instrument.symbol) continue;
        instrument.index = known.index;
        instrument.start_price = known.start_price;
        known = std::move(instrument);
        markets_[known.index]->relisted();
        return known;
    }
    instrument.index = profile_.instruments.size();
    const auto& listed = profile_.instruments.emplace_back(std::move(instrument));
    markets_.push_back(profile_.follows ? std::make_unique<InstrumentMarket>(listed, now_) : std::make_unique<InstrumentMarket>(listed, Random::mix(listed.index), now_));
    resting_.push_back(std::make_unique<Resting>());
    return listed;
}

void Exchange::set_quote(const Instrument& instrument, const std::optional<BestPrices>& best, const Decimal& mark) {
    BF_ASSERT(profile_.follows);
    markets_[instrument.index]->set_quote(best, mark);
    if (!best) return;
    sweep(instrument, false);
    liquidate_due();
    if (!resting_[instrument.index]->stops.empty()) fire_due(instrument);
    emit(TickEvent{&instrument});
}

void Exchange::set_book(const Instrument& instrument, std::vector<Level> bids, std::vector<Level> asks) {
    BF_ASSERT(profile_.follows);
    markets_[instrument.index]->set_book(std::move(bids), std::move(asks));
    sweep(instrument, false);
}

bool Exchange::is_crossed(const Instrument& instrument) const {
    const auto& market = *markets_[instrument.index];
    const auto bid = market.best_bid(), ask = market.best_ask();
    return bid.is_positive() && ask.is_positive() && (!crossed(instrument, Side::buy, ask).empty() || !crossed(instrument, Side::sell, bid).empty());
}

void Exchange::settle_funding(const Instrument& instrument, const Settlement& settlement, const std::function<bool(const Account&, const Position&)>& owes) {
    BF_ASSERT(profile_.follows);
    for (const auto& account : accounts_) {
        for (auto& position : account->positions) {
            if (position.instrument != &instrument || !owes(*account, position)) continue;
            const auto at_once = std::count_if(account->funding.begin(), account->funding.end(), [&](const auto& one) { return one.at == settlement.at; });
            pay_funding(*account, position, settlement, static_cast<std::uint64_t>(settlement.at.ms() * 100 + at_once));
        }
    }
}

Accepted<std::monostate> Exchange::grant(Account& account, Market market, const std::string& asset, const Decimal& amount) {
    const auto busy = [](const Order* order) { return order->is_open(); };
    if (!account.positions.empty() || std::any_of(account.orders.begin(), account.orders.end(), busy)) return Unexpected{Refusal::position_or_orders_open};
    Wallet& wallet = account.wallets(market)[asset];
    granted_[asset] += amount - wallet.free;
    wallet.free = amount;
    return std::monostate{};
}

}  // namespace bf::simulator
