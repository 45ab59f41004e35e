// The API's half that is about this installation: what can be connected, the signer's key, our addresses, the demo's keys.
#include "server/api.hpp"

#include "wire/json.hpp"

#include <arpa/inet.h>

namespace bf::server {
namespace {

using wire::Method;

void write_list(wire::JsonWriter& out, std::string_view name, const std::vector<std::string_view>& items) {
    out.key(name).begin_array();
    for (const auto item : items) out.text(item);
    out.end_array();
}

void write_rights(wire::JsonWriter& out, std::string_view market, const exchange::Rights& rights) {
    out.key(market).begin_object();
    write_list(out, "tick", rights.tick);
    write_list(out, "never", rights.never);
    out.end_object();
}

void write_info(wire::JsonWriter& out, const exchange::Info& info, bool simulated) {
    out.begin_object().member("id", exchange::to_string(info.id)).member("name", info.name).key("markets").begin_array();
    for (const auto market : info.markets) out.text(market::to_string(market));
    out.end_array().member("simulated", simulated).member("key_page", info.key_page).key("sites").begin_array();
    for (const auto site : info.sites)
        out.begin_object().member("id", site == exchange::Site::eu ? "eu" : "global").member("name", site == exchange::Site::eu ? "EU" : "Global").end_object();
    out.end_array().member("tells_our_address", info.tells_our_address).member("withdraw_right_readable", info.withdraw_right_readable);
    out.key("fields").begin_array();
    for (const auto& field : info.fields)
        out.begin_object().member("id", field.id).member("secret", field.secret).member("reject", field.reject).member("expected", field.expected).end_object();
    out.end_array().key("rights").begin_object();
    write_rights(out, "spot", info.spot_rights);
    write_rights(out, "futures", info.futures_rights);
    out.end_object().end_object();
}

void write_address(wire::JsonWriter& out, std::string_view name, const std::optional<connection::OwnAddress>& own) {
    out.key(name);
    if (!own) {
        out.null();
        return;
    }
    out.begin_object().member("address", own->address).member("source", own->source);
    out.member("exchange", own->exchange ? std::optional{std::string{exchange::to_string(*own->exchange)}} : std::nullopt);
    out.member("confirmed_at", own->confirmed_at ? std::optional{own->confirmed_at->ms()} : std::nullopt).end_object();
}

ApiReply addresses_reply(const connection::OwnAddresses& addresses) {
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object();
    write_address(out, "v4", addresses.v4);
    write_address(out, "v6", addresses.v6);
    out.end_object();
    return {200, std::move(body)};
}

ApiReply not_an_object() { return problem_reply(400, "malformed", "Malformed request", "The body must be a JSON object."); }

bool is_address(const std::string& text, int family) {
    unsigned char bytes[16];
    return ::inet_pton(family, text.c_str(), bytes) == 1;
}

/// Sets `own` from the body's member: null takes it away, the same address keeps its confirmation. False for what is no address.
bool set_typed(std::optional<connection::OwnAddress>& own, const wire::JsonValue& value, int family) {
    if (!value.exists()) return true;
    if (value.is_null()) {
        own.reset();
        return true;
    }
    const auto text = value.text();
    if (!text || !is_address(std::string{*text}, family)) return false;
    if (!own || own->address != *text) own = connection::OwnAddress{std::string{*text}, "typed", {}, {}};
    return true;
}

}  // namespace

ApiReply Api::exchanges() const {
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().key("exchanges").begin_array();
    for (const auto id : setup_.exchanges)
        if (const auto adapter = setup_.adapter_of(id)) write_info(out, adapter->calls.info(), setup_.is_repointed(id));
    out.end_array().end_object();
    return {200, std::move(body)};
}

void Api::signer(Done done) const {
    setup_.signer([done = std::move(done)](const SignerIdentity& identity) {
        if (identity.public_key.empty()) return done(problem_reply(503, "signer_away", "Not reachable", "The signer process is starting; try again in a moment."));
        std::string body;
        wire::JsonWriter out{body};
        out.begin_object().member("public_key", identity.public_key).member("fingerprint", identity.fingerprint).key("protections").begin_array();
        for (const auto& [process, feature] : identity.protections)
            out.begin_object().member("process", process).member("name", feature.name).member("on", feature.on).member("detail", feature.detail).end_object();
        out.end_array().end_object();
        done({200, std::move(body)});
    });
}

void Api::addresses(const ApiRequest& request, std::string_view action, Done done) {
    if (!action.empty() && action != "learn") return done(problem_reply(404, "not_found", "Not found", "There is no such path."));
    if (action.empty() && request.method == Method::get) return done(addresses_reply(book_.addresses()));
    if (request.method != (action.empty() ? Method::put : Method::post))
        return done(problem_reply(405, "method_not_allowed", "Method not allowed", "This path does not take that method."));
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return done(not_an_object());
    if (action == "learn") {
        const auto id = exchange::parse_exchange((*json)["exchange"].text().value_or(""));
        if (!id) return done(problem_reply(422, "bad_field", "Not accepted", "There is no such exchange.", "exchange"));
        const auto family = (*json)["family"].exists() ? ports::parse_family((*json)["family"].text().value_or("")) : std::optional{ports::Family::v4};
        if (!family) return done(problem_reply(422, "bad_field", "Not accepted", "The family of addresses must be ipv4 or ipv6.", "family"));
        return book_.learn_address(*id, *family, [this, done](const Status& status) {
            if (status) return done(addresses_reply(book_.addresses()));
            // An exchange that never tells is the question's fault; one that does not answer now is not.
            const auto& error = status.error();
            done(error.kind == ErrorKind::bad_input ? problem_reply(422, "bad_field", "Not accepted", error.detail, "exchange")
                                                    : problem_reply(503, "address_not_told", "Not reachable", error.detail));
        });
    }
    auto updated = book_.addresses();
    if (!set_typed(updated.v4, (*json)["v4"], AF_INET)) return done(problem_reply(422, "bad_field", "Not accepted", "This is no IPv4 address.", "v4"));
    if (!set_typed(updated.v6, (*json)["v6"], AF_INET6)) return done(problem_reply(422, "bad_field", "Not accepted", "This is no IPv6 address.", "v6"));
    if (auto set = book_.set_addresses(std::move(updated)); !set) return done(problem_reply(500, "store", "Failed", set.error().detail));
    done(addresses_reply(book_.addresses()));
}

void Api::demo(const ApiRequest& request, Done done) {
    if (!setup_.demo_keys) return done(problem_reply(404, "not_found", "Not found", "This installation is no demo."));
    if (request.method != Method::post) return done(problem_reply(405, "method_not_allowed", "Method not allowed", "This path does not take that method."));
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return done(not_an_object());
    const auto id = exchange::parse_exchange((*json)["exchange"].text().value_or(""));
    const auto market = market::parse<market::Market>((*json)["market"].text().value_or(""));
    if (!id) return done(problem_reply(422, "bad_field", "Not accepted", "There is no such exchange.", "exchange"));
    if (!market) return done(problem_reply(422, "bad_field", "Not accepted", "The market must be spot or futures.", "market"));
    const auto kind = (*json)["kind"];
    setup_.demo_keys(*id, *market, std::string{kind.exists() ? kind.text().value_or("") : "good"}, [done](const Result<std::string>& made) {
        done(made ? ApiReply{200, *made} : problem_reply(422, "bad_field", "Not accepted", made.error().detail, "kind"));
    });
}

}  // namespace bf::server
