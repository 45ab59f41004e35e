#include "support/feed_script.hpp"

namespace bf::test {

std::string FeedScript::native_of(int i) const {
    const std::string base = "S" + std::to_string(i);
    if (kucoin_) return base + (spot_ ? "-USDT" : "USDTM");
    return base + (spot_ ? "USDT" : "_USDT");
}

void FeedScript::say(const Line& line, std::string text) {
    text.reserve(text.size() + 64);
    if (line.handler != nullptr) line.handler->on_text(text);
}

void FeedScript::send(wire::Request request, milliseconds, Done done) {
    if (keep_said) requests.emplace_back(clock_.wall(), request.target);
    clock_.after(milliseconds{1}, [this, request = std::move(request), done] { done(wire::Response{200, {}, body_of(request)}); });
}

std::unique_ptr<ports::Stream> FeedScript::open_stream(std::string, milliseconds, ports::StreamHandler& handler) {
    auto line = std::make_shared<Line>();
    line->opened = clock_.wall();
    line->handler = &handler;
    if (!keep_said) std::erase_if(lines, [](const auto& one) { return one->handler == nullptr; });
    lines.push_back(line);
    clock_.after(milliseconds{1}, [this, line] {
        if (line->handler == nullptr) return;
        if (!streams_up) return line->handler->on_closed(Error{ErrorKind::unreachable, "refused", Fate::unknown, "closed"});
        line->handler->on_open();
        if (kucoin_) say(*line, R"({"id":"backfuture","type":"welcome"})");
    });
    return std::make_unique<Wire>(*this, line);
}

void FeedScript::Wire::send_text(std::string message) {
    if (script.keep_said) line->said.emplace_back(script.clock_.wall(), message);
    script.clock_.after(milliseconds{1}, [to = line, answer = script.answer_to(message)] { say(*to, answer); });
}

std::string FeedScript::between(const std::string& text, std::string_view head, char end) {
    const auto at = text.find(head);
    if (at == std::string::npos) return {};
    return text.substr(at + head.size(), text.find(end, at + head.size()) - at - head.size());
}

std::string FeedScript::answer_to(const std::string& message) const {
    if (kucoin_) return R"({"id":")" + between(message, R"("id":")", '"') + R"(","type":")" + (message.find("subscribe") == std::string::npos ? "pong" : "ack") + R"("})";
    if (spot_) return R"({"id":0,"code":0,"msg":")" + (message.find("PING") == std::string::npos ? between(message, R"("params":[")", '"') : "PONG") + R"("})";
    const auto name = between(message, R"("method":"sub.)", '"');
    return name.empty() ? R"({"channel":"pong","data":1})" : R"({"channel":"rs.sub.)" + name + R"(","data":"success","ts":"1"})";
}

std::string FeedScript::body_of(const wire::Request& request) const {
    const auto now = std::to_string(clock_.wall().ms());
    const std::string path{request.path()};
    if (path == "/api/v1/timestamp") return R"({"code":"200000","data":)" + now + "}";
    if (path == "/api/v3/time") return R"({"serverTime":)" + now + "}";
    if (path == "/api/v1/contract/ping") return R"({"success":true,"code":0,"data":)" + now + "}";
    if (path == "/api/v1/bullet-public")
        return R"({"code":"200000","data":{"token":"t","instanceServers":[{"endpoint":"wss://ws-api-spot.kucoin.com/","pingInterval":18000,"pingTimeout":10000}]}})";
    if (path == "/api/v2/symbols") return R"({"code":"200000","data":[)" + rows() + "]}";
    if (path == "/api/v1/contracts/active") return R"({"code":"200000","data":[)" + rows() + "]}";
    if (path == "/api/v3/exchangeInfo") return R"({"symbols":[)" + rows() + "]}";
    if (path == "/api/v1/contract/detail") return R"({"success":true,"code":0,"data":[)" + rows() + "]}";
    if (candles_up && (path.find("/candles") != std::string::npos || path.find("/kline") != std::string::npos)) return candles_of(request.target);
    return kucoin_ ? R"({"code":"500000","msg":"busy"})" : R"({"success":false,"code":500,"message":"busy"})";
}

std::string FeedScript::candles_of(const std::string& target) const {
    constexpr std::int64_t kMinute = 60'000;
    const auto number = [&](std::string_view name) { return std::atoll(between(target + '&', std::string{name} + '=', '&').c_str()); };
    std::int64_t from = 0, to = 0;  // The last minute that is asked for.
    if (kucoin_ && spot_) from = number("startAt") * 1000, to = number("endAt") * 1000 - kMinute;
    else if (kucoin_) from = number("from"), to = number("to") - kMinute;
    else if (spot_) from = number("startTime"), to = from + (number("limit") - 1) * kMinute;
    else from = number("start") * 1000, to = number("end") * 1000;
    std::string all, times, ones;
    for (auto open = from; open <= std::min(to, clock_.wall().ms()); open += kMinute) {
        if (traded && !traded(Instant::from_ms(open))) continue;
        const std::string_view comma = all.empty() && times.empty() ? "" : ",";
        if (kucoin_ && spot_) all.insert(0, "[\"" + std::to_string(open / 1000) + R"(","100","100","100","100","1","100"])" + std::string{comma});
        else if (kucoin_) all.append(comma).append("[" + std::to_string(open) + ",100,100,100,100,1]");
        else if (spot_) all.append(comma).append("[" + std::to_string(open) + R"(,"100","100","100","100","1",)" + std::to_string(open + kMinute) + R"(,"100"])");
        else times.append(comma).append(std::to_string(open / 1000)), ones.append(comma).append("100");
    }
    if (kucoin_) return R"({"code":"200000","data":[)" + all + "]}";
    if (spot_) return "[" + all + "]";
    std::string lists = R"("time":[)" + times + "]";
    for (const char* name : {"open", "high", "low", "close", "vol"}) lists += std::string{",\""} + name + "\":[" + ones + "]";
    return R"({"success":true,"code":0,"data":{)" + lists + "}}";
}

std::string FeedScript::rows() const {
    std::string all;
    for (int i = 0; i < symbols_; ++i) {
        if (i > 0) all += ',';
        const std::string base = "S" + std::to_string(i);
        all += R"({"symbol":")" + native_of(i);
        if (kucoin_ && spot_)
            all += R"(","baseCurrency":")" + base + R"(","quoteCurrency":"USDT","baseMinSize":"0.001","baseIncrement":"0.001","priceIncrement":"0.1","minFunds":"1","enableTrading":true})";
        else if (kucoin_)
            all += R"(","baseCurrency":")" + base + R"(","quoteCurrency":"USDT","settleCurrency":"USDT","multiplier":0.01,"lotSize":1,"tickSize":0.1,"type":"FFWCSX","isInverse":false,"status":"Open"})";
        else if (spot_)
            all += R"(","status":"1","baseAsset":")" + base + R"(","quoteAsset":"USDT","baseAssetPrecision":4,"quotePrecision":1,"baseSizePrecision":"0.001","isSpotTradingAllowed":true,"orderTypes":["LIMIT","MARKET"]})";
        else
            all += R"(","baseCoin":")" + base + R"(","quoteCoin":"USDT","settleCoin":"USDT","contractSize":0.01,"priceUnit":0.1,"volUnit":1,"minVol":1,"state":0,"apiAllowed":true})";
    }
    return all;
}

}  // namespace bf::test
