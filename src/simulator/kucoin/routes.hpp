// Inside the KuCoin face: what a call is handed, how answers are put together, and the table of paths. Each *_routes() is one chapter
// of the exchange's reference.
#pragma once
#include "simulator/core/exchange.hpp"
#include "simulator/core/face.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <span>
#include <unordered_map>

namespace bf::simulator::kucoin {

using wire::JsonValue;
using wire::JsonWriter;
using wire::Method;

/// A WebSocket token as the bullet calls hand out. Spot and futures tokens are not interchangeable; `unified` ones open the new protocol.
struct Token {
    std::string account;  ///< Empty: public.
    bool futures{false};
    bool unified{false};
    Instant expires;
};
using Tokens = std::unordered_map<std::string, Token>;

struct Ask {
    const Call& call;
    Exchange& exchange;
    Account* account{nullptr};  ///< Set unless the path is open to all.
    const Key* key{nullptr};
    std::string tail{};         ///< What stood in place of the path's `*`.
    JsonValue body{};
    Tokens& tokens;
};

enum class Host : std::uint8_t { spot, futures, both };
enum class Access : std::uint8_t { open, general, spot, futures, trade };
enum class Quota : std::uint8_t { open, spot, futures, management, unified };

struct Route {
    Method method;
    std::string_view path;  ///< One `*` stands for a segment.
    Host host;
    Access access;
    Quota quota;
    int weight;
    wire::Response (*handler)(Ask&);
};

std::span<const Route> account_routes();
std::span<const Route> spot_market_routes();
std::span<const Route> spot_order_routes();
std::span<const Route> futures_market_routes();
std::span<const Route> futures_order_routes();
std::span<const Route> position_routes();
std::span<const Route> unified_routes();

wire::Response refuse(std::string_view code, std::string_view message, int status = 200);

/// {"code":"200000","data":<what `write` writes>}
template <class Write>
wire::Response ok(Write&& write) {
    wire::Response response{200, {{"Content-Type", "application/json"}}, R"({"code":"200000","data":)"};
    JsonWriter out{response.body};
    write(out);
    response.body += '}';
    return response;
}

/// Paging of lists that KuCoin cuts into pages: currentPage, pageSize.
struct Page {
    std::size_t number{1};
    std::size_t size{50};
    std::size_t total{0};
    [[nodiscard]] std::size_t first() const { return (number - 1) * size; }
};
Page read_page(const Call& call, std::size_t total, std::size_t size_max);
/// currentPage, pageSize, totalNum, totalPage of an open object.
void write_page(JsonWriter& out, const Page& page);

/// A rate the way the futures host prints it: 2.0E-4 below a thousandth.
void write_rate(JsonWriter& out, std::string_view name, const Decimal& value);
/// A JSON number with a name.
inline JsonWriter& number(JsonWriter& out, std::string_view name, const Decimal& value) { return out.key(name).number(value); }

std::string currency(const std::string& asset);       ///< Futures say XBT for BTC.
/// The order's or query's client id text, or null.
void write_text_or_null(JsonWriter& out, std::string_view name, std::string_view text);
std::optional<Instant> read_ms(const Call& call, std::string_view name);

}  // namespace bf::simulator::kucoin
