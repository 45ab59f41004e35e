// A thousand connections of one installation, in virtual time: the exchanges' limits are never crossed, and hardly anything is left unused
// when much is wanted at once.
#include "support/desk.hpp"

using namespace bf;
using namespace bf::test;
using exchange::Operation;

namespace {

constexpr int kMany = 1000;

std::vector<std::string> add_many(Desk& desk, const std::string& exchange, bool test) {
    std::vector<std::string> ids;
    for (int i = 0; i < kMany; ++i) {
        connection::AddRequest request{.name = "C" + std::to_string(i), .exchange = *exchange::parse_exchange(exchange), .market = Market::spot, .sealed = desk.good_key(exchange).sealed(), .test = test};
        desk.book->add(std::move(request), [&](const Result<std::string>& id) { ids.push_back(id.value()); });
    }
    REQUIRE(desk.clock.run_until([&] { return ids.size() == kMany; }, seconds{5}));
    return ids;
}

std::size_t refused(const Desk& desk) {
    return static_cast<std::size_t>(std::count_if(desk.transport->sent.begin(), desk.transport->sent.end(), [](const auto& one) { return one.status == 429; }));
}

std::size_t connected(const Desk& desk) {
    const auto all = desk.book->all();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto* record) { return record->status == ConnectionStatus::connected; }));
}

/// The most weight that went out in any span as long as a window of KuCoin's public pool.
int public_weight_max(const Desk& desk) {
    const auto limits = exchange::limits_of(ExchangeId::kucoin).value();
    const auto weight = [&](const std::string& path) {
        if (path == "/api/v1/timestamp") return 3;
        if (path == "/api/v1/status") return 3;
        if (path.starts_with("/api/v2/symbols")) return 4;
        return path.ends_with("/level1") ? 2 : 0;
    };
    int now = 0, most = 0;
    std::size_t begin = 0;
    const auto& sent = desk.transport->sent;
    for (const auto& one : sent) {
        now += weight(one.path);
        while (sent[begin].at <= one.at - limits.pools[0].window) now -= weight(sent[begin++].path);
        most = std::max(most, now);
    }
    return most;
}

}  // namespace

TEST_CASE("1,000 connections tested at once: no request over KuCoin's limits, in at most 1.05 times what they force") {
    Desk desk{{.exchanges = {"kucoin"}, .limits = true}};
    const auto begun = desk.clock.true_time();
    add_many(desk, "kucoin", true);
    REQUIRE(desk.clock.run_until([&] { return desk.tested.size() == kMany; }, std::chrono::hours{2}));
    REQUIRE(connected(desk) == kMany);
    const auto took = desk.clock.true_time() - begun;
    CHECK(refused(desk) == 0);
    CHECK(public_weight_max(desk) <= 2000);
    // A full test costs 18 of 2,000 in 30 s (status 3, time 9, symbol 4, price 2) and 14 of the firewall's 500 requests in 10 s. The
    // first window's worth goes at once, so that the limits force what is left of it; whichever pool takes longer counts.
    const auto requests = desk.transport->sent.size();
    const double by_weight = (18.0 * kMany / 2000 - 1) * 30, by_requests = (static_cast<double>(requests) / 500 - 1) * 10;
    const double forced = std::max(by_weight, by_requests);
    MESSAGE("1,000 full tests on KuCoin: ", static_cast<double>(took.count()) / 1000, " s; the limits force ", forced, " s; requests ", requests);
    CHECK(static_cast<double>(took.count()) / 1000 <= 1.05 * forced + 1.5);  // The last test's own duration besides.
}

TEST_CASE("1,000 connections tested at once on MEXC, where the symbol list is the narrowest pool") {
    Desk desk{{.exchanges = {"mexc"}, .limits = true}};
    const auto begun = desk.clock.true_time();
    add_many(desk, "mexc", true);
    REQUIRE(desk.clock.run_until([&] { return desk.tested.size() == kMany; }, std::chrono::hours{3}));
    REQUIRE(connected(desk) == kMany);
    const auto took = desk.clock.true_time() - begun;
    CHECK(refused(desk) == 0);
    const double forced = (kMany / 25.0 - 1) * 60;
    MESSAGE("1,000 full tests on MEXC: ", static_cast<double>(took.count()) / 1000, " s; the limits force ", forced, " s");
    CHECK(static_cast<double>(took.count()) / 1000 <= 1.05 * forced);
}

TEST_CASE("the regular checks of 1,000 connections keep to half of the limits, reach each of them in time, and a start is no stampede") {
    const std::uint64_t seed = 20260914;
    CAPTURE(seed);
    Desk desk{{.seed = seed, .exchanges = {"kucoin"}, .limits = true}};
    add_many(desk, "kucoin", true);
    REQUIRE(desk.clock.run_until([&] { return desk.tested.size() == kMany; }, std::chrono::hours{2}));
    REQUIRE(connected(desk) == kMany);
    desk.clock.run_for(std::chrono::minutes{1});
    // A day and more of silence, as a server that was switched off: everything is due at once, full tests and streams.
    desk.book.reset();
    desk.clock.run_for(std::chrono::hours{30});
    desk.transport->sent.clear();
    desk.tested.clear();
    desk.start();
    std::set<std::string> fully;
    std::size_t seen = 0;
    REQUIRE(desk.clock.run_until([&] {
        for (; seen < desk.tested.size(); ++seen)
            if (!desk.tested[seen].light) fully.insert(desk.tested[seen].id);
        return fully.size() == kMany;
    }, std::chrono::minutes{30}));
    CHECK(refused(desk) == 0);
    CHECK(public_weight_max(desk) <= 1000);
    const auto streams = desk.transport->open_streams();
    CHECK(streams == kMany);

    // From then on: every connection is looked at within 17 minutes, always.
    desk.transport->sent.clear();
    desk.tested.clear();
    desk.clock.run_for(std::chrono::minutes{51});
    CHECK(refused(desk) == 0);
    CHECK(public_weight_max(desk) <= 1000);
    std::map<std::string, int> looks;
    for (const auto& one : desk.tested) ++looks[one.id];
    CHECK(looks.size() == kMany);
    const auto fewest = std::min_element(looks.begin(), looks.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    CHECK(fewest->second >= 3);
    CHECK(connected(desk) == kMany);
    // Spread out: no minute holds more than twice its share.
    std::map<std::int64_t, int> minutes;
    for (const auto& one : desk.tested) ++minutes[one.at.ms() / 60000];
    for (const auto& [minute, count] : minutes) CHECK(count <= 2 * 1000 / 15);
}

TEST_CASE("a test its user starts goes before the regular checks that wait") {
    Desk desk{{.exchanges = {"kucoin"}, .limits = true}};
    const auto ids = add_many(desk, "kucoin", true);
    REQUIRE(desk.clock.run_until([&] { return desk.tested.size() == kMany; }, std::chrono::hours{2}));
    REQUIRE(connected(desk) == kMany);
    desk.book.reset();
    desk.clock.run_for(std::chrono::hours{30});
    desk.start();
    desk.clock.run_for(seconds{60});
    const auto begun = desk.clock.true_time();
    CHECK(desk.test(ids.back()).verdict == connection::Verdict::connected);
    CHECK(desk.clock.true_time() - begun < seconds{2});
}
