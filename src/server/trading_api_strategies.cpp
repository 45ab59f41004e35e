// Strategies over REST, and the signals that come to them.
#include "server/trading_api_inside.hpp"

#include "base/text.hpp"
#include "server/secret_token.hpp"

namespace bf::server {
namespace {

constexpr std::size_t kTagBytesMax = 200;
constexpr milliseconds kLookAgain{50};
constexpr std::array<std::string_view, 5> kStrategyActs{"enable", "disable", "mode", "signal", "rotate-hook"};

ApiReply field_reply(const trading::FieldError& error, exchange::Language language) {
    return problem_reply(422, "SETTINGS_INVALID", "Not accepted", trading::sentence(error, language), error.field.empty() ? "settings" : error.field);
}

ApiReply name_taken() { return problem_reply(409, "name_taken", "Conflict", "There is a strategy of that name already.", "name"); }

}  // namespace

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
    if (!settings) return field_reply(settings.error(), request.language);
    if (const auto wrong = trading::check(*settings); !wrong.empty()) return field_reply(wrong.front(), request.language);
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
    if (action.empty() || request.method != Method::post) return wrong_method();
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

void TradingApi::change(const std::string& id, const ApiRequest& request, Done done) {
    const auto* strategy = trader_.find_strategy(id);
    if (strategy == nullptr) return done(no_such("strategy"));
    const auto json = object_of(request);
    if (!json) return done(malformed());
    auto settings = settings_of(*json, strategy->settings.paper);
    if (!settings) return done(field_reply(settings.error(), request.language));
    if (const auto wrong = trading::check(*settings); !wrong.empty()) return done(field_reply(wrong.front(), request.language));
    if (is_taken(settings->name, id)) return done(name_taken());
    if (settings->paper && setup_.want_paper)
        if (auto made = setup_.want_paper(*settings); !made) return done(error_reply(made.error()));
    change_when_weighed(id, std::move(*settings), request.language, kEnablePatience, std::move(done));
}

void TradingApi::change_when_weighed(std::string id, trading::Settings settings, exchange::Language language, milliseconds patience, Done done) {
    const auto* strategy = trader_.find_strategy(id);
    if (strategy == nullptr) return done(no_such("strategy"));
    // A pair that an enabled strategy gets is not followed yet: its ladder is weighed at a price, as when a strategy is enabled. What only risk tiers
    // tell of it is checked when a group would open.
    if (strategy->enabled && patience.count() > 0) {
        auto changed = *strategy;
        changed.settings = settings;
        if (!trader_.is_weighable(changed, false)) {
            const auto* connection = trader_.account_of(settings);
            for (const auto& pair : settings.pairs)
                if (const auto symbol = market::Symbol::parse(pair); connection != nullptr && symbol && setup_.watch) setup_.watch(*connection, *symbol);
            return setup_.later(kLookAgain, [this, alive = alive_, id = std::move(id), settings = std::move(settings), language, patience, done = std::move(done)]() mutable {
                if (*alive) change_when_weighed(std::move(id), std::move(settings), language, patience - kLookAgain, std::move(done));
            });
        }
    }
    auto changed = performer_.event([&](Now now) { return trader_.change_strategy(now, id, std::move(settings)); });
    done(changed ? strategy_reply(200, id, language) : error_reply(changed.error()));
}

void TradingApi::enable(std::string id, exchange::Language language, milliseconds patience, Done done) {
    const auto* strategy = trader_.find_strategy(id);
    if (strategy == nullptr) return done(no_such("strategy"));
    // Asked in the moment after it was added, what its pairs cost and when they are liquidated is still on its way; a ladder nobody weighed would pass.
    const auto why = trader_.problems(*strategy);
    const bool may_pass = why.empty() || why.front().code == trading::Code::instrument_halted;
    if (patience.count() > 0 && may_pass && !trader_.is_weighable(*strategy))
        return setup_.later(kLookAgain, [this, alive = alive_, id = std::move(id), language, patience, done = std::move(done)]() mutable {
            if (*alive) enable(std::move(id), language, patience - kLookAgain, std::move(done));
        });
    if (!why.empty())
        return done(problem_reply(409, trading::to_string(why.front().code), "Conflict", language == exchange::Language::nl ? why.front().dutch : why.front().english));
    done(after(performer_.event([&](Now now) { return trader_.enable(now, id); }), [&] { return strategy_reply(200, id, language); }));
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
    const auto refuse = [&](const trading::FieldError& error) {
        auto recorded = performer_.event([&](Now now) { return trader_.receive_malformed(now, *strategy, error); });
        if (!recorded) return error_reply(recorded.error());
        return problem_reply(400, "SIGNAL_MALFORMED", "Malformed signal", trading::sentence_with_field(error, exchange::Language::en), error.field);
    };
    const auto json = trading::read_body(body);
    if (!json) return refuse(json.error());
    const auto told = trading::token_of(json->root());
    if (told && trader_.strategy_of_hook(hash_token(*told)) != strategy) {
        auto recorded = performer_.event([&](Now now) { return trader_.receive_unauthentic(now, *strategy); });
        if (!recorded) return error_reply(recorded.error());
        return problem_reply(401, "SIGNAL_UNAUTHENTIC", "Wrong token", "The token in the body is not the one of this address. Leave it out, or copy the message from the strategy's page again.", "token");
    }
    auto signal = trading::read_signal(json->root());
    if (!signal) return refuse(signal.error());
    auto kept = performer_.event([&](Now now) { return trader_.receive(now, *strategy, std::move(*signal)); });
    if (!kept) return error_reply(kept.error());
    std::string reply;
    wire::JsonWriter{reply}.begin_object().member("id", *kept).end_object();
    return {202, std::move(reply)};
}

}  // namespace bf::server
