#include "server/api.hpp"

#include "base/text.hpp"
#include "exchange/sites.hpp"
#include "server/api_replies.hpp"
#include "server/candle_api.hpp"
#include "server/connection_json.hpp"
#include "server/backtest_api.hpp"
#include "server/limits_api.hpp"
#include "server/limits_json.hpp"
#include "server/sweep_api.hpp"
#include "server/trading_api.hpp"
#include "wire/json.hpp"

#include <algorithm>
#include <array>

namespace bf::server {
namespace {

using wire::Method;

constexpr std::string_view kRoot = "/api/v1/";
constexpr std::string_view kHooks = "/hooks/";

ApiReply json_reply(int status, std::string body) { return {status, std::move(body)}; }

std::optional<connection::Accepted> accepted_of(const wire::JsonValue& list) {
    if (!list.exists()) return connection::Accepted{};
    if (!list.is_array()) return std::nullopt;
    std::vector<std::string> words;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto word = list.at(i).text();
        if (!word) return std::nullopt;
        words.emplace_back(*word);
    }
    return connection::parse_accepted(words);
}

constexpr const char* kFamilies = "The family of addresses must be ipv4 or ipv6.";

/// IPv4 where nothing is said.
std::optional<ports::Family> read_family(const wire::JsonValue& value) {
    return value.exists() ? ports::parse_family(value.text().value_or("")) : std::optional{ports::Family::v4};
}

}  // namespace

Api::Api(connection::Book& book, ports::Store& store, Setup setup) : book_{book}, store_{store}, setup_{std::move(setup)} {
    if (setup_.limits != nullptr) limits_ = std::make_unique<LimitsApi>(*setup_.limits, book_, [this](const std::string& id, bool frozen) { freeze_engine(id, frozen); });
}
Api::~Api() = default;

void Api::freeze_engine(const std::string& connection, bool frozen) {
    if (setup_.trading == nullptr) return;
    ApiRequest request;
    request.method = Method::post;
    // One that does not trade is not found there, and needs no freezing.
    setup_.trading->handle({"accounts", connection, frozen ? "freeze" : "unfreeze"}, request, [](const ApiReply&) {});
}

void Api::freeze_account(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done) {
    const std::string id{parts[1]};
    const auto* record = book_.find(id);
    const auto account = [this, id, action = std::string{parts[2]}, request, done](const ApiReply& reply) {
        if (reply.status >= 300) return done(reply);
        setup_.trading->handle({"accounts", id, action}, request, done);
    };
    if (record == nullptr || record->id != id || request.method != Method::post) return setup_.trading->handle(parts, request, std::move(done));
    auto asked = request;
    if (parts[2] == "freeze") asked.body = "{}";
    limits_->handle(id, record->market, parts[2], asked, account);
}

void Api::handle(ApiRequest request, Done done) {
    if (request.path == "/metrics") return done({200, setup_.figures()});
    if (request.path.starts_with(kHooks) && setup_.trading != nullptr) {
        const bool posted = request.method == Method::post;
        return done(posted ? setup_.trading->hook(std::string_view{request.path}.substr(kHooks.size()), request.body) : wrong_method());
    }
    if (!request.path.starts_with(kRoot)) return done(not_found());
    if (auto refused = refuse_access(request, book_.now())) return done(std::move(*refused));
    const auto parts = split(std::string_view{request.path}.substr(kRoot.size()), '/');
    if (parts.empty()) return done(not_found());
    if (setup_.backtests != nullptr && BacktestApi::serves(parts[0])) return setup_.backtests->handle(parts, request, std::move(done));
    if (setup_.sweeps != nullptr && SweepApi::serves(parts[0])) return setup_.sweeps->handle(parts, request, std::move(done));
    if (parts.size() > 3) return done(not_found());
    const auto what = parts[0];
    if (what == "exchanges" && parts.size() == 1) return done(request.method == Method::get ? exchanges() : wrong_method());
    if (what == "signer" && parts.size() == 1) return request.method == Method::get ? signer(std::move(done)) : done(wrong_method());
    if (what == "addresses" && parts.size() <= 2) return addresses(request, parts.size() == 2 ? parts[1] : std::string_view{}, std::move(done));
    if (what == "security" && parts.size() == 2 && parts[1] == "findings")
        return request.method == Method::get ? findings(request, std::move(done)) : done(wrong_method());
    if (what == "demo" && parts.size() == 2 && parts[1] == "keys") return demo(request, std::move(done));
    const bool freezes = what == "accounts" && parts.size() == 3 && (parts[2] == "freeze" || parts[2] == "unfreeze");
    if (freezes && setup_.trading != nullptr && limits_) return freeze_account(parts, request, std::move(done));
    if (what == "ledger" && setup_.ledger) return setup_.ledger(parts, request, std::move(done));
    if (what == "backups" && setup_.backups) return setup_.backups(parts, request, std::move(done));
    if (setup_.trading != nullptr && TradingApi::serves(what)) return setup_.trading->handle(parts, request, std::move(done));
    if (setup_.candles != nullptr && CandleApi::serves(what)) return done(setup_.candles->handle(parts, request));
    if (what != "connections") return done(not_found());
    if (parts.size() == 1) return collection(request, std::move(done));
    const std::string id{parts[1]};
    const std::string_view action = parts.size() == 3 ? parts[2] : std::string_view{};
    if (const auto damaged = book_.damaged().find(id); damaged != book_.damaged().end()) {
        if (action.empty() && request.method == Method::del) return remove(id, request, done);
        return done(problem_reply(409, "connection_unreadable", "Conflict", "What is stored of the connection \"" + damaged->second + "\" can't be read: put a backup in its place, or remove it."));
    }
    if (book_.find(id) == nullptr || book_.find(id)->id != id)
        return done(problem_reply(404, "not_found", "Not found", "There is no such connection."));
    one(id, action, request, std::move(done));
}

void Api::collection(const ApiRequest& request, Done done) {
    if (request.method == Method::post) return add(request, std::move(done));
    if (request.method != Method::get) return done(wrong_method());
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().key("connections").begin_array();
    for (const auto* record : book_.all())
        write_connection(out, book_, setup_.adapter_of, setup_.is_repointed(record->exchange), *record, request.language, false);
    out.end_array().key("unreadable").begin_array();
    for (const auto& [id, name] : book_.damaged()) out.begin_object().member("id", id).member("name", name).end_object();
    out.end_array().end_object();
    done(json_reply(200, std::move(body)));
}

void Api::remove(const std::string& id, const ApiRequest& request, const Done& done) {
    auto refused = setup_.trading == nullptr ? std::nullopt : setup_.trading->refuse_removal(id, query_value(request.query, "leaving").value_or(""));
    if (refused) return done(std::move(*refused));
    book_.remove(id, [done](const Status& status) { done(status ? ApiReply{204, {}} : error_reply(status.error())); });
}

void Api::add(const ApiRequest& request, Done done) {
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return done(malformed());
    connection::AddRequest add;
    const auto name = (*json)["name"].text();
    const auto id = exchange::parse_exchange((*json)["exchange"].text().value_or(""));
    const auto market = market::parse<market::Market>((*json)["market"].text().value_or(""));
    const auto sealed = (*json)["sealed"].text();
    const auto accepted = accepted_of((*json)["accept"]);
    const auto family = read_family((*json)["family"]);
    const auto test = (*json)["test"].exists() ? (*json)["test"].boolean() : std::optional{true};
    if (!name) return done(bad_field("name", "A connection needs a name, for instance \"MEXC Spot Main\"."));
    if (!id || !setup_.adapter_of(*id)) {
        std::string names;
        for (const auto known : setup_.exchanges) names += (names.empty() ? "" : ", ") + std::string{exchange::to_string(known)};
        return done(bad_field("exchange", "There is no such exchange: it must be one of " + names + "."));
    }
    if (!market) return done(bad_field("market", "The market must be spot or futures."));
    if (!accepted) return done(bad_field("accept", "What can be accepted is internal_transfer and unknown_withdrawal."));
    const auto& info = setup_.adapter_of(*id)->calls.info();
    const auto site = exchange::parse_site((*json)["site"].exists() ? (*json)["site"].text().value_or("") : "global", info);
    if (!site) return done(bad_field("site", "The site " + exchange::sites_of(info) + "."));
    if (!family) return done(bad_field("family", kFamilies));
    if (!test) return done(bad_field("test", "Whether to test at once is true or false."));
    const auto bytes = sealed ? from_base64(*sealed) : Result<std::vector<unsigned char>>{Unexpected{Error{}}};
    if (!bytes || bytes->empty()) return done(bad_field("sealed", "The credentials must come sealed to the signer's key, as base64."));
    if (const auto again = (*json)["again"]; again.exists()) {
        if (setup_.trading == nullptr) return done(not_found());
        auto left = setup_.trading->left_behind(again.text().value_or(""));
        if (auto* refused = std::get_if<ApiReply>(&left)) return done(std::move(*refused));
        auto& before = std::get<engine::Trader::LeftBehind>(left);
        if (before.exchange != *id || before.market != *market || before.site != *site)
            return done(bad_field("again", "The removed connection was of another exchange, market or site: " + std::string{exchange::to_string(before.exchange)} + " " +
                                               std::string{market::to_string(before.market)} + ", site " + std::string{exchange::to_string(before.site)} + "."));
        add.again = connection::AddRequest::Again{std::move(before.id), std::move(before.account)};
    }
    add.name = *name;
    add.exchange = *id;
    add.market = *market;
    add.site = *site;
    add.family = *family;
    add.sealed.assign(bytes->begin(), bytes->end());
    add.accepted = *accepted;
    add.test = *test;
    if (const auto limits = (*json)["limits"]; limits.exists()) {
        auto read = read_limits(limits);
        const auto fits = read ? fit_to(add.market, *read) : Status{Unexpected{read.error()}};
        if (!fits) return done(bad_field("limits", fits.error().code + ": " + fits.error().detail));
        add.limits = std::move(*read);
    }
    book_.add(std::move(add), [this, done = std::move(done), language = request.language](Result<std::string> added) {
        if (!added) return done(error_reply(added.error()));
        const auto* record = book_.find(*added);
        if (record == nullptr) return done(not_found());
        std::string body;
        wire::JsonWriter out{body};
        write_connection(out, book_, setup_.adapter_of, setup_.is_repointed(record->exchange), *record, language, false);
        done(json_reply(201, std::move(body)));
    });
}

void Api::one(const std::string& id, std::string_view action, const ApiRequest& request, Done done) {
    const auto reply_connection = [this, id, language = request.language](bool with_report) {
        const auto* record = book_.find(id);
        if (record == nullptr) return not_found();
        std::string body;
        wire::JsonWriter out{body};
        write_connection(out, book_, setup_.adapter_of, setup_.is_repointed(record->exchange), *record, language, with_report);
        return json_reply(200, std::move(body));
    };
    if (limits_ && LimitsApi::serves(action)) return limits_->handle(id, book_.find(id)->market, action, request, std::move(done));
    const auto after = [done, reply_connection](const Status& status) { done(status ? reply_connection(false) : error_reply(status.error())); };
    if (action.empty() && request.method == Method::get) return done(reply_connection(true));
    if (action.empty() && request.method == Method::del) return remove(id, request, done);
    if (action == "history") return request.method == Method::get ? history(id, request, std::move(done)) : done(wrong_method());
    const auto json = wire::Json::parse(request.body.empty() ? "{}" : request.body);
    if (!json || !json->root().is_object()) return done(malformed());
    if (action.empty() && request.method == Method::patch) {
        const auto name = (*json)["name"];
        const auto family = read_family((*json)["family"]);
        if (!family) return done(bad_field("family", kFamilies));
        const bool has_family = (*json)["family"].exists();
        if (name.exists() ? !name.text() : !has_family) return done(bad_field("name", "The new name is missing."));
        auto changed = name.exists() ? book_.rename(id, std::string{*name.text()}) : Status{};
        if (changed && has_family) changed = book_.set_family(id, *family);
        return after(changed);
    }
    if (action.empty()) return done(wrong_method());
    constexpr std::array<std::string_view, 7> kActions{"test", "disable", "enable", "rotate", "roll-back", "ask-old-key", "forget-old-key"};
    if (request.method != Method::post) return done(std::find(kActions.begin(), kActions.end(), action) != kActions.end() ? wrong_method() : not_found());
    if (action == "test") return test(id, request, std::move(done));
    if (action == "disable") return after(book_.disable(id));
    if (action == "enable") return after(book_.enable(id));
    if (action == "rotate") {
        const auto sealed = from_base64((*json)["sealed"].text().value_or(""));
        if (!sealed || sealed->empty()) return done(bad_field("sealed", "The credentials must come sealed to the signer's key, as base64."));
        const auto hours = (*json)["keep_hours"].exists() ? (*json)["keep_hours"].integer() : std::optional<std::int64_t>{connection::kKeepOldKey.count()};
        if (!hours || *hours < 0 || *hours > connection::kKeepOldKeyMax.count()) return done(bad_field("keep_hours", "The old key can be kept for 0 to 720 hours."));
        // A script waits for the end; a page watches the steps.
        if (query_value(request.query, "wait") == "report")
            return book_.rotate(id, {sealed->begin(), sealed->end()}, [after](const Status& staged) { if (!staged) after(staged); }, after, std::chrono::hours{*hours});
        return book_.rotate(id, {sealed->begin(), sealed->end()}, after, [](const Status&) {}, std::chrono::hours{*hours});
    }
    if (!old_key(id, action, after)) done(not_found());
}

bool Api::old_key(const std::string& id, std::string_view action, const std::function<void(const Status&)>& after) {
    if (action == "roll-back") book_.roll_back(id, after);
    else if (action == "ask-old-key") book_.ask_old_key(id, after);
    else if (action == "forget-old-key") book_.forget_old_key(id, after);
    else return false;
    return true;
}

void Api::findings(const ApiRequest& request, Done done) const {
    const auto reply = [this, language = request.language, role = request.actor.role, done = std::move(done)](connection::InstallationFacts installation) {
        // Which account is the weakest is for those who may know the accounts.
        if (role < Role::owner) {
            installation.owners_without_factor.reset();
            installation.factors_not_counted.clear();
        }
        done({200, connection::findings_json(connection::findings_of(book_, installation, book_.now(), language), book_.now())});
    };
    if (setup_.installation) return setup_.installation(reply);
    reply({});
}

void Api::test(const std::string& id, const ApiRequest& request, Done done) {
    const auto json = wire::Json::parse(request.body.empty() ? "{}" : request.body);
    const auto accepted = accepted_of((*json)["accept"]);
    const auto site = (*json)["site"];
    if (!accepted) return done(bad_field("accept", "What can be accepted is internal_transfer and unknown_withdrawal."));
    connection::Book::Wishes wishes;
    if (*accepted != connection::Accepted{}) wishes.accepted = *accepted;
    if (const auto* record = book_.find(id); record != nullptr && site.exists()) {
        const auto& info = setup_.adapter_of(record->exchange)->calls.info();
        wishes.site = exchange::parse_site(site.text().value_or(""), info);
        if (!wishes.site) return done(bad_field("site", "The site " + exchange::sites_of(info) + "."));
    }
    // Testing is a trader's; what a key may have, and where it is sent, an owner decides.
    if ((wishes.accepted || wishes.site) && request.actor.role < Role::owner) return done(*access_reply(Access::not_for_role));
    const bool wait = query_value(request.query, "wait") == "report";
    connection::Book::TestDone on_report;
    if (wait)
        on_report = [this, done, language = request.language](const connection::Record& record, const connection::Report* report) {
            if (report == nullptr) return done(problem_reply(409, "test_stopped", "Conflict", "The test was stopped: the connection was disabled or removed meanwhile."));
            // The report as `check` prints it, and the connection's status beside it.
            const auto adapter = setup_.adapter_of(record.exchange);
            std::string body = connection::to_json(*report, adapter->calls.info().name, language);
            body.insert(body.size() - 1, ",\"status\":\"" + std::string{connection::to_string(record.status)} + "\"");
            done(json_reply(200, std::move(body)));
        };
    const auto started = book_.test(id, std::move(wishes), std::move(on_report));
    if (!started) return done(error_reply(started.error()));
    if (wait) return;
    std::string body;
    wire::JsonWriter{body}.begin_object().member("test", *started).end_object();
    done(json_reply(202, std::move(body)));
}

void Api::history(const std::string& id, const ApiRequest& request, Done done) {
    const auto paging = read_paging(request.query);
    if (const auto* refused = std::get_if<ApiReply>(&paging)) return done(*refused);
    const auto [before, limit] = std::get<Paging>(paging);
    auto entries = store_.history(id, before, limit + 1);
    if (!entries) return done(error_reply(entries.error()));
    const bool more = entries->size() > static_cast<std::size_t>(limit);
    if (more) entries->pop_back();
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().key("entries").begin_array();
    for (const auto& entry : *entries) {
        const auto detail = wire::Json::parse(entry.detail);
        const auto facts = detail ? connection::read_facts((*detail)["facts"]) : connection::Facts{};
        out.begin_object().member("id", entry.id).member("at", entry.at.ms()).member("kind", entry.kind);
        out.member("text", facts.empty() ? entry.text : connection::tell(facts, request.language));
        out.key("detail").raw(entry.detail).end_object();
    }
    out.end_array().member("more", more).end_object();
    done(json_reply(200, std::move(body)));
}

}  // namespace bf::server
