// Inside the MEXC face: what a call is handed, how answers are put together, the table of paths. Each *_routes() is a chapter of the
// exchange's reference.
#pragma once
#include "simulator/core/exchange.hpp"
#include "simulator/core/face.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <span>
#include <unordered_map>

namespace bf::simulator::mexc {

using wire::JsonValue;
using wire::JsonWriter;
using wire::Method;

struct ListenKey {
    std::string account;
    Instant expires;
};
using ListenKeys = std::unordered_map<std::string, ListenKey>;

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Ask {
    const Call& call;
    Exchange& exchange;
    ListenKeys& listen_keys;
    Account* account{nullptr};  ///< Set unless the path is open to all.
    const Key* key{nullptr};
    std::string tail{};         ///< What stood in place of the path's `*`.
    Parameters parameters{};    ///< Spot: query, then form body (the query wins). Futures: query.
    JsonValue body{};           ///< Futures POST.

    [[nodiscard]] std::string_view parameter(std::string_view name) const;  ///< Empty if absent.
};

/// The right a path asks for, by the exchange's own token; `signed_only` asks for none.
enum class Access : std::uint8_t {
    open, signed_only,
    spot_account_read, spot_deal_read, spot_deal_write,
    contract_account_read, contract_account_write, contract_deal_read, contract_deal_write,
};
enum class Quota : std::uint8_t { address, account, orders, symbol_list, contract, contract_order, contract_list };

struct Route {
    Method method;
    std::string_view path;  ///< A `*` at the end stands for whatever follows.
    Access access;
    Quota quota;
    int weight;
    wire::Response (*handler)(Ask&);
};

std::span<const Route> spot_market_routes();
std::span<const Route> spot_account_routes();
std::span<const Route> spot_order_routes();
std::span<const Route> futures_market_routes();
std::span<const Route> futures_account_routes();
std::span<const Route> futures_order_routes();

/// {"code":..,"msg":..}: recorded with status 400 for an unknown key, assumed for the others.
wire::Response spot_error(int code, std::string_view message, int status = 400);
/// {"success":false,"code":..,"message":..}: futures refuse with status 200.
wire::Response futures_error(int code, std::string_view message, int status = 200);

template <class Write>
wire::Response spot_ok(Write&& write) {
    wire::Response response{200, {{"Content-Type", "application/json"}}, {}};
    JsonWriter out{response.body};
    write(out);
    return response;
}
/// {"success":true,"code":0,"data":<what `write` writes>}
template <class Write>
wire::Response futures_ok(Write&& write) {
    wire::Response response{200, {{"Content-Type", "application/json"}}, R"({"success":true,"code":0,"data":)"};
    JsonWriter out{response.body};
    write(out);
    response.body += '}';
    return response;
}

/// Decimals of a step: 0.01 has two.
inline int digits_of(const Decimal& step) { return step.scale(); }
inline JsonWriter& number(JsonWriter& out, std::string_view name, const Decimal& value) { return out.key(name).number(value); }
/// Contracts whose tiers follow a formula: so many levels, each of so many contracts more and so much more of both rates.
inline constexpr std::int64_t kLevels = 10, kLevelVolume = 50'000;
inline const Decimal kRateStep = Decimal::from_parts(4, 3);
/// Whether this pair takes market orders through the API.
bool takes_market_orders(const Instrument& instrument);
const Instrument* spot_instrument(const Exchange& exchange, std::string_view native);
const Instrument* contract(const Exchange& exchange, std::string_view native);

/// The words of both products' answers and pushes.
std::string_view spot_type_text(const NewOrder& order);
int type_number(const NewOrder& order);  ///< 1 limit, 2 post only, 3 IOC, 4 FOK, 5 market.
int futures_side(const NewOrder& order);  ///< 1 open long, 2 close short, 3 open short, 4 close long.
/// Members of a futures order, fill, position and balance, of an object that is open: REST and stream print them alike.
void write_futures_order(JsonWriter& out, const Order& order);
void write_futures_fill(JsonWriter& out, const Fill& fill);
void write_position(JsonWriter& out, const Exchange& exchange, const Account& account, const Position& position);
void write_asset(JsonWriter& out, const Exchange& exchange, const Account& account, const std::string& asset);

/// Market data that REST and stream print alike.
void write_ticker(JsonWriter& out, const Exchange& exchange, const Instrument& instrument);
void write_deal(JsonWriter& out, const PublicTrade& trade, const Instrument& instrument);
void write_contract_levels(JsonWriter& out, std::string_view name, const std::vector<Level>& levels, const Instrument& instrument);

struct SpotInterval {
    std::string_view name;         ///< Of the REST call.
    std::string_view stream_name;  ///< Of both streams and of the futures call.
    int minutes;
};
std::span<const SpotInterval> intervals();

}  // namespace bf::simulator::mexc
