#include "engine/group_records.hpp"

#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <array>

namespace bf::engine {
namespace {

constexpr std::array<std::string_view, 17> kWords{"recovery", "released", "closing",   "closed",    "desync",         "agreed", "ignored",  "adopted",
                                                   "funding",  "fee_value", "fee_rates", "funding_missed", "forced", "too_small", "orphaned", "taken_up", "average"};

Unexpected<Error> unreadable(std::string_view what) {
    return Unexpected{Error{ErrorKind::damaged, "The journal holds " + std::string{what} + " that can't be read: this version did not write it.", Fate::not_sent, "journal_damaged"}};
}

}  // namespace

std::string_view to_string(GroupChange::What what) { return kWords[static_cast<std::size_t>(what)]; }

std::string_view GroupChange::fact(std::string_view name) const {
    for (const auto& [key, value] : facts)
        if (key == name) return value;
    return {};
}

Decimal GroupChange::amount(std::string_view name) const { return Decimal::read(fact(name)).value_or(Decimal{}); }

std::string to_record(const GroupTerms& terms) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("group", terms.number).member("strategy", terms.strategy).member("connection", terms.connection);
    out.member("symbol", terms.symbol.to_string()).member("direction", market::to_string(terms.direction)).member("via", trading::to_string(terms.via));
    out.member("opened_at", terms.opened_at.ms()).member("signal", terms.signal).member("base_order", terms.base_order).member("equity", terms.equity);
    out.member("maker", terms.fees.maker).member("taker", terms.fees.taker);
    out.member("price_step", terms.limits.price_step).member("quantity_step", terms.limits.quantity_step).member("min_quantity", terms.limits.min_quantity);
    out.member("min_notional", terms.limits.min_notional).member("contract_size", terms.limits.contract_size);
    if (terms.leverage) out.member("leverage", *terms.leverage);
    if (terms.position_mode) out.member("position_mode", market::to_string(*terms.position_mode));
    out.key("settings");
    trading::write_json(out, terms.settings);
    out.end_object();
    return json;
}

Result<GroupTerms> read_terms(std::string_view payload) {
    constexpr std::string_view kWhat = "a group";
    const auto json = wire::Json::parse(payload);
    if (!json) return unreadable(kWhat);
    GroupTerms terms;
    const auto number = (*json)["group"].integer(), opened = (*json)["opened_at"].integer(), signal = (*json)["signal"].integer();
    const auto symbol = market::Symbol::parse((*json)["symbol"].text().value_or(""));
    const auto direction = market::parse<market::PositionSide>((*json)["direction"].text().value_or(""));
    auto settings = trading::read_settings((*json)["settings"]);
    if (!number || !opened || !signal || !symbol || !direction || !settings) return unreadable(kWhat);
    terms.number = static_cast<GroupNumber>(*number);
    terms.strategy = (*json)["strategy"].text().value_or("");
    terms.connection = (*json)["connection"].text().value_or("");
    terms.symbol = *symbol;
    terms.direction = *direction;
    terms.via = (*json)["via"].text() == trading::to_string(trading::Via::pro) ? trading::Via::pro : trading::Via::main;
    terms.opened_at = Instant::from_ms(*opened);
    terms.signal = *signal;
    terms.settings = std::move(*settings);
    const std::array<std::pair<const char*, Decimal*>, 9> amounts{{{"base_order", &terms.base_order}, {"equity", &terms.equity}, {"maker", &terms.fees.maker},
        {"taker", &terms.fees.taker}, {"price_step", &terms.limits.price_step}, {"quantity_step", &terms.limits.quantity_step},
        {"min_quantity", &terms.limits.min_quantity}, {"min_notional", &terms.limits.min_notional}, {"contract_size", &terms.limits.contract_size}}};
    for (const auto& [name, amount] : amounts) {
        const auto read = (*json)[name].decimal();
        if (!read) return unreadable(kWhat);
        *amount = *read;
    }
    terms.leverage = (*json)["leverage"].integer();
    terms.position_mode = market::parse<market::PositionMode>((*json)["position_mode"].text().value_or(""));
    if (terms.strategy.empty() || terms.connection.empty()) return unreadable(kWhat);
    return terms;
}

std::string to_record(const GroupChange& change) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("group", change.group).member("what", to_string(change.what)).member("at", change.at.ms()).member("ordinal", change.ordinal).key("facts").begin_object();
    for (const auto& [name, value] : change.facts) out.member(name, value);
    out.end_object().end_object();
    return json;
}

Result<GroupChange> read_change(std::string_view payload) {
    constexpr std::string_view kWhat = "a change of a group";
    const auto json = wire::Json::parse(payload);
    if (!json) return unreadable(kWhat);
    const auto group = (*json)["group"].integer(), at = (*json)["at"].integer(), ordinal = (*json)["ordinal"].integer();
    const auto word = std::find(kWords.begin(), kWords.end(), (*json)["what"].text().value_or(""));
    if (!group || !at || !ordinal || *ordinal < 1 || word == kWords.end()) return unreadable(kWhat);
    GroupChange change{static_cast<GroupNumber>(*group), static_cast<GroupChange::What>(word - kWords.begin()), Instant::from_ms(*at), {}, static_cast<std::uint64_t>(*ordinal)};
    const auto facts = (*json)["facts"];
    for (std::size_t i = 0; i < facts.size(); ++i) change.facts.emplace_back(facts.name_at(i), facts.at(i).text().value_or(""));
    return change;
}

std::string to_record(const SignalActed& acted) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("signal", acted.signal).member("order", acted.order).end_object();
    return json;
}

Result<SignalActed> read_acted(std::string_view payload) {
    const auto json = wire::Json::parse(payload);
    if (!json) return unreadable("what was done on a signal");
    const auto signal = (*json)["signal"].integer(), order = (*json)["order"].integer();
    if (!signal || !order) return unreadable("what was done on a signal");
    return SignalActed{*signal, static_cast<OrderNumber>(*order)};
}

std::string to_record(const AccountKey& account, const EquitySample& sample) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("connection", account.connection).member("asset", account.asset).member("at", sample.at.ms()).member("equity", sample.equity).end_object();
    return json;
}

std::string to_record(const AccountKey& account) {
    std::string json;
    wire::JsonWriter{json}.begin_object().member("connection", account.connection).member("asset", account.asset).end_object();
    return json;
}

std::string to_record(const AccountKey& account, const Brakes::Moved& money) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("connection", account.connection).member("asset", account.asset).member("amount", money.amount);
    out.member("before", money.before.ms()).member("seen", money.seen.ms()).end_object();
    return json;
}

Result<std::pair<AccountKey, Brakes::Moved>> read_moved(std::string_view payload) {
    BF_TRY(auto account, read_account(payload));
    const auto json = wire::Json::parse(payload);
    const auto amount = (*json)["amount"].decimal();
    const auto before = (*json)["before"].integer(), seen = (*json)["seen"].integer();
    if (!amount || !before || !seen) return unreadable("money that moved");
    return std::pair{std::move(account), Brakes::Moved{*amount, Instant::from_ms(*before), Instant::from_ms(*seen)}};
}

Result<AccountKey> read_account(std::string_view payload) {
    const auto json = wire::Json::parse(payload);
    const auto connection = json ? (*json)["connection"].text() : std::nullopt, asset = json ? (*json)["asset"].text() : std::nullopt;
    if (!connection || !asset) return unreadable("an account");
    return AccountKey{std::string{*connection}, std::string{*asset}};
}

Result<std::pair<AccountKey, EquitySample>> read_equity(std::string_view payload) {
    constexpr std::string_view kWhat = "an account's equity";
    const auto json = wire::Json::parse(payload);
    if (!json) return unreadable(kWhat);
    const auto connection = (*json)["connection"].text(), asset = (*json)["asset"].text();
    const auto at = (*json)["at"].integer();
    const auto equity = (*json)["equity"].decimal();
    if (!connection || !asset || !at || !equity) return unreadable(kWhat);
    return std::pair{AccountKey{std::string{*connection}, std::string{*asset}}, EquitySample{Instant::from_ms(*at), *equity}};
}

std::string to_record(const Checkpoint& checkpoint) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("last_group", checkpoint.last_group).member("last_order", checkpoint.last_order).key("closed").begin_array();
    for (const auto& one : checkpoint.closed)
        out.begin_object().member("connection", one.connection).member("symbol", one.symbol.to_string()).member("at", one.at.ms()).end_object();
    out.end_array().key("past").begin_array();
    for (const auto& [connection, order] : checkpoint.past) out.begin_array().text(connection).text(order).end_array();
    out.end_array().end_object();
    return json;
}

Result<Checkpoint> read_checkpoint(std::string_view payload) {
    constexpr std::string_view kWhat = "a checkpoint";
    const auto json = wire::Json::parse(payload);
    if (!json) return unreadable(kWhat);
    const auto last_group = (*json)["last_group"].integer(), last_order = (*json)["last_order"].integer();
    if (!last_group || !last_order) return unreadable(kWhat);
    Checkpoint checkpoint{static_cast<GroupNumber>(*last_group), static_cast<OrderNumber>(*last_order), {}, {}};
    const auto closed = (*json)["closed"];
    for (std::size_t i = 0; i < closed.size(); ++i) {
        const auto symbol = market::Symbol::parse(closed.at(i)["symbol"].text().value_or(""));
        const auto connection = closed.at(i)["connection"].text();
        const auto at = closed.at(i)["at"].integer();
        if (!symbol || !connection || !at) return unreadable(kWhat);
        checkpoint.closed.push_back({std::string{*connection}, *symbol, Instant::from_ms(*at)});
    }
    const auto past = (*json)["past"];
    for (std::size_t i = 0; i < past.size(); ++i) {
        const auto connection = past.at(i).at(0).text(), order = past.at(i).at(1).text();
        if (!connection || !order) return unreadable(kWhat);
        checkpoint.past.emplace_back(*connection, *order);
    }
    return checkpoint;
}

std::string to_record(const ForeignTold& told) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("connection", told.connection).key("orders").begin_array();
    for (const auto& order : told.orders) out.text(order);
    out.end_array().end_object();
    return json;
}

Result<ForeignTold> read_foreign(std::string_view payload) {
    constexpr std::string_view kWhat = "told orders of others";
    const auto json = wire::Json::parse(payload);
    if (!json) return unreadable(kWhat);
    const auto connection = (*json)["connection"].text();
    const auto orders = (*json)["orders"];
    if (!connection || !orders.is_array()) return unreadable(kWhat);
    ForeignTold told{std::string{*connection}, {}};
    for (std::size_t i = 0; i < orders.size(); ++i) {
        const auto order = orders.at(i).text();
        if (!order) return unreadable(kWhat);
        told.orders.emplace_back(*order);
    }
    return told;
}

}  // namespace bf::engine
