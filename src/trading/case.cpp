#include "trading/case.hpp"

#include "trading/fields.hpp"
#include "trading/instrument.hpp"

namespace bf::trading {
namespace {

constexpr std::array<std::string_view, 3> kTernary{"yes", "no", "unknown"};
constexpr std::array<std::string_view, 2> kDirections{"long", "short"};
constexpr std::size_t kFillsMax = 10'000, kCandlesMax = 100'000;

void require_positive(Fields& in, std::string_view name, const Decimal& value) {
    if (in.has(name) && !value.is_positive()) in.fail(name, Fault::above_zero);
}
void require_not_negative(Fields& in, std::string_view name, const Decimal& value) {
    if (value.is_negative()) in.fail(name, Fault::not_negative);
}

}  // namespace

/// Reads the parts of a case; the first thing that can't be used stays in `reading`.
class CaseReader {
public:
    explicit CaseReader(Case& to) : case_{to} {}
    Reading reading{};

    void read(wire::JsonValue root) {
        Fields in{reading, root, ""};
        for (const auto name : {"settings", "instrument", "connection", "balances", "market", "signal", "now"}) in.require(name);
        if (reading.error) return;
        in.read("now", case_.now_);
        read_settings_of(in.raw("settings"));
        read_signal_of(in.raw("signal"));
        Fields context{reading, in.raw("context"), "context"};
        read_context(context);
        read_place(in, context, case_.main_);
        if (!context.has("pro")) return;
        // Not emplace(): to clang a nested type has no default constructor yet where std::optional first sees it.
        case_.pro_ = decltype(case_.main_){};
        case_.pro_->instrument = case_.main_.instrument;
        case_.pro_->quote = case_.main_.quote;
        case_.pro_->account.strategy_used = case_.main_.account.strategy_used;
        Fields pro{reading, context.raw("pro"), "context.pro"};
        for (const auto name : {"connection", "balances"}) pro.require(name);
        read_place(pro, pro, *case_.pro_);
    }

private:
    void read_settings_of(wire::JsonValue json) {
        auto settings = read_settings(json);
        if (!settings)
            reading.fail(settings.error().field.empty() ? "settings" : "settings." + settings.error().field, settings.error().fault, std::move(settings.error().about));
        else
            case_.rules_ = make_rules(*settings);
    }

    void read_signal_of(wire::JsonValue json) {
        if (!json.is_object()) return reading.fail("signal", Fault::object);
        auto signal = read_signal(json);
        if (!signal) {
            case_.malformed_ = std::move(signal.error());
            return;
        }
        case_.signal_ = std::move(*signal);
        symbol_ = market::Symbol::parse(case_.signal_.pair);
    }

    void read_context(Fields& in) {
        in.read("strategy_enabled", case_.strategy_enabled_);
        in.read("seen_signal", case_.seen_before_);
        std::string mode{to_string(case_.mode_)};
        in.read("mode", mode);
        if (const auto parsed = parse_mode(mode))
            case_.mode_ = *parsed;
        else
            in.fail("mode", Fault::word, {"normal", "no_new_groups", "exit_only", "close_now"});
        in.read("strategy_used", case_.main_.account.strategy_used);
        require_not_negative(in, "strategy_used", case_.main_.account.strategy_used);
        read_candles(in);
    }

    void read_candles(Fields& in) {
        if (!in.has("candles")) return;
        const auto candles = in.raw("candles");
        if (!candles.is_array() || candles.size() > kCandlesMax) return in.fail("candles", Fault::candle_list);
        for (std::size_t i = 0; i < candles.size(); ++i) {
            const auto row = candles.at(i);
            const auto at = row.at(0).integer();
            const auto open = row.at(1).decimal(), high = row.at(2).decimal(), low = row.at(3).decimal(), close = row.at(4).decimal();
            if (!row.is_array() || !at || !open || !high || !low || !close)
                return in.fail("candles[" + std::to_string(i) + "]", Fault::candle);
            if (!case_.last_candle_ || Instant::from_ms(*at) > case_.last_candle_->open_time)
                case_.last_candle_ = market::Candle{Instant::from_ms(*at), *open, *high, *low, *close, row.at(5).decimal()};
        }
    }

    /// `more`: where the account's figures stand.
    void read_place(Fields& in, Fields& more, Case::Place& place) {
        if (in.has("instrument")) {
            Fields fields{reading, in.raw("instrument"), in.path_of("instrument")};
            read_instrument(fields, place.instrument);
        }
        if (in.has("market")) read_market(in, place.quote);
        read_connection(in, place.connection);
        more.read("open_groups", place.account.open_groups);
        more.read("brake", place.account.brake);
        more.read("connection_used", place.account.used);
        require_not_negative(more, "connection_used", place.account.used);
        more.read("connection_reserved", place.account.reserved);
        require_not_negative(more, "connection_reserved", place.account.reserved);
        more.read("last_group_closed_at", place.last_group_closed_at);
        std::optional<Decimal> equity_at_start;
        more.read("equity_at_group_start", equity_at_start);
        bool in_flight = false;
        more.read("order_in_flight", in_flight);
        if (reading.error) return;
        if (in.has("group")) read_group(in, place);
        read_balances(in, place);
        if (reading.error) return;
        if (in_flight && !place.group) {
            // The order that opens one: nothing of it is held yet.
            const bool spot = case_.rules_.market == market::Market::spot;
            place.group.emplace();
            place.group->books = Books{case_.signal_.direction, spot ? place.instrument.quantity_step : Decimal{}};
        }
        if (!place.group) return;
        place.group->equity_at_start = equity_at_start;
        place.group->order_in_flight = in_flight;
        place.group->shape = case_.rules_.shape;
        // Of the equity it began with, however far that has fallen since: limits follow it down, sizes stay.
        place.group->base_order = base_order(case_.rules_, case_.rules_.fees.taker, equity_at_start.value_or(place.account.equity)).decimal().value_or(Decimal{});
    }

    void read_market(Fields& in, Quote& quote) {
        Fields fields{reading, in.raw("market"), in.path_of("market")};
        for (const auto name : {"bid", "ask", "at"}) fields.require(name);
        fields.read("bid", quote.bid);
        fields.read("ask", quote.ask);
        fields.read("last", quote.mark);
        if (!fields.has("last")) quote.mark = quote.bid;
        fields.read("mark", quote.mark);
        fields.read("at", quote.confirmed_at);
        for (const auto name : {"bid", "ask", "last", "mark"}) {
            Decimal value{1};
            fields.read(name, value);
            require_positive(fields, name, value);
        }
        if (quote.bid > quote.ask) fields.fail("bid", Fault::crossed);
    }

    void read_connection(Fields& in, ConnectionFacts& connection) {
        Fields fields{reading, in.raw("connection"), in.path_of("connection")};
        fields.require("status");
        std::string status;
        fields.read("status", status);
        if (const auto parsed = connection::parse_connection_status(status))
            connection.status = *parsed;
        else
            fields.fail("status", Fault::word, {"draft", "testing", "connected", "degraded", "error", "refused", "disabled"});
        Fields claims{reading, fields.raw("claims"), fields.path_of("claims")};
        claims.read_word("read", kTernary, connection.read);
        claims.read_word("spot_trade", kTernary, connection.spot_trade);
        claims.read_word("futures_trade", kTernary, connection.futures_trade);
        claims.read_word("withdraw", kTernary, connection.withdraw);
        claims.read_word("transfer", kTernary, connection.transfer);
        fields.read("tested_at", connection.tested_at);
        fields.read("frozen", connection.frozen);
        fields.read("withdraw_confirmed", connection.withdraw_confirmed);
        fields.read("transfer_waived", connection.transfer_waived);
    }

    void read_group(Fields& in, Case::Place& place) {
        Fields fields{reading, in.raw("group"), in.path_of("group")};
        place.group.emplace();
        Group& group = *place.group;
        for (const auto name : {"state", "direction", "fills"}) fields.require(name);
        std::string state{"ACTIVE"};
        fields.read("state", state);
        if (const auto parsed = parse_group_state(state))
            group.state = *parsed;
        else
            fields.fail("state", Fault::word, {"OPENING", "ACTIVE", "RECOVERY", "CLOSING", "CLOSED", "DESYNC", "LIQUIDATED"});
        Direction direction{Direction::long_side};
        fields.read_word("direction", kDirections, direction);
        fields.read("add_ons", group.add_ons);
        fields.read("recovery_add_ons", group.recovery_add_ons);
        fields.read("recovery_since", group.recovery_since);
        const auto zones = fields.raw("zones_used");
        if (fields.has("zones_used") && !zones.is_array()) fields.fail("zones_used", Fault::zone_list);
        for (std::size_t i = 0; i < zones.size() && zones.is_array(); ++i) {
            const auto zone = zones.at(i).integer();
            if (!zone || *zone < 1 || *zone > kAddOnsMax) return fields.fail("zones_used[" + std::to_string(i) + "]", Fault::zone);
            group.deepest_zone = std::max(group.deepest_zone, static_cast<int>(*zone));
        }
        const bool spot = case_.rules_.market == market::Market::spot;
        group.books = Books{direction, spot ? place.instrument.quantity_step : Decimal{}};
        read_fills(fields, group);
        Decimal funding;
        fields.read("funding", funding);
        if (!group.books.add_funding(funding)) fields.fail("funding", Fault::too_many_digits);
    }

    void read_fills(Fields& in, Group& group) {
        const auto fills = in.raw("fills");
        if (!fills.is_array() || fills.size() == 0 || fills.size() > kFillsMax) return in.fail("fills", Fault::fill_list);
        Books books{group.direction(), group.books.quantity_step()};
        for (std::size_t i = 0; i < fills.size() && !reading.error; ++i) {
            Fields fields{reading, fills.at(i), in.path_of("fills") + '[' + std::to_string(i) + ']'};
            BookedFill fill{.price = 0, .quantity = 0, .sequence = i};
            for (const auto name : {"price", "quantity", "at"}) fields.require(name);
            fields.read("price", fill.price);
            require_positive(fields, "price", fill.price);
            fields.read("quantity", fill.quantity);
            require_positive(fields, "quantity", fill.quantity);
            fields.read("exit", fill.exit);
            fields.read("at", fill.at);
            if (fields.has("fee")) read_fee(fields, fill.fee);
            if (reading.error) return;
            // In the order they stand in, whatever their times: the first one listed is the anchor.
            if (const auto booked = books.add(fill); !booked) return in.fail("fills", Fault::unbookable, {booked.error().detail});
        }
        if (!reading.error) group.books = books;
    }

    void read_fee(Fields& in, FillFee& fee) {
        Fields fields{reading, in.raw("fee"), in.path_of("fee")};
        std::string asset;
        for (const auto name : {"asset", "amount"}) fields.require(name);
        fields.read("asset", asset);
        fields.read("amount", fee.amount);
        fee.quote_value = fee.amount;
        if (!symbol_ || asset == symbol_->quote || (symbol_->is_futures() && asset == symbol_->settle)) return;
        fee.asset = asset == symbol_->base ? FeeAsset::base : FeeAsset::third;
        if (fee.asset == FeeAsset::base) return;
        if (!fields.has("quote_value")) return fields.fail("quote_value", Fault::fee_value, {asset, symbol_->quote});
        fields.read("quote_value", fee.quote_value);
    }

    void read_balances(Fields& in, Case::Place& place) {
        Fields balances{reading, in.raw("balances"), in.path_of("balances")};
        Decimal free, locked;
        if (symbol_) {
            const std::string& asset = symbol_->is_futures() ? symbol_->settle : symbol_->quote;
            Fields fields{reading, balances.raw(asset), balances.path_of(asset)};
            fields.read("free", free);
            require_not_negative(fields, "free", free);
            fields.read("locked", locked);
            require_not_negative(fields, "locked", locked);
        }
        place.account.free = free;
        Number equity = Number{free} + locked;
        if (place.group && place.group->is_open() && !place.group->books.empty()) {
            const Books& books = place.group->books;
            if (case_.rules_.market == market::Market::spot)
                equity += Number{books.sellable()} * place.quote.mark;
            else
                equity += Number{books.sellable()} * (books.is_long() ? Number{place.quote.mark} - books.average() : books.average() - place.quote.mark);
        }
        if (!equity.known()) return reading.fail(in.path_of("balances"), Fault::equity_digits);
        place.account.equity = equity.value();
    }

    Case& case_;
    std::optional<market::Symbol> symbol_{};
};

Result<Case, FieldError> Case::read(std::string_view text) {
    const auto json = wire::Json::parse(text);
    if (!json || !json->root().is_object()) return Unexpected{FieldError{"", Fault::no_case}};
    Case result;
    CaseReader reader{result};
    reader.read(json->root());
    if (reader.reading.error) return Unexpected{std::move(*reader.reading.error)};
    return result;
}

Route Case::route(const Place& place) const {
    Route route{.connection = place.connection, .instrument = place.instrument, .quote = place.quote, .fees = rules_.fees, .account = place.account};
    route.last_group_closed_at = place.last_group_closed_at;
    if (!place.group) return route;
    (place.group->direction() == signal_.direction ? route.group : route.opposite) = &*place.group;
    return route;
}

Decision Case::decide(Detail detail) const {
    std::optional<Route> pro;
    if (pro_) pro.emplace(route(*pro_));
    DecisionInput input{.signal = signal_, .rules = rules_, .main = route(main_)};
    input.malformed = malformed_ ? &*malformed_ : nullptr;
    input.seen_before = seen_before_;
    input.strategy_enabled = strategy_enabled_;
    input.mode = mode_;
    input.now = now_;
    input.pro = pro ? &*pro : nullptr;
    input.last_candle = last_candle_;
    input.detail = detail;
    Decision decision;
    trading::decide(input, decision);
    return decision;
}

}  // namespace bf::trading
