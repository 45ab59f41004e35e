// A thousand connections of one installation, in virtual time: the exchanges' limits are never crossed, and hardly anything is left unused
// when much is wanted at once. Figures of a crowd: under the sanitizers, which look at memory, a few connections do (connection_book_test).
#include "base/sanitized.hpp"
#include "support/crowd.hpp"

using namespace bf;
using namespace bf::test;

namespace {

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

TEST_CASE("1,000 connections tested at once: no request over KuCoin's limits, in at most 1.05 times what they force" * doctest::skip(kSanitized)) {
    Desk desk{{.exchanges = {"kucoin"}, .limits = true}};
    const auto run = run_crowd(desk, "kucoin");
    REQUIRE(run.connected == kCrowd);
    CHECK(run.refused == 0);
    CHECK(public_weight_max(desk) <= 2000);
    MESSAGE("1,000 full tests on KuCoin: ", run.seconds_taken, " s; the limits force ", run.seconds_forced, " s; requests ", run.requests);
    CHECK(run.seconds_taken <= 1.05 * run.seconds_forced + 1.5);  // The last test's own duration besides.
}

TEST_CASE("1,000 connections tested at once on MEXC, where the symbol list is the narrowest pool" * doctest::skip(kSanitized)) {
    Desk desk{{.exchanges = {"mexc"}, .limits = true}};
    const auto run = run_crowd(desk, "mexc");
    REQUIRE(run.connected == kCrowd);
    CHECK(run.refused == 0);
    MESSAGE("1,000 full tests on MEXC: ", run.seconds_taken, " s; the limits force ", run.seconds_forced, " s");
    CHECK(run.seconds_taken <= 1.05 * run.seconds_forced);
}

TEST_CASE("the regular checks of 1,000 connections keep to half of the limits, reach each of them in time, and a start is no stampede" * doctest::skip(kSanitized)) {
    const std::uint64_t seed = 20260914;
    CAPTURE(seed);
    Desk desk{{.seed = seed, .exchanges = {"kucoin"}, .limits = true}};
    add_crowd(desk, "kucoin", true);
    REQUIRE(desk.clock.run_until([&] { return desk.tested.size() == kCrowd; }, std::chrono::hours{2}));
    REQUIRE(count_connected(desk) == kCrowd);
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
        return fully.size() == kCrowd;
    }, std::chrono::minutes{30}));
    CHECK(count_refused(desk) == 0);
    CHECK(public_weight_max(desk) <= 1000);
    const auto streams = desk.transport->open_streams();
    CHECK(streams == kCrowd);

    // From then on: every connection is looked at within 17 minutes, always.
    desk.transport->sent.clear();
    desk.tested.clear();
    desk.clock.run_for(std::chrono::minutes{51});
    CHECK(count_refused(desk) == 0);
    CHECK(public_weight_max(desk) <= 1000);
    std::map<std::string, int> looks;
    for (const auto& one : desk.tested) ++looks[one.id];
    CHECK(looks.size() == kCrowd);
    const auto fewest = std::min_element(looks.begin(), looks.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    CHECK(fewest->second >= 3);
    CHECK(count_connected(desk) == kCrowd);
    // Spread out: no minute holds more than twice its share.
    std::map<std::int64_t, int> minutes;
    for (const auto& one : desk.tested) ++minutes[one.at.ms() / 60000];
    for (const auto& [minute, count] : minutes) CHECK(count <= 2 * 1000 / 15);
}

TEST_CASE("a test its user starts goes before the regular checks that wait") {
    Desk desk{{.exchanges = {"kucoin"}, .limits = true}};
    const auto ids = add_crowd(desk, "kucoin", true);
    REQUIRE(desk.clock.run_until([&] { return desk.tested.size() == kCrowd; }, std::chrono::hours{2}));
    REQUIRE(count_connected(desk) == kCrowd);
    desk.book.reset();
    desk.clock.run_for(std::chrono::hours{30});
    desk.start();
    desk.clock.run_for(seconds{60});
    const auto begun = desk.clock.true_time();
    CHECK(desk.test(ids.back()).verdict == connection::Verdict::connected);
    CHECK(desk.clock.true_time() - begun < seconds{2});
}
