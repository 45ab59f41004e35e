// MEXC's WebSockets: sessions that subscribe to channels, and the hub that turns the exchange's events into their messages. Spot speaks
// JSON in and acknowledgements, protobuf in pushes; futures speak JSON throughout.
#pragma once
#include "simulator/mexc/routes.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace bf::simulator::mexc {

/// One client's connection as the hub sees it.
class Session : public Socket {
public:
    explicit Session(Pusher& pusher, Instant now) : pusher_{pusher}, heard_{now} {}
    void push_text(std::string message) { pusher_.push_text(std::move(message)); }
    void push_binary(std::string message) { pusher_.push_binary(std::move(message)); }
    void on_binary(std::string_view) override {}
    /// Silence of the client for longer than the exchange bears ends the connection, and so does the end of its listen key.
    void watch(Instant now) {
        if (now - heard_ > kSilenceMax) pusher_.close(1000, "timeout");
        else if (!may_stay()) pusher_.close(1000, "listen key expired");
    }

protected:
    [[nodiscard]] virtual bool may_stay() const { return true; }

    static constexpr milliseconds kSilenceMax{60'000};
    Pusher& pusher_;
    Instant heard_;
};

/// Knows who listens to what and writes each message once. A channel is keyed as the client names it; private ones and futures channels
/// get "|account" or "|symbol" behind them.
class Hub final : public Listener {
public:
    explicit Hub(Exchange& exchange) : exchange_{exchange} { exchange.listen(*this); }
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    void on_event(const Event& event) override;
    [[nodiscard]] bool wants_book(const Instrument& instrument) const override;
    void join(const std::string& channel, Session& session);
    void leave(const std::string& channel, Session& session);
    void enter(Session& session) { sessions_.insert(&session); }
    void exit(Session& session) { sessions_.erase(&session); }
    [[nodiscard]] Exchange& exchange() { return exchange_; }

private:
    [[nodiscard]] bool heard(const std::string& channel) const { return channels_.contains(channel); }
    void send_text(const std::string& channel, const std::string& message);
    void send_binary(const std::string& channel, const std::string& message);

    /// One tick's changes as the exchange spreads them over the second: ten messages. What vanishes goes first, so that a client's book
    /// is never crossed between two of them.
    template <class Push>
    static void spread(const BookEvent& event, Push&& push) {
        std::vector<BookChange> changes{event.changes.begin(), event.changes.end()};
        std::stable_partition(changes.begin(), changes.end(), [](const BookChange& change) { return change.quantity.is_zero(); });
        const std::size_t size = (changes.size() + 9) / 10;
        for (std::size_t at = 0; at < changes.size(); at += size)
            push(BookEvent{event.instrument, event.first_sequence + at, std::span{changes}.subspan(at, std::min(size, changes.size() - at))});
    }

    // Spot (spot_pushes.cpp)
    template <class Fill>
    void push_spot(const std::string& channel, const std::string& symbol, Fill&& fill, std::string_view account = {});
    void spot_trade(const TradeEvent& event);
    void spot_tick(const Instrument& instrument);
    void spot_book(const BookEvent& event);
    void spot_order(const OrderEvent& event);
    void spot_balance(const BalanceEvent& event);
    // Futures (futures_pushes.cpp)
    template <class Write>
    void push_futures(std::string_view channel, const std::string& key, const Instrument* instrument, Write&& write);
    void futures_trade(const TradeEvent& event);
    void futures_tick(const Instrument& instrument);
    void futures_book(const BookEvent& event);
    void futures_order(const OrderEvent& event);
    void futures_balance(const BalanceEvent& event);
    void position(const PositionEvent& event);

    Exchange& exchange_;
    std::unordered_map<std::string, std::vector<Session*>> channels_;
    std::size_t public_{0};  ///< Of channels_, those about a market.
    std::set<Session*> sessions_;
};

/// `account` empty: public. `key_lives`: whether the listen key it was opened with is still one.
std::unique_ptr<Socket> open_spot_session(Hub& hub, Pusher& pusher, std::string account, std::function<bool()> key_lives);
std::unique_ptr<Socket> open_futures_session(Hub& hub, Pusher& pusher, std::string peer);

}  // namespace bf::simulator::mexc
