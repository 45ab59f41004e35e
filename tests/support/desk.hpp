// A trader's desk: the connection book over simulated exchanges, a signer and a store in memory, in virtual time. `restart` is what a
// killed engine finds again: the store, the vault and the exchanges, and nothing else.
#pragma once
#include "connection/book.hpp"
#include "exchange/catalogue/replies/limits_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "support/memory_signer.hpp"
#include "support/memory_store.hpp"
#include "support/sim_transport.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>

namespace bf::test {

using connection::ConnectionStatus;
using connection::Record;
using connection::Report;
using exchange::ExchangeId;
using exchange::ProblemCode;
using market::Market;

/// What a made key looks like to its user.
struct MadeKey {
    std::string exchange, key, secret, passphrase, account;
    [[nodiscard]] std::string sealed() const {
        std::string json;
        wire::JsonWriter out{json};
        out.begin_object().member("key", key).member("secret", secret);
        if (!passphrase.empty()) out.member("passphrase", passphrase);
        out.end_object();
        return json;
    }
};

class Desk final : public connection::BookListener {
public:
    struct Options {
        std::uint64_t seed{1};
        bool repointed{true};
        std::vector<std::string> exchanges{"mexc", "kucoin"};
        bool limits{false};  ///< Of the exchanges, and whether we keep to them.
    };
    static constexpr std::int64_t kStart = 1'790'000'000'000;

    explicit Desk(Options wanted) : options{wanted}, clock{Instant::from_ms(kStart), wanted.seed}, signer{clock} {
        simulator::Options simulated;
        simulated.exchanges = wanted.exchanges;
        simulated.seed = wanted.seed;
        simulated.limits = wanted.limits;
        simulated.start = clock.wall();
        world = std::move(simulator::World::create(simulated)).value();
        transport = std::make_unique<SimTransport>(clock, *world);
        start();
    }
    Desk() : Desk(Options{}) {}
    ~Desk() override { book.reset(); }

    void start() {
        const connection::World outside{clock, clock, *transport, signer};
        book = std::make_unique<connection::Book>(outside, signer, store, clock, [this](ExchangeId id) { return adapter(id); },
                                                  [this](ExchangeId) { return options.repointed; }, *this);
        REQUIRE(book->load().has_value());
    }
    void restart() {
        book.reset();
        start();
    }
    [[nodiscard]] std::optional<connection::Adapter> adapter(ExchangeId id) const {
        const auto* calls = exchange::calls_of(id);
        const auto* replies = exchange::replies_of(id);
        if (calls == nullptr || replies == nullptr) return std::nullopt;
        return connection::Adapter{*calls, *replies, options.limits ? exchange::limits_of(id) : std::nullopt};
    }

    // --- the exchanges' administrator
    std::string admin(const std::string& path, const std::string& body, wire::Method method = wire::Method::post) {
        world->advance(clock.true_time());
        return world->handle({method, "/admin/" + path, {}, body, "127.0.0.1", false}).response.body;
    }
    MadeKey make_key(const std::string& exchange, const std::string& permissions, const std::string& more = {}) {
        const auto json = wire::Json::parse(admin("keys", R"({"exchange":")" + exchange + R"(","permissions":[)" + permissions + R"(],"balances":{"USDT":"10000"})" + more + "}"));
        REQUIRE(json);
        const auto text = [&](std::string_view name) { return std::string{(*json)[name].text().value_or("")}; };
        MadeKey made{exchange, text("key"), text("secret"), text("passphrase"), text("account")};
        REQUIRE_FALSE(made.key.empty());
        return made;
    }
    MadeKey good_key(const std::string& exchange, const std::string& more = {}) { return make_key(exchange, R"("read","spot","futures")", more); }
    /// A second key of an account that is there.
    MadeKey sibling_key(const MadeKey& first, std::set<simulator::Permission> permissions) {
        simulator::Exchange::NewKey wanted;
        wanted.permissions = std::move(permissions);
        wanted.account = first.account;
        const auto& made = world->exchange(first.exchange)->create_key(wanted);
        return {first.exchange, made.key, made.secret, made.passphrase, made.account};
    }
    void change_key(const MadeKey& key, const std::string& json) { admin("keys/" + key.key, json, wire::Method::patch); }
    void fault(const std::string& exchange, const std::string& kind, const std::string& more = {}) {
        admin("faults", R"({"exchange":")" + exchange + R"(","fault":")" + kind + "\"" + more + "}");
    }
    void heal() { admin("faults", "", wire::Method::del); }
    std::string truth(const std::string& what, const std::string& exchange) { return admin(what + "?exchange=" + exchange, "", wire::Method::get); }

    // --- the user
    Result<std::string> try_add(const std::string& name, const MadeKey& key, Market market, connection::Accepted accepted = {}, bool test = true) {
        std::optional<Result<std::string>> added;
        connection::AddRequest request{.name = name, .market = market, .sealed = key.sealed(), .accepted = accepted, .test = test};
        request.exchange = *exchange::parse_exchange(key.exchange);
        book->add(std::move(request), [&](Result<std::string> id) { added = std::move(id); });
        REQUIRE(clock.run_until([&] { return added.has_value(); }, seconds{60}));
        return std::move(*added);
    }
    /// Adds and waits for the end of the first test.
    std::string add(const std::string& name, const MadeKey& key, Market market, connection::Accepted accepted = {}) {
        const auto id = try_add(name, key, market, accepted);
        REQUIRE_MESSAGE(id.has_value(), (id ? "" : id.error().detail));
        settle(*id);
        return *id;
    }
    void settle(const std::string& id) {
        REQUIRE(clock.run_until([&] { return !book->is_testing(id); }, seconds{20}));
    }
    /// A test its user starts, to its end.
    Report test(const std::string& id, connection::Book::Wishes wishes = {}) {
        std::optional<Report> ended;
        const auto started = book->test(id, std::move(wishes), [&](const Record&, const Report* report) {
            if (report != nullptr) ended = *report;
        });
        REQUIRE(started.has_value());
        REQUIRE(clock.run_until([&] { return ended.has_value(); }, seconds{20}));
        return *ended;
    }
    [[nodiscard]] const Record& record(const std::string& id) const {
        const auto* found = book->find(id);
        REQUIRE(found != nullptr);
        return *found;
    }
    [[nodiscard]] ConnectionStatus status(const std::string& id) const { return record(id).status; }
    [[nodiscard]] std::optional<ProblemCode> problem(const std::string& id) const {
        const auto& found = record(id).problem;
        return found ? std::optional{found->code} : std::nullopt;
    }
    [[nodiscard]] bool is_live(const std::string& id) const { return book->stream_state(id) == "live"; }
    void wait_live(const std::string& id) {
        REQUIRE(clock.run_until([&] { return is_live(id); }, seconds{30}));
    }
    struct Rotated {
        Status staged;
        Status ended;
    };
    Rotated rotate(const std::string& id, const MadeKey& key, std::chrono::hours keep = connection::kKeepOldKey) {
        Rotated result;
        bool over = false;
        book->rotate(id, key.sealed(), [&](Status staged) { result.staged = staged; over = over || !staged; }, [&](Status ended) { result.ended = ended; over = true; }, keep);
        REQUIRE(clock.run_until([&] { return over; }, seconds{40}));
        return result;
    }
    /// What the book is asked to do with the key before, to its end.
    Status old_key(void (connection::Book::*act)(const std::string&, connection::Book::Done), const std::string& id) {
        std::optional<Status> ended;
        ((*book).*act)(id, [&](Status status) { ended = std::move(status); });
        REQUIRE(clock.run_until([&] { return ended.has_value(); }, seconds{40}));
        return *ended;
    }
    Status remove(const std::string& id) {
        std::optional<Status> ended;
        book->remove(id, [&](Status status) { ended = std::move(status); });
        REQUIRE(clock.run_until([&] { return ended.has_value(); }, seconds{40}));
        return *ended;
    }

    // --- what listeners hear
    void on_connection(const Record& record) override { statuses[record.id].push_back(record.status); }
    void on_removed(const std::string& id) override { removed.push_back(id); }
    void on_step(const std::string&, std::uint64_t, connection::StepId, const connection::Step* finished) override { steps += finished == nullptr ? 0 : 1; }
    void on_report(const Record&, std::uint64_t, const Report&) override { ++reports; }
    void on_tested(const Record& record, bool light, const Report&) override { tested.push_back({clock.wall(), record.id, light}); }
    void on_guard(const connection::GuardNews& news) override { guards.push_back(news); }
    void on_trouble(const Record&, const Error&) override { ++troubles; }
    [[nodiscard]] std::vector<connection::GuardNews> guards_of(std::string_view code) const {
        std::vector<connection::GuardNews> found;
        for (const auto& news : guards)
            if (news.code == code) found.push_back(news);
        return found;
    }

    struct Tested {
        Instant at;
        std::string id;
        bool light;
    };
    Options options;
    SimClock clock;
    MemorySigner signer;
    MemoryStore store;
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<SimTransport> transport;
    std::unique_ptr<connection::Book> book;
    std::map<std::string, std::vector<ConnectionStatus>> statuses;
    std::vector<std::string> removed;
    std::vector<Tested> tested;
    std::vector<connection::GuardNews> guards;
    int steps{0}, reports{0}, troubles{0};
};

}  // namespace bf::test
