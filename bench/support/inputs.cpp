#include "support/inputs.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mexc_push.pb.h>

namespace bf::bench {
namespace {

namespace push = exchange::mexc::push;

/// A recorded payload as it came over the wire: without the white space it is kept with.
std::string golden(const std::string& name) {
    const auto text = test::file_bytes(std::string{BF_SOURCE_DIR "/golden/"} + name);
    std::string out;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' && (i == 0 || text[i - 1] != '\\')) inside = !inside;
        if (inside || (c != ' ' && c != '\n')) out += c;
    }
    if (out.empty()) {
        std::fprintf(stderr, "golden/%s is missing\n", name.c_str());
        std::exit(1);
    }
    return out;
}

/// Replaces the value of the first member called `name`, keeping whether it is a text.
void set(std::string& json, std::string_view name, const std::string& value) {
    const auto member = '"' + std::string{name} + "\":";
    auto begin = json.find(member);
    if (begin == std::string::npos) {
        std::fprintf(stderr, "the recorded payload has no %s\n", member.c_str());
        std::exit(1);
    }
    begin += member.size();
    if (json[begin] == '"') {
        json.replace(begin + 1, json.find('"', begin + 1) - begin - 1, value);
    } else {
        json.replace(begin, json.find_first_of(",}", begin) - begin, value);
    }
}

class Dice {
public:
    std::uint64_t roll(std::uint64_t sides) { return ((state_ = state_ * 6364136223846793005U + 1442695040888963407U) >> 33) % sides; }
    /// A price near 67,500 to a tenth; a quantity with up to eight digits behind the point.
    std::string price() { return std::to_string(67000 + roll(1000)) + '.' + std::to_string(roll(10)); }
    std::string quantity() { return "0." + std::to_string(1 + roll(99'999'999)); }
    std::string id(std::size_t digits) {
        std::string text;
        while (text.size() < digits) text += "0123456789abcdef"[roll(16)];
        return text;
    }

private:
    std::uint64_t state_{20260914};
};

std::string base_of(int number) { return number == 0 ? "BTC" : "COIN" + std::to_string(number); }

/// The first element of the list `member` of a recorded answer, or the object itself.
std::string element_of(const std::string& answer, std::string_view member) {
    auto begin = answer.find('"' + std::string{member} + "\":");
    begin = answer.find('{', begin);
    int depth = 0;
    for (auto at = begin; at < answer.size(); ++at) {
        if (answer[at] == '{') ++depth;
        if (answer[at] == '}' && --depth == 0) return answer.substr(begin, at + 1 - begin);
    }
    std::exit(1);
}

template <class Change>
std::string list_of(const std::string& head, const std::string& element, Change&& change) {
    std::string list = head + '[';
    for (int i = 0; i < kSymbols; ++i) {
        auto one = element;
        change(one, i);
        if (i > 0) list += ',';
        list += one;
    }
    list += "]}";
    list.reserve(list.size() + 64);
    return list;
}

std::string bytes_of(const google::protobuf::MessageLite& message) {
    auto bytes = message.SerializeAsString();
    bytes.reserve(bytes.size() + 64);
    return bytes;
}

/// The recorded push of that name.
push::Push recorded(const std::string& name) {
    const auto all = golden("mexc/ws-spot-protobuf-wire.json");
    const auto begin = all.find("\"hex\":\"", all.find('"' + name + "\":")) + 7;
    std::string bytes;
    for (auto at = begin; all[at] != '"'; at += 2) bytes += static_cast<char>(std::stoi(all.substr(at, 2), nullptr, 16));
    push::Push message;
    if (!message.ParseFromString(bytes)) std::exit(1);
    return message;
}

void add_kucoin(Frames& frames, Dice& dice) {
    const auto ticker = golden("kucoin/ws-spot-ticker.json"), trade = golden("kucoin/ws-spot-match.json"), order = golden("kucoin/ws-spot-order-v2-match.json");
    const auto add = [](std::vector<std::string>& list, std::string frame) {
        frame.reserve(frame.size() + 64);
        list.push_back(std::move(frame));
    };
    for (int i = 0; i < 1000; ++i) {
        auto frame = ticker;
        for (const auto* name : {"price", "bestAsk", "bestBid"}) set(frame, name, dice.price());
        for (const auto* name : {"size", "bestAskSize", "bestBidSize"}) set(frame, name, dice.quantity());
        set(frame, "sequence", std::to_string(14'610'502'970 + i));
        set(frame, "Time", std::to_string(1'729'843'222'921 + i));
        add(frames.kucoin_ticker, std::move(frame));

        frame = trade;
        set(frame, "price", dice.price());
        set(frame, "size", dice.quantity());
        set(frame, "side", dice.roll(2) == 0 ? "buy" : "sell");
        set(frame, "tradeId", std::to_string(11'067'996'711'960'577 + i));
        set(frame, "time", std::to_string(1'729'843'222'921'000'000 + i));
        set(frame, "makerOrderId", dice.id(24));
        set(frame, "takerOrderId", dice.id(24));
        add(frames.kucoin_trade, std::move(frame));
    }
    for (int i = 0; i < 2000; ++i) {
        auto frame = order;
        set(frame, "symbol", "BTC-USDT");
        for (const auto* name : {"price", "matchPrice"}) set(frame, name, dice.price());
        for (const auto* name : {"size", "matchSize", "filledSize", "originSize"}) set(frame, name, dice.quantity());
        for (const auto* name : {"orderId", "tradeId"}) set(frame, name, dice.id(24));
        set(frame, "clientOid", "bf-" + dice.id(16));
        add(frames.kucoin_order, std::move(frame));
    }
}

void add_mexc(Frames& frames, Dice& dice) {
    auto ticker = recorded("aggreBookTicker"), trade = recorded("aggreDeals"), order = recorded("privateOrders");
    order.set_symbol("BTCUSDT");
    for (int i = 0; i < 1000; ++i) {
        auto& best = *ticker.mutable_aggregated_book_ticker();
        best.set_bid_price(dice.price());
        best.set_ask_price(dice.price());
        best.set_bid_quantity(dice.quantity());
        best.set_ask_quantity(dice.quantity());
        frames.mexc_ticker.push_back(bytes_of(ticker));

        auto& deal = *trade.mutable_aggregated_deals()->mutable_deals(0);
        deal.set_price(dice.price());
        deal.set_quantity(dice.quantity());
        frames.mexc_trade.push_back(bytes_of(trade));
    }
    for (int i = 0; i < 2000; ++i) {
        auto& body = *order.mutable_private_order();
        body.set_id("C02__" + std::to_string(505'979'017'439'002'624 + i) + "115");
        body.set_client_id("bf-" + dice.id(16));
        body.set_price(dice.price());
        body.set_quantity(dice.quantity());
        frames.mexc_order.push_back(bytes_of(order));
    }
}

void write(const test::Scratch& folder, const char* name, const std::string& text) { std::ofstream{folder.path() / name, std::ios::binary} << text; }

std::string lines(const std::vector<std::string>& frames) {
    std::string text;
    for (const auto& frame : frames) text.append(frame).append(1, '\n');
    return text;
}

std::string hex_lines(const std::vector<std::string>& frames) {
    std::string text;
    for (const auto& frame : frames) {
        for (const char c : frame) {
            char pair[3];
            std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            text += pair;
        }
        text += '\n';
    }
    return text;
}

}  // namespace

Lists make_lists() {
    Lists lists;
    lists.kucoin_spot = list_of(R"({"code":"200000","data":)", element_of(golden("kucoin/get-v2-symbols.json"), "data"), [](std::string& one, int i) {
        for (const auto* name : {"symbol", "name"}) set(one, name, base_of(i) + "-USDT");
        set(one, "baseCurrency", base_of(i));
    });
    lists.kucoin_futures = list_of(R"({"code":"200000","data":)", element_of(golden("kucoin/futures-get-v1-contracts-symbol.json"), "data"), [](std::string& one, int i) {
        set(one, "symbol", (i == 0 ? "XBT" : base_of(i)) + "USDTM");
        set(one, "baseCurrency", i == 0 ? "XBT" : base_of(i));
    });
    lists.mexc_spot = list_of(R"({"timezone":"CST","serverTime":1737623435453,"rateLimits":[],"exchangeFilters":[],"symbols":)",
                              element_of(golden("mexc/get-v3-exchangeInfo.json"), "symbols"), [](std::string& one, int i) {
                                  set(one, "symbol", base_of(i) + "USDT");
                                  set(one, "baseAsset", base_of(i));
                                  // A step of eight digits: the order of the comparison must not be rounded away.
                                  set(one, "baseAssetPrecision", "8");
                              });
    lists.mexc_futures = list_of(R"({"success":true,"code":0,"data":)", element_of(golden("mexc/futures-get-v1-contract-detail-old.json"), "data"), [](std::string& one, int i) {
        set(one, "symbol", base_of(i) + "_USDT");
        set(one, "baseCoin", base_of(i));
    });
    return lists;
}

Frames make_frames() {
    Frames frames;
    Dice dice;
    add_kucoin(frames, dice);
    add_mexc(frames, dice);
    return frames;
}

void write_inputs(const test::Scratch& folder, const Lists& lists, const Frames& frames) {
    write(folder, "kucoin-spot.json", lists.kucoin_spot);
    write(folder, "kucoin-futures.json", lists.kucoin_futures);
    write(folder, "mexc-spot.json", lists.mexc_spot);
    write(folder, "mexc-futures.json", lists.mexc_futures);
    write(folder, "kucoin-ticker.txt", lines(frames.kucoin_ticker));
    write(folder, "kucoin-trade.txt", lines(frames.kucoin_trade));
    write(folder, "kucoin-order.txt", lines(frames.kucoin_order));
    write(folder, "mexc-ticker.txt", hex_lines(frames.mexc_ticker));
    write(folder, "mexc-trade.txt", hex_lines(frames.mexc_trade));
    write(folder, "mexc-order.txt", hex_lines(frames.mexc_order));
}

}  // namespace bf::bench
