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
    [[nodiscard]] std::string sealed() const;
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

    explicit Desk(Options wanted);
    Desk() : Desk(Options{}) {}
    ~Desk() override { book.reset(); }

    void start();
    void restart();
    [[nodiscard]] std::optional<connection::Adapter> adapter(ExchangeId id) const;

    // --- the exchanges' administrator
    std::string admin(const std::string& path, const std::string& body, wire::Method method = wire::Method::post);
    MadeKey make_key(const std::string& exchange, const std::string& permissions, const std::string& more = {});
    MadeKey good_key(const std::string& exchange, const std::string& more = {}) { return make_key(exchange, R"("read","spot","futures")", more); }
    /// A second key of an account that is there.
    MadeKey sibling_key(const MadeKey& first, std::set<simulator::Permission> permissions);
    void change_key(const MadeKey& key, const std::string& json) { admin("keys/" + key.key, json, wire::Method::patch); }
    void fault(const std::string& exchange, const std::string& kind, const std::string& more = {});
    void heal() { admin("faults", "", wire::Method::del); }
    std::string truth(const std::string& what, const std::string& exchange) { return admin(what + "?exchange=" + exchange, "", wire::Method::get); }

    // --- the user
    Result<std::string> try_add(const std::string& name, const MadeKey& key, Market market, connection::Accepted accepted = {}, bool test = true);
    /// Adds and waits for the end of the first test.
    std::string add(const std::string& name, const MadeKey& key, Market market, connection::Accepted accepted = {});
    void settle(const std::string& id);
    /// A test its user starts, to its end.
    Report test(const std::string& id, connection::Book::Wishes wishes = {});
    [[nodiscard]] const Record& record(const std::string& id) const;
    [[nodiscard]] ConnectionStatus status(const std::string& id) const { return record(id).status; }
    [[nodiscard]] std::optional<ProblemCode> problem(const std::string& id) const;
    [[nodiscard]] bool is_live(const std::string& id) const { return book->stream_state(id) == "live"; }
    void wait_live(const std::string& id);
    struct Rotated {
        Status staged;
        Status ended;
    };
    Rotated rotate(const std::string& id, const MadeKey& key, std::chrono::hours keep = connection::kKeepOldKey);
    /// What the book is asked to do with the key before, to its end.
    Status old_key(void (connection::Book::*act)(const std::string&, connection::Book::Done), const std::string& id);
    Status remove(const std::string& id);

    // --- what listeners hear
    void on_connection(const Record& record) override { statuses[record.id].push_back(record.status); }
    void on_removed(const std::string& id) override { removed.push_back(id); }
    void on_step(const std::string&, std::uint64_t, connection::StepId, const connection::Step* finished) override { steps += finished == nullptr ? 0 : 1; }
    void on_report(const Record&, std::uint64_t, const Report&) override { ++reports; }
    void on_tested(const Record& record, bool light, const Report&) override { tested.push_back({clock.wall(), record.id, light}); }
    void on_guard(const connection::GuardNews& news) override { guards.push_back(news); }
    void on_trouble(const Record&, const Error&) override { ++troubles; }
    [[nodiscard]] std::vector<connection::GuardNews> guards_of(std::string_view code) const;

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
