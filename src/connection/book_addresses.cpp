// The book's knowledge of this server's own addresses: typed by the user, or told by an exchange.
#include "connection/entry.hpp"

#include "wire/json.hpp"

namespace bf::connection {
namespace {

constexpr std::string_view kAddressesSetting = "own_addresses";

std::string addresses_document(const OwnAddresses& addresses) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object();
    for (const auto& [name, address] : {std::pair{"v4", &addresses.v4}, {"v6", &addresses.v6}}) {
        if (!*address) continue;
        out.key(name).begin_object().member("address", (*address)->address).member("source", (*address)->source);
        out.member("exchange", (*address)->exchange ? std::optional{std::string{exchange::to_string(*(*address)->exchange)}} : std::nullopt);
        out.member("confirmed_at", (*address)->confirmed_at ? std::optional{(*address)->confirmed_at->ms()} : std::nullopt).end_object();
    }
    out.end_object();
    return json;
}

std::optional<OwnAddress> read_address(const wire::JsonValue& value) {
    const auto address = value["address"].text();
    if (!address) return std::nullopt;
    OwnAddress own{std::string{*address}, std::string{value["source"].text().value_or("typed")}, exchange::parse_exchange(value["exchange"].text().value_or("")), {}};
    if (const auto at = value["confirmed_at"].integer()) own.confirmed_at = Instant::from_ms(*at);
    return own;
}

}  // namespace

Status Book::load_addresses() {
    BF_TRY(const auto text, store_.setting(std::string{kAddressesSetting}));
    if (!text) return {};
    if (const auto json = wire::Json::parse(*text)) addresses_ = {read_address((*json)["v4"]), read_address((*json)["v6"])};
    return {};
}

Status Book::set_addresses(OwnAddresses addresses) {
    BF_TRY_VOID(store_.put_setting(std::string{kAddressesSetting}, addresses_document(addresses)));
    addresses_ = std::move(addresses);
    return {};
}

void Book::confirm_address(const Report& report) {
    auto updated = addresses_;
    const auto confirm = [&](std::optional<OwnAddress>& own, const std::optional<std::string>& seen) {
        if (!seen) return false;
        if (own && own->address == *seen && own->confirmed_at) return false;
        own = OwnAddress{*seen, own && own->address == *seen ? own->source : "exchange", report.exchange, world_.clock.wall()};
        return true;
    };
    const bool v4 = confirm(updated.v4, report.egress_v4);
    const bool v6 = confirm(updated.v6, report.egress_v6);
    if (v4 || v6) static_cast<void>(set_addresses(std::move(updated)).has_value());
}

void Book::learn_address(exchange::ExchangeId exchange, Done done) {
    const auto adapter = adapter_of_(exchange);
    if (!adapter || !adapter->calls.info().tells_our_address) return done(bad_input("This exchange does not tell our address without a key."));
    exchange::Call call;
    call.operation = exchange::Operation::egress_address;
    exchange::RequestList requests;
    if (auto written = adapter->calls.write(call, nullptr, world_.clock.wall(), requests); !written) return done(bad_input(written.error().detail));
    world_.transport.send(requests[0], milliseconds{6000}, [this, alive = std::weak_ptr<bool>{alive_}, adapter, call, exchange, done](Result<wire::Response> response) {
        if (alive.expired()) return;
        if (!response) return done(Unexpected{std::move(response).error()});
        const auto address = adapter->replies.egress_address(*response, {.call = call, .now = world_.clock.wall()});
        if (!address) return done(Unexpected{Error{ErrorKind::unreachable, "The exchange did not tell our address; try again, or type it.", Fate::refused, "address_not_told"}});
        Report seen;
        seen.exchange = exchange;
        (address->find(':') == std::string::npos ? seen.egress_v4 : seen.egress_v6) = *address;
        confirm_address(seen);
        done({});
    });
}

}  // namespace bf::connection
