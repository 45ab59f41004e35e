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
    for (const auto& seen : {report.egress_v4, report.egress_v6})
        if (seen) saw_address(*seen, report.exchange);
}

void Book::saw_address(const std::string& address, std::optional<exchange::ExchangeId> exchange) {
    auto updated = addresses_;
    auto& own = address.find(':') == std::string::npos ? updated.v4 : updated.v6;
    const auto before = own;
    const bool same = before && same_address(before->address, address);
    if (same && before->confirmed_at) return;
    // One that hides some of its octets tells less than the same one in full.
    own = OwnAddress{same ? before->address : address, same ? before->source : exchange ? "exchange" : "resolver", exchange, world_.clock.wall()};
    const OwnAddress now = *own;
    if (!set_addresses(std::move(updated))) return;
    // What was only typed is corrected without a word; what had been seen before has changed.
    if (before && before->confirmed_at && !same) tell_address_change(*before, now);
}

void Book::learn_address(exchange::ExchangeId exchange, ports::Family family, Done done) {
    const auto adapter = adapter_of_(exchange);
    if (!adapter || !adapter->calls.info().tells_our_address) return done(bad_input("This exchange does not tell our address without a key."));
    exchange::Call call;
    call.operation = exchange::Operation::egress_address;
    if (auto* pace = pace_of(exchange)) pace->spend(world_.clock.steady(), call.operation, call.market);
    exchange::RequestList requests;
    if (auto written = adapter->calls.write(call, nullptr, world_.clock.wall(), requests); !written) return done(bad_input(written.error().detail));
    auto& road = world_.transport.over(family);
    road.send(requests[0], milliseconds{6000}, [this, alive = std::weak_ptr<bool>{alive_}, adapter, call, exchange, done](Result<wire::Response> response) {
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
