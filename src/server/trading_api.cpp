#include "server/trading_api.hpp"

#include "base/text.hpp"
#include "engine/instrument_facts.hpp"
#include "engine/paper_name.hpp"
#include "server/api_replies.hpp"
#include "server/secret_token.hpp"
#include "server/trading_json.hpp"
#include "wire/json.hpp"

#include <algorithm>
#include <array>

namespace bf::server {
namespace {

using engine::Now;
using wire::Method;

constexpr std::size_t kInstrumentsMax = 200;
constexpr std::int64_t kPaperMax = 1'000'000'000;
constexpr std::size_t kTagBytesMax = 200;

ApiReply no_such(const char* what) { return problem_reply(404, "not_found", "Not found", std::string{"There is no such "} + what + "."); }

ApiReply field_reply(const trading::FieldError& error) {
    return problem_reply(422, "SETTINGS_INVALID", "Not accepted", error.sentence, error.field.empty() ? "settings" : error.field);
}

constexpr std::array<std::string_view, 5> kStrategyActs{"enable", "disable", "mode", "signal", "rotate-hook"};
constexpr std::array<std::string_view, 5> kGroupActs{"release", "recover", "close", "adopt", "ignore"};
constexpr std::array<std::string_view, 5> kOutcomes{"OPENED", "ADDED", "BLOCKED", "WAITING", "CLOSED"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// An amount above zero, or null, or nothing: what a ladder may be asked for.
bool is_amount(const wire::JsonValue& value) { return !value.exists() || value.is_null() || (value.is_text() && value.decimal() && value.decimal()->is_positive()); }

ApiReply name_taken() { return problem_reply(409, "name_taken", "Conflict", "There is a strategy of that name already.", "name"); }

/// The body as an object; an empty one is {}.
std::optional<wire::Json> object_of(const ApiRequest& request) {
    auto json = wire::Json::parse(request.body.empty() ? "{}" : request.body);
    if (!json || !json->root().is_object()) return std::nullopt;
    return std::move(*json);
}

/// The settings of a request. Whether they are on paper may stand in them or beside them; where neither says it, it stays as it was: money
/// must not become real because a page left a word out.
Result<trading::Settings, trading::FieldError> settings_of(const wire::Json& json, bool paper_until_now) {
    auto settings = trading::read_settings(json["settings"]);
    if (!settings) return settings;
    const auto beside = json["paper"];
    if (beside.exists()) {
        if (!beside.boolean()) return Unexpected{trading::FieldError{"paper", "paper must be true or false."}};
        settings->paper = *beside.boolean();
    } else if (!json["settings"]["paper"].exists()) {
        settings->paper = paper_until_now;
    }
    return settings;
}

ApiReply after(const Status& status, const std::function<ApiReply()>& then) { return status ? then() : error_reply(status.error()); }

std::string upper(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

}  // namespace

bool TradingApi::serves(std::string_view first_part) {
    constexpr std::array<std::string_view, 10> kParts{"strategies", "groups", "decisions", "ladder", "instruments", "alarms", "accounts", "mode", "candles", "watch"};
    return is_one_of(kParts, first_part);
}

void TradingApi::handle(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done) {
    const auto what = parts[0];
    const bool gets = request.method == Method::get, posts = request.method == Method::post, alone = parts.size() == 1;
    if (what == "candles") return alone && gets ? candles(request, std::move(done)) : done(alone ? wrong_method() : not_found());
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

// --- strategies

ApiReply TradingApi::strategy_reply(int status, const std::string& id, exchange::Language language, const std::string& hook_token) const {
    const auto* strategy = trader_.find_strategy(id);
    if (strategy == nullptr) return no_such("strategy");
    std::string body;
    wire::JsonWriter out{body};
    write_strategy(out, trader_, *strategy, language);
    // The token is told this once: we keep only its hash.
    if (!hook_token.empty()) body.insert(body.size() - 1, ",\"hook\":{\"path\":\"/hooks/" + hook_token + "\",\"token\":\"" + hook_token + "\"}");
    return {status, std::move(body)};
}

ApiReply TradingApi::strategies(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts.size() == 1 && request.method == Method::post) return add_strategy(request);
    if (parts.size() == 1) {
        if (request.method != Method::get) return wrong_method();
        const auto limit = parse_int(query_value(request.query, "limit").value_or("1000"));
        if (!limit || *limit < 1 || *limit > 1000) return bad_field("limit", "limit must be 1 to 1000.");
        const auto& all = trader_.strategies();
        auto at = all.upper_bound(query_value(request.query, "after").value_or(""));
        std::string body;
        wire::JsonWriter out{body};
        out.begin_object().key("strategies").begin_array();
        for (auto left = *limit; left > 0 && at != all.end(); --left, ++at) write_strategy(out, trader_, at->second, request.language);
        out.end_array().member("more", at != all.end()).end_object();
        return {200, std::move(body)};
    }
    const auto* strategy = trader_.find_strategy(parts[1]);
    if (strategy == nullptr) return no_such("strategy");
    return one_strategy(*strategy, parts.size() == 3 ? parts[2] : std::string_view{}, request);
}

ApiReply TradingApi::add_strategy(const ApiRequest& request) {
    const auto json = object_of(request);
    if (!json) return malformed();
    auto settings = settings_of(*json, false);
    if (!settings) return field_reply(settings.error());
    if (const auto wrong = trading::check(*settings); !wrong.empty()) return field_reply(wrong.front());
    if (is_taken(settings->name, {})) return name_taken();
    if (settings->paper && setup_.want_paper)
        if (auto made = setup_.want_paper(*settings); !made) return error_reply(made.error());
    const auto token = make_token(entropy_);
    auto added = performer_.event([&](Now now) { return trader_.add_strategy(now, std::move(*settings), hash_token(token)); });
    if (!added) return error_reply(added.error());
    return strategy_reply(201, (*added)->id, request.language, token);
}

bool TradingApi::is_taken(std::string_view name, const std::string& own) const {
    const auto& all = trader_.strategies();
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.first != own && to_lower(one.second.name()) == to_lower(name); });
}

ApiReply TradingApi::one_strategy(const engine::Strategy& strategy, std::string_view action, const ApiRequest& request) {
    if (!action.empty() && !is_one_of(kStrategyActs, action)) return not_found();
    const auto id = strategy.id;
    const auto reply = [&] { return strategy_reply(200, id, request.language); };
    if (action.empty() && request.method == Method::get) return reply();
    if (action.empty() && request.method == Method::del) return after(performer_.event([&](Now) { return trader_.remove_strategy(id); }), [] { return ApiReply{204, {}}; });
    const auto json = object_of(request);
    if (!json) return malformed();
    if (action.empty() && request.method == Method::put) {
        auto settings = settings_of(*json, strategy.settings.paper);
        if (!settings) return field_reply(settings.error());
        if (const auto wrong = trading::check(*settings); !wrong.empty()) return field_reply(wrong.front());
        if (is_taken(settings->name, id)) return name_taken();
        if (settings->paper && setup_.want_paper)
            if (auto made = setup_.want_paper(*settings); !made) return error_reply(made.error());
        auto changed = performer_.event([&](Now now) { return trader_.change_strategy(now, id, std::move(*settings)); });
        return changed ? reply() : error_reply(changed.error());
    }
    if (action.empty() || request.method != Method::post) return wrong_method();
    if (action == "enable") return after(performer_.event([&](Now now) { return trader_.enable(now, id); }), reply);
    if (action == "disable") return after(performer_.event([&](Now now) { return trader_.disable(now, id); }), reply);
    if (action == "signal") return signal(strategy, request);
    if (action == "mode") {
        const auto mode = trading::parse_mode((*json)["mode"].text().value_or(""));
        if (!mode) return bad_field("mode", "The mode is normal, no_new_groups, exit_only or close_now.");
        return after(performer_.event([&](Now now) { return trader_.set_mode(now, id, *mode); }), reply);
    }
    if (action == "rotate-hook") {
        const auto token = make_token(entropy_);
        return after(performer_.event([&](Now now) { return trader_.set_hook(now, id, hash_token(token)); }), [&] {
            std::string body;
            wire::JsonWriter{body}.begin_object().member("path", "/hooks/" + token).member("token", token).end_object();
            return ApiReply{200, std::move(body)};
        });
    }
    return not_found();
}

ApiReply TradingApi::signal(const engine::Strategy& strategy, const ApiRequest& request) {
    const auto json = object_of(request);
    if (!json) return malformed();
    const auto& root = *json;
    trading::Signal signal;
    signal.strategy = strategy.id;
    signal.source = trading::SignalSource::manual;
    signal.time = performer_.now().wall;
    signal.pair = root["pair"].text().value_or("");
    signal.tag = root["tag"].text().value_or("");
    const auto direction = market::parse<market::PositionSide>(root["direction"].text().value_or(""));
    if (!market::Symbol::parse(signal.pair)) return bad_field("pair", "The pair must be a unified symbol such as BTC/USDT or BTC/USDT:USDT.");
    if (!direction) return bad_field("direction", "The direction is long or short.");
    signal.direction = *direction;
    std::optional<trading::SignalKind> kind;
    for (const auto one : {trading::SignalKind::entry, trading::SignalKind::add, trading::SignalKind::exit})
        if (root["kind"].text() == trading::to_string(one)) kind = one;
    if (!kind) return bad_field("kind", "The kind is entry, add or exit.");
    signal.kind = *kind;
    if (root["tag"].exists() && (!root["tag"].is_text() || signal.tag.size() > kTagBytesMax)) return bad_field("tag", "The tag is a text of at most 200 characters.");
    // By hand the same thing may be meant twice in a minute: each press is a signal of its own.
    signal.id = "manual-" + make_token(entropy_);
    auto kept = performer_.event([&](Now now) { return trader_.receive(now, strategy, std::move(signal)); });
    if (!kept) return error_reply(kept.error());
    std::string body;
    wire::JsonWriter{body}.begin_object().member("signal", *kept).end_object();
    return {202, std::move(body)};
}

ApiReply TradingApi::hook(std::string_view token, std::string_view body) {
    const auto* strategy = trader_.strategy_of_hook(hash_token(token));
    if (strategy == nullptr) return problem_reply(401, "SIGNAL_UNAUTHENTIC", "Unknown token", "There is no strategy behind this address.");
    const auto refuse = [&](const trading::SignalError& error) {
        auto recorded = performer_.event([&](Now now) { return trader_.receive_malformed(now, *strategy, error.sentence); });
        if (!recorded) return error_reply(recorded.error());
        return problem_reply(400, "SIGNAL_MALFORMED", "Malformed signal", error.sentence, error.field);
    };
    const auto json = trading::read_body(body);
    if (!json) return refuse(json.error());
    auto signal = trading::read_signal(json->root());
    if (!signal) return refuse(signal.error());
    auto kept = performer_.event([&](Now now) { return trader_.receive(now, *strategy, std::move(*signal)); });
    if (!kept) return error_reply(kept.error());
    std::string reply;
    wire::JsonWriter{reply}.begin_object().member("id", *kept).end_object();
    return {202, std::move(reply)};
}

// --- groups

ApiReply TradingApi::group_list(const ApiRequest& request) {
    const auto paging = read_paging(request.query);
    if (const auto* refused = std::get_if<ApiReply>(&paging)) return *refused;
    const auto [before, limit] = std::get<Paging>(paging);
    const auto state = query_value(request.query, "state").value_or("open");
    const auto strategy = query_value(request.query, "strategy").value_or(""), connection = query_value(request.query, "connection").value_or("");
    if (state != "open" && state != "closed") return bad_field("state", "state is open or closed.");
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().key("groups").begin_array();
    bool more = false;
    if (state == "open") {
        int count = 0;
        const auto& all = trader_.groups();
        // Newest first, from the one below `before`.
        for (auto at = std::make_reverse_iterator(before == 0 ? all.end() : all.lower_bound(static_cast<std::uint64_t>(before))); at != all.rend(); ++at) {
            const auto& terms = at->second->terms();
            if ((!strategy.empty() && terms.strategy != strategy) || (!connection.empty() && terms.connection != connection)) continue;
            if (count++ == limit) {
                more = true;
                break;
            }
            write_live_group(out, trader_, *at->second, false);
        }
    } else {
        auto closed = store_.closed_groups(strategy, connection, static_cast<std::uint64_t>(before), limit + 1);
        if (!closed) return error_reply(closed.error());
        more = closed->size() > static_cast<std::size_t>(limit);
        if (more) closed->pop_back();
        for (const auto& group : *closed) write_closed_group(out, trader_, group);
    }
    out.end_array().member("more", more).end_object();
    return {200, std::move(body)};
}

ApiReply TradingApi::group_page(std::uint64_t number, const ApiRequest& request) {
    std::string body;
    wire::JsonWriter out{body};
    if (const auto* group = trader_.find_group(number)) {
        write_live_group(out, trader_, *group, true);
    } else {
        const auto kept = store_.group(number);
        if (!kept) return error_reply(kept.error());
        if (!*kept) return no_such("group");
        write_closed_group(out, trader_, **kept);
    }
    const auto decisions = store_.decisions({.limit = 200, .group = number});
    if (!decisions) return error_reply(decisions.error());
    std::string list;
    wire::JsonWriter entries{list};
    entries.begin_array();
    for (const auto& decision : *decisions) write_decision(entries, trader_, decision, request.language, false);
    entries.end_array();
    body.insert(body.size() - 1, ",\"decisions\":" + list);
    return {200, std::move(body)};
}

ApiReply TradingApi::groups(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts.size() == 1) return request.method == Method::get ? group_list(request) : wrong_method();
    const auto number = parse_int(parts[1]);
    if (!number || *number <= 0) return no_such("group");
    const auto group = static_cast<std::uint64_t>(*number);
    if (parts.size() == 2) return request.method == Method::get ? group_page(group, request) : wrong_method();
    const auto action = parts[2];
    if (!is_one_of(kGroupActs, action)) return not_found();
    if (request.method != Method::post) return wrong_method();
    const auto done = [&] { return group_page(group, request); };
    if (action == "release") return after(performer_.event([&](Now now) { return trader_.release(now, group); }), done);
    if (action == "recover") return after(performer_.event([&](Now now) { return trader_.put_in_recovery(now, group); }), done);
    if (action == "close") return after(performer_.event([&](Now now) { return trader_.close(now, group, "user"); }), done);
    if (action == "adopt") return after(performer_.event([&](Now now) { return trader_.adopt_difference(now, group); }), done);
    return after(performer_.event([&](Now now) { return trader_.ignore_difference(now, group); }), done);
}

// --- what was decided, what would be, what is there

ApiReply TradingApi::decisions(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    std::string body;
    wire::JsonWriter out{body};
    if (parts.size() == 2) {
        const auto id = parse_int(parts[1]);
        const auto found = store_.decision(id.value_or(0));
        if (!found) return error_reply(found.error());
        if (!*found) return no_such("decision");
        if (request.method != Method::get) return wrong_method();
        write_decision(out, trader_, **found, request.language, true);
        return {200, std::move(body)};
    }
    if (parts.size() != 1) return not_found();
    if (request.method != Method::get) return wrong_method();
    const auto paging = read_paging(request.query);
    if (const auto* refused = std::get_if<ApiReply>(&paging)) return *refused;
    const auto [before, limit] = std::get<Paging>(paging);
    ports::DecisionQuery query{.before = before, .limit = limit + 1};
    query.strategy = query_value(request.query, "strategy").value_or("");
    query.outcome = upper(query_value(request.query, "outcome").value_or(""));
    query.pair = query_value(request.query, "pair").value_or("");
    const auto group = parse_int(query_value(request.query, "group").value_or("0"));
    if (!query.outcome.empty() && !is_one_of(kOutcomes, query.outcome)) return bad_field("outcome", "outcome is OPENED, ADDED, BLOCKED, WAITING or CLOSED.");
    if (!group || *group < 0) return bad_field("group", "group must be the number of a group.");
    query.group = static_cast<std::uint64_t>(*group);
    auto found = store_.decisions(query);
    if (!found) return error_reply(found.error());
    const bool more = found->size() > static_cast<std::size_t>(limit);
    if (more) found->pop_back();
    out.begin_object().key("decisions").begin_array();
    for (const auto& decision : *found) write_decision(out, trader_, decision, request.language, false);
    out.end_array().member("more", more).end_object();
    return {200, std::move(body)};
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
        const auto& [field, sentence] = settings.error();
        write_no_ladder(out, pair, nullptr, {{trading::Code::settings_invalid, field, sentence, sentence}}, {}, request.language);
        return {200, std::move(body)};
    }
    // While somebody types, unfinished settings are the usual case: what is missing is told beside its field.
    std::vector<engine::StrategyProblem> problems;
    const auto miss = [&](trading::Code code, const char* field, const char* english, const char* dutch) { problems.push_back({code, field, english, dutch}); };
    for (const auto& error : trading::check(*settings)) problems.push_back({trading::Code::settings_invalid, error.field, error.sentence, error.sentence});
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
    const trading::LadderInput input{rules, *market->instrument, rules.fees, direction, *price, *equity, free};
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
            for (const auto type : one.order_types) out.text(market::to_string(type));
            out.end_array().key("refused");
            if (refused == nullptr) out.null();
            else out.begin_object().member("at", refused->at.ms()).member("words", refused->words).member("holds", refused_now).end_object();
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

ApiReply TradingApi::alarms(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts.size() == 3 && parts[2] == "acknowledge") {
        if (request.method != Method::post) return wrong_method();
        const auto id = parse_int(parts[1]);
        if (!id) return no_such("alarm");
        return after(store_.acknowledge_alarm(*id), [] { return ApiReply{204, {}}; });
    }
    if (parts.size() != 1) return not_found();
    if (request.method != Method::get) return wrong_method();
    const auto found = store_.alarms(100);
    if (!found) return error_reply(found.error());
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().key("alarms").begin_array();
    for (const auto& alarm : *found) write_alarm(out, alarm, request.language);
    out.end_array().end_object();
    return {200, std::move(body)};
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
    if (auto set = performer_.event([&](Now) { return trader_.set_frozen(std::string{parts[1]}, freezes); }); !set) return error_reply(set.error());
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
