#include "simulator/core/recorder.hpp"

#include "simulator/core/resting.hpp"

#include <algorithm>
#include <array>

namespace bf::simulator {
namespace {

using wire::JsonValue;
using wire::JsonWriter;

// In the order of the enumerators.
constexpr std::array<std::string_view, 3> kSlots{"both", "long_only", "short_only"};
constexpr std::array<std::string_view, 3> kTriggerOf{"last", "mark", "index"};
/// Payments of an account that a checkpoint repeats at least: a month of one position's.
constexpr std::size_t kFundingKept = 100;

void write_instrument(JsonWriter& out, const Instrument& instrument, const Decimal& mark) {
    out.begin_object().member("symbol", instrument.symbol.to_string()).member("native", instrument.native).member("mark", mark);
    out.member("price_step", instrument.price_step).member("quantity_step", instrument.quantity_step).member("min_quantity", instrument.min_quantity);
    out.member("min_notional", instrument.min_notional).member("contract_size", instrument.contract_size).member("maker_fee", instrument.maker_fee);
    out.member("taker_fee", instrument.taker_fee).member("max_leverage", instrument.max_leverage).member("maintenance_rate", instrument.maintenance_rate);
    out.member("price_band", instrument.price_band).member("api_tradable", instrument.api_tradable).key("risk_tiers").begin_array();
    for (const auto& tier : instrument.risk_tiers)
        out.begin_object().member("by_quantity", tier.unit == market::RiskTier::Unit::quantity).member("up_to", tier.up_to).member("maintenance_rate", tier.maintenance_rate)
            .member("max_leverage", tier.max_leverage).end_object();
    out.end_array().end_object();
}

void write_wallets(JsonWriter& out, const char* name, const std::map<std::string, Wallet>& wallets) {
    out.key(name).begin_object();
    for (const auto& [asset, wallet] : wallets) out.key(asset).begin_array().amount(wallet.free).amount(wallet.locked).end_array();
    out.end_object();
}

void write_position(JsonWriter& out, const Position& position) {
    out.begin_object().member("number", position.number).member("symbol", position.instrument->symbol.to_string());
    out.member("slot", kSlots[static_cast<std::size_t>(position.slot)]).member("side", market::to_string(position.side)).member("quantity", position.quantity);
    out.member("entry_cost", position.entry_cost).member("margin", position.margin).member("leverage", position.leverage);
    out.member("margin_mode", market::to_string(position.margin_mode)).member("realized_pnl", position.realized_pnl).member("funding", position.funding);
    out.member("opened_at", position.opened_at.ms()).member("updated_at", position.updated_at.ms()).end_object();
}

void write_order(JsonWriter& out, const Order& order) {
    const auto& request = order.request;
    out.begin_object().member("number", order.number).member("account", order.owner->id).member("symbol", order.instrument->symbol.to_string());
    out.member("side", market::to_string(request.side)).member("type", market::to_string(request.type)).member("wanted", request.quantity);
    out.member("quote_quantity", request.quote_quantity).member("price", request.price).member("time_in_force", market::to_string(request.time_in_force));
    out.member("post_only", request.post_only).member("reduce_only", request.reduce_only).member("close_position", request.close_position);
    out.member("client_order_id", request.client_order_id).member("leverage", request.leverage);
    out.member("margin_mode", request.margin_mode ? std::optional{market::to_string(*request.margin_mode)} : std::nullopt);
    out.member("slot", kSlots[static_cast<std::size_t>(request.slot)]).member("remark", request.remark);
    out.member("quantity", order.quantity).member("filled", order.filled).member("filled_quote", order.filled_quote).member("canceled", order.canceled);
    out.member("fee", order.fee).member("fee_asset", order.fee_asset).member("locked", order.locked).member("locked_asset", order.locked_asset);
    out.member("reserved", order.reserved).member("realized_pnl", order.realized_pnl).member("status", market::to_string(order.status));
    out.key("trigger");
    if (request.trigger)
        out.begin_object().member("of", kTriggerOf[static_cast<std::size_t>(request.trigger->of)]).member("at_or_below", request.trigger->way == Trigger::Way::at_or_below)
            .member("price", request.trigger->price).end_object();
    else
        out.null();
    out.member("waiting", order.waiting).member("triggered", order.triggered);
    out.member("liquidation", order.liquidation).member("created_at", order.created_at.ms()).member("updated_at", order.updated_at.ms()).end_object();
}

void write_funding(JsonWriter& out, const FundingPayment& one) {
    out.begin_object().member("number", one.number).member("symbol", one.instrument->symbol.to_string()).member("slot", kSlots[static_cast<std::size_t>(one.slot)]);
    out.member("margin_mode", market::to_string(one.margin_mode)).member("rate", one.rate).member("mark", one.mark).member("quantity", one.quantity);
    out.member("amount", one.amount).member("at", one.at.ms()).end_object();
}

void write_fill(JsonWriter& out, const Fill& fill) {
    out.begin_object().member("number", fill.number).member("order", fill.order->number).member("side", market::to_string(fill.side)).member("price", fill.price);
    out.member("quantity", fill.quantity).member("fee", fill.fee).member("fee_asset", fill.fee_asset).member("liquidity", market::to_string(fill.liquidity));
    out.member("realized_pnl", fill.realized_pnl).member("closes", fill.closes).member("liquidation", fill.liquidation).member("at", fill.at.ms()).end_object();
}

/// Reads members into what they belong to, and remembers when one was missing or wrong.
class Reader {
public:
    explicit Reader(const JsonValue& json) : json_{json} {}
    void read(const char* name, Decimal& into) { take(json_[name].decimal(), into); }
    void read(const char* name, std::optional<Decimal>& into) {
        if (!json_[name].is_null()) take(json_[name].decimal(), into);
    }
    void read(const char* name, std::string& into) { take(json_[name].text(), into); }
    void read(const char* name, bool& into) { take(json_[name].boolean(), into); }
    void read(const char* name, int& into) { take(json_[name].integer(), into); }
    void read(const char* name, std::uint64_t& into) { take(json_[name].integer(), into); }
    void read(const char* name, Instant& into) {
        if (const auto ms = json_[name].integer()) into = Instant::from_ms(*ms);
        else good = false;
    }
    template <class Enum>
    void read_word(const char* name, Enum& into) { take(market::parse<Enum>(json_[name].text().value_or("")), into); }
    void read(const char* name, PositionSlot& into) {
        const auto at = std::find(kSlots.begin(), kSlots.end(), json_[name].text().value_or(""));
        if (at == kSlots.end()) good = false;
        else into = static_cast<PositionSlot>(at - kSlots.begin());
    }
    void read(const char* name, std::map<std::string, Wallet>& into) {
        into.clear();
        const auto wallets = json_[name];
        for (std::size_t i = 0; i < wallets.size(); ++i) {
            auto& wallet = into[std::string{wallets.name_at(i)}];
            take(wallets.at(i).at(0).decimal(), wallet.free);
            take(wallets.at(i).at(1).decimal(), wallet.locked);
        }
    }
    [[nodiscard]] const Instrument* instrument(const Exchange& exchange, const char* name = "symbol") {
        const auto symbol = Symbol::parse(json_[name].text().value_or(""));
        const auto* found = symbol ? exchange.find(*symbol) : nullptr;
        good = good && found != nullptr;
        return found;
    }
    bool good{true};

private:
    template <class From, class Into>
    void take(const std::optional<From>& from, Into& into) {
        if (from) into = static_cast<Into>(*from);
        else good = false;
    }
    const JsonValue& json_;
};

}  // namespace

void Recorder::on_event(const Event& event) {
    if (restoring_) return;
    if (const auto* order = std::get_if<OrderEvent>(&event)) {
        accounts_.insert(order->account);
        orders_[order->order->number] = order->order;
        if (order->fill != nullptr) fills_[order->fill->number] = order->fill;
    } else if (const auto* stop = std::get_if<StopEvent>(&event)) {
        accounts_.insert(stop->account);
        orders_[stop->order->number] = stop->order;
    } else if (const auto* balance = std::get_if<BalanceEvent>(&event)) {
        accounts_.insert(balance->account);
        // Its locked part changes with it.
        if (balance->order != nullptr) orders_[balance->order->number] = balance->order;
    } else if (const auto* position = std::get_if<PositionEvent>(&event)) {
        accounts_.insert(position->account);
    }
}

void Recorder::take(JsonWriter& out) {
    write(out, accounts_, orders_, fills_, written_);
    for (const auto* account : accounts_) written_[account] = account->funding.size();
    accounts_.clear();
    orders_.clear();
    fills_.clear();
}

void Recorder::write(JsonWriter& out, const Account& account, Instant since) const {
    std::map<std::uint64_t, const Order*> orders;
    std::map<std::uint64_t, const Fill*> fills;
    for (const auto* order : account.orders)
        if (order->is_open() || order->updated_at >= since) orders[order->number] = order;
    for (const auto* fill : account.fills)
        if (orders.contains(fill->order->number)) fills[fill->number] = fill;
    const auto& all = account.funding;
    const auto recent = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.at >= since; }));
    const auto kept = std::min(all.size(), std::max(recent, kFundingKept));
    write(out, {&account}, orders, fills, {{&account, all.size() - kept}});
}

void Recorder::write(JsonWriter& out, const std::set<const Account*>& accounts, const std::map<std::uint64_t, const Order*>& orders,
                     const std::map<std::uint64_t, const Fill*>& fills, const Skipped& skipped) const {
    const auto first_funding = [&](const Account& account) {
        const auto found = skipped.find(&account);
        return account.funding.begin() + static_cast<std::ptrdiff_t>(found == skipped.end() ? 0 : found->second);
    };
    std::set<std::size_t> mentioned;
    for (const auto* account : accounts) {
        for (const auto& position : account->positions) mentioned.insert(position.instrument->index);
        for (const auto& [index, mode] : account->margin_modes) mentioned.insert(index);
        for (const auto& [index, leverage] : account->leverages) mentioned.insert(index);
        for (auto one = first_funding(*account); one != account->funding.end(); ++one) mentioned.insert(one->instrument->index);
    }
    for (const auto& [number, order] : orders) mentioned.insert(order->instrument->index);
    out.key("instruments").begin_array();
    for (const auto index : mentioned) write_instrument(out, exchange_.profile_.instruments[index], exchange_.markets_[index]->price());
    out.end_array().key("accounts").begin_array();
    for (const auto* account : accounts) {
        out.begin_object().member("id", account->id).member("position_mode", market::to_string(account->position_mode)).member("created_at", account->created_at.ms());
        write_wallets(out, "spot", account->spot);
        write_wallets(out, "futures", account->futures);
        out.key("positions").begin_array();
        for (const auto& position : account->positions) write_position(out, position);
        out.end_array().key("funding").begin_array();
        for (auto one = first_funding(*account); one != account->funding.end(); ++one) write_funding(out, *one);
        out.end_array().key("margin_modes").begin_object();
        for (const auto& [index, mode] : account->margin_modes) out.member(exchange_.profile_.instruments[index].symbol.to_string(), market::to_string(mode));
        out.end_object().key("leverages").begin_object();
        for (const auto& [index, leverage] : account->leverages) out.member(exchange_.profile_.instruments[index].symbol.to_string(), leverage);
        out.end_object().end_object();
    }
    out.end_array().key("orders").begin_array();
    for (const auto& [number, order] : orders) write_order(out, *order);
    out.end_array().key("fills").begin_array();
    for (const auto& [number, fill] : fills) write_fill(out, *fill);
    out.end_array();
}

// --- back

Status Recorder::restore(const JsonValue& record) {
    restoring_ = true;
    bool good = true;
    const auto each = [&](const char* name, bool (Recorder::*one)(const JsonValue&)) {
        const auto list = record[name];
        good = good && list.is_array();
        for (std::size_t i = 0; i < list.size() && good; ++i) good = (this->*one)(list.at(i));
    };
    each("instruments", &Recorder::restore_instrument);
    each("accounts", &Recorder::restore_account);
    each("orders", &Recorder::restore_order);
    each("fills", &Recorder::restore_fill);
    if (!good) return Unexpected{Error{ErrorKind::damaged, "A record of a simulated exchange can't be read.", Fate::not_sent, "record"}};
    return {};
}

bool Recorder::restore_instrument(const JsonValue& json) {
    Reader in{json};
    Instrument instrument;
    Decimal mark;
    const auto symbol = Symbol::parse(json["symbol"].text().value_or(""));
    if (!symbol) return false;
    instrument.symbol = *symbol;
    in.read("native", instrument.native);
    in.read("mark", mark);
    in.read("price_step", instrument.price_step);
    in.read("quantity_step", instrument.quantity_step);
    in.read("min_quantity", instrument.min_quantity);
    in.read("min_notional", instrument.min_notional);
    in.read("contract_size", instrument.contract_size);
    in.read("maker_fee", instrument.maker_fee);
    in.read("taker_fee", instrument.taker_fee);
    in.read("max_leverage", instrument.max_leverage);
    in.read("maintenance_rate", instrument.maintenance_rate);
    in.read("price_band", instrument.price_band);
    in.read("api_tradable", instrument.api_tradable);
    for (std::size_t i = 0; i < json["risk_tiers"].size(); ++i) {
        const auto value = json["risk_tiers"].at(i);
        Reader at{value};
        market::RiskTier tier;
        bool by_quantity = false;
        at.read("by_quantity", by_quantity);
        at.read("up_to", tier.up_to);
        at.read("maintenance_rate", tier.maintenance_rate);
        at.read("max_leverage", tier.max_leverage);
        if (!at.good) return false;
        tier.unit = by_quantity ? market::RiskTier::Unit::quantity : market::RiskTier::Unit::value;
        instrument.risk_tiers.push_back(tier);
    }
    if (!in.good) return false;
    // Without prices nothing trades; the last mark serves the books until there is a new one.
    exchange_.markets_[exchange_.list(std::move(instrument)).index]->set_quote(std::nullopt, mark);
    return true;
}

bool Recorder::restore_account(const JsonValue& json) {
    Reader in{json};
    std::string id;
    in.read("id", id);
    auto*& known = exchange_.accounts_by_id_[id];
    if (known == nullptr) {
        exchange_.accounts_.push_back(std::make_unique<Account>());
        known = exchange_.accounts_.back().get();
        known->id = id;
    }
    Account& account = *known;
    in.read_word("position_mode", account.position_mode);
    in.read("created_at", account.created_at);
    in.read("spot", account.spot);
    in.read("futures", account.futures);
    account.positions.clear();
    for (std::size_t i = 0; i < json["positions"].size(); ++i) {
        const auto value = json["positions"].at(i);
        Reader at{value};
        Position position;
        position.instrument = at.instrument(exchange_);
        at.read("number", position.number);
        at.read("slot", position.slot);
        at.read_word("side", position.side);
        at.read("quantity", position.quantity);
        at.read("entry_cost", position.entry_cost);
        at.read("margin", position.margin);
        at.read("leverage", position.leverage);
        at.read_word("margin_mode", position.margin_mode);
        at.read("realized_pnl", position.realized_pnl);
        at.read("funding", position.funding);
        at.read("opened_at", position.opened_at);
        at.read("updated_at", position.updated_at);
        if (!at.good) return false;
        exchange_.next_position_ = std::max(exchange_.next_position_, position.number);
        account.positions.push_back(position);
    }
    for (std::size_t i = 0; i < json["funding"].size(); ++i) {
        const auto value = json["funding"].at(i);
        Reader at{value};
        FundingPayment one;
        one.instrument = at.instrument(exchange_);
        at.read("number", one.number);
        at.read("slot", one.slot);
        at.read_word("margin_mode", one.margin_mode);
        at.read("rate", one.rate);
        at.read("mark", one.mark);
        at.read("quantity", one.quantity);
        at.read("amount", one.amount);
        at.read("at", one.at);
        if (!at.good) return false;
        if (restored_funding_.emplace(&account, one.number).second) account.funding.push_back(one);
    }
    account.margin_modes.clear();
    account.leverages.clear();
    const auto modes = json["margin_modes"], leverages = json["leverages"];
    const auto index_of = [&](std::string_view text) -> std::optional<std::size_t> {
        const auto symbol = Symbol::parse(text);
        const auto* instrument = symbol ? exchange_.find(*symbol) : nullptr;
        return instrument == nullptr ? std::nullopt : std::optional{instrument->index};
    };
    for (std::size_t i = 0; i < modes.size(); ++i) {
        const auto index = index_of(modes.name_at(i));
        const auto mode = market::parse<MarginMode>(modes.at(i).text().value_or(""));
        if (!index || !mode) return false;
        account.margin_modes[*index] = *mode;
    }
    for (std::size_t i = 0; i < leverages.size(); ++i) {
        const auto index = index_of(leverages.name_at(i));
        const auto leverage = leverages.at(i).integer();
        if (!index || !leverage) return false;
        account.leverages[*index] = static_cast<int>(*leverage);
    }
    return in.good;
}

bool Recorder::restore_order(const JsonValue& json) {
    Reader in{json};
    std::uint64_t number = 0;
    in.read("number", number);
    const auto* instrument = in.instrument(exchange_);
    Account* owner = exchange_.find_account(json["account"].text().value_or(""));
    if (!in.good || owner == nullptr) return false;
    Order*& known = restored_orders_[number];
    const bool fresh = known == nullptr;
    if (fresh) known = &exchange_.orders_.emplace_back();
    Order& order = *known;
    auto& request = order.request;
    order.number = number;
    order.id = exchange_.profile_.order_id(instrument->market(), number);
    order.owner = owner;
    order.instrument = instrument;
    request.symbol = instrument->symbol;
    in.read_word("side", request.side);
    in.read_word("type", request.type);
    in.read("wanted", request.quantity);
    in.read("quote_quantity", request.quote_quantity);
    in.read("price", request.price);
    in.read_word("time_in_force", request.time_in_force);
    in.read("post_only", request.post_only);
    in.read("reduce_only", request.reduce_only);
    in.read("close_position", request.close_position);
    in.read("client_order_id", request.client_order_id);
    in.read("leverage", request.leverage);
    if (!json["margin_mode"].is_null()) in.read_word("margin_mode", request.margin_mode.emplace());
    in.read("slot", request.slot);
    in.read("remark", request.remark);
    in.read("quantity", order.quantity);
    in.read("filled", order.filled);
    in.read("filled_quote", order.filled_quote);
    in.read("canceled", order.canceled);
    in.read("fee", order.fee);
    in.read("fee_asset", order.fee_asset);
    in.read("locked", order.locked);
    in.read("locked_asset", order.locked_asset);
    in.read("reserved", order.reserved);
    in.read("realized_pnl", order.realized_pnl);
    in.read_word("status", order.status);
    const auto trigger = json["trigger"];
    if (!trigger.is_null()) {
        Reader at{trigger};
        auto& waits_for = request.trigger.emplace();
        const auto of = std::find(kTriggerOf.begin(), kTriggerOf.end(), trigger["of"].text().value_or(""));
        bool below = false;
        at.read("at_or_below", below);
        at.read("price", waits_for.price);
        if (!at.good || of == kTriggerOf.end()) return false;
        waits_for.of = static_cast<Trigger::Of>(of - kTriggerOf.begin());
        waits_for.way = below ? Trigger::Way::at_or_below : Trigger::Way::at_or_above;
    }
    in.read("waiting", order.waiting);
    in.read("triggered", order.triggered);
    in.read("liquidation", order.liquidation);
    in.read("created_at", order.created_at);
    in.read("updated_at", order.updated_at);
    if (fresh) {
        exchange_.orders_by_id_[order.id] = &order;
        owner->orders.push_back(&order);
        if (!request.client_order_id.empty()) owner->by_client_id[{instrument->market(), request.client_order_id}] = &order;
    }
    return in.good;
}

bool Recorder::restore_fill(const JsonValue& json) {
    Reader in{json};
    std::uint64_t number = 0, order = 0;
    in.read("number", number);
    in.read("order", order);
    const auto owner = restored_orders_.find(order);
    if (!in.good || owner == restored_orders_.end()) return false;
    if (!restored_fills_.insert(number).second) return true;
    Fill& fill = exchange_.fills_.emplace_back();
    fill.number = number;
    fill.order = owner->second;
    fill.instrument = owner->second->instrument;
    fill.id = exchange_.profile_.trade_id(fill.instrument->market(), number);
    in.read_word("side", fill.side);
    in.read("price", fill.price);
    in.read("quantity", fill.quantity);
    in.read("fee", fill.fee);
    in.read("fee_asset", fill.fee_asset);
    in.read_word("liquidity", fill.liquidity);
    in.read("realized_pnl", fill.realized_pnl);
    in.read("closes", fill.closes);
    in.read("liquidation", fill.liquidation);
    in.read("at", fill.at);
    owner->second->owner->fills.push_back(&fill);
    return in.good;
}

void Recorder::finish_restoring() {
    for (auto& [number, order] : restored_orders_) {
        exchange_.next_order_ = std::max(exchange_.next_order_, number);
        if (!order->is_open()) continue;
        if (order->waiting)
            exchange_.resting_[order->instrument->index]->stops.push_back(order);
        else
            exchange_.rest(*order);
    }
    if (!restored_fills_.empty()) exchange_.next_fill_ = std::max(exchange_.next_fill_, *restored_fills_.rbegin());
    for (const auto& account : exchange_.accounts_) {
        const auto by_number = [](const auto* a, const auto* b) { return a->number < b->number; };
        std::sort(account->orders.begin(), account->orders.end(), by_number);
        std::sort(account->fills.begin(), account->fills.end(), by_number);
        // What there is now is what was granted: fees and profits of earlier lives are not told apart any more.
        for (const auto* wallets : {&account->spot, &account->futures})
            for (const auto& [asset, wallet] : *wallets) exchange_.granted_[asset] += wallet.total();
        for (const auto& position : account->positions) exchange_.granted_[position.instrument->symbol.settle] += position.margin;
        written_[account.get()] = account->funding.size();
    }
    restored_orders_.clear();
    restored_fills_.clear();
    restored_funding_.clear();
    restoring_ = false;
}

}  // namespace bf::simulator
