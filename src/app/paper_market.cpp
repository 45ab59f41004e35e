#include "app/paper_market.hpp"

#include "exchange/catalogue/replies/public_facts_of.hpp"

namespace bf::app {
namespace {

constexpr milliseconds kTimeout{3'000};

std::vector<simulator::Level> levels_of(const std::vector<exchange::BookLevel>& told) {
    std::vector<simulator::Level> levels;
    levels.reserve(told.size());
    for (const auto& one : told) levels.push_back({one.price, one.quantity});
    return levels;
}

}  // namespace

bool PaperMarket::ask(const paper::Venue& venue, const market::Symbol& symbol, const Target& target, Take take) {
    const auto* facts = exchange::public_facts_of(venue.exchange);
    const auto adapter = setup_.adapter_of(venue.exchange);
    const auto* instrument = setup_.instrument(venue, symbol);
    if (facts == nullptr || !adapter || instrument == nullptr) return false;
    const auto now = setup_.world.clock.steady();
    if (auto* pace = setup_.pace_of(venue.exchange)) {
        if (pace->wait(now, facts->weighs_as(venue.market), venue.market, connection::Pace::Share::scheduled).count() > 0) return false;
        pace->spend(now, facts->weighs_as(venue.market), venue.market);
    }
    // Its ticker says which host to ask.
    exchange::Call call;
    call.operation = exchange::Operation::ticker;
    call.market = venue.market;
    call.site = venue.site;
    call.symbol = symbol;
    exchange::RequestList list;
    if (!adapter->calls.write(call, nullptr, setup_.world.clock.wall(), list) || list.size() == 0) return false;
    auto request = list[0];
    request.target = target(*facts, *instrument);
    auto answered = [this, alive = std::weak_ptr<bool>{alive_}, venue, symbol, call, take = std::move(take)](const Result<wire::Response>& response) {
        if (alive.expired()) return;
        const auto* known = setup_.instrument(venue, symbol);
        if (known != nullptr) take(response ? &*response : nullptr, {call, setup_.world.clock.wall(), setup_.instruments(venue)}, *known);
    };
    setup_.world.transport.over(setup_.family_of(venue.exchange)).send(std::move(request), kTimeout, std::move(answered));
    return true;
}

void PaperMarket::ask_book(const paper::Venue& venue, const market::Symbol& symbol) {
    const auto asked = setup_.world.clock.steady();
    auto take = [this, venue, symbol, asked](const wire::Response* response, const exchange::Asked& question, const market::Instrument& instrument) {
        if (response == nullptr) return;
        const auto depth = exchange::public_facts_of(venue.exchange)->depth(*response, question, instrument);
        if (depth) setup_.exchanges.book(venue, symbol, {levels_of(depth->bids), levels_of(depth->asks), asked});
    };
    ask(venue, symbol, &exchange::PublicFacts::depth_target, std::move(take));
}

void PaperMarket::ask_funding(const paper::Venue& venue, const market::Symbol& symbol) {
    auto take = [this, venue, symbol](const wire::Response* response, const exchange::Asked& question, const market::Instrument&) {
        if (response == nullptr) return;
        const auto rate = exchange::public_facts_of(venue.exchange)->funding_rate(*response, question);
        if (rate) setup_.exchanges.funding(venue, symbol, {rate->rate, rate->due});
    };
    ask(venue, symbol, &exchange::PublicFacts::funding_target, std::move(take));
}

}  // namespace bf::app
