// The door of the KuCoin face: path, caller, right, quota, then the handler.
#include "simulator/kucoin/face.hpp"

#include "simulator/kucoin/auth.hpp"
#include "simulator/kucoin/routes.hpp"
#include "simulator/kucoin/stream.hpp"

#include <array>

namespace bf::simulator::kucoin {
namespace {

// Pools of a VIP 0 user; the public one counts by address. Source: kucoin-universal-sdk weights, Kucoin.Net pools.
constexpr Pool kPools[] = {
    {"public", 2000, milliseconds{30'000}},     {"spot", 4000, milliseconds{30'000}},  {"futures", 2000, milliseconds{30'000}},
    {"management", 2000, milliseconds{30'000}}, {"unified", 200, milliseconds{3'000}},
};

/// Whether `path` is the route's, and what stood in place of its `*`.
bool matches(std::string_view pattern, std::string_view path, std::string& tail) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == path;
    const auto after = pattern.substr(star + 1);
    if (path.size() <= star + after.size() || path.substr(0, star) != pattern.substr(0, star) || !path.ends_with(after)) return false;
    const auto segment = path.substr(star, path.size() - star - after.size());
    if (segment.find('/') != std::string_view::npos) return false;
    tail = segment;
    return true;
}

bool may(const Ask& ask, Access access) {
    const Key& key = *ask.key;
    switch (access) {
        case Access::open: return true;
        case Access::general: return key.may(Permission::read);
        case Access::spot: return key.may(Permission::spot);
        case Access::futures: return key.may(Permission::futures);
        case Access::trade: {
            const bool futures = ask.body["tradeType"].text() == "FUTURES";
            return key.may(futures ? Permission::futures : Permission::spot);
        }
    }
    return false;
}

void show_quota(wire::Response& response, const Limiter::Verdict& verdict) {
    response.headers.push_back({"gw-ratelimit-limit", std::to_string(verdict.limit)});
    response.headers.push_back({"gw-ratelimit-remaining", std::to_string(verdict.remaining)});
    response.headers.push_back({"gw-ratelimit-reset", std::to_string(verdict.reset.count())});
}

wire::Response too_many() { return refuse("429000", "Too Many Requests", 429); }

class KucoinFace final : public Face {
public:
    explicit KucoinFace(Exchange& exchange) : exchange_{exchange}, hub_{exchange} {
        for (const auto& chapter : {account_routes(), spot_market_routes(), spot_order_routes(), futures_market_routes(), futures_order_routes(),
                                    position_routes(), unified_routes()})
            routes_.insert(routes_.end(), chapter.begin(), chapter.end());
    }

    Answer handle(const Call& call) override {
        Ask ask{.call = call, .exchange = exchange_, .tokens = tokens_};
        const Route* route = find(call, ask.tail);
        if (route == nullptr) return {refuse("404000", "Url Not Found", 404)};
        constexpr int kMediaType = 415;
        const bool json = call.header("Content-Type").starts_with("application/json");
        if (call.method == Method::post && !call.body.empty() && !json) return {refuse("415000", "Unsupported Media Type", kMediaType)};
        if (route->access != Access::open) {
            Caller caller;
            auto refused = authenticate(exchange_, call, caller);
            const std::string account = caller.account == nullptr ? std::string{} : caller.account->id;
            if (refused) return {std::move(*refused), account};
            ask.key = caller.key;
            ask.account = caller.account;
        }
        return admitted(*route, ask);
    }

    SocketAnswer open_socket(const Call& call, Pusher& pusher) override {
        const auto token = tokens_.find(std::string{call.parameter("token")});
        if (token == tokens_.end() || token->second.expires < exchange_.true_now()) {
            // The upgrade succeeds; the refusal is the first message.
            pusher.reply(R"({"type":"error","code":401,"data":"token is expired"})");
            pusher.close(1008, "token is expired");
            return {std::make_unique<Session>(hub_, silent_, Token{}, std::string{}), {}, {}};
        }
        return {std::make_unique<Session>(hub_, pusher, token->second, std::string{call.parameter("connectId")}), {}, token->second.account};
    }

    wire::Response outage(Outage kind, const Call& call) override {
        switch (kind) {
            case Outage::unavailable: return refuse("500000", "Internal Server Error", 500);
            case Outage::rate_limit: return too_many();
            case Outage::maintenance: break;
        }
        if (call.path.ends_with("/status"))
            return ok([](JsonWriter& out) { out.begin_object().member("status", "close").member("msg", "upgrade match engine").end_object(); });
        return refuse("503000", "Service unavailable: the system is under maintenance", 503);
    }

private:
    /// For a session that was refused at its first breath: nothing may follow.
    class Silence final : public Pusher {
        void reply(std::string) override {}
        void push_text(std::string) override {}
        void push_binary(std::string) override {}
        void close(std::uint16_t, std::string_view) override {}
    };

    const Route* find(const Call& call, std::string& tail) const {
        const Host host = call.futures_host ? Host::futures : Host::spot;
        for (const auto& route : routes_)
            if (route.method == call.method && (route.host == Host::both || route.host == host) && matches(route.path, call.path, tail)) return &route;
        return nullptr;
    }

    Answer admitted(const Route& route, Ask& ask) {
        const std::string account = ask.account == nullptr ? std::string{} : ask.account->id;
        // What is asked without a key counts by address.
        const Pool& pool = kPools[ask.key == nullptr ? 0 : static_cast<std::size_t>(route.quota)];
        const auto verdict = exchange_.limiter().take(pool, ask.key == nullptr ? ask.call.peer : account, route.weight, exchange_.true_now());
        wire::Response response;
        std::optional<Result<wire::Json>> body;
        if (!ask.call.body.empty()) body = wire::Json::parse(ask.call.body);
        if (body && *body) ask.body = (*body)->root();
        if (!verdict.allowed) response = too_many();
        else if (body && !*body) response = refuse("400000", "Bad Request", 400);
        else if (route.access != Access::open && !may(ask, route.access)) response = refuse("400007", "Access denied, require more permission", 403);
        else response = route.handler(ask);
        show_quota(response, verdict);
        return {std::move(response), account};
    }

    Exchange& exchange_;
    Hub hub_;
    std::vector<Route> routes_;
    Tokens tokens_;
    Silence silent_;
};

}  // namespace

std::unique_ptr<Face> make_face(Exchange& exchange) { return std::make_unique<KucoinFace>(exchange); }

}  // namespace bf::simulator::kucoin
