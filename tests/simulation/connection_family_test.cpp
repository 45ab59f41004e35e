// One family of addresses for each connection: everything of it, and nothing else, goes over that one; what follows from a change, and
// from an exchange that can't be reached over it.
#include "support/desk.hpp"

using namespace bf;
using test::Desk;
using connection::ConnectionStatus;
using exchange::ProblemCode;
using market::Market;
using ports::Family;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

/// Bound to where the exchange sees us over one family.
std::string bound_to(Family family) { return R"(,"ip_allow_list":[")" + test::SimTransport::own_address(family) + "\"]"; }

std::string add(Desk& desk, const std::string& name, const test::MadeKey& key, Family family, Market market = Market::spot) {
    std::optional<Result<std::string>> added;
    connection::AddRequest request{.name = name, .market = market, .family = family, .sealed = key.sealed()};
    request.exchange = *exchange::parse_exchange(key.exchange);
    desk.book->add(std::move(request), [&](Result<std::string> id) { added = std::move(id); });
    REQUIRE(desk.clock.run_until([&] { return added.has_value(); }, seconds{60}));
    REQUIRE(added->has_value());
    desk.settle(**added);
    return **added;
}

bool all_over(const Desk& desk, Family family) {
    const auto& transport = *desk.transport;
    return std::all_of(transport.sent.begin(), transport.sent.end(), [&](const auto& one) { return one.family == family; }) &&
           std::all_of(transport.opened_over.begin(), transport.opened_over.end(), [&](Family one) { return one == family; });
}

}  // namespace

TEST_CASE("everything of a connection goes over its own family: tests, streams, a new key, the old one, our address") {
    for (const auto family : {Family::v4, Family::v6})
        for (const std::string exchange : {"kucoin", "mexc"})
            for (const auto market : {Market::spot, Market::futures}) {
                CAPTURE(ports::to_string(family));
                CAPTURE(exchange);
                Desk desk{{.exchanges = {exchange}}};
                const auto key = desk.good_key(exchange, bound_to(family));
                const auto id = add(desk, "Main", key, family, market);
                CHECK_MESSAGE(desk.status(id) == ConnectionStatus::connected, (desk.problem(id) ? exchange::to_string(*desk.problem(id)) : ""));
                desk.wait_live(id);
                const auto second = desk.make_key(exchange, R"("read","spot","futures")", bound_to(family) + R"(,"account":")" + key.account + "\"");
                CHECK(desk.rotate(id, second).ended.has_value());
                CHECK(desk.old_key(&connection::Book::ask_old_key, id).has_value());
                desk.clock.run_for(hours{25});
                CHECK(desk.status(id) == ConnectionStatus::connected);
                CHECK(desk.is_live(id));
                CHECK(desk.transport->sent.size() > 50);
                CHECK(desk.transport->opened.size() >= 2);
                CHECK(all_over(desk, family));
                // Only an exchange that tells shows us where we were seen.
                if (exchange == "kucoin") CHECK(desk.record(id).proven_from == test::SimTransport::own_address(family));
            }
}

TEST_CASE("two connections of one exchange go over different families, each with a key that is bound to its own") {
    Desk desk;
    const auto four = add(desk, "Four", desk.good_key("kucoin", bound_to(Family::v4)), Family::v4);
    const auto six = add(desk, "Six", desk.good_key("kucoin", bound_to(Family::v6)), Family::v6);
    desk.clock.run_for(hours{26});
    for (const auto& id : {four, six}) {
        CHECK(desk.status(id) == ConnectionStatus::connected);
        CHECK(desk.book->egress_as_proven(desk.record(id)));
        CHECK(desk.is_live(id));
    }
    CHECK(desk.guards_of("EGRESS_CHANGED").empty());
    REQUIRE((desk.book->addresses().v4.has_value() && desk.book->addresses().v6.has_value()));
    CHECK(desk.book->addresses().v4->address == "127.0.0.1");
    CHECK(desk.book->addresses().v6->address == "::1");
    CHECK(desk.store.count(four, "family") == 0);
    CHECK(desk.store.count(six, "family") == 1);
}

TEST_CASE("the wrong family is refused by the key's list, and its user is told the address that arrived") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        Desk desk;
        const auto id = add(desk, "Main", desk.good_key(exchange, bound_to(Family::v4)), Family::v6);
        CHECK(desk.status(id) == ConnectionStatus::error);
        REQUIRE(desk.record(id).problem.has_value());
        CHECK(desk.record(id).problem->code == ProblemCode::ip_not_allowed);
        // KuCoin tells it when asked, MEXC in the refusal.
        REQUIRE(desk.record(id).report.has_value());
        CHECK(desk.record(id).report->egress_v6 == "::1");
        CHECK_FALSE(desk.record(id).report->egress_v4.has_value());
    }
}

TEST_CASE("a change of family: proven anew from the other address, the stream opened anew, nothing over the first one any more, over restarts") {
    Desk desk;
    const auto key = desk.good_key("kucoin", bound_to(Family::v4));
    const auto id = add(desk, "Main", key, Family::v4);
    desk.wait_live(id);
    REQUIRE(desk.book->set_family(id, Family::v6).has_value());
    // What was proven from the other address counts no more, from this moment on.
    CHECK(desk.status(id) == ConnectionStatus::testing);
    CHECK_FALSE(desk.record(id).proven_at.has_value());
    CHECK_FALSE(desk.record(id).proven_from.has_value());
    CHECK(desk.book->stream_state(id) == "none");
    desk.transport->sent.clear();
    desk.transport->opened_over.clear();
    desk.settle(id);
    CHECK(desk.problem(id) == ProblemCode::ip_not_allowed);
    CHECK(desk.record(id).report->egress_v6 == "::1");
    desk.change_key(key, R"({"ip_allow_list":["::1"]})");
    CHECK(desk.test(id).verdict == connection::Verdict::connected);
    desk.wait_live(id);
    CHECK(desk.record(id).proven_from == "::1");
    desk.restart();
    CHECK(desk.record(id).family == Family::v6);
    desk.clock.run_for(hours{1});
    CHECK(desk.status(id) == ConnectionStatus::connected);
    CHECK(all_over(desk, Family::v6));
    CHECK(desk.store.count(id, "family") == 1);
    // The same again is no change.
    REQUIRE(desk.book->set_family(id, Family::v6).has_value());
    CHECK(desk.status(id) == ConnectionStatus::connected);
    CHECK(desk.store.count(id, "family") == 1);
}

TEST_CASE("a change of family waits for a new key's test, and starts no test of what is paused or was never tested") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = add(desk, "Main", key, Family::v4);
    bool over = false;
    std::optional<Status> staged;
    desk.book->rotate(id, desk.good_key("kucoin", R"(,"account":")" + key.account + "\"").sealed(), [&](Status begun) { staged = std::move(begun); }, [&](const Status&) { over = true; });
    REQUIRE(desk.clock.run_until([&] { return staged.has_value(); }, seconds{5}));
    const auto early = desk.book->set_family(id, Family::v6);
    REQUIRE_FALSE(early.has_value());
    CHECK(early.error().code == "rotation_running");
    REQUIRE(desk.clock.run_until([&] { return over; }, seconds{40}));

    REQUIRE(desk.book->disable(id).has_value());
    REQUIRE(desk.book->set_family(id, Family::v6).has_value());
    CHECK(desk.status(id) == ConnectionStatus::disabled);
    CHECK_FALSE(desk.book->is_testing(id));
    const auto draft = desk.try_add("Draft", desk.good_key("mexc"), Market::spot, {}, false);
    REQUIRE(draft.has_value());
    REQUIRE(desk.book->set_family(*draft, Family::v6).has_value());
    CHECK(desk.status(*draft) == ConnectionStatus::draft);
    CHECK_FALSE(desk.book->is_testing(*draft));
    CHECK(desk.book->set_family("nowhere", Family::v6).error().kind == ErrorKind::not_found);
}

TEST_CASE("an exchange that has no address of the family is told so, with the way out; the key is never blamed and an earlier proof is kept") {
    for (const auto family : {Family::v4, Family::v6}) {
        CAPTURE(ports::to_string(family));
        const auto code = family == Family::v6 ? ProblemCode::ipv6_unreachable : ProblemCode::ipv4_unreachable;
        Desk desk;
        desk.transport->unreachable = {family};
        const auto id = add(desk, "Main", desk.good_key("kucoin"), family);
        CHECK(desk.status(id) == ConnectionStatus::error);
        CHECK(desk.problem(id) == code);
        for (const auto language : {exchange::Language::en, exchange::Language::nl}) {
            const auto text = exchange::describe(*desk.record(id).problem, {.exchange_name = "KuCoin", .language = language});
            const std::string mine = family == Family::v6 ? "IPv6" : "IPv4", other = family == Family::v6 ? "IPv4" : "IPv6";
            CHECK(text.title.find(mine) != std::string::npos);
            CHECK(text.cause.find("KuCoin") != std::string::npos);
            CHECK(text.remedy.find(other) != std::string::npos);
        }
        CHECK(desk.record(id).report->claims.key_valid.answer == exchange::Ternary::unknown);
        desk.transport->unreachable.clear();
        CHECK(desk.test(id).verdict == connection::Verdict::connected);
        // Three checks in a row, as with an exchange that is away.
        desk.transport->unreachable = {family};
        REQUIRE(desk.clock.run_until([&] { return desk.status(id) == ConnectionStatus::degraded; }, hours{2}));
        CHECK(desk.problem(id) == code);
        CHECK(desk.record(id).report->verdict == connection::Verdict::connected);
        desk.transport->unreachable.clear();
        CHECK(desk.clock.run_until([&] { return desk.status(id) == ConnectionStatus::connected; }, minutes{40}));
        CHECK(all_over(desk, family));
    }
}

TEST_CASE("our address over IPv6 is watched for the connections that go out over it, and for no others") {
    Desk desk;
    const auto four = add(desk, "Four", desk.good_key("mexc"), Family::v4);
    const auto six = add(desk, "Six", desk.good_key("mexc"), Family::v6);
    std::map<Family, std::string> own{{Family::v4, "203.0.113.7"}, {Family::v6, "2001:db8::7"}};
    desk.book->watch_by([&](Family family, const std::function<void(std::optional<std::string>)>& done) { done(own.at(family)); });
    desk.clock.run_for(seconds{150});
    for (const auto& id : {four, six}) REQUIRE(desk.test(id).verdict == connection::Verdict::connected);
    CHECK(desk.record(four).proven_from == own[Family::v4]);
    CHECK(desk.record(six).proven_from == own[Family::v6]);
    // Another spelling is the same address.
    own[Family::v6] = "2001:DB8:0:0:0:0:0:7";
    desk.clock.run_for(seconds{150});
    CHECK(desk.guards.empty());
    own[Family::v6] = "2001:db8::8";
    REQUIRE(desk.clock.run_until([&] { return !desk.guards.empty(); }, seconds{150}));
    CHECK(desk.guards.front().code == "EGRESS_CHANGED");
    CHECK(desk.guards.front().connection == six);
    CHECK_FALSE(desk.book->egress_as_proven(desk.record(six)));
    CHECK(desk.book->egress_as_proven(desk.record(four)));
}
