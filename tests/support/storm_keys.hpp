// A storm whose connections are kept as the program keeps them: a book in each life of the process, with its tests, its schedule and its streams,
// over a signer that outlives it. Keys are replaced while strategies trade, rightly and wrongly, put back, deleted at the exchange at any moment;
// connections are removed under open groups and added anew under their old names; the signer loses answers, the store is full, and the process dies
// before any step of it.
#pragma once
#include "connection/book.hpp"
#include "support/memory_store.hpp"
#include "support/storm.hpp"

namespace bf::test {

/// What outlives the processes.
struct StormKept {
    MemoryStore rows;
    std::map<std::string, StormLine> adding;  ///< By name: what a connection will be that is being added.
    std::set<std::string> keys;               ///< All that were ever made for accounts of ours.
    std::uint64_t removed{0}, rotated{0}, refused{0}, rolled_back{0};
};

/// The connections of one life.
class StormDesk final : public connection::BookListener {
public:
    StormDesk(StormHouse& of, StormHouse::Life& mine, StormKept& what);
    void open();
    [[nodiscard]] bool is_alive() const { return house.life.get() == &life; }

    void on_connection(const connection::Record& record) override;
    void on_removed(const std::string& id) override;
    void on_step(const std::string&, std::uint64_t, connection::StepId, const connection::Step*) override {}
    void on_report(const connection::Record&, std::uint64_t, const connection::Report&) override {}

private:
    /// One that is new here is the one that was being added.
    const StormLine& line_of(const connection::Record& record);

    /// The signer as this process reaches it.
    struct Keys final : ports::Keys {
        explicit Keys(StormDesk& of) : desk{of} {}
        template <class Done>
        auto heard(Done done) {
            return [&storm = desk.house, mine = desk.house.lives, done = std::move(done)](auto answer) {
                if (storm.life && mine == storm.lives && storm.step()) storm.inside([&] { done(std::move(answer)); });
            };
        }
        void add(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override;
        void remove(std::string connection, Done done) override { act(&MemorySigner::remove, std::move(connection), std::move(done)); }
        void stage(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override;
        void promote(std::string connection, Done done) override { act(&MemorySigner::promote, std::move(connection), std::move(done)); }
        void roll_back(std::string connection, Done done) override { act(&MemorySigner::roll_back, std::move(connection), std::move(done)); }
        void drop_previous(std::string connection, Done done) override { act(&MemorySigner::drop_previous, std::move(connection), std::move(done)); }
        void drop_staged(std::string connection, Done done) override { act(&MemorySigner::drop_staged, std::move(connection), std::move(done)); }
        void act(void (MemorySigner::*what)(std::string, Done), std::string connection, Done done);
        StormDesk& desk;
    };
    /// The store, which takes nothing of a process that is dead.
    struct Rows final : ports::Store {
        explicit Rows(StormDesk& of) : desk{of} {}
        bool writes();
        Result<std::vector<ports::StoredConnection>> connections() override { return desk.kept.rows.connections(); }
        Status save(const ports::StoredConnection& row, const std::vector<ports::StoredHistory>& history) override { return writes(), desk.kept.rows.save(row, history); }
        Status remove(const std::string& id, const ports::StoredHistory& last) override { return writes(), desk.kept.rows.remove(id, last); }
        Result<std::vector<ports::StoredHistory>> history(const std::string& connection, std::int64_t before, int limit) override { return desk.kept.rows.history(connection, before, limit); }
        Result<std::optional<std::string>> setting(const std::string& name) override { return desk.kept.rows.setting(name); }
        Status put_setting(const std::string& name, const std::string& value) override { return writes(), desk.kept.rows.put_setting(name, value); }
        StormDesk& desk;
    };

public:
    StormHouse& house;
    StormHouse::Life& life;
    StormKept& kept;
    Keys keys{*this};
    Rows rows{*this};
    connection::Book book;
};

class KeyStorm : public Storm {
public:
    explicit KeyStorm(std::uint64_t seed) : KeyStorm{seed, std::make_shared<StormKept>()} {}

    ~KeyStorm() override;

    void end() override;

    std::shared_ptr<StormKept> kept;

private:
    KeyStorm(std::uint64_t seed, std::shared_ptr<StormKept> what);
    static void keep_a_book(StormHouse& house, const std::shared_ptr<StormKept>& kept);
    StormDesk& desk() { return *static_cast<StormDesk*>(life->desk.get()); }
    std::vector<std::string> there();
    void act_on_keys();
    /// By a good key, by one of another account, or by one that can withdraw. The one before is deleted at the exchange sooner or later, also where
    /// it is still in use because the new one was refused: then only the next one gets the connection going again.
    void replace(const std::string& id, bool of_another, bool withdraws);
    void remove_one();
    /// Under its old name, with an account of its own: the strategies go on there.
    void add_missing();
    /// The account that was prepared is a line's by now: the next connection of that name gets another one.
    [[nodiscard]] bool was_added(const StormLine& prepared) const;
    void let_some_go();

    std::map<std::string, std::string> last_key;  ///< By connection, as its user believes.
    bool quiet{false};
};

}  // namespace bf::test
