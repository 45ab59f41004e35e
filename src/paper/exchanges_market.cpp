// What paper exchanges know of the real market's prices and books, and what follows from their age.
#include "paper/exchanges_inside.hpp"

#include <set>

namespace bf::paper {

void Exchanges::list(const Venue& venue, const simulator::Instrument& instrument) { site(venue).exchange.list(instrument); }

void Exchanges::quote(const Venue& venue, const market::Symbol& symbol, const Quote& quote) {
    const auto found = sites_.find(venue);
    if (found == sites_.end()) return;
    auto& site = *found->second;
    const auto* instrument = site.exchange.find(symbol);
    if (instrument == nullptr || site.behind.contains(instrument->index)) return;
    site.confirmed[instrument->index] = quote.confirmed;
    bring_up_to_date(site);
    if (setup_.clock.steady() - quote.confirmed > kQuoteLives) return;
    site.exchange.set_quote(*instrument, simulator::BestPrices{quote.bid, quote.ask}, quote.mark);
    if (site.exchange.is_crossed(*instrument)) want_book(site, *instrument);
    commit(site);
}

void Exchanges::book(const Venue& venue, const market::Symbol& symbol, Book book) {
    const auto found = sites_.find(venue);
    const auto* instrument = found == sites_.end() ? nullptr : found->second->exchange.find(symbol);
    if (instrument != nullptr && !found->second->behind.contains(instrument->index)) {
        auto& site = *found->second;
        site.booked[instrument->index] = book.asked;
        bring_up_to_date(site);
        if (site.booked.contains(instrument->index)) site.exchange.set_book(*instrument, std::move(book.bids), std::move(book.asks));
        commit(site);
    }
    go_on(venue, symbol);
}

void Exchanges::want_book(Site& site, const simulator::Instrument& instrument) {
    if (!setup_.ask_book) return;
    const auto now = setup_.clock.steady();
    const auto asked = site.book_asked.find(instrument.index);
    if (asked != site.book_asked.end() && now - asked->second < kBookAgain) return;
    site.book_asked[instrument.index] = now;
    setup_.ask_book(site.venue, instrument.symbol);
}

void Exchanges::with_fresh_book(const Venue& venue, const market::Symbol& symbol, std::function<void()> then) {
    const auto found = sites_.find(venue);
    const auto* instrument = found == sites_.end() ? nullptr : found->second->exchange.find(symbol);
    if (!setup_.ask_book || instrument == nullptr) return then();
    auto& site = *found->second;
    const auto asked = site.booked.find(instrument->index);
    if (asked != site.booked.end() && setup_.clock.steady() - asked->second < kBookFresh) return then();
    auto& waiting = waiting_[{venue, symbol}];
    waiting.push_back(std::move(then));
    if (waiting.size() == 1)
        setup_.timers.after(kBookPatience, [this, venue, symbol, alive = std::weak_ptr<bool>{alive_}] {
            if (!alive.expired()) go_on(venue, symbol);
        });
    if (waiting.size() > 1) return;
    site.book_asked[instrument->index] = setup_.clock.steady();
    setup_.ask_book(venue, symbol);
}

void Exchanges::go_on(const Venue& venue, const market::Symbol& symbol) {
    const auto found = waiting_.find({venue, symbol});
    if (found == waiting_.end()) return;
    const auto all = std::move(found->second);
    waiting_.erase(found);
    const std::weak_ptr<bool> alive{alive_};
    for (const auto& then : all) {
        if (alive.expired()) return;
        then();
    }
}

void Exchanges::bring_up_to_date(Site& site) {
    site.world->advance(setup_.clock.wall());
    const auto now = setup_.clock.steady();
    std::erase_if(site.booked, [&](const auto& entry) {
        if (now - entry.second <= kBookLives) return false;
        site.exchange.set_book(site.exchange.instruments()[entry.first], {}, {});
        return true;
    });
    std::erase_if(site.confirmed, [&](const auto& entry) {
        if (now - entry.second <= kQuoteLives) return false;
        const auto& instrument = site.exchange.instruments()[entry.first];
        site.exchange.set_quote(instrument, std::nullopt, site.exchange.market(instrument).price());
        return true;
    });
}

}  // namespace bf::paper
