#include "server/trading_api_inside.hpp"

#include "base/text.hpp"
#include "engine/instrument_facts.hpp"
#include "engine/paper_name.hpp"

namespace bf::server {
namespace {

constexpr std::size_t kInstrumentsMax = 200;
constexpr std::int64_t kPaperMax = 1'000'000'000;

/// An amount above zero, or null, or nothing: what a ladder may be asked for.
bool is_amount(const wire::JsonValue& value) { return !value.exists() || value.is_null() || (value.is_text() && value.decimal() && value.decimal()->is_positive()); }

}  // namespace

std::optional<wire::Json> object_of(const ApiRequest& request) {
    auto json = wire::Json::parse(request.body.empty() ? "{}" : request.body);
    if (!json || !json->root().is_object()) return std::nullopt;
    return std::move(*json);
}

Result<trading::Settings, trading::FieldError> settings_of(const wire::Json& json, bool paper_until_now) {
    auto settings = trading::read_settings(json["settings"]);
    if (!settings) return settings;
    const auto beside = json["paper"];
    if (beside.exists()) {
        if (!beside.boolean()) return Unexpected{trading::FieldError{"paper", trading::Fault::boolean}};
        settings->paper = *beside.boolean();
    } else if (!json["settings"]["paper"].exists()) {
        settings->paper = paper_until_now;
    }
    return settings;
}

std::string upper(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

bool TradingApi::serves(std::string_view first_part) {
    constexpr std::array<std::string_view, 10> kParts{"strategies", "groups", "decisions", "ladder", "instruments", "alarms", "accounts", "mode", "candles", "watch"};
    return is_one_of(kParts, first_part);
}

void TradingApi::handle(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done) {
    const auto what = parts[0];
    const bool gets = request.method == Method::get, posts = request.method == Method::post, alone = parts.size() == 1;
    if (what == "candles") return alone && gets ? candles(request, std::move(done)) : done(alone ? wrong_method() : not_found());
    if (what == "strategies" && parts.size() == 3 && parts[2] == "enable" && posts)
        return object_of(request) ? enable(std::string{parts[1]}, request.language, kEnablePatience, std::move(done)) : done(malformed());
    if (what == "strategies" && parts.size() == 2 && request.method == Method::put) return change(std::string{parts[1]}, request, std::move(done));
    if (what == "strategies") return done(strategies(parts, request));
    if (what == "groups") return done(groups(parts, request));
    if (what == "decisions") return done(decisions(parts, request));
    if (what == "alarms") return done(alarms(parts, request));
    if (what == "accounts" && parts.size() == 3) return done(parts[2] == "paper" ? paper(parts, request) : freeze(parts, request));
    if (what == "accounts") return done(parts.size() != 2 ? not_found() : account(parts[1], request));
    if (!alone) return done(not_found());
    if (what == "ladder") return done(posts ? ladder(request) : wrong_method());
    if (what == "instruments") return done(gets ? instruments(request) : wrong_method());
    if (what == "watch") return done(posts ? watch(request) : wrong_method());
    done(gets || posts ? mode(request) : wrong_method());
}

ApiReply TradingApi::ladder(const ApiRequest& request) {
    const auto json = object_of(request);
    if (!json) return malformed();
    std::string body;
    wire::JsonWriter out{body};
    const auto asked_pair = (*json)["pair"];
    if (!(*json)["settings"].is_object()) return bad_field("settings", "settings must be a strategy's settings.");
    if (asked_pair.exists() && !asked_pair.is_null() && !asked_pair.is_text()) return bad_field("pair", "pair is a unified symbol such as BTC/USDT, or null.");
    for (const auto* name : {"price", "equity"})
        if (!is_amount((*json)[name])) return bad_field(name, std::string{name} + " is a decimal number above 0, as text.");
    const std::string pair{asked_pair.text().value_or("")};
    const auto settings = settings_of(*json, false);
    if (!settings) {
        write_no_ladder(out, pair, nullptr, {engine::problem_of(settings.error())}, {}, request.language);
        return {200, std::move(body)};
    }
    // While somebody types, unfinished settings are the usual case: what is missing is told beside its field.
    std::vector<engine::StrategyProblem> problems;
    const auto miss = [&](trading::Code code, const char* field, const char* english, const char* dutch) { problems.push_back({code, field, english, dutch}); };
    for (const auto& error : trading::check(*settings)) problems.push_back(engine::problem_of(error));
    const auto warnings = warnings_of(trader_, *settings);
    const auto symbol = market::Symbol::parse(pair);
    if (settings->paper && setup_.want_paper)
        if (auto made = setup_.want_paper(*settings); !made) return error_reply(made.error());
    const auto* connection = trader_.account_of(*settings);
    const auto* market = connection != nullptr && symbol ? trader_.market_of(connection->account.venue(), *symbol) : nullptr;
    if (connection != nullptr && symbol && setup_.watch) setup_.watch(*connection, *symbol);
    const auto asked_price = (*json)["price"].decimal(), asked_equity = (*json)["equity"].decimal();
    const auto direction = settings->allow_long || !settings->allow_short ? trading::Direction::long_side : trading::Direction::short_side;
    const std::string asset = !symbol ? std::string{} : symbol->is_futures() ? symbol->settle : symbol->quote;
    const auto equity = asked_equity ? asked_equity : connection != nullptr ? trader_.equity_of(*connection, asset) : std::nullopt;
    const auto price = asked_price ? asked_price : market != nullptr && market->quote ? std::optional{trading::entry_price(*market->quote, direction)} : std::nullopt;
    if (connection == nullptr) miss(trading::Code::connection_not_ready, "connection", "Choose a connection.", "Kies een verbinding.");
    else if (!symbol) miss(trading::Code::pair_not_enabled, "pairs", "Choose a pair.", "Kies een paar.");
    else if (market == nullptr || !market->instrument) miss(trading::Code::instrument_halted, "pairs", "This pair is not known on the exchange (yet).", "Dit paar is op de exchange (nog) niet bekend.");
    else if (!price || !price->is_positive()) miss(trading::Code::price_stale, "pairs", "The price of this pair is not known yet.", "De koers van dit paar is nog niet bekend.");
    else if (!equity) miss(trading::Code::exchange_unavailable, "connection", "The balance of this connection is not known yet.", "Het saldo van deze verbinding is nog niet bekend.");
    if (!problems.empty()) {
        write_no_ladder(out, pair, &*settings, problems, warnings, request.language);
        return {200, std::move(body)};
    }
    std::optional<Decimal> free;
    if (const auto* wallet = trader_.wallet_of(connection->account.connection))
        if (const auto money = wallet->assets.find(asset); money != wallet->assets.end()) free = money->second.free;
    const auto rules = trading::make_rules(*settings);
    const auto fees = trader_.fees_of(connection->account.connection, *symbol, rules.fees);
    const trading::LadderInput input{rules, *market->instrument, fees, direction, *price, *equity, free};
    write_ladder(out, trading::make_ladder(input), input, *settings, pair, warnings, request.language);
    return {200, std::move(body)};
}

ApiReply TradingApi::watch(const ApiRequest& request) {
    const auto json = object_of(request);
    if (!json) return malformed();
    const auto* connection = trader_.find_connection((*json)["connection"].text().value_or(""));
    const auto symbol = market::Symbol::parse((*json)["pair"].text().value_or(""));
    if (connection == nullptr) return bad_field("connection", "connection must be the id of a connection.");
    if (!symbol) return bad_field("pair", "The pair must be a unified symbol such as BTC/USDT or BTC/USDT:USDT.");
    setup_.watch(*connection, *symbol);
    return {204, {}};
}

ApiReply TradingApi::instruments(const ApiRequest& request) {
    const auto* connection = trader_.find_connection(query_value(request.query, "connection").value_or(""));
    if (connection == nullptr) return bad_field("connection", "connection must be the id of a connection.");
    const auto* list = setup_.instruments(*connection);
    const auto search = upper(query_value(request.query, "search").value_or(""));
    const bool closed_only = query_value(request.query, "closed").value_or("") == "true";
    const auto now = performer_.now().steady;
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().key("instruments").begin_array();
    std::size_t count = 0;
    if (list != nullptr)
        for (const auto& [native, one] : *list) {
            if (!one.symbol) continue;
            const auto pair = one.symbol->to_string();
            if (pair.find(search) == std::string::npos) continue;
            const auto* market = trader_.market_of(connection->account.venue(), *one.symbol);
            const auto* refused = market != nullptr && market->refused ? &*market->refused : nullptr;
            const bool refused_now = refused != nullptr && refused->until > now;
            if (closed_only && !refused_now && engine::facts_of(one).tradable) continue;
            if (++count > kInstrumentsMax) break;
            out.begin_object().member("pair", pair).member("price_step", one.price_step).member("quantity_step", one.quantity_step).member("min_quantity", one.min_quantity);
            out.member("min_notional", one.min_notional).member("contract_size", one.contract_size).member("tradable", one.tradable).member("api_tradable", one.api_tradable);
            out.key("order_types").begin_array();
            for (const auto type : market::OrderTypes::kAll)
                if (one.order_types.contains(type)) out.text(market::to_string(type));
            out.end_array().key("refused");
            if (refused == nullptr) out.null();
            else out.begin_object().member("at", refused->at.ms()).member("words", engine::words_of(refused->why, request.language)).member("holds", refused_now).end_object();
            out.key("fees");
            engine::write_fees(out, trader_.reported_fees(connection->account.connection, *one.symbol));
            write_evidence(out, trader_.evidence().find(connection->account.venue(), *one.symbol));
            out.end_object();
        }
    out.end_array().member("more", count > kInstrumentsMax).member("loading", list == nullptr || list->empty()).end_object();
    return {200, std::move(body)};
}

void TradingApi::candles(const ApiRequest& request, Done done) {
    const auto* connection = trader_.find_connection(query_value(request.query, "connection").value_or(""));
    const auto symbol = market::Symbol::parse(query_value(request.query, "pair").value_or(""));
    const auto interval = market::parse<market::Interval>(query_value(request.query, "interval").value_or("1m"));
    const auto since = parse_int(query_value(request.query, "since").value_or("0"));
    const auto limit = parse_int(query_value(request.query, "limit").value_or("300"));
    if (connection == nullptr) return done(bad_field("connection", "connection must be the id of a connection."));
    if (!symbol) return done(bad_field("pair", "The pair must be a unified symbol such as BTC/USDT or BTC/USDT:USDT."));
    if (!interval) return done(bad_field("interval", "interval is 1m, 5m, 15m, 1h, 4h or 1d."));
    if (!since || *since < 0) return done(bad_field("since", "since is a time in Unix milliseconds."));
    if (!limit || *limit < 1 || *limit > 1000) return done(bad_field("limit", "limit must be 1 to 1000."));
    setup_.candles(*connection, *symbol, *interval, *since > 0 ? std::optional{Instant::from_ms(*since)} : std::nullopt, static_cast<int>(*limit),
                   [done = std::move(done)](Result<std::vector<market::Candle>> found) {
                       if (!found) return done(error_reply(found.error()));
                       std::string body;
                       wire::JsonWriter out{body};
                       out.begin_object().key("candles").begin_array();
                       for (const auto& candle : *found) write_candle(out, candle);
                       out.end_array().end_object();
                       done({200, std::move(body)});
                   });
}

ApiReply TradingApi::account(std::string_view id, const ApiRequest& request) {
    const auto* connection = trader_.find_connection(id);
    if (connection == nullptr) return no_such("connection that trades");
    if (request.method != Method::get) return wrong_method();
    std::string body;
    wire::JsonWriter out{body};
    write_account(out, trader_, *connection, performer_.now().wall);
    return {200, std::move(body)};
}

/// The play money of a connection's paper twin, by either's id.
ApiReply TradingApi::paper(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    const std::string real{engine::without_paper(parts[1])};
    if (trader_.find_connection(real) == nullptr) return no_such("connection that trades");
    if (request.method != Method::post) return wrong_method();
    const auto json = object_of(request);
    if (!json) return malformed();
    if ((*json)["asset"].exists() && !(*json)["asset"].is_text()) return bad_field("asset", "The asset is its code, such as USDT.");
    const std::string asset{(*json)["asset"].text().value_or("USDT")};
    const auto amount = (*json)["amount"].is_text() ? (*json)["amount"].decimal() : std::nullopt;
    const bool named = !asset.empty() && asset.size() <= 20 && std::all_of(asset.begin(), asset.end(), [](unsigned char c) { return std::isupper(c) || std::isdigit(c); });
    if (!named) return bad_field("asset", "The asset is its code, such as USDT.");
    if (!amount || amount->is_negative() || *amount > Decimal{kPaperMax}) return bad_field("amount", "The amount is a number from 0 to 1,000,000,000.");
    if (!setup_.grant_paper) return not_found();
    if (auto granted = setup_.grant_paper(real, asset, *amount); !granted) return error_reply(granted.error());
    return account(engine::paper_twin_of(real), {Method::get, {}, {}, {}, request.language});
}

ApiReply TradingApi::freeze(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    const bool freezes = parts[2] == "freeze";
    if (!freezes && parts[2] != "unfreeze") return not_found();
    if (trader_.find_connection(parts[1]) == nullptr) return no_such("connection that trades");
    if (request.method != Method::post) return wrong_method();
    if (auto set = performer_.event([&](Now now) { return trader_.set_frozen(now, std::string{parts[1]}, freezes); }); !set) return error_reply(set.error());
    if (auto kept = setup_.keep_modes(); !kept) return error_reply(kept.error());
    return account(parts[1], {Method::get, {}, {}, {}, request.language});
}

ApiReply TradingApi::mode(const ApiRequest& request) {
    if (request.method == Method::get) {
        std::string body;
        wire::JsonWriter out{body};
        out.begin_object();
        write_modes(out, trader_);
        out.end_object();
        return {200, std::move(body)};
    }
    const auto json = object_of(request);
    if (!json) return malformed();
    const auto mode = trading::parse_mode((*json)["mode"].text().value_or(""));
    if (!mode) return bad_field("mode", "The mode is normal, no_new_groups, exit_only or close_now.");
    const auto connection = (*json)["connection"];
    if (connection.exists() && !connection.is_null()) {
        const std::string id{connection.text().value_or("")};
        if (trader_.find_connection(id) == nullptr) return bad_field("connection", "connection must be the id of a connection.");
        performer_.event([&](Now now) { trader_.set_connection_mode(now, id, *mode); });
    } else {
        performer_.event([&](Now now) { trader_.set_mode(now, *mode); });
    }
    if (auto kept = setup_.keep_modes(); !kept) return error_reply(kept.error());
    std::string body;
    wire::JsonWriter{body}.begin_object().member("mode", trading::to_string(*mode)).end_object();
    return {200, std::move(body)};
}

}  // namespace bf::server
