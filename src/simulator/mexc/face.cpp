// The door of the MEXC face: path, caller, right, quota, then the handler. One host serves both products, so their paths stand everywhere.
#include "simulator/mexc/face.hpp"

#include "simulator/mexc/auth.hpp"
#include "simulator/mexc/stream.hpp"

#include <algorithm>

namespace bf::simulator::mexc {
namespace {

// The newer figures of the reference (2026): 300 weight in 10 s by address, 500 by account, 12 order actions a second; the list of symbols
// 25 times a minute. Futures count each endpoint by itself.
constexpr Pool kPools[] = {
    {"address", 300, milliseconds{10'000}},      {"account", 500, milliseconds{10'000}}, {"orders", 12, milliseconds{1'000}},
    {"symbol_list", 25, milliseconds{60'000}},   {"contract", 20, milliseconds{2'000}},  {"contract_order", 4, milliseconds{2'000}},
    {"contract_list", 10, milliseconds{2'000}},
};

bool is_futures_path(std::string_view path) { return path.starts_with("/api/v1/"); }

bool matches(std::string_view pattern, std::string_view path, std::string& tail) {
    if (!pattern.ends_with('*')) return pattern == path;
    const auto head = pattern.substr(0, pattern.size() - 1);
    if (path.size() <= head.size() || !path.starts_with(head)) return false;
    tail = path.substr(head.size());
    return true;
}

wire::Response too_many(bool futures, milliseconds reset) {
    auto response = futures ? futures_error(510, "Requests are too frequent, please try again later", 429) : spot_error(429, "Too Many Requests", 429);
    response.headers.push_back({"Retry-After", std::to_string(std::max<std::int64_t>(1, (reset.count() + 999) / 1000))});
    return response;
}

class MexcFace final : public Face {
public:
    explicit MexcFace(Exchange& exchange) : exchange_{exchange}, hub_{exchange} {
        for (const auto& chapter : {spot_market_routes(), spot_account_routes(), spot_order_routes(), futures_market_routes(),
                                    futures_account_routes(), futures_order_routes()})
            routes_.insert(routes_.end(), chapter.begin(), chapter.end());
    }

    Answer handle(const Call& call) override {
        Ask ask{.call = call, .exchange = exchange_, .listen_keys = listen_keys_};
        ask.parameters = call.parameters;
        const bool futures = is_futures_path(call.path);
        const Route* route = find(call, ask.tail);
        if (route == nullptr) return {futures ? futures_error(404, "Not Found", 404) : spot_error(404, "Not Found", 404)};
        std::string account;
        if (route->access != Access::open) {
            auto refused = futures ? authenticate_futures(ask) : authenticate_spot(ask);
            if (ask.account != nullptr) account = ask.account->id;
            if (!refused) refused = refuse_right(*ask.key, route->access);
            if (refused) return {std::move(*refused), account};
        }
        if (auto refused = over_quota(*route, ask, account)) return {std::move(*refused), account};
        std::optional<Result<wire::Json>> body;
        if (futures && call.method == Method::post && !call.body.empty()) {
            body = wire::Json::parse(call.body);
            if (!*body) return {futures_error(600, "Param error!"), account};
            ask.body = (*body)->root();
        }
        return {route->handler(ask), account};
    }

    SocketAnswer open_socket(const Call& call, Pusher& pusher) override {
        if (call.path == "/edge") return {open_futures_session(hub_, pusher, call.peer), {}, {}};
        if (call.path != "/ws") return {nullptr, spot_error(404, "Not Found", 404), {}};
        const auto name = call.parameter("listenKey");
        if (name.empty()) return {open_spot_session(hub_, pusher, {}, {}), {}, {}};
        const auto key = listen_keys_.find(std::string{name});
        if (key == listen_keys_.end() || key->second.expires <= exchange_.true_now()) return {nullptr, spot_error(730708, "listen key not exist", 401), {}};
        auto lives = [this, text = key->first] {
            const auto found = listen_keys_.find(text);
            return found != listen_keys_.end() && found->second.expires > exchange_.true_now();
        };
        return {open_spot_session(hub_, pusher, key->second.account, std::move(lives)), {}, key->second.account};
    }

    wire::Response outage(Outage kind, const Call& call) override {
        const bool futures = is_futures_path(call.path);
        switch (kind) {
            case Outage::unavailable:
                return futures ? futures_error(500, "System internal error!", 500) : spot_error(503, "service not available, please try again", 503);
            case Outage::rate_limit: return too_many(futures, milliseconds{10'000});
            case Outage::maintenance: break;
        }
        // One body for both products, as recorded.
        return {503,
                {{"Content-Type", "application/json"}},
                R"({"code":500,"message":"Under maintenance, please try again later","announcement":"https://www.mexc.com/support/articles/17827791510263"})"};
    }

private:
    const Route* find(const Call& call, std::string& tail) const {
        // A path without a star is the better match.
        for (const bool starred : {false, true})
            for (const auto& route : routes_)
                if (route.method == call.method && route.path.ends_with('*') == starred && matches(route.path, call.path, tail)) return &route;
        return nullptr;
    }

    std::optional<wire::Response> over_quota(const Route& route, const Ask& ask, const std::string& account) {
        const bool futures = is_futures_path(ask.call.path);
        std::string subject = account.empty() ? ask.call.peer : account;
        if (futures) subject.append(1, '|').append(route.path);
        const auto verdict = exchange_.limiter().take(kPools[static_cast<std::size_t>(route.quota)], subject, route.weight, exchange_.true_now());
        return verdict.allowed ? std::nullopt : std::optional{too_many(futures, verdict.reset)};
    }

    Exchange& exchange_;
    Hub hub_;
    std::vector<Route> routes_;
    ListenKeys listen_keys_;
};

}  // namespace

std::string_view Ask::parameter(std::string_view name) const {
    for (const auto& [field, value] : parameters)
        if (field == name) return value;
    return {};
}

wire::Response spot_error(int code, std::string_view message, int status) {
    wire::Response response{status, {{"Content-Type", "application/json"}}, {}};
    JsonWriter{response.body}.begin_object().member("code", code).member("msg", message).end_object();
    return response;
}

wire::Response futures_error(int code, std::string_view message, int status) {
    wire::Response response{status, {{"Content-Type", "application/json"}}, {}};
    JsonWriter{response.body}.begin_object().member("success", false).member("code", code).member("message", message).end_object();
    return response;
}

const Instrument* spot_instrument(const Exchange& exchange, std::string_view native) {
    const Instrument* instrument = exchange.find_native(native);
    return instrument == nullptr || instrument->is_futures() ? nullptr : instrument;
}
const Instrument* contract(const Exchange& exchange, std::string_view native) {
    const Instrument* instrument = exchange.find_native(native);
    return instrument == nullptr || !instrument->is_futures() ? nullptr : instrument;
}

std::unique_ptr<Face> make_face(Exchange& exchange) { return std::make_unique<MexcFace>(exchange); }

}  // namespace bf::simulator::mexc
