#include "server/trading_json.hpp"

#include "engine/exchange_rules.hpp"
#include "engine/paper_name.hpp"
#include "exchange/spoken.hpp"
#include "trading/sentence.hpp"
#include "trading/zones.hpp"
#include "wire/json.hpp"

namespace bf::server {
namespace {

using engine::Trader;

void write_connection_name(wire::JsonWriter& out, std::string_view member, const engine::ConnectionState* connection) {
    out.key(member);
    if (connection == nullptr) {
        out.null();
        return;
    }
    out.begin_object().member("id", connection->account.connection).member("name", connection->name).member("exchange", exchange::to_string(connection->account.exchange));
    out.member("market", market::to_string(connection->account.market)).member("status", trading::to_string(connection->facts.status))
        .member("simulated", connection->simulated).member("paper", connection->paper).end_object();
}

void write_strategy_name(wire::JsonWriter& out, const Trader& trader, const std::string& id, std::string_view kept_name) {
    const auto* strategy = trader.find_strategy(id);
    out.key("strategy").begin_object().member("id", id).member("name", strategy != nullptr ? std::string_view{strategy->name()} : kept_name).end_object();
}

void amount(wire::JsonWriter& out, std::string_view name, const trading::Number& value) { out.member(name, value.decimal()); }

const std::string& in(Language language, const std::string& english, const std::string& dutch) { return language == Language::nl ? dutch : english; }

void write_problem(wire::JsonWriter& out, const engine::StrategyProblem& problem, Language language) {
    out.begin_object().member("code", trading::to_string(problem.code)).member("field", problem.field.empty() ? std::nullopt : std::optional{problem.field});
    out.member("text", in(language, problem.english, problem.dutch)).end_object();
}

void write_problems(wire::JsonWriter& out, std::string_view member, const std::vector<engine::StrategyProblem>& problems, Language language) {
    out.key(member).begin_array();
    for (const auto& problem : problems) write_problem(out, problem, language);
    out.end_array();
}

}  // namespace

std::vector<engine::StrategyProblem> warnings_of(const Trader& trader, const trading::Settings& settings) {
    auto found = trader.doubts(settings);
    if (settings.market == market::Market::spot && settings.allow_short && !settings.allow_long)
        found.push_back({trading::Code::short_not_supported, "directions", "There is no short on spot: this strategy opens nothing until it trades long.",
                         "Op spot bestaat geen short: deze strategie opent niets zolang zij geen long handelt."});
    const auto* main = trader.account_of(settings);
    const auto* pro = trader.account_of(settings, true);
    if (main == nullptr || pro == nullptr || main == pro || main->account.exchange != pro->account.exchange) return found;
    if (trading::compare_accounts(main->account_id, pro->account_id) == trading::ProAccount::unknown)
        found.push_back({trading::Code::pro_same_account, "recovery.pro_connection",
                         "The exchange does not tell which account these keys belong to, so nothing proves that the PRO connection is another account. If it is the same one, the groups of both can't be kept apart: make sure of it yourself.",
                         "De exchange vertelt niet bij welke rekening deze sleutels horen, dus niets bewijst dat de PRO-verbinding een andere rekening is. Is het dezelfde, dan zijn de groepen niet uit elkaar te houden: controleer dat zelf."});
    return found;
}

void write_modes(wire::JsonWriter& out, const Trader& trader) {
    out.member("mode", trading::to_string(trader.mode())).key("connections").begin_object();
    for (const auto& [connection, mode] : trader.connection_modes())
        if (mode != trading::Mode::normal) out.member(connection, trading::to_string(mode));
    out.end_object();
}

void write_strategy(wire::JsonWriter& out, const Trader& trader, const engine::Strategy& strategy, Language language) {
    const auto* connection = trader.connection_named(strategy.settings.connection);
    int open = 0;
    for (const auto& [number, group] : trader.groups()) open += group->terms().strategy == strategy.id ? 1 : 0;
    out.begin_object().member("id", strategy.id).member("name", strategy.name()).member("enabled", strategy.enabled).member("mode", trading::to_string(strategy.mode));
    out.member("simulated", connection != nullptr && connection->simulated).member("paper", strategy.settings.paper);
    // Whose money it trades with: the connection's own, or that of its paper twin.
    const auto* account = trader.account_of(strategy.settings);
    out.member("account", account != nullptr ? std::optional{account->account.connection} : std::nullopt);
    write_connection_name(out, "connection", connection);
    write_connection_name(out, "pro_connection", strategy.settings.recovery.pro_connection ? trader.connection_named(*strategy.settings.recovery.pro_connection) : nullptr);
    out.key("settings");
    trading::write_json(out, strategy.settings);
    out.key("effective");
    trading::write_json(out, trading::with_level(strategy.settings));
    write_problems(out, "problems", trader.problems(strategy), language);
    write_problems(out, "warnings", warnings_of(trader, strategy.settings), language);
    out.member("open_groups", open).member("created_at", strategy.created_at.ms()).member("changed_at", strategy.changed_at.ms());
    out.member("last_signal_at", strategy.last_signal_at ? std::optional{strategy.last_signal_at->ms()} : std::nullopt);
    // Where a hard stop of its groups would wait: at the exchange, or only here, and why.
    std::optional<engine::NoStop> none;
    if (connection != nullptr) none = engine::why_no_stop(connection->account.exchange, connection->account.market, connection->account.account_mode);
    out.member("hard_stop_rests", connection != nullptr ? std::optional{!none} : std::nullopt);
    out.member("hard_stop_local_why", none ? std::optional{engine::to_string(*none)} : std::nullopt).end_object();
}

void write_live_group(wire::JsonWriter& out, const Trader& trader, const engine::LiveGroup& group, bool details) {
    out.begin_object();
    write_strategy_name(out, trader, group.terms().strategy, group.terms().settings.name);
    const auto* connection = trader.find_connection(group.terms().connection);
    write_connection_name(out, "connection", connection);
    out.member("simulated", connection != nullptr && connection->simulated).member("paper", engine::is_paper(group.terms().connection));
    engine::write_group(out, trader, group);
    if (details) engine::write_group_details(out, trader, group);
    out.end_object();
}

void write_closed_group(wire::JsonWriter& out, const Trader& trader, const ports::StoredGroup& group) {
    out.begin_object();
    write_strategy_name(out, trader, group.strategy, group.strategy);
    const auto* connection = trader.find_connection(group.connection);
    write_connection_name(out, "connection", connection);
    out.member("simulated", connection != nullptr && connection->simulated).member("paper", engine::is_paper(group.connection));
    // The kept document is an object of ours: its members go on where this one's end.
    const std::string_view document{group.document};
    if (document.size() > 2) out.raw_members(document.substr(1, document.size() - 2));
    out.end_object();
}

namespace {

/// "2 closed groups and 1 decision"; empty for none.
std::string counted(std::uint64_t groups, std::uint64_t decisions, bool dutch) {
    const auto some = [](std::uint64_t count, const char* one, const char* more) { return count == 0 ? std::string{} : std::to_string(count) + ' ' + (count == 1 ? one : more); };
    const auto first = dutch ? some(groups, "gesloten groep", "gesloten groepen") : some(groups, "closed group", "closed groups");
    const auto second = dutch ? some(decisions, "beslissing", "beslissingen") : some(decisions, "decision", "decisions");
    return first.empty() || second.empty() ? first + second : first + (dutch ? " en " : " and ") + second;
}

std::string unkept_sentence(const engine::HistoryKeeper::Unkept& unkept, bool unreadable, bool dutch) {
    std::string text;
    const auto say = [&](const std::string& english, const std::string& in_dutch) { text += (text.empty() ? "" : " ") + (dutch ? in_dutch : english); };
    if (unreadable) say("The database can't be read now: decisions that were kept before are not shown.", "De database is nu niet te lezen: beslissingen die eerder zijn bewaard worden niet getoond.");
    const auto waiting = counted(unkept.groups, unkept.decisions, dutch), lost = counted(unkept.lost_groups, unkept.lost_decisions, dutch);
    if (!waiting.empty())
        say("The database has not taken everything yet: what waits in memory, and is kept as soon as it can be, is " + waiting + ". If BackFuture is stopped before that, decisions without an order are gone.",
            "De database heeft nog niet alles opgenomen: wat in het geheugen wacht, en wordt bewaard zodra dat kan, is " + waiting + ". Wordt BackFuture eerder gestopt, dan zijn beslissingen zonder order weg.");
    if (!lost.empty())
        say("The history is incomplete: it lacks " + lost + " for which there was no room in memory while the database took nothing. Of groups, what the journal still knows is written at the next start.",
            "De geschiedenis is onvolledig: er ontbreken " + lost + ", waarvoor in het geheugen geen plaats was terwijl de database niets opnam. Van groepen wordt bij de volgende start geschreven wat het journaal nog weet.");
    return text;
}

}  // namespace

void write_unkept(wire::JsonWriter& out, const engine::HistoryKeeper::Unkept& unkept, Language language, bool unreadable) {
    out.key("unkept");
    if (!unkept.any() && !unreadable) {
        out.null();
        return;
    }
    out.begin_object().member("groups", static_cast<std::int64_t>(unkept.groups)).member("decisions", static_cast<std::int64_t>(unkept.decisions));
    out.member("lost_groups", static_cast<std::int64_t>(unkept.lost_groups)).member("lost_decisions", static_cast<std::int64_t>(unkept.lost_decisions));
    out.member("sentence", unkept_sentence(unkept, unreadable, language == Language::nl)).end_object();
}

void write_decision(wire::JsonWriter& out, const Trader& trader, const ports::StoredDecision& decision, Language language, bool trace) {
    const auto json = wire::Json::parse(decision.document);
    if (!json) {
        out.begin_object().member("id", decision.id).member("at", decision.at.ms()).member("outcome", decision.outcome).end_object();
        return;
    }
    const auto& root = *json;
    const auto signal = root["signal"], report = root["report"];
    const auto word = [](const wire::JsonValue& value) { return value.text() && !value.text()->empty() ? std::optional<std::string_view>{value.text()} : std::nullopt; };
    out.begin_object().member("id", decision.id).member("at", decision.at.ms()).key("signal").begin_object();
    out.member("id", decision.signal).member("source", signal["source"].text()).member("kind", signal["kind"].text()).member("pair", decision.pair);
    out.member("direction", signal["direction"].text()).member("tag", word(signal["tag"])).member("time", signal["time"].integer()).end_object();
    write_strategy_name(out, trader, decision.strategy, root["strategy_name"].text().value_or(""));
    out.member("paper", root["paper"].boolean().value_or(false)).member("route", root["via"].text()).member("group", decision.group != 0 ? std::optional{decision.group} : std::nullopt);
    out.member("group_state", word(root["group_state"])).member("outcome", decision.outcome).member("primary", word(root["primary"]));
    out.key("failed").begin_array();
    for (std::size_t i = 0; i < report["failed"].size(); ++i) out.text(report["failed"].at(i).text().value_or(""));
    out.end_array().member("sentence", root[language == Language::nl ? "sentence_nl" : "sentence_en"].text());
    const auto order = report["order"];
    out.key("order");
    if (order.is_object())
        out.begin_object().member("side", order["side"].text()).member("type", order["type"].text()).member("price", order["price"].text()).member("quantity", order["quantity"].text()).end_object();
    else
        out.null();
    if (trace) {
        const auto texts = root[language == Language::nl ? "verdicts_nl" : "verdicts_en"];
        out.key("verdicts").begin_array();
        for (std::size_t i = 0; i < report["verdicts"].size(); ++i) {
            const auto verdict = report["verdicts"].at(i);
            out.begin_object().member("stage", verdict["stage"].integer()).member("code", verdict["code"].text()).member("result", verdict["result"].text());
            out.member("actual", verdict["actual"].text()).member("limit", verdict["limit"].text()).member("text", texts.at(i).text()).end_object();
        }
        out.end_array();
        for (const auto* name : {"group", "after"}) {
            const auto figures = report[name];
            out.key(std::string_view{name} == "group" ? "group_before" : "group_after");
            if (!figures.is_object()) {
                out.null();
                continue;
            }
            out.begin_object();
            for (std::size_t i = 0; i < figures.size(); ++i) out.member(figures.name_at(i), figures.at(i).text_or_number());
            out.end_object();
        }
    }
    out.end_object();
}

void write_no_ladder(wire::JsonWriter& out, const std::string& pair, const trading::Settings* settings, const std::vector<engine::StrategyProblem>& problems,
                     const std::vector<engine::StrategyProblem>& warnings, Language language) {
    out.begin_object().member("pair", pair).member("direction", nullptr).member("price", nullptr).member("equity", nullptr).member("ok", false);
    write_problems(out, "problems", problems, language);
    write_problems(out, "warnings", warnings, language);
    out.key("rungs").begin_array().end_array().key("effective");
    if (settings != nullptr)
        trading::write_json(out, trading::with_level(*settings));
    else
        out.null();
    out.end_object();
}

/// A ladder that fits when it begins and is stopped by its own loss on the way.
std::optional<engine::StrategyProblem> stopped_by_its_loss(const trading::Ladder& ladder, const Decimal& price_step) {
    const auto rung = std::find_if(ladder.rungs.begin(), ladder.rungs.end(), [](const trading::Rung& one) { return !one.fits(); });
    if (!ladder.problems.empty() || rung == ladder.rungs.end() || !rung->used.known() || !rung->room->known() || !rung->price.known()) return std::nullopt;
    const auto number = std::to_string(rung->zone);
    const auto cents = [](const trading::Number& amount, Rounding rounding) { return round_to_step(amount.value(), Decimal::from_parts(1, 2), rounding).to_string(); };
    const auto at = round_to_step(rung->price.value(), price_step, Rounding::down).to_string(), needs = cents(rung->used, Rounding::up), room = cents(*rung->room, Rounding::down);
    const auto in_dutch = [](const std::string& figure) { return exchange::spoken(figure, Language::nl); };
    return engine::StrategyProblem{trading::Code::margin_group_exceeded, "margin.group_limit_pct",
                                   "The group's limit is a share of your equity, and equity falls with the group's own loss: when the price comes to " + at + ", add-on " + number + " would bring the group to " + needs +
                                       " and no more than " + room + " is allowed by then, so it would be blocked. A smaller base order leaves room for it.",
                                   "De limiet van de groep is een deel van je vermogen, en dat daalt met het verlies van de groep zelf: komt de prijs op " + in_dutch(at) + ", dan brengt bijkoop " + number + " de groep op " + in_dutch(needs) +
                                       " terwijl dan niet meer dan " + in_dutch(room) + " mag, dus hij wordt geblokkeerd. Een kleinere basisorder laat er ruimte voor."};
}

void write_ladder(wire::JsonWriter& out, const trading::Ladder& ladder, const trading::LadderInput& input, const trading::Settings& settings, const std::string& pair,
                  std::vector<engine::StrategyProblem> warnings, Language language) {
    if (auto stopped = stopped_by_its_loss(ladder, input.instrument.price_step)) warnings.push_back(std::move(*stopped));
    out.begin_object().member("pair", pair).member("direction", market::to_string(input.direction)).member("price", input.price).member("equity", input.equity);
    out.member("ok", ladder.problems.empty()).key("problems").begin_array();
    for (const auto& problem : ladder.problems)
        out.begin_object().member("code", trading::to_string(problem.code)).member("field", nullptr).member("text", trading::sentence(problem, language)).end_object();
    const auto& protection = input.rules.protection;
    out.end_array();
    write_problems(out, "warnings", warnings, language);
    out.key("limits").begin_object().member("group", ladder.group_limit ? ladder.group_limit->decimal() : std::nullopt);
    amount(out, "reserve", ladder.recovery_reserve);
    out.member("strategy", protection.strategy_limit).member("connection", ladder.connection_limit ? ladder.connection_limit->decimal() : std::nullopt).end_object();
    out.key("rungs").begin_array();
    int number = 0;
    for (const auto& rung : ladder.rungs) {
        out.begin_object().member("number", number++).member("zone", rung.zone > 0 ? std::optional{rung.zone} : std::nullopt);
        amount(out, "price", rung.price);
        out.member("from", rung.zone > 0 ? rung.price.decimal() : std::nullopt).member("to", rung.zone > 0 ? rung.far_edge.decimal() : std::nullopt);
        amount(out, "quantity", rung.quantity);
        amount(out, "quote", rung.notional);
        amount(out, "margin", rung.margin);
        amount(out, "margin_total", rung.used);
        amount(out, "average", rung.average);
        amount(out, "break_even", rung.break_even);
        amount(out, "take_profit", rung.take_profit);
        out.member("liquidation", rung.liquidation ? rung.liquidation->decimal() : std::nullopt).end_object();
    }
    out.end_array();
    amount(out, "far_edge", ladder.deepest_price);
    out.key("worst_case").begin_object();
    amount(out, "price", ladder.deepest_price);
    amount(out, "loss", ladder.worst_loss);
    amount(out, "margin", ladder.total_margin);
    out.end_object().member("free_balance", input.free);
    out.key("fits_balance");
    if (ladder.fits_balance)
        out.boolean(*ladder.fits_balance);
    else
        out.null();
    out.member("liquidation_known", ladder.liquidation_known).key("effective");
    trading::write_json(out, trading::with_level(settings));
    out.end_object();
}

void write_account(wire::JsonWriter& out, const Trader& trader, const engine::ConnectionState& connection, Instant now) {
    const auto& id = connection.account.connection;
    const std::string asset = "USDT";
    const auto* wallet = trader.wallet_of(id);
    const auto equity = trader.equity_of(connection, asset);
    const auto sums = trader.capital().of_connection(id, asset);
    std::optional<Decimal> limit;
    const trading::DrawdownBrake* brake = nullptr;
    std::optional<Decimal> brake_limit;
    for (const auto& [strategy_id, strategy] : trader.strategies()) {
        if (trader.account_of(strategy.settings) != &connection) continue;
        if (equity)
            if (const auto one = trading::connection_limit(strategy.rules.protection, *equity); one && one->known()) limit = limit ? std::min(*limit, one->value()) : one->value();
        if (const auto* its = trader.brake_of(connection, asset, strategy.rules.protection); its != nullptr && (brake == nullptr || its->active())) {
            brake = its;
            brake_limit = strategy.rules.protection.brake_drawdown;
        }
    }
    out.begin_object();
    write_connection_name(out, "connection", &connection);
    out.member("paper", connection.paper).member("asset", asset).member("equity", equity);
    const auto money = wallet == nullptr ? std::map<std::string, engine::AssetMoney, std::less<>>::const_iterator{} : wallet->assets.find(asset);
    const bool known = wallet != nullptr && money != wallet->assets.end();
    out.member("free", known ? std::optional{money->second.free} : std::nullopt).member("locked", known ? std::optional{money->second.locked} : std::nullopt);
    out.member("margin_used", sums.used).member("margin_reserved", sums.reserved).member("limit", limit);
    const auto load = equity && equity->is_positive() ? trading::divide_down(sums.used, *equity) : trading::Number::out_of_range();
    amount(out, "deposit_load", load);
    out.key("groups").begin_array();
    for (const auto& [number, group] : trader.groups()) {
        if (group->terms().connection != id) continue;
        const auto share = trader.capital().of_group(number);
        out.begin_object().member("id", number).member("pair", group->terms().symbol.to_string()).member("margin_used", share.used).member("reserved", share.reserved).end_object();
    }
    out.end_array().key("brake").begin_object().member("active", brake != nullptr && brake->active());
    out.member("drawdown", brake == nullptr ? std::nullopt : brake->drawdown().decimal()).member("limit", brake_limit).end_object();
    out.member("mode", trading::to_string(std::max(trader.mode(), trader.mode_of(id)))).member("own_mode", trading::to_string(trader.mode_of(id)));
    out.member("frozen", trader.frozen().contains(id));
    out.member("at", wallet != nullptr && wallet->balances_at ? wallet->balances_at->ms() : now.ms()).end_object();
}

void write_candle(wire::JsonWriter& out, const market::Candle& candle) {
    out.begin_array().number(candle.open_time.ms()).amount(candle.open).amount(candle.high).amount(candle.low).amount(candle.close);
    if (candle.volume)
        out.amount(*candle.volume);
    else
        out.null();
    out.end_array();
}

namespace {

/// What an alarm counted of orders that are not ours.
void write_foreign(wire::JsonWriter& out, const wire::JsonValue& foreign) {
    if (!foreign.is_object()) {
        out.null();
        return;
    }
    out.begin_object().member("order", foreign["order"].text()).member("pair", foreign["pair"].text()).member("more", foreign["more"].integer().value_or(0));
    out.member("last_at", foreign["last_at"].integer()).key("pairs").begin_array();
    for (std::size_t i = 0; i < foreign["pairs"].size(); ++i) {
        const auto pair = foreign["pairs"].at(i);
        out.begin_object().member("pair", pair["pair"].text()).member("count", pair["count"].integer().value_or(0)).end_object();
    }
    out.end_array().end_object();
}

}  // namespace

void write_evidence(wire::JsonWriter& out, const engine::OrderEvidence::Forms* forms) {
    out.key("orders").begin_array();
    for (std::size_t i = 0; forms != nullptr && i < forms->size(); ++i) {
        const auto& one = (*forms)[i];
        if (!one.accepted && !one.refused) continue;
        out.begin_object().member("form", engine::to_string(static_cast<engine::OrderForm>(i)));
        out.member("accepted_at", one.accepted ? std::optional{one.accepted->ms()} : std::nullopt).key("refused");
        if (one.refused)
            out.begin_object().member("at", one.refused->at.ms()).member("code", exchange::to_string(one.refused->why.code)).member("exchange_code", one.refused->why.exchange_code)
                .member("words", one.refused->why.words).member("holds", one.holds()).end_object();
        else
            out.null();
        out.end_object();
    }
    out.end_array();
}

void write_alarm(wire::JsonWriter& out, const ports::StoredAlarm& alarm, Language language) {
    const auto json = wire::Json::parse(alarm.document);
    out.begin_object().member("id", alarm.id).member("at", alarm.at.ms()).member("acknowledged", alarm.acknowledged);
    if (json) {
        const auto connection = (*json)["connection"].text();
        const auto group = (*json)["group"].integer().value_or(0);
        out.member("code", (*json)["code"].text()).member("severity", (*json)["severity"].text()).member("text", (*json)[language == Language::nl ? "text_nl" : "text_en"].text());
        out.member("connection", connection && !connection->empty() ? connection : std::nullopt);
        out.member("paper", connection && engine::is_paper(*connection)).member("group", group != 0 ? std::optional{group} : std::nullopt);
        write_foreign(out.key("foreign"), (*json)["foreign"]);
    }
    out.end_object();
}

}  // namespace bf::server
