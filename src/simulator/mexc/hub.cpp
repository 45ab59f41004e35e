#include "simulator/mexc/stream.hpp"

#include <algorithm>

namespace bf::simulator::mexc {

void Hub::leave(const std::string& channel, Session& session) {
    const auto at = channels_.find(channel);
    if (at == channels_.end()) return;
    std::erase(at->second, &session);
    if (at->second.empty()) channels_.erase(at);
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
    if (const auto* trade = std::get_if<TradeEvent>(&event)) return trade->instrument->is_futures() ? futures_trade(*trade) : spot_trade(*trade);
    if (const auto* tick = std::get_if<TickEvent>(&event)) return tick->instrument->is_futures() ? futures_tick(*tick->instrument) : spot_tick(*tick->instrument);
    if (const auto* book = std::get_if<BookEvent>(&event)) return book->instrument->is_futures() ? futures_book(*book) : spot_book(*book);
    if (const auto* order = std::get_if<OrderEvent>(&event)) return order->order->instrument->is_futures() ? futures_order(*order) : spot_order(*order);
    if (const auto* balance = std::get_if<BalanceEvent>(&event)) return balance->market == Market::futures ? futures_balance(*balance) : spot_balance(*balance);
    if (const auto* change = std::get_if<PositionEvent>(&event)) position(*change);
}

}  // namespace bf::simulator::mexc
