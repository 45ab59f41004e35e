// Keys are replaced while strategies trade on them: twelve accounts of four products, signals all the time, the old key deleted at the
// exchange at one moment or another. The storm's judge looks at every order and fill: none lost, none doubled, the books agree.
#include "connection/book.hpp"
#include "support/memory_store.hpp"
#include "support/storm.hpp"

using namespace bf;
using namespace bf::test;

namespace {

/// The connections' book over a trading house: its streams are what the traders hear, its rotations what is tested.
class RotatingHouse final : public connection::BookListener {
public:
    explicit RotatingHouse(std::uint64_t seed) : storm{seed, false} {
        for (const auto& line : storm.lines) {
            keys[line.id] = line.key;
            connection::Record record;
            record.id = line.id;
            record.name = line.name;
            record.exchange = StormHouse::id_of(line.product);
            record.market = line.product.market;
            record.status = connection::ConnectionStatus::connected;
            record.created_at = storm.clock.wall();
            record.tested_at = record.checked_at = record.proven_at = storm.clock.wall();
            record.key_fingerprint = "first " + line.id;
            connection::Report report;
            report.exchange = record.exchange;
            report.market = record.market;
            report.verdict = connection::Verdict::connected;
            report.account_id = line.account;
            record.report = report;
            record.account_id = line.account;
            REQUIRE(rows.save({record.id, record.name, connection::to_document(record)}, {}).has_value());
        }
        book = std::make_unique<connection::Book>(connection::World{storm.clock, storm.clock, storm.door, storm.pen}, storm.signer, rows, storm.clock,
                                                  [](exchange::ExchangeId id) {
                                                      const auto *calls = exchange::calls_of(id);
                                                      return calls == nullptr ? std::nullopt : std::optional{connection::Adapter{*calls, *exchange::replies_of(id), {}}};
                                                  },
                                                  [](exchange::ExchangeId) { return true; }, *this);
        storm.life->keepers.clear();
        book->tap_streams([this](const connection::Record& record) { return storm.life->feeds.at(record.id).get(); });
        REQUIRE(book->load().has_value());
        storm.run(seconds{5});
    }
    ~RotatingHouse() override { book.reset(); }

    /// The old key is deleted so long after the rotation began, or (then below zero) so long after it ended.
    void rotate(const StormLine& line, milliseconds deleted) {
        auto& exchange = storm.exchange(line.product);
        simulator::Exchange::NewKey wanted;
        wanted.permissions = {simulator::Permission::read, simulator::Permission::spot, simulator::Permission::futures};
        wanted.account = line.account;
        const auto& made = exchange.create_key(wanted);
        std::string sealed;
        wire::JsonWriter out{sealed};
        out.begin_object().member("key", made.key).member("secret", made.secret);
        if (!made.passphrase.empty()) out.member("passphrase", made.passphrase);
        out.end_object();
        const auto old = std::exchange(keys[line.id], made.key);
        const auto revoke = [&exchange, old] { exchange.find_key(old)->revoked = true; };
        std::optional<Status> ended;
        if (deleted >= milliseconds{0}) storm.later(deleted, revoke);
        book->rotate(line.id, sealed, [&](const Status& staged) { if (!staged) ended = staged; }, [&](Status status) {
            ended = std::move(status);
            if (deleted < milliseconds{0}) storm.later(-deleted - milliseconds{1}, revoke);
        });
        REQUIRE(storm.clock.run_until([&] { return ended.has_value(); }, seconds{30}));
        REQUIRE_MESSAGE(ended->has_value(), ended->error().detail);
        ++rotations;
    }

    void on_connection(const connection::Record&) override {}
    void on_removed(const std::string&) override {}
    void on_step(const std::string&, std::uint64_t, connection::StepId, const connection::Step*) override {}
    void on_report(const connection::Record&, std::uint64_t, const connection::Report&) override {}

    Storm storm;
    MemoryStore rows;
    std::unique_ptr<connection::Book> book;
    std::map<std::string, std::string> keys;
    int rotations{0};
};

}  // namespace

TEST_CASE("keys are replaced while strategies trade, the old one deleted at any moment after the switch: no order lost or doubled, the books agree") {
    std::uint64_t orders = 0;
    int rotations = 0;
    for (const std::uint64_t seed : {3U, 5U, 7U, 9U, 11U, 13U}) {
        CAPTURE(seed);
        RotatingHouse house{seed};
        constexpr int kAfter[] = {1, 2, 6, 31, 151, 1001, 5001, 30001};
        int round = 0;
        for (int again = 0; again < 4; ++again)
            for (const auto& line : house.storm.lines) {
                house.storm.run(milliseconds{500 + house.storm.roll(2'000)});
                house.rotate(line, -milliseconds{kAfter[static_cast<std::size_t>(round++) % std::size(kAfter)]});
            }
        house.storm.run(std::chrono::minutes{2});
        house.storm.end();
        for (const auto& complaint : house.storm.complaints) FAIL_CHECK(complaint);
        for (const auto& line : house.storm.lines) CHECK(house.book->stream_state(line.id) == "live");
        for (const char* code : {"ORDER_TROUBLE", "GROUP_DESYNC", "FOREIGN_ORDER", "EXIT_REFUSED"}) CHECK_MESSAGE(house.storm.store.alarm_counts[code] == 0, code);
        rotations += house.rotations;
        orders += house.storm.judge.exchange_orders;
    }
    CHECK(rotations == 6 * 48);
    CHECK(orders >= 400);
    MESSAGE(rotations, " rotations, ", orders, " orders");
}

TEST_CASE("the old key is deleted before the new one has taken over: what is refused is refused, nothing is lost or doubled, and it goes on with the new key") {
    for (const std::uint64_t seed : {3U, 5U, 7U, 9U}) {
        CAPTURE(seed);
        RotatingHouse house{seed};
        int round = 0;
        for (int again = 0; again < 2; ++again)
            for (const auto& line : house.storm.lines) {
                house.storm.run(milliseconds{500 + house.storm.roll(2'000)});
                house.rotate(line, milliseconds{static_cast<std::int64_t>(round++) * 17});
            }
        house.storm.run(std::chrono::minutes{2});
        const auto orders = house.storm.judge.exchange_orders;
        house.storm.run(std::chrono::minutes{2});
        CHECK(house.storm.judge.exchange_orders > orders);
        house.storm.end();
        for (const auto& complaint : house.storm.complaints) FAIL_CHECK(complaint);
        for (const auto& line : house.storm.lines) CHECK(house.book->stream_state(line.id) == "live");
    }
}
