// One client's futures connection: public subscriptions, login, filters of private events, ping.
#include "simulator/mexc/auth.hpp"
#include "simulator/mexc/stream.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::simulator::mexc {
namespace {

constexpr std::string_view kWithSymbol[] = {"ticker", "deal", "kline", "depth", "depth.full", "funding.rate", "index.price", "fair.price"};
constexpr std::string_view kPersonal[] = {"order", "order.deal", "position", "asset"};
/// Filters that are accepted and never said anything to: there is none of it here.
constexpr std::string_view kSilent[] = {"plan.order", "stop.order", "stop.planorder", "risk.limit", "adl.level"};

bool among(std::span<const std::string_view> list, std::string_view name) { return std::find(list.begin(), list.end(), name) != list.end(); }

class FuturesSession final : public Session {
public:
    FuturesSession(Hub& hub, Pusher& pusher, std::string peer) : Session{pusher, hub.exchange().true_now()}, hub_{hub}, peer_{std::move(peer)} {
        hub_.enter(*this);
    }
    FuturesSession(const FuturesSession&) = delete;
    FuturesSession& operator=(const FuturesSession&) = delete;
    ~FuturesSession() override {
        for (const auto& channel : channels_) hub_.leave(channel, *this);
        hub_.exit(*this);
    }

    void on_text(std::string_view message) override {
        heard_ = hub_.exchange().true_now();
        const auto json = wire::Json::parse(message);
        if (!json || !json->root().is_object()) return refuse("Invalid request!");
        const auto method = (*json)["method"].text().value_or("");
        if (method == "ping") return pong();
        if (method == "login") return login(json->root());
        if (method == "personal.filter") return filter((*json)["param"]["filters"]);
        const bool off = method.starts_with("unsub.");
        if (off || method.starts_with("sub.")) return subscribe(method.substr(off ? 6 : 4), (*json)["param"], !off);
        refuse("Method doesn't exist!");
    }

private:
    void say(std::string_view channel, std::string_view data) {
        std::string out;
        JsonWriter{out}.begin_object().member("channel", channel).member("data", data).member("ts", std::to_string(hub_.exchange().now().ms())).end_object();
        pusher_.reply(std::move(out));
    }
    void refuse(std::string_view text) { say("rs.error", text); }
    void pong() {
        std::string out;
        JsonWriter{out}.begin_object().member("channel", "pong").member("data", hub_.exchange().now().ms()).end_object();
        pusher_.reply(std::move(out));
    }

    void set(const std::string& channel, bool on) {
        if (on == channels_.contains(channel)) return;
        if (on) {
            channels_.insert(channel);
            hub_.join(channel, *this);
        } else {
            channels_.erase(channel);
            hub_.leave(channel, *this);
        }
    }

    void subscribe(std::string_view name, JsonValue parameters, bool on) {
        const std::string answer = (on ? "rs.sub." : "rs.unsub.") + std::string{name};
        if (name == "tickers") {
            set("sub.tickers", on);
            return say(answer, "success");
        }
        if (!among(kWithSymbol, name)) return refuse("Method doesn't exist!");
        const std::string symbol{parameters["symbol"].text().value_or("")};
        if (contract(hub_.exchange(), symbol) == nullptr) return refuse("Contract doesn't exist!");
        std::string channel = "sub." + std::string{name} + '|' + symbol;
        if (name == "kline") channel += '|' + std::string{parameters["interval"].text().value_or("Min1")};
        set(channel, on);
        say(answer, "success");
    }

    void login(JsonValue message) {
        constexpr std::int64_t kWindow = 10'000;
        auto& exchange = hub_.exchange();
        const auto parameters = message["param"];
        const Key* key = exchange.find_key(parameters["apiKey"].text().value_or(""));
        if (key == nullptr || key->revoked) return refuse("Not logged in or login has expired");
        if (is_expired(exchange, *key)) return refuse("API Key expired, please apply again");
        const auto time = parameters["reqTime"].text_or_number().value_or("");
        if (!login_matches(*key, time, parameters["signature"].text().value_or(""))) return refuse("Confirming signature failed");
        const auto ms = parse_int(time);
        const auto off = ms ? *ms - exchange.now().ms() : kWindow + 1;
        if (off > kWindow || off < -kWindow) return refuse("Invalid request, please try again later");
        if (!address_allowed(exchange, peer_, *key)) return refuse("Accessing IP is not in the whitelist");
        if (refuse_right(*key, Access::contract_deal_read)) return refuse("Trading information read access is required");
        account_ = key->account;
        // Everything is pushed from here on, unless the login asked for silence.
        if (message["subscribe"].boolean() != false)
            for (const auto name : kPersonal) set(std::string{name} + '|' + account_, true);
        say("rs.login", "success");
    }

    /// A later filter replaces the former; an empty one lets everything through.
    void filter(JsonValue filters) {
        if (account_.empty()) return refuse("Not logged in or login has expired");
        std::set<std::string> wanted;
        for (std::size_t i = 0; i < filters.size(); ++i) {
            const auto name = filters.at(i)["filter"].text().value_or("");
            if (!among(kPersonal, name) && !among(kSilent, name)) return refuse("Filter doesn't exist!");
            wanted.emplace(name);
        }
        for (const auto name : kPersonal) set(std::string{name} + '|' + account_, filters.size() == 0 || wanted.contains(std::string{name}));
        say("rs.personal.filter", "success");
    }

    Hub& hub_;
    std::string peer_;
    std::string account_{};
    std::set<std::string> channels_;
};

}  // namespace

std::unique_ptr<Socket> open_futures_session(Hub& hub, Pusher& pusher, std::string peer) {
    return std::make_unique<FuturesSession>(hub, pusher, std::move(peer));
}

}  // namespace bf::simulator::mexc
