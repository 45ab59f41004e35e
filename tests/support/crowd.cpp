#include "support/crowd.hpp"

namespace bf::test {

std::vector<std::string> add_crowd(Desk& desk, const std::string& exchange, bool test) {
    std::vector<std::string> ids;
    for (int i = 0; i < kCrowd; ++i) {
        connection::AddRequest request{.name = "C" + std::to_string(i), .exchange = *exchange::parse_exchange(exchange), .market = Market::spot, .sealed = desk.good_key(exchange).sealed(), .test = test};
        desk.book->add(std::move(request), [&](const Result<std::string>& id) { ids.push_back(id.value()); });
    }
    REQUIRE(desk.clock.run_until([&] { return ids.size() == kCrowd; }, seconds{5}));
    return ids;
}

std::size_t count_refused(const Desk& desk) {
    return static_cast<std::size_t>(std::count_if(desk.transport->sent.begin(), desk.transport->sent.end(), [](const auto& one) { return one.status == 429; }));
}

std::size_t count_connected(const Desk& desk) {
    const auto all = desk.book->all();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto* record) { return record->status == ConnectionStatus::connected; }));
}

CrowdRun run_crowd(Desk& desk, const std::string& exchange) {
    const auto begun = desk.clock.true_time();
    add_crowd(desk, exchange, true);
    REQUIRE(desk.clock.run_until([&] { return desk.tested.size() == kCrowd; }, std::chrono::hours{3}));
    const auto requests = desk.transport->sent.size();
    double forced = 0;
    if (exchange == "kucoin") {
        // A full test costs 18 of 2,000 in 30 s (status 3, time 9, symbol 4, price 2) and 14 of the firewall's 500 requests in 10 s. The
        // first window's worth goes at once, so that the limits force what is left of it; whichever pool takes longer counts.
        forced = std::max((18.0 * kCrowd / 2000 - 1) * 30, (static_cast<double>(requests) / 500 - 1) * 10);
    } else {
        // The symbol list is the narrowest pool: 25 in a minute.
        forced = (kCrowd / 25.0 - 1) * 60;
    }
    return {static_cast<double>((desk.clock.true_time() - begun).count()) / 1000, forced, requests, count_refused(desk), count_connected(desk)};
}

}  // namespace bf::test
