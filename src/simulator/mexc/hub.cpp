#include "simulator/mexc/stream.hpp"

namespace bf::simulator::mexc {
namespace {

bool is_public(std::string_view channel) { return channel.starts_with("spot@public.") || channel.starts_with("sub."); }

}  // namespace

void Hub::join(const std::string& channel, Session& session) {
    auto& listeners = channels_[channel];
    if (listeners.empty() && is_public(channel)) ++public_;
    listeners.push_back(&session);
}

void Hub::leave(const std::string& channel, Session& session) {
    const auto at = channels_.find(channel);
    if (at == channels_.end()) return;
    std::erase(at->second, &session);
    if (!at->second.empty()) return;
    channels_.erase(at);
    if (is_public(channel)) --public_;
}

void Hub::send_text(const std::string& channel, const std::string& message) {
    const auto at = channels_.find(channel);
    if (at == channels_.end()) return;
    const auto listeners = at->second;
    for (auto* session : listeners) session->push_text(message);
}

void Hub::send_binary(const std::string& channel, const std::string& message) {
    const auto at = channels_.find(channel);
    if (at == channels_.end()) return;
    const auto listeners = at->second;
    for (auto* session : listeners) session->push_binary(message);
}

bool Hub::wants_book(const Instrument& instrument) const {
    if (channels_.empty()) return false;
    if (instrument.is_futures()) return heard("sub.depth|" + instrument.native);
    return heard("spot@public.aggre.depth.v3.api.pb@100ms@" + instrument.native) || heard("spot@public.aggre.depth.v3.api.pb@10ms@" + instrument.native);
}

void Hub::on_event(const Event& event) {
    if (const auto* tick = std::get_if<TickEvent>(&event); tick != nullptr && tick->instrument->index == 0) {
        const auto sessions = sessions_;
        for (auto* session : sessions) session->watch(exchange_.true_now());
    }
    if (channels_.empty()) return;
    // A simulated month in which nobody listens to a market costs little here.
    const bool of_market = std::holds_alternative<TradeEvent>(event) || std::holds_alternative<TickEvent>(event);
    if (of_market && public_ == 0) return;
    if (const auto* trade = std::get_if<TradeEvent>(&event)) return trade->instrument->is_futures() ? futures_trade(*trade) : spot_trade(*trade);
    if (const auto* tick = std::get_if<TickEvent>(&event)) return tick->instrument->is_futures() ? futures_tick(*tick->instrument) : spot_tick(*tick->instrument);
    if (const auto* book = std::get_if<BookEvent>(&event))
        return spread(*book, [this](const BookEvent& part) { part.instrument->is_futures() ? futures_book(part) : spot_book(part); });
    if (const auto* order = std::get_if<OrderEvent>(&event)) return order->order->instrument->is_futures() ? futures_order(*order) : spot_order(*order);
    if (const auto* balance = std::get_if<BalanceEvent>(&event)) return balance->market == Market::futures ? futures_balance(*balance) : spot_balance(*balance);
    if (const auto* change = std::get_if<PositionEvent>(&event)) position(*change);
}

}  // namespace bf::simulator::mexc
