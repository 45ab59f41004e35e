#include "app/trading_news.hpp"

#include "server/trading_json.hpp"

namespace bf::app {

using exchange::Language;

void TradingNews::strategy(const engine::Strategy& strategy) const {
    tell_([&](wire::JsonWriter& out, Language language) {
        out.begin_object().member("type", "strategy").key("strategy");
        server::write_strategy(out, trader_, strategy, language);
        out.end_object();
    });
}

void TradingNews::strategy_removed(const std::string& id) const {
    tell_([&](wire::JsonWriter& out, Language) { out.begin_object().member("type", "strategy_removed").member("id", id).end_object(); });
}

void TradingNews::group(const engine::LiveGroup& group) const {
    tell_([&](wire::JsonWriter& out, Language) {
        out.begin_object().member("type", "group").key("group");
        server::write_live_group(out, trader_, group, false);
        out.end_object();
    });
}

void TradingNews::decision(const ports::StoredDecision& decision) const {
    tell_([&](wire::JsonWriter& out, Language language) {
        out.begin_object().member("type", "decision").key("decision");
        server::write_decision(out, trader_, decision, language, false);
        out.end_object();
    });
}

void TradingNews::alarm(const ports::StoredAlarm& alarm) const {
    tell_([&](wire::JsonWriter& out, Language language) {
        out.begin_object().member("type", "alarm").key("alarm");
        server::write_alarm(out, alarm, language);
        out.end_object();
    });
}

void TradingNews::alarms_stored(const ports::StoredAlarm& last) const {
    tell_([&](wire::JsonWriter& out, Language language) {
        out.begin_object().member("type", "alarm").key("alarm");
        server::write_alarm(out, last, language);
        out.member("stored", true).end_object();
    });
}

void TradingNews::history_stored() const {
    tell_([](wire::JsonWriter& out, Language) { out.begin_object().member("type", "history").end_object(); });
}

void TradingNews::account(const std::string& connection) const {
    const auto* state = trader_.find_connection(connection);
    if (state == nullptr) return;
    tell_([&](wire::JsonWriter& out, Language) {
        out.begin_object().member("type", "account").key("account");
        server::write_account(out, trader_, *state, clock_.wall());
        out.end_object();
    });
}

void TradingNews::modes() const {
    tell_([this](wire::JsonWriter& out, Language) {
        out.begin_object().member("type", "mode");
        server::write_modes(out, trader_);
        out.end_object();
    });
}

void TradingNews::price(const std::string& connection, const market::Symbol& symbol, const engine::Quote& quote) const {
    tell_([&](wire::JsonWriter& out, Language) {
        out.begin_object().member("type", "price").member("connection", connection).member("pair", symbol.to_string()).member("bid", quote.bid).member("ask", quote.ask);
        out.member("last", quote.last).member("mark", quote.mark).member("at", clock_.wall().ms()).end_object();
    });
}

void TradingNews::candle(const std::string& connection, const market::Symbol& symbol, const market::Candle& candle) const {
    tell_([&](wire::JsonWriter& out, Language) {
        out.begin_object().member("type", "candle").member("connection", connection).member("pair", symbol.to_string()).member("interval", "1m").key("candle");
        server::write_candle(out, candle);
        out.end_object();
    });
}

}  // namespace bf::app
