// An exchange's answers, whatever they hold, to every operation: a value that can be printed, or a problem with a code; nothing else.
// The first bytes choose market, operation, status and whether the instruments are known; the rest is the body.
#include "exchange/catalogue/replies/public_facts_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "input.hpp"
#include "market/json.hpp"
#include "wire/json.hpp"

#include <array>

using namespace bf;
using exchange::Asked;
using exchange::Replies;

namespace {

constexpr auto kExchange = exchange::ExchangeId::BF_FUZZ_EXCHANGE;

template <class T>
struct Element {
    using type = T;
};
template <class T>
struct Element<std::vector<T>> {
    using type = T;
};
template <class T>
concept Printable = requires(wire::JsonWriter& out, const typename Element<T>::type& value) { market::write_json(out, value); };

template <class T>
void look_at(const exchange::Answer<T>& answer) {
    if (!answer) {
        fuzz::must(answer.error().exchange_message.size() <= 300, "the exchange's words are cut to 300 characters");
        return;
    }
    if constexpr (Printable<T>) {
        std::string json;
        wire::JsonWriter out{json};
        market::write_json(out, *answer);
        fuzz::must(wire::Json::parse(json).has_value(), "a value prints as JSON");
    }
}

template <class Read>
void (*reader(Read))(const Replies&, const wire::Response&, const Asked&) {
    return [](const Replies& replies, const wire::Response& response, const Asked& asked) { look_at(Read{}(replies, response, asked)); };
}

/// The books and funding rates that no typed call asks for.
void read_public_facts(const Replies&, const wire::Response& response, const Asked& asked) {
    const auto* facts = exchange::public_facts_of(kExchange);
    market::Instrument contract;
    contract.native_symbol = asked.call.market == market::Market::futures ? "XBTUSDTM" : "BTC-USDT";
    if (asked.call.market == market::Market::futures) contract.contract_size = Decimal::parse("0.001").value();
    look_at(facts->depth(response, asked, contract));
    look_at(facts->funding_rate(response, asked));
    for (const char* native : {"XBTUSDTM", "BTC_USDT"}) {
        contract.native_symbol = native;
        look_at(facts->settled_rates(response, asked, contract));
    }
}

#define BF_READER(name) reader([](const Replies& replies, const wire::Response& response, const Asked& asked) { return replies.name(response, asked); })

const auto kReaders = std::to_array<void (*)(const Replies&, const wire::Response&, const Asked&)>(
    {BF_READER(server_time), BF_READER(key_info), BF_READER(balances), BF_READER(instruments), BF_READER(ticker), BF_READER(candles),
     BF_READER(open_orders), BF_READER(order), BF_READER(fills), BF_READER(positions), BF_READER(placed), BF_READER(canceled), BF_READER(done),
     BF_READER(service_status), BF_READER(account_mode), BF_READER(account_id), BF_READER(identity_sufficient), BF_READER(tradable_symbols),
     BF_READER(egress_address), BF_READER(position_mode), BF_READER(margin_mode), BF_READER(stream_address),
     BF_READER(leverage), BF_READER(risk_tiers), BF_READER(funding_payments), BF_READER(fee_rates), read_public_facts});

exchange::Instruments some_instruments() {
    exchange::Instruments all;
    for (const char* native : {"BTC-USDT", "BTCUSDT", "BTC_USDT", "XBTUSDTM"}) {
        market::Instrument one;
        one.native_symbol = native;
        const bool futures = std::string_view{native}.find_first_of("_M") != std::string_view::npos;
        one.symbol = {"BTC", "USDT", futures ? "USDT" : ""};
        one.contract_size = Decimal::parse("0.001").value();
        all.emplace(native, std::move(one));
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto instruments = some_instruments();
    static const auto* replies = exchange::replies_of(kExchange);
    fuzz::Input input{data, size};
    exchange::Call call;
    const auto options = input.byte();
    if ((options & 1) != 0) call.market = market::Market::futures;
    if ((options & 2) != 0) call.account_mode = exchange::AccountMode::unified;
    call.symbol = market::Symbol{"BTC", "USDT", (options & 1) != 0 ? "USDT" : ""};
    call.interval = market::Interval::m1;
    call.operation = static_cast<exchange::Operation>(input.below(static_cast<std::size_t>(exchange::Operation::fee_rates) + 1));
    const auto read = kReaders[input.below(kReaders.size())];
    constexpr int kStatuses[] = {200, 400, 401, 403, 404, 429, 500, 503};
    wire::Response response;
    response.status = kStatuses[input.below(std::size(kStatuses))];
    response.body = input.rest();
    read(*replies, response, Asked{call, Instant::from_ms(1'780'000'000'000), (options & 4) != 0 ? &instruments : nullptr});
    return 0;
}
