#include "engine/exchange_rules.hpp"

namespace bf::engine {
namespace {

using exchange::ExchangeId;
using market::Market;
constexpr milliseconds kDay = std::chrono::hours{24};

}  // namespace

// Read September 2026 in each exchange's REST reference, in the sections on time synchronisation and on order queries. How late an order
// may show is documented by Bybit only ("a few seconds"); ten seconds are taken everywhere, twenty where placing is asynchronous by the
// reference's own words.
OrderRules rules_of(ExchangeId exchange, Market market) {
    const bool spot = market == Market::spot;
    OrderRules rules{.lookup = Lookup::always, .request_life = seconds{7}, .shows_late = seconds{10}, .fills_reach = 7 * kDay};
    switch (exchange) {
        case ExchangeId::mexc:
            // Spot: recvWindow 5 s as we send it and at most 1 s ahead; fills one month back. Futures: the default window, whose length is
            // unverified, so the longest it may be set to.
            if (!spot) rules.request_life = seconds{60};
            rules.fills_reach = 28 * kDay;
            return rules;
        case ExchangeId::kucoin:
            // 5 s either way. Code 429000 also stands for an overloaded server. Placing is asynchronous.
            rules.request_life = seconds{10};
            rules.shows_late = seconds{20};
            rules.overload_is_refusal = false;
            return rules;
        case ExchangeId::binance: return rules;  // recvWindow 5 s, 1 s ahead; fills in windows of 7 days.
        case ExchangeId::okx:
            // Timestamps up to 30 s off; cancelled orders without a fill are gone after 2 h, so a name not found may have ended.
            rules.lookup = Lookup::while_open;
            rules.request_life = seconds{30};
            rules.fills_reach = 3 * kDay;
            return rules;
        case ExchangeId::bitget:
            rules.request_life = seconds{60};  // Not stated for REST.
            rules.shows_late = seconds{20};
            return rules;
        case ExchangeId::gate:
            // A finished spot order is not found by its text; a futures one without a fill for 60 s only. Timestamps up to 60 s off.
            rules.lookup = Lookup::while_open;
            rules.request_life = seconds{60};
            return rules;
        case ExchangeId::htx:
            // Found by client id for 2 h after creation; 5 minutes by the reference, under 1 by its answers. Futures fills 3 days back.
            rules.lookup = Lookup::while_open;
            rules.request_life = seconds{300};
            rules.shows_late = seconds{20};
            rules.fills_reach = 2 * kDay;
            return rules;
        case ExchangeId::bingx:
            rules.lookup = Lookup::while_open;  // Spot: searchable by client id for 2 h.
            return rules;
        case ExchangeId::coinbase:
            rules.lookup = Lookup::none;
            rules.request_life = seconds{120};  // The token's life.
            rules.shows_late = seconds{20};
            return rules;
        case ExchangeId::bybit:
            rules.shows_late = seconds{20};  // Accepted means accepted for processing.
            return rules;
    }
    return rules;
}

// Read November 2026: MEXC spot openOrders and KuCoin spot hf/orders/active take a symbol and no page; MEXC futures open_orders takes
// page_num and page_size (100 at most), KuCoin futures orders and stopOrders currentPage and pageSize. KuCoin's unified open-list answers
// with a pageNumber that its list of parameters does not have.
LongList long_list_of(ExchangeId exchange, Market market, exchange::AccountMode mode) {
    if (exchange == ExchangeId::mexc) return market == Market::spot ? LongList::whole : LongList::numbered;
    if (exchange == ExchangeId::kucoin && mode == exchange::AccountMode::classic) return market == Market::spot ? LongList::whole : LongList::numbered;
    return LongList::cut_off;
}

std::string_view to_string(NoStop why) {
    switch (why) {
        case NoStop::no_such_order: return "no_such_order";
        case NoStop::no_name: return "no_name";
        case NoStop::unproven: return "unproven";
    }
    return "unproven";
}

// Read November 2026; the facts with their sources stand in docs/design/orders.md, "Stops at the exchanges".
std::optional<NoStop> why_no_stop(ExchangeId exchange, Market market, exchange::AccountMode mode) {
    if (exchange == ExchangeId::mexc) return market == Market::spot ? NoStop::no_such_order : NoStop::no_name;
    if (exchange == ExchangeId::kucoin && market == Market::futures && mode == exchange::AccountMode::classic) return std::nullopt;
    return NoStop::unproven;
}

}  // namespace bf::engine
