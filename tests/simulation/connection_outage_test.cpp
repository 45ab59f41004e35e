// What the exchange's bad days do to a connection: it is told as such, the earlier proof stays, and the key is never blamed.
#include "support/desk.hpp"
#include "support/number_in.hpp"

using namespace bf;
using namespace bf::test;
using connection::StepId;
using connection::StepResult;
using connection::Verdict;
using exchange::Ternary;

namespace {

struct Product {
    const char* exchange;
    Market market;
};
constexpr Product kProducts[] = {{"mexc", Market::spot}, {"mexc", Market::futures}, {"kucoin", Market::spot}, {"kucoin", Market::futures}};

bool is_passing(ProblemCode code) { return code == ProblemCode::exchange_unavailable || code == ProblemCode::maintenance || code == ProblemCode::rate_limited; }

/// The paths a good test asks, once each.
std::set<std::string> paths_of(const Product& product) {
    Desk desk;
    desk.add("Main", desk.good_key(product.exchange), product.market);
    std::set<std::string> paths;
    for (const auto& one : desk.transport->sent) paths.insert(one.path);
    return paths;
}

void check_not_blamed(const Report& report) {
    CHECK(report.claims.withdraw.answer != Ternary::yes);
    if (report.verdict == Verdict::connected) return;
    REQUIRE(report.problem);
    CAPTURE(exchange::to_string(report.problem->code));
    CAPTURE(report.problem->exchange_message);
    CHECK(is_passing(report.problem->code));
    CHECK(exchange::describe(*report.problem, {.exchange_name = "EX"}).title == "Exchange unavailable");
    CHECK(report.claims.key_valid.answer != Ternary::no);
    CHECK(report.claims.read.answer != Ternary::no);
    CHECK(report.claims.spot_trade.answer != Ternary::no);
    CHECK(report.claims.futures_trade.answer != Ternary::no);
    CHECK(report.steps.size() == (report.market == Market::futures ? 12 : 11));
}

}  // namespace

TEST_CASE("AT-C5: every fault at every call of the test ends as Exchange unavailable or in a proof, within 15 s, and never brands the key") {
    std::uint64_t ways = 0;
    for (const auto& product : kProducts) {
        for (const auto& path : paths_of(product)) {
            // A path may be part of another; what matters is that this one is hit.
            for (const char* fault : {"unavailable", "maintenance", "timeout", "lost_reply", "reset", "malformed", "rate_limit"}) {
                if (ways++ % repeats(1, 5) != 0) continue;
                CAPTURE(product.exchange);
                CAPTURE(path);
                CAPTURE(fault);
                Desk desk{{.exchanges = {product.exchange}}};
                const auto key = desk.good_key(product.exchange);
                desk.fault(product.exchange, fault, R"(,"path":")" + path + "\"");
                const auto begun = desk.clock.steady();
                const auto id = desk.add("Main", key, product.market);
                CHECK(desk.clock.steady() - begun <= seconds{15});
                check_not_blamed(*desk.record(id).report);
                const bool proven = desk.record(id).report->verdict == Verdict::connected;
                CHECK(desk.status(id) == (proven ? ConnectionStatus::connected : ConnectionStatus::error));
                // It heals without its user: by the schedule.
                desk.heal();
                CHECK(desk.clock.run_until([&] { return desk.status(id) == ConnectionStatus::connected; }, std::chrono::minutes{40}));
            }
        }
    }
}

TEST_CASE("HTML pages, empty bodies, numbers and half answers of any status say nothing about the key") {
    const wire::Response pages[] = {
        {200, {{"Content-Type", "text/html"}}, "<!DOCTYPE html><html><body>Just a moment...</body></html>"},
        {403, {{"Content-Type", "text/html"}}, "<html><body>Access denied</body></html>"},
        {502, {}, "<html><head><title>502 Bad Gateway</title></head></html>"},
        {200, {}, ""},
        {200, {}, "null"},
        {200, {}, "[]"},
        {200, {}, "{}"},
        {200, {}, "12"},
        {200, {}, "{\"code\":"},
        {500, {}, ""},
        {301, {{"Location", "https://evil.example/"}}, ""},
    };
    std::uint64_t ways = 0;
    for (const auto& product : kProducts) {
        for (const auto& path : paths_of(product)) {
            for (const auto& page : pages) {
                if (ways++ % repeats(1, 7) != 0) continue;
                CAPTURE(product.exchange);
                CAPTURE(path);
                CAPTURE(page.status);
                CAPTURE(page.body);
                Desk desk{{.exchanges = {product.exchange}}};
                const auto key = desk.good_key(product.exchange);
                desk.transport->instead = [&](const wire::Request& request) -> std::optional<Result<wire::Response>> {
                    if (request.path() != path) return std::nullopt;
                    return Result<wire::Response>{page};
                };
                const auto id = desk.add("Main", key, product.market);
                const auto& report = *desk.record(id).report;
                CHECK(report.claims.withdraw.answer != Ternary::yes);
                CHECK(report.claims.key_valid.answer != Ternary::no);
                if (!report.problem) continue;
                CAPTURE(exchange::to_string(report.problem->code));
                // "{}" where a key's rights stand is an answer without rights: that the exchange did not tell is then said, never guessed.
                CHECK((is_passing(report.problem->code) || report.problem->code == ProblemCode::withdrawal_unknown));
            }
        }
    }
}

TEST_CASE("a proven connection is degraded while the exchange is away, keeps its passport, and comes back by itself") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        Desk desk;
        const auto id = desk.add("Main", desk.good_key(product.exchange), product.market);
        const auto proven_at = desk.record(id).proven_at;
        const auto claims = desk.record(id).report->claims.key_valid.at;
        desk.fault(product.exchange, "unavailable");
        const auto report = desk.test(id);
        CHECK(report.problem->code == ProblemCode::exchange_unavailable);
        CHECK(desk.status(id) == ConnectionStatus::degraded);
        CHECK(desk.record(id).proven_at == proven_at);
        CHECK(desk.record(id).report->verdict == Verdict::connected);
        CHECK(desk.record(id).report->claims.key_valid.at == claims);
        desk.heal();
        CHECK(desk.clock.run_until([&] { return desk.status(id) == ConnectionStatus::connected; }, std::chrono::minutes{17}));
        CHECK_FALSE(desk.problem(id));
        desk.wait_live(id);
    }
}

TEST_CASE("three scheduled checks in a row must fail before a status changes; one that passes begins anew") {
    Desk desk;
    const auto id = desk.add("Main", desk.good_key("kucoin"), Market::spot);
    const auto checks = [&] { return desk.tested.size(); };
    const auto next_check = [&] {
        const auto before = checks();
        REQUIRE(desk.clock.run_until([&] { return checks() > before; }, std::chrono::minutes{17}));
    };
    desk.fault("kucoin", "unavailable");
    next_check();
    next_check();
    CHECK(desk.status(id) == ConnectionStatus::connected);
    desk.heal();
    next_check();
    desk.fault("kucoin", "unavailable");
    next_check();
    next_check();
    CHECK(desk.status(id) == ConnectionStatus::connected);
    next_check();
    CHECK(desk.status(id) == ConnectionStatus::degraded);
    CHECK(desk.store.count(id, "status") == 2);  // connected, degraded
}

TEST_CASE("a key that dies is an error at the third scheduled failure, at once when its user tests; one found able to withdraw at once, always") {
    Desk desk;
    const auto key = desk.good_key("mexc");
    const auto id = desk.add("Main", key, Market::spot);
    desk.change_key(key, R"({"revoked":true})");
    const auto next_check = [&] {
        const auto before = desk.tested.size();
        REQUIRE(desk.clock.run_until([&] { return desk.tested.size() > before; }, std::chrono::minutes{17}));
    };
    next_check();
    next_check();
    CHECK(desk.status(id) == ConnectionStatus::connected);
    next_check();
    CHECK(desk.status(id) == ConnectionStatus::error);
    CHECK(desk.book->stream_state(id) == "none");
    // The exchange goes away: what is known of the key stays.
    const auto told = desk.problem(id);
    desk.fault("mexc", "unavailable");
    next_check();
    CHECK(desk.status(id) == ConnectionStatus::error);
    CHECK(desk.problem(id) == told);
    desk.heal();
    // Restored, it is proven in full before it is Online again.
    desk.change_key(key, R"({"revoked":false})");
    CHECK(desk.clock.run_until([&] { return desk.status(id) == ConnectionStatus::connected; }, std::chrono::minutes{17}));
    CHECK_FALSE(desk.tested.back().light);

    desk.change_key(key, R"({"permissions":["read","spot","withdraw"]})");
    next_check();
    CHECK(desk.tested.back().light);
    CHECK(desk.status(id) == ConnectionStatus::refused);
    CHECK(desk.problem(id) == ProblemCode::withdraw_enabled);
    // A refused key is left alone until its user says otherwise.
    const auto count = desk.tested.size();
    desk.clock.run_for(std::chrono::hours{26});
    CHECK(desk.tested.size() == count);
    desk.change_key(key, R"({"permissions":["read","spot"]})");
    CHECK(desk.test(id).verdict == Verdict::connected);

    desk.change_key(key, R"({"revoked":true})");
    CHECK(desk.test(id).verdict == Verdict::failed);
    CHECK(desk.status(id) == ConnectionStatus::error);
}

TEST_CASE("a clock that was days ahead for a while: checks go on as soon as it is right, and what failed for it is proven again") {
    using std::chrono::hours;
    using std::chrono::minutes;
    for (const bool failed : {false, true}) {
        CAPTURE(failed);
        Desk desk;
        const auto id = desk.add("Main", desk.good_key("kucoin"), Market::spot);
        desk.clock.step_wall(hours{72});
        const auto before = desk.tested.size();
        CHECK(desk.clock.run_until([&] { return desk.tested.size() >= before + (failed ? 4 : 1); }, hours{2}));
        CHECK(desk.status(id) == (failed ? ConnectionStatus::error : ConnectionStatus::connected));
        if (failed) CHECK(desk.problem(id) == ProblemCode::clock_skew);
        desk.clock.step_wall(-hours{72});
        // Exits are signed with it meanwhile, and the signer signs for no time further off.
        CHECK(abs(desk.record(id).report->clock_offset) <= seconds{60});
        desk.clock.run_for(minutes{1});
        if (const auto next = desk.book->next_test_at(id)) CHECK(*next <= desk.clock.wall() + minutes{16});
        const auto after = desk.tested.size();
        CHECK(desk.clock.run_until([&] { return desk.tested.size() > after; }, minutes{17}));
        CHECK(desk.clock.run_until([&] { return desk.status(id) == ConnectionStatus::connected; }, minutes{17}));
        const auto full = [&] { return std::count_if(desk.tested.begin(), desk.tested.end(), [](const auto& one) { return !one.light; }); };
        const auto proven = full();
        desk.clock.run_for(hours{25});
        CHECK(full() > proven);
    }
}

TEST_CASE("two absences and one refusal are not three failures of the key") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    const auto next_check = [&] {
        const auto before = desk.tested.size();
        REQUIRE(desk.clock.run_until([&] { return desk.tested.size() > before; }, std::chrono::minutes{17}));
    };
    desk.fault("kucoin", "unavailable");
    next_check();
    next_check();
    desk.heal();
    desk.change_key(key, R"({"revoked":true})");
    next_check();
    CHECK(desk.status(id) == ConnectionStatus::connected);
    next_check();
    next_check();
    CHECK(desk.status(id) == ConnectionStatus::error);
}

TEST_CASE("a lost trading right is found by the light check, a stream that no longer opens by full ones") {
    Desk desk;
    const auto key = desk.good_key("mexc");
    const auto id = desk.add("Main", key, Market::spot);
    desk.wait_live(id);
    desk.change_key(key, R"({"permissions":["read"]})");
    REQUIRE(desk.clock.run_until([&] { return desk.status(id) == ConnectionStatus::error; }, std::chrono::minutes{50}));
    CHECK(desk.problem(id) == ProblemCode::no_trade_permission);

    Desk deaf;
    const auto other = deaf.add("Main", deaf.good_key("mexc"), Market::spot);
    deaf.wait_live(other);
    deaf.transport->socket_refused = [](const std::string&) { return true; };
    deaf.fault("mexc", "drop_stream");
    deaf.heal();
    // At the latest a day and three quarters of an hour later.
    CHECK(deaf.clock.run_until([&] { return deaf.status(other) != ConnectionStatus::connected; }, std::chrono::hours{25}));
    CHECK(deaf.status(other) == ConnectionStatus::degraded);
}

TEST_CASE("a signer that is started again is waited for; one that stays away is not the key's fault") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = *desk.try_add("Main", key, Market::spot);
    desk.signer.away = true;
    desk.clock.after(milliseconds{900}, [&] { desk.signer.away = false; });
    desk.settle(id);
    CHECK(desk.status(id) == ConnectionStatus::connected);
    desk.signer.away = true;
    CHECK(desk.test(id).problem->code == ProblemCode::exchange_unavailable);
    CHECK(desk.status(id) == ConnectionStatus::degraded);
}

TEST_CASE("a KuCoin answer that names a foreign WebSocket address gets nothing sent there") {
    for (const char* foreign : {"wss://kucoin.com.evil.example/endpoint", "ws://ws-api-spot.kucoin.com/endpoint", "wss://evil.example/?kucoin.com", "wss://user@ws-api-spot.kucoin.com/"}) {
        CAPTURE(foreign);
        Desk desk{{.repointed = false}};
        desk.transport->tampered = [&](const wire::Request& request, wire::Response& response) {
            if (request.path().find("bullet-private") == std::string_view::npos) return;
            const auto at = response.body.find("ws://");
            REQUIRE(at != std::string::npos);
            response.body.replace(at, response.body.find('"', at) - at, foreign);
        };
        const auto id = desk.add("Main", desk.good_key("kucoin"), Market::spot);
        CHECK(desk.status(id) == ConnectionStatus::error);
        const auto& steps = desk.record(id).report->steps;
        CHECK(steps.back().id == StepId::stream);
        CHECK(steps.back().result == StepResult::fail);
        CHECK(steps.back().detail.back().saying == connection::Saying::stream_elsewhere);
        CHECK(desk.transport->opened.empty());
        CHECK(desk.transport->messages_sent == 0);
    }
}

TEST_CASE("a live stream is the proof: a test opens no second one, and no listen key in use is ever deleted") {
    Desk desk;
    const auto id = desk.add("Main", desk.good_key("mexc"), Market::spot);
    desk.wait_live(id);
    const auto opened = desk.transport->opened.size();
    const auto report = desk.test(id);
    CHECK(report.verdict == Verdict::connected);
    CHECK(report.steps.back().detail.back().saying == connection::Saying::stream_live);
    CHECK(desk.transport->opened.size() == opened);
    // It outlives the listen key's hour: renewed, not replaced.
    desk.clock.run_for(std::chrono::hours{3});
    CHECK(desk.is_live(id));
    CHECK(desk.transport->opened.size() == opened);
    CHECK(std::none_of(desk.transport->sent.begin(), desk.transport->sent.end(), [](const auto& one) { return one.method == wire::Method::del; }));
    CHECK(std::any_of(desk.transport->sent.begin(), desk.transport->sent.end(), [](const auto& one) { return one.method == wire::Method::put && one.path.ends_with("userDataStream"); }));
}

TEST_CASE("a cut stream comes back, and many cuts leave nothing behind") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        Desk desk;
        const auto id = desk.add("Main", desk.good_key(product.exchange), product.market);
        desk.wait_live(id);
        for (int cut = 0; cut < 6; ++cut) {
            desk.fault(product.exchange, "drop_stream", R"(,"count":1)");
            REQUIRE(desk.clock.run_until([&] { return !desk.is_live(id); }, seconds{40}));
            REQUIRE(desk.clock.run_until([&] { return desk.is_live(id); }, seconds{40}));
            desk.clock.run_for(std::chrono::hours{1});
            CHECK(desk.status(id) == ConnectionStatus::connected);
        }
        CHECK(desk.transport->open_streams() == 1);
        CHECK(desk.clock.waiting() < 20);
    }
}

TEST_CASE("a unified account stays one while the exchange does not say so: its orders are never looked for where a classic account has them") {
    const auto is_unified = [](Desk& desk, const std::string& id) { return desk.record(id).report->account_mode == exchange::AccountMode::unified; };
    constexpr std::string_view kMode = "/api/ua/v1/account/mode", kClassic = "/api/v1/accounts";
    Desk desk{{.exchanges = {"kucoin"}}};
    const auto key = desk.good_key("kucoin", R"(,"account_mode":"unified","ip_allow_list":["127.0.0.1"])");
    // Not told at its first test: no proof, whatever the classic account's calls would answer.
    desk.fault("kucoin", "unavailable", R"(,"path":")" + std::string{kMode} + "\"");
    const auto id = desk.add("Main", key, Market::spot);
    CHECK(desk.problem(id) == ProblemCode::exchange_unavailable);
    CHECK(desk.transport->count(std::string{kClassic}) == 0);
    desk.heal();
    CHECK(desk.test(id).verdict == Verdict::connected);
    REQUIRE(is_unified(desk, id));
    CHECK(desk.record(id).report->key_version == 3);
    SUBCASE("the call for it fails") {
        desk.fault("kucoin", "unavailable", R"(,"path":")" + std::string{kMode} + "\"");
        CHECK(desk.test(id).problem->code == ProblemCode::exchange_unavailable);
        CHECK(desk.status(id) == ConnectionStatus::degraded);
    }
    SUBCASE("the test ends before it is asked for") {
        desk.change_key(key, R"({"ip_allow_list":["203.0.113.7"]})");
        CHECK(desk.test(id).problem->code == ProblemCode::ip_not_allowed);
    }
    CHECK(is_unified(desk, id));
    CHECK(desk.record(id).report->key_version == 3);
    CHECK(desk.transport->count(std::string{kClassic}) == 0);
}

TEST_CASE("an account that became a unified one is traded, and its stream opened, as one from the next check on") {
    Desk desk{{.exchanges = {"kucoin"}}};
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    desk.wait_live(id);
    desk.world->exchange("kucoin")->find_account(key.account)->mode = simulator::AccountMode::unified;
    const auto opened = desk.transport->count("/api/v2/bullet-private");
    CHECK(desk.clock.run_until([&] { return desk.record(id).report->account_mode == exchange::AccountMode::unified; }, std::chrono::minutes{20}));
    CHECK(desk.clock.run_until([&] { return desk.transport->count("/api/v2/bullet-private") > opened && desk.is_live(id); }, std::chrono::minutes{1}));
    CHECK(desk.status(id) == ConnectionStatus::connected);
}

TEST_CASE("a list of pairs that does not come is an exchange that is away, not a key that no pair is open to") {
    const std::pair<Product, const char*> lists[] = {{{"mexc", Market::spot}, "/api/v3/exchangeInfo"},
                                                     {{"mexc", Market::spot}, "/api/v3/selfSymbols"},
                                                     {{"mexc", Market::futures}, "/api/v1/contract/detail"},
                                                     {{"kucoin", Market::spot}, "/api/v2/symbols"},
                                                     {{"kucoin", Market::futures}, "/api/v1/contracts"}};
    for (const auto& [product, path] : lists) {
        CAPTURE(product.exchange);
        CAPTURE(path);
        Desk desk{{.exchanges = {product.exchange}}};
        const auto key = desk.good_key(product.exchange);
        desk.fault(product.exchange, "unavailable", R"(,"path":")" + std::string{path} + "\"");
        const auto& report = *desk.record(desk.add("Main", key, product.market)).report;
        REQUIRE(report.problem);
        CHECK(is_passing(report.problem->code));
        CHECK(report.steps[static_cast<std::size_t>(StepId::orders)].result == StepResult::fail);
    }
}

TEST_CASE("a KuCoin key that its site does not know is invalid, also where the other site can't be asked") {
    const std::pair<const char*, Result<wire::Response>> others[] = {
        {"no way there", Unexpected{Error{ErrorKind::unreachable, "There is no such host.", Fate::not_sent, "no_host"}}},
        {"a page that says no", wire::Response{403, {{"Content-Type", "text/html"}}, "<html><body>Access denied</body></html>"}},
        {"not in this country", wire::Response{200, {}, R"({"code":"400500","msg":"Your located country/region is currently not supported"})"}},
        {"not known there either", wire::Response{401, {}, R"({"code":"400003","msg":"The API key does not exist or site mismatch."})"}},
    };
    for (const auto& [why, answer] : others) {
        CAPTURE(why);
        Desk desk{{.repointed = false, .exchanges = {"kucoin"}}};
        auto key = desk.good_key("kucoin");
        key.key = "6705f5c311545b000157d3ff";
        std::size_t asked = 0;
        desk.transport->instead = [&, &there = answer](const wire::Request& request) -> std::optional<Result<wire::Response>> {
            if (!request.host.ends_with(".eu")) return std::nullopt;
            ++asked;
            return there;
        };
        const auto id = desk.add("Main", key, Market::spot);
        CHECK(asked == 1);
        CHECK(desk.problem(id) == ProblemCode::invalid_key);
        CHECK(desk.status(id) == ConnectionStatus::error);
        CHECK(desk.record(id).report->site == exchange::Site::global);
    }
}
