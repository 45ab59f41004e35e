// The way of market data, which belongs to no connection: over IPv6 where every connection of the exchange goes out over it, else over IPv4.
// Looked at with every request, so that a connection that is added or changed counts from the next one on.
#pragma once
#include "connection/book.hpp"
#include "ports/transport.hpp"

namespace bf::app {

/// What the data of an exchange goes over.
inline ports::Family market_family(const connection::Book& book, exchange::ExchangeId exchange) {
    bool any = false;
    for (const auto* record : book.all()) {
        if (record->exchange != exchange) continue;
        if (record->family == ports::Family::v4) return ports::Family::v4;
        any = true;
    }
    return any ? ports::Family::v6 : ports::Family::v4;
}

class MarketRoad final : public ports::Transport {
public:
    MarketRoad(ports::Transport& network, const connection::Book& book, exchange::ExchangeId exchange) : network_{network}, book_{book}, exchange_{exchange} {}
    void send(wire::Request request, milliseconds timeout, Done done) override { now().send(std::move(request), timeout, std::move(done)); }
    std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) override {
        return now().open_stream(std::move(url), timeout, handler);
    }
    /// Whoever asks: the connections decide.
    ports::Transport& over(ports::Family) override { return *this; }

private:
    ports::Transport& now() { return network_.over(market_family(book_, exchange_)); }

    ports::Transport& network_;
    const connection::Book& book_;
    exchange::ExchangeId exchange_;
};

}  // namespace bf::app
