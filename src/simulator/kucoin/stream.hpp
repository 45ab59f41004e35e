// KuCoin's WebSockets: sessions that subscribe to topics, and the hub that turns the exchange's events into their messages.
#pragma once
#include "simulator/kucoin/routes.hpp"

#include <set>

namespace bf::simulator::kucoin {

class Session;

/// Knows who listens to what and writes each message once.
class Hub final : public Listener {
public:
    explicit Hub(Exchange& exchange) : exchange_{exchange} { exchange.listen(*this); }
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    void on_event(const Event& event) override;
    [[nodiscard]] bool wants_book(const Instrument& instrument) const override;
    /// A private topic is joined as "<topic>|<account>".
    void join(const std::string& topic, Session& session);
    void leave(const std::string& topic, Session& session);
    void enter(Session& session) { sessions_.insert(&session); }
    void exit(Session& session) { sessions_.erase(&session); }
    [[nodiscard]] Exchange& exchange() { return exchange_; }

private:
    template <class Write>
    void publish(const std::string& topic, std::string_view subject, Write&& write, std::string_view account = {});
    template <class Write>
    void publish_unified(std::string_view channel, const Account& account, const Instrument* instrument, Write&& write);
    [[nodiscard]] bool heard(const std::string& topic) const { return topics_.contains(topic); }
    void send(const std::string& topic, const std::string& message);

    void on(const TradeEvent& event);
    void on(const TickEvent& event);
    void on(const BookEvent& event);
    void on(const OrderEvent& event);
    void on(const StopEvent& event);
    void on(const BalanceEvent& event);
    void on(const PositionEvent& event);
    void tick_spot(const Instrument& instrument);
    void tick_futures(const Instrument& instrument);
    void candles(const Instrument& instrument, std::string_view prefix, std::string_view subject);
    void depth(const Instrument& instrument, std::string_view prefix);
    void spot_order(const OrderEvent& event);
    void futures_order(const OrderEvent& event);
    void unified_order(const OrderEvent& event);

    Exchange& exchange_;
    std::unordered_map<std::string, std::vector<Session*>> topics_;
    std::set<Session*> sessions_;
};

class Session final : public Socket {
public:
    Session(Hub& hub, Pusher& pusher, Token token, std::string connect_id);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() override;
    void on_text(std::string_view message) override;
    void on_binary(std::string_view) override { fail({}, 400, "binary messages are not supported"); }
    void push(const std::string& message) { pusher_.push_text(message); }
    /// Silence of the client for longer than the exchange bears ends the connection.
    void watch(Instant now);

private:
    void subscribe(JsonValue message, bool on);
    void subscribe_unified(JsonValue message);
    void fail(std::string_view id, int code, std::string_view text);
    void set_topic(const std::string& topic, bool on);

    Hub& hub_;
    Pusher& pusher_;
    Token token_;
    Instant heard_;
    std::set<std::string> topics_;
};

}  // namespace bf::simulator::kucoin
