#include "support/desk.hpp"

namespace bf::test {

std::string MadeKey::sealed() const {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("key", key).member("secret", secret);
    if (!passphrase.empty()) out.member("passphrase", passphrase);
    out.end_object();
    return json;
}

Desk::Desk(Options wanted) : options{wanted}, clock{Instant::from_ms(kStart), wanted.seed}, signer{clock} {
    simulator::Options simulated;
    simulated.exchanges = wanted.exchanges;
    simulated.seed = wanted.seed;
    simulated.limits = wanted.limits;
    simulated.start = clock.wall();
    world = std::move(simulator::World::create(simulated)).value();
    transport = std::make_unique<SimTransport>(clock, *world);
    start();
}

void Desk::start() {
    const connection::World outside{clock, clock, *transport, signer};
    book = std::make_unique<connection::Book>(outside, signer, store, clock, [this](ExchangeId id) { return adapter(id); },
                                              [this](ExchangeId) { return options.repointed; }, *this);
    REQUIRE(book->load().has_value());
}

void Desk::restart() {
    book.reset();
    start();
}

std::optional<connection::Adapter> Desk::adapter(ExchangeId id) const {
    const auto* calls = exchange::calls_of(id);
    const auto* replies = exchange::replies_of(id);
    if (calls == nullptr || replies == nullptr) return std::nullopt;
    return connection::Adapter{*calls, *replies, options.limits ? exchange::limits_of(id) : std::nullopt};
}

std::string Desk::admin(const std::string& path, const std::string& body, wire::Method method) {
    world->advance(clock.true_time());
    return world->handle({method, "/admin/" + path, {}, body, "127.0.0.1", false}).response.body;
}

MadeKey Desk::make_key(const std::string& exchange, const std::string& permissions, const std::string& more) {
    const auto json = wire::Json::parse(admin("keys", R"({"exchange":")" + exchange + R"(","permissions":[)" + permissions + R"(],"balances":{"USDT":"10000"})" + more + "}"));
    REQUIRE(json);
    const auto text = [&](std::string_view name) { return std::string{(*json)[name].text().value_or("")}; };
    MadeKey made{exchange, text("key"), text("secret"), text("passphrase"), text("account")};
    REQUIRE_FALSE(made.key.empty());
    return made;
}

MadeKey Desk::sibling_key(const MadeKey& first, std::set<simulator::Permission> permissions) {
    simulator::Exchange::NewKey wanted;
    wanted.permissions = std::move(permissions);
    wanted.account = first.account;
    const auto& made = world->exchange(first.exchange)->create_key(wanted);
    return {first.exchange, made.key, made.secret, made.passphrase, made.account};
}

void Desk::fault(const std::string& exchange, const std::string& kind, const std::string& more) {
    admin("faults", R"({"exchange":")" + exchange + R"(","fault":")" + kind + "\"" + more + "}");
}

Result<std::string> Desk::try_add(const std::string& name, const MadeKey& key, Market market, connection::Accepted accepted, bool test) {
    std::optional<Result<std::string>> added;
    connection::AddRequest request{.name = name, .market = market, .sealed = key.sealed(), .accepted = accepted, .test = test};
    request.exchange = *exchange::parse_exchange(key.exchange);
    book->add(std::move(request), [&](Result<std::string> id) { added = std::move(id); });
    REQUIRE(clock.run_until([&] { return added.has_value(); }, seconds{60}));
    return std::move(*added);
}

std::string Desk::add(const std::string& name, const MadeKey& key, Market market, connection::Accepted accepted) {
    const auto id = try_add(name, key, market, accepted);
    REQUIRE_MESSAGE(id.has_value(), (id ? "" : id.error().detail));
    settle(*id);
    return *id;
}

void Desk::settle(const std::string& id) {
    REQUIRE(clock.run_until([&] { return !book->is_testing(id); }, seconds{20}));
}

Report Desk::test(const std::string& id, connection::Book::Wishes wishes) {
    std::optional<Report> ended;
    const auto started = book->test(id, std::move(wishes), [&](const Record&, const Report* report) {
        if (report != nullptr) ended = *report;
    });
    REQUIRE(started.has_value());
    REQUIRE(clock.run_until([&] { return ended.has_value(); }, seconds{20}));
    return *ended;
}

const Record& Desk::record(const std::string& id) const {
    const auto* found = book->find(id);
    REQUIRE(found != nullptr);
    return *found;
}

std::optional<ProblemCode> Desk::problem(const std::string& id) const {
    const auto& found = record(id).problem;
    return found ? std::optional{found->code} : std::nullopt;
}

void Desk::wait_live(const std::string& id) {
    REQUIRE(clock.run_until([&] { return is_live(id); }, seconds{30}));
}

Desk::Rotated Desk::rotate(const std::string& id, const MadeKey& key, std::chrono::hours keep) {
    Rotated result;
    bool over = false;
    book->rotate(id, key.sealed(), [&](Status staged) { result.staged = staged; over = over || !staged; }, [&](Status ended) { result.ended = ended; over = true; }, keep);
    REQUIRE(clock.run_until([&] { return over; }, seconds{40}));
    return result;
}

Status Desk::old_key(void (connection::Book::*act)(const std::string&, connection::Book::Done), const std::string& id) {
    std::optional<Status> ended;
    ((*book).*act)(id, [&](Status status) { ended = std::move(status); });
    REQUIRE(clock.run_until([&] { return ended.has_value(); }, seconds{40}));
    return *ended;
}

Status Desk::remove(const std::string& id) {
    std::optional<Status> ended;
    book->remove(id, [&](Status status) { ended = std::move(status); });
    REQUIRE(clock.run_until([&] { return ended.has_value(); }, seconds{40}));
    return *ended;
}

std::vector<connection::GuardNews> Desk::guards_of(std::string_view code) const {
    std::vector<connection::GuardNews> found;
    for (const auto& news : guards)
        if (news.code == code) found.push_back(news);
    return found;
}

}  // namespace bf::test
