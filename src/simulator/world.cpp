#include "simulator/world.hpp"

#include "simulator/kucoin/face.hpp"
#include "simulator/mexc/face.hpp"
#include "simulator/site.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

struct Known {
    std::string_view id;
    Profile (*profile)();
    std::unique_ptr<Face> (*make_face)(Exchange&);
};
constexpr Known kKnown[] = {
    {"mexc", mexc::profile, mexc::make_face},
    {"kucoin", kucoin::profile, kucoin::make_face},
};

const Known* known(std::string_view id) {
    const auto at = std::find_if(std::begin(kKnown), std::end(kKnown), [id](const Known& k) { return k.id == id; });
    return at == std::end(kKnown) ? nullptr : at;
}

/// The exchange's id at the head of the target; the rest is what its real host would see.
std::string_view exchange_of(std::string_view target) {
    if (target.empty() || target.front() != '/') return {};
    target.remove_prefix(1);
    return target.substr(0, target.find_first_of("/?"));
}

std::optional<Call> take_apart(const Inbound& request, std::string_view id) {
    std::string_view rest = std::string_view{request.target}.substr(1 + id.size());
    constexpr std::string_view kFutures = "/futures";
    Call call;
    call.futures_host = rest.starts_with(kFutures) && (rest.size() == kFutures.size() || rest[kFutures.size()] == '/' || rest[kFutures.size()] == '?');
    if (call.futures_host) rest.remove_prefix(kFutures.size());
    call.method = request.method;
    call.target = rest.empty() || rest.front() != '/' ? "/" + std::string{rest} : std::string{rest};
    const auto mark = call.target.find('?');
    call.path = call.target.substr(0, mark);
    if (mark != std::string::npos) call.query = call.target.substr(mark + 1);
    auto parameters = wire::parse_query(call.query);
    if (!parameters) return std::nullopt;
    call.parameters = std::move(*parameters);
    call.headers = request.headers;
    call.body = request.body;
    call.peer = request.peer;
    call.socket_base = request.secure ? "wss://" : "ws://";
    call.socket_base += wire::find_header(request.headers, "Host").value_or("localhost");
    call.socket_base += "/" + std::string{id} + (call.futures_host ? "/futures" : "");
    return call;
}

Reply plain(int status, std::string text) { return {{status, {{"Content-Type", "text/plain"}}, std::move(text)}, Reply::Delivery::send, {}}; }

/// A session with its guarded way out, known to its site while it lives.
class GuardedSocket final : public Socket {
public:
    GuardedSocket(Site& site, Outbox& outbox) : site_{site}, pusher_{site.exchange, outbox} { site_.pushers.insert(&pusher_); }
    GuardedSocket(const GuardedSocket&) = delete;
    GuardedSocket& operator=(const GuardedSocket&) = delete;
    ~GuardedSocket() override {
        inner_.reset();
        site_.pushers.erase(&pusher_);
    }
    void on_text(std::string_view message) override { inner_->on_text(message); }
    void on_binary(std::string_view message) override { inner_->on_binary(message); }
    GuardedPusher& pusher() { return pusher_; }
    void hold(std::unique_ptr<Socket> inner) { inner_ = std::move(inner); }

private:
    Site& site_;
    GuardedPusher pusher_;
    std::unique_ptr<Socket> inner_;
};

/// The faults that stand before the exchange looks at a request.
std::optional<Reply> refuse_at_the_door(Site& site, const Call& call) {
    auto& faults = site.exchange.faults();
    Reply reply;
    if (faults.take(FaultKind::reset, call.path)) {
        reply.delivery = Reply::Delivery::reset;
        return reply;
    }
    if (faults.take(FaultKind::timeout, call.path)) {
        reply.delivery = Reply::Delivery::never;
        return reply;
    }
    constexpr std::pair<FaultKind, Outage> kOutages[] = {
        {FaultKind::unavailable, Outage::unavailable}, {FaultKind::maintenance, Outage::maintenance}, {FaultKind::rate_limit, Outage::rate_limit}};
    for (const auto& [fault, outage] : kOutages) {
        if (!faults.take(fault, call.path)) continue;
        reply.response = site.face->outage(outage, call);
        return reply;
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string> known_exchanges() {
    std::vector<std::string> ids;
    for (const auto& one : kKnown) ids.emplace_back(one.id);
    return ids;
}

Result<std::unique_ptr<World>> World::create(const Options& options) {
    std::unique_ptr<World> world{new World{options.start}};
    std::uint64_t seed = options.seed;
    for (const auto& id : options.exchanges) {
        const Known* one = known(id);
        if (one == nullptr) return bad_input("there is no simulated exchange called \"" + id + "\"");
        if (world->find(id) != nullptr) return bad_input("the exchange \"" + id + "\" is named twice");
        auto profile = one->profile();
        if (options.follows) {
            profile.follows = true;
            profile.instruments.clear();
        }
        auto site = std::make_unique<Site>(std::move(profile), Random::mix(seed++), options.start);
        site->exchange.limiter().switch_on(options.limits);
        if (!options.follows) site->exchange.set_tick(options.tick);
        site->face = one->make_face(site->exchange);
        world->sites_.push_back(std::move(site));
    }
    return world;
}

World::World(Instant start) : now_{start} {}
World::~World() = default;

Site* World::find(std::string_view id) {
    for (const auto& site : sites_)
        if (site->exchange.profile().id == id) return site.get();
    return nullptr;
}

Exchange* World::exchange(std::string_view id) {
    Site* site = find(id);
    return site == nullptr ? nullptr : &site->exchange;
}

Reply World::handle(const Inbound& request) {
    const auto id = exchange_of(request.target);
    if (id == "admin") return administer(sites_, request);
    Site* site = find(id);
    if (site == nullptr) return plain(404, "There is no simulated exchange at this address.\n");
    const auto call = take_apart(request, id);
    if (!call) return plain(400, "The query can't be read.\n");
    if (auto refused = refuse_at_the_door(*site, *call)) {
        site->record(*call, refused->response.status, {});
        return std::move(*refused);
    }
    auto& faults = site->exchange.faults();
    Answer answer = site->face->handle(*call);
    site->record(*call, answer.response.status, answer.account);
    Reply reply{std::move(answer.response), Reply::Delivery::send, milliseconds{0}};
    if (faults.take(FaultKind::malformed, call->path)) reply.response.body.resize(reply.response.body.size() / 2);
    if (const auto slow = faults.take(FaultKind::slow, call->path)) reply.delay = slow->delay;
    if (faults.take(FaultKind::lost_reply, call->path)) reply.delivery = Reply::Delivery::never;
    return reply;
}

World::Opened World::open_socket(const Inbound& request, Outbox& outbox) {
    const auto id = exchange_of(request.target);
    Site* site = find(id);
    if (site == nullptr) return {nullptr, plain(404, "There is no simulated exchange at this address.\n")};
    const auto call = take_apart(request, id);
    if (!call) return {nullptr, plain(400, "The query can't be read.\n")};
    if (auto refused = refuse_at_the_door(*site, *call)) {
        site->record(*call, refused->response.status, {});
        return {nullptr, std::move(*refused)};
    }
    auto guarded = std::make_unique<GuardedSocket>(*site, outbox);
    SocketAnswer answer = site->face->open_socket(*call, guarded->pusher());
    constexpr int kSwitching = 101;
    site->record(*call, answer.socket ? kSwitching : answer.refusal.status, answer.account);
    if (!answer.socket) return {nullptr, {std::move(answer.refusal), Reply::Delivery::send, milliseconds{0}}};
    guarded->hold(std::move(answer.socket));
    return {std::move(guarded), {}};
}

void World::advance(Instant now) {
    if (now < now_) return;
    now_ = now;
    for (const auto& site : sites_) {
        site->exchange.advance(now);
        for (auto* pusher : site->pushers) pusher->flush(now);
    }
}

std::optional<Instant> World::next_wake() const {
    std::optional<Instant> next;
    const auto sooner = [&next](Instant at) { next = next ? std::min(*next, at) : at; };
    for (const auto& site : sites_) {
        sooner(site->exchange.next_wake());
        for (const auto* pusher : site->pushers)
            if (const auto due = pusher->next_due()) sooner(*due);
    }
    return next;
}

}  // namespace bf::simulator
