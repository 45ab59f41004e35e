// What paper accounts pay and receive for holding a contract: at its hour by the last rate that was told, and for the hours at which nothing ran
// by what the real exchange published since.
//
// A position owes every settlement after the last one it paid for, or after its last change; while it is not known what those were, nothing
// trades in the contract, so that what is held is what was held. So nothing has to be kept about them: a start asks again, and each payment is
// named after its settlement. What can't be had is written down as not paid and told.
#include "paper/exchanges_inside.hpp"

#include <algorithm>

namespace bf::paper {
namespace {

/// Exchanges settle at whole hours: the last one.
Instant hour_of(Instant at) {
    constexpr milliseconds kHour{std::chrono::hours{1}};
    return Instant::from_ms(at.ms() / kHour.count() * kHour.count());
}

}  // namespace

std::set<std::size_t> Exchanges::held_on(const Site& site) const {
    std::set<std::size_t> held;
    if (site.venue.market != market::Market::futures) return held;
    for (const auto& [connection, account] : accounts_)
        if (const auto* there = account.venue == site.venue ? truth(connection) : nullptr)
            for (const auto& position : there->positions) held.insert(position.instrument->index);
    return held;
}

void Exchanges::each_position(const Site& site, std::size_t instrument,
                              const std::function<void(const Account&, const simulator::Account&, const simulator::Position&)>& visit) const {
    for (const auto& [connection, account] : accounts_)
        if (const auto* there = account.venue == site.venue ? truth(connection) : nullptr)
            for (const auto& position : there->positions)
                if (position.instrument->index == instrument) visit(account, *there, position);
}

Instant Exchanges::paid_to(const Account& account, const simulator::Account& there, const simulator::Position& position) const {
    auto to = std::max(position.opened_at, position.updated_at);
    for (const auto& payment : there.funding)
        if (payment.instrument == position.instrument && payment.slot == position.slot) to = std::max(to, payment.at);
    for (const auto& one : unpaid_)
        if (one.connection == account.connection && one.symbol == position.instrument->symbol) to = std::max(to, one.to);
    return to;
}

void Exchanges::funding(const Venue& venue, const market::Symbol& symbol, const FundingRate& rate) {
    const auto found = sites_.find(venue);
    const auto* instrument = found == sites_.end() ? nullptr : found->second->exchange.find(symbol);
    // One that is due already is of a settlement that was missed, or that was paid.
    if (instrument == nullptr || rate.due <= setup_.clock.wall()) return;
    auto& site = *found->second;
    const auto now = setup_.clock.steady();
    const auto told = site.rate_told.find(instrument->index);
    if (told != site.rate_told.end() && now - told->second > kRatesSilent) look_behind(site);
    site.rate_told[instrument->index] = now;
    site.rates[instrument->index] = rate;
}

void Exchanges::settle_funding(Site& site) {
    if (!setup_.ask_funding || site.venue.market != market::Market::futures) return;
    const auto held = held_on(site);
    for (const auto index : held) {
        const auto& instrument = site.exchange.instruments()[index];
        const auto wall = setup_.clock.wall();
        if (const auto rate = site.rates.find(index); rate != site.rates.end() && rate->second.due <= wall) {
            const auto told = rate->second;
            site.rates.erase(rate);
            site.rate_asked.erase(index);
            const auto behind = site.behind.find(index);
            if (behind != site.behind.end()) behind->second.due = told.due;
            else if (setup_.ask_past_funding && wall - told.due > kFundingLate) site.behind[index];
            else site.exchange.settle_funding(instrument, {told.due, told.rate, site.exchange.market(instrument).price()}, [](const auto&, const auto&) { return true; });
        }
        const auto now = setup_.clock.steady();
        const auto asked = site.rate_asked.find(index);
        if (asked != site.rate_asked.end() && now - asked->second < kFundingAsked) continue;
        site.rate_asked[index] = now;
        setup_.ask_funding(site.venue, instrument.symbol);
    }
    // Nobody holds it any more: what is told of it later counts from then.
    for (auto* of_rate : {&site.rate_asked, &site.rate_told}) std::erase_if(*of_rate, [&](const auto& entry) { return !held.contains(entry.first); });
    std::erase_if(site.rates, [&](const auto& entry) { return !held.contains(entry.first); });
    std::erase_if(site.behind, [&](const auto& entry) { return !held.contains(entry.first); });
}

void Exchanges::look_behind(Site& site) {
    if (!setup_.ask_past_funding) return;
    for (const auto index : held_on(site))
        if (owed_since(site, index) < hour_of(setup_.clock.wall())) site.behind.try_emplace(index);
}

Instant Exchanges::owed_since(const Site& site, std::size_t instrument) const {
    auto from = setup_.clock.wall();
    each_position(site, instrument, [&](const Account& account, const simulator::Account& there, const simulator::Position& position) {
        from = std::min(from, paid_to(account, there, position));
    });
    return from;
}

void Exchanges::ask_past(Site& site) {
    // The list must show the settlement that was just now.
    const auto wall = setup_.clock.wall();
    if (wall - hour_of(wall) < kFundingShown) return;
    std::vector<std::pair<market::Symbol, Instant>> questions;
    for (auto& [index, behind] : site.behind)
        if (!std::exchange(behind.asked, true)) questions.emplace_back(site.exchange.instruments()[index].symbol, owed_since(site, index));
    for (const auto& [symbol, from] : questions) setup_.ask_past_funding(site.venue, symbol, from);
}

void Exchanges::past_funding(const Venue& venue, const market::Symbol& symbol, const PastFunding& past) {
    const auto found = sites_.find(venue);
    const auto* instrument = found == sites_.end() ? nullptr : found->second->exchange.find(symbol);
    if (instrument == nullptr || !found->second->behind.contains(instrument->index)) return;
    auto& site = *found->second;
    const auto index = instrument->index;
    const auto miss = [&](const PastFunding::Span& span, Unpaid::Why why) {
        std::vector<Unpaid> missed;
        each_position(site, index, [&](const Account& account, const simulator::Account& there, const simulator::Position& position) {
            const auto from = std::max(span.from, paid_to(account, there, position));
            if (from < span.to) missed.push_back({account.connection, symbol, from, span.to, why});
        });
        // In the order of their times: what was paid before it stands before it in the journal.
        if (!missed.empty()) commit(site);
        for (auto& one : missed) note_unpaid(std::move(one));
    };
    std::set<std::string> paid;
    auto hole = past.holes.begin();
    for (const auto& one : past.settled) {
        for (; hole != past.holes.end() && hole->from < one.at; ++hole) miss(*hole, Unpaid::Why::no_rates);
        if (!one.price) {
            miss({one.at - milliseconds{1}, one.at}, Unpaid::Why::no_price);
            continue;
        }
        std::set<const simulator::Position*> owed;
        each_position(site, index, [&](const Account& account, const simulator::Account& there, const simulator::Position& position) {
            if (paid_to(account, there, position) >= one.at) return;
            owed.insert(&position);
            paid.insert(account.connection);
        });
        site.exchange.settle_funding(*instrument, {one.at, one.rate, *one.price}, [&](const auto&, const auto& position) { return owed.contains(&position); });
    }
    for (; hole != past.holes.end(); ++hole) miss(*hole, Unpaid::Why::no_rates);
    // What became due while it was being asked is behind, too.
    if (const auto due = site.behind[index].due; due && *due > past.to) site.behind[index] = {};
    else site.behind.erase(index);
    for (const auto& connection : paid)
        later([this, connection] {
            if (setup_.paid_late) setup_.paid_late(connection);
        });
    commit(site);
}

}  // namespace bf::paper
