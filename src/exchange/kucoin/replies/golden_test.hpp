// What the tests of this folder share: golden files as answers, and calls to ask them of.
#pragma once
#include "exchange/kucoin/replies/replies.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>
#include <string>

namespace bf::exchange::kucoin {

inline std::string golden_text(const std::string& name) {
    std::ifstream file{std::string{BF_SOURCE_DIR} + "/golden/kucoin/" + name};
    REQUIRE_MESSAGE(file.good(), name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline wire::Response answer(std::string body, int status = 200) { return {status, {}, std::move(body)}; }
inline wire::Response golden(const std::string& name) { return answer(golden_text(name)); }

inline Call call_of(Operation operation, market::Market market = market::Market::spot, AccountMode mode = AccountMode::classic) {
    Call call;
    call.operation = operation;
    call.market = market;
    call.account_mode = mode;
    return call;
}

inline const Instant kNow = Instant::from_ms(1700000000000);

/// XBTUSDTM alone, a thousandth of a bitcoin each.
inline Instruments instruments() {
    market::Instrument instrument;
    instrument.symbol = market::Symbol::parse("BTC/USDT:USDT");
    instrument.native_symbol = "XBTUSDTM";
    instrument.market = market::Market::futures;
    instrument.contract_size = "0.001"_d;
    return {{"XBTUSDTM", instrument}};
}

}  // namespace bf::exchange::kucoin
