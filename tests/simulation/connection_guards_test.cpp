// What guards a connection besides its tests: the key before and its end, our own address, the end of a key's life, what changes behind
// our back, and the list of findings that a user reads.
#include "connection/findings.hpp"
#include "connection/limit_change.hpp"
#include "support/desk.hpp"

using namespace bf;
using namespace bf::test;
using connection::Book;
using connection::Verdict;
using exchange::Language;
using exchange::Ternary;
using simulator::Permission;
using std::chrono::hours;

namespace {

const std::set<Permission> kSpot{Permission::read, Permission::spot};
constexpr const char* kHere = "203.0.113.7";
constexpr const char* kThere = "198.51.100.9";

std::string bound_to(const std::string& listed, const std::string& from) { return R"(,"ip_allow_list":[")" + listed + R"("],"source_ip":")" + from + "\""; }

bool finds(Desk& desk, const std::string& code, const std::string& id = {}, connection::InstallationFacts facts = {}, hours later = {}) {
    for (const auto& finding : connection::findings_of(*desk.book, facts, desk.clock.wall() + later, Language::en)) {
        if (finding.code != code) continue;
        CHECK_FALSE(finding.cause.empty());
        CHECK_FALSE(finding.remedy.empty());
        if (id.empty() || std::any_of(finding.about.begin(), finding.about.end(), [&](const Record* one) { return one->id == id; })) return true;
    }
    return false;
}

/// Counts what a trader hears of the private stream.
class Ears final : public connection::StreamTap {
public:
    void on_live() override { ++lives; }
    void on_down(const exchange::Problem&) override { ++downs; }
    int lives{0}, downs{0};
};

}  // namespace

TEST_CASE("rotation: the old key stays sealed for as long as its user chose, then it is wiped") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    const auto print = desk.record(id).key_fingerprint;
    REQUIRE(desk.rotate(id, desk.sibling_key(key, kSpot), hours{2}).ended.has_value());
    REQUIRE(desk.record(id).old_key.has_value());
    CHECK(desk.record(id).old_key->fingerprint == print);
    CHECK(desk.signer.keeps_old(id));
    desk.clock.run_for(hours{1});
    CHECK(desk.signer.keeps_old(id));
    // It was asked about meanwhile, and is not dead: that is a finding until it is.
    CHECK(desk.record(id).old_key->works == Ternary::yes);
    CHECK(finds(desk, "old_key_works", id));
    desk.restart();
    desk.clock.run_for(hours{1} + seconds{5});
    CHECK_FALSE(desk.signer.keeps_old(id));
    CHECK(desk.guards_of("OLD_KEY_WORKS").size() == 1);
    CHECK(finds(desk, "old_key_works", id));
    // Its user deletes it and says so.
    desk.change_key(key, R"({"revoked":true})");
    REQUIRE(desk.old_key(&Book::forget_old_key, id).has_value());
    CHECK_FALSE(desk.record(id).old_key.has_value());
    CHECK_FALSE(finds(desk, "old_key_works"));
    CHECK(desk.status(id) == ConnectionStatus::connected);

    REQUIRE(desk.rotate(id, desk.sibling_key(key, kSpot), hours{0}).ended.has_value());
    desk.clock.run_for(seconds{2});
    CHECK_FALSE(desk.signer.keeps_old(id));
}

TEST_CASE("rotation: an old key is forgotten and the signer's answer is lost: it is none to go back to, and nobody has to ask again") {
    for (const bool dies : {false, true}) {
        CAPTURE(dies);
        Desk desk;
        const auto key = desk.good_key("kucoin");
        const auto id = desk.add("Main", key, Market::spot);
        REQUIRE(desk.rotate(id, desk.sibling_key(key, kSpot), hours{24 * 30}).ended.has_value());
        desk.change_key(key, R"({"revoked":true})");
        desk.signer.loses_answers = true;
        CHECK_FALSE(desk.old_key(&Book::forget_old_key, id).has_value());
        REQUIRE_FALSE(desk.signer.keeps_old(id));
        desk.signer.loses_answers = false;
        if (dies) desk.restart();
        desk.clock.run_for(std::chrono::minutes{2});
        CHECK_FALSE(desk.record(id).old_key.has_value());
        CHECK(desk.store.count(id, "old_key") == 3);  // Kept, dead, wiped.
    }
}

TEST_CASE("rotation: an old key that is deleted at the exchange is shown dead, and forgotten with its time") {
    for (const char* exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        Desk desk;
        const auto key = desk.good_key(exchange);
        const auto id = desk.add("Main", key, Market::spot);
        REQUIRE(desk.rotate(id, desk.sibling_key(key, kSpot)).ended.has_value());
        CHECK(desk.old_key(&Book::ask_old_key, id).has_value());
        CHECK(desk.record(id).old_key->works == Ternary::yes);
        CHECK(desk.old_key(&Book::forget_old_key, id).error().code == "old_key_works");
        // An exchange that is away proves nothing.
        desk.fault(exchange, "unavailable");
        CHECK(desk.old_key(&Book::ask_old_key, id).error().code == "old_key_unknown");
        CHECK(desk.record(id).old_key->works == Ternary::yes);
        desk.heal();
        desk.change_key(key, R"({"revoked":true})");
        CHECK(desk.old_key(&Book::ask_old_key, id).has_value());
        CHECK(desk.record(id).old_key->works == Ternary::no);
        CHECK_FALSE(finds(desk, "old_key_works"));
        CHECK(desk.old_key(&Book::roll_back, id).error().code == "old_key_dead");
        desk.clock.run_for(hours{24} + seconds{5});
        CHECK_FALSE(desk.signer.keeps_old(id));
        CHECK_FALSE(desk.record(id).old_key.has_value());
        CHECK(desk.guards_of("OLD_KEY_WORKS").empty());
        CHECK(desk.status(id) == ConnectionStatus::connected);
    }
}

TEST_CASE("rotation: an old key that was asked about by a clock that was ahead is asked about again as soon as it is right") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    REQUIRE(desk.rotate(id, desk.sibling_key(key, kSpot), hours{24 * 7}).ended.has_value());
    desk.clock.run_for(std::chrono::minutes{5});
    REQUIRE(desk.record(id).old_key->works == Ternary::yes);
    desk.clock.step_wall(hours{72});
    desk.clock.run_for(std::chrono::minutes{20});
    desk.clock.step_wall(-hours{72});
    desk.change_key(key, R"({"revoked":true})");
    desk.clock.run_for(std::chrono::minutes{20});
    CHECK(desk.record(id).old_key->works == Ternary::no);
}

TEST_CASE("rotation: what the exchange says late of one old key is not taken for the next one's") {
    Desk desk;
    const auto first = desk.good_key("kucoin");
    const auto id = desk.add("Main", first, Market::spot);
    const auto second = desk.sibling_key(first, kSpot);
    REQUIRE(desk.rotate(id, second).ended.has_value());
    desk.change_key(first, R"({"revoked":true})");
    // Asked about the first one, which is dead; its answer takes longer than another rotation.
    const auto usual = desk.transport->latency;
    desk.transport->latency = seconds{6};
    bool answered = false;
    desk.book->ask_old_key(id, [&](const Status&) { answered = true; });
    desk.clock.run_for(milliseconds{1});
    desk.transport->latency = usual;
    const auto print = desk.record(id).key_fingerprint;
    REQUIRE(desk.rotate(id, desk.sibling_key(first, kSpot)).ended.has_value());
    REQUIRE_FALSE(answered);
    REQUIRE(desk.record(id).old_key->fingerprint == print);
    desk.clock.run_for(seconds{10});
    CHECK(answered);
    CHECK(desk.record(id).old_key->works != Ternary::no);
    CHECK(desk.old_key(&Book::ask_old_key, id).has_value());
    CHECK(desk.record(id).old_key->works == Ternary::yes);
}

TEST_CASE("rotation is taken back: the old key is in use again, the new one wiped") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    const auto print = desk.record(id).key_fingerprint;
    CHECK(desk.old_key(&Book::roll_back, id).error().code == "no_old_key");
    const auto next = desk.sibling_key(key, kSpot);
    REQUIRE(desk.rotate(id, next).ended.has_value());
    REQUIRE(desk.old_key(&Book::roll_back, id).has_value());
    desk.settle(id);
    CHECK(desk.record(id).key_fingerprint == print);
    CHECK_FALSE(desk.record(id).old_key.has_value());
    CHECK(desk.signer.count() == 1);
    CHECK_FALSE(desk.signer.keeps_old(id));
    desk.change_key(next, R"({"revoked":true})");
    CHECK(desk.test(id).verdict == Verdict::connected);
    // And a rotation after it goes as the first.
    REQUIRE(desk.rotate(id, desk.sibling_key(key, kSpot)).ended.has_value());
}

TEST_CASE("taking a rotation back, cut short at any moment or with answers that are lost: one key in use, and the fingerprint is that key's") {
    for (int moment = 0; moment < 24; ++moment) {
        CAPTURE(moment);
        Desk desk;
        const auto key = desk.good_key("kucoin");
        const auto id = desk.add("Main", key, Market::spot);
        const auto print = desk.record(id).key_fingerprint;
        const auto next = desk.sibling_key(key, kSpot);
        REQUIRE(desk.rotate(id, next).ended.has_value());
        desk.signer.loses_answers = moment % 2 == 1;
        desk.book->roll_back(id, [](const Status&) {});
        desk.clock.run_for(milliseconds{moment / 2});
        desk.restart();
        desk.signer.loses_answers = false;
        desk.clock.run_for(seconds{30});
        CHECK(desk.signer.count() == 1);
        const bool back = desk.record(id).key_fingerprint == print;
        CHECK(back != desk.record(id).old_key.has_value());
        desk.change_key(back ? next : key, R"({"revoked":true})");
        CHECK(desk.test(id).verdict == Verdict::connected);
        CHECK(desk.rotate(id, desk.sibling_key(key, kSpot)).ended.has_value());
    }
}

TEST_CASE("rotation: the account's stream is heard without a break, and outlives the old key") {
    for (const char* exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        Desk desk;
        Ears ears;
        desk.book->tap_streams([&](const Record&) { return &ears; });
        const auto key = desk.good_key(exchange);
        const auto id = desk.add("Main", key, Market::spot);
        desk.wait_live(id);
        REQUIRE(ears.lives == 1);
        REQUIRE(desk.rotate(id, desk.sibling_key(key, kSpot)).ended.has_value());
        // Whatever the moment, somebody listens.
        REQUIRE(desk.clock.run_until([&] { CHECK(desk.is_live(id)); return ears.lives == 2; }, seconds{30}));
        CHECK(ears.downs == 0);
        desk.change_key(key, R"({"revoked":true})");
        desk.clock.run_for(hours{2});
        CHECK(ears.downs == 0);
        CHECK(desk.is_live(id));
        desk.book.reset();
    }
}

TEST_CASE("this server's address changes: told once, with the keys it concerns and what to paste; a test from the new address ends it") {
    Desk desk;
    const auto kucoin_key = desk.good_key("kucoin", bound_to(kHere, kHere));
    const auto mexc_key = desk.good_key("mexc", bound_to(kHere, kHere));
    const auto kucoin = desk.add("Kucoin main", kucoin_key, Market::spot);
    const auto mexc = desk.add("Mexc main", mexc_key, Market::spot);
    REQUIRE(desk.status(kucoin) == ConnectionStatus::connected);
    REQUIRE(desk.status(mexc) == ConnectionStatus::connected);
    CHECK(desk.record(kucoin).proven_from == kHere);
    CHECK(desk.record(mexc).proven_from == kHere);
    CHECK(desk.book->egress_as_proven(desk.record(mexc)));

    const std::string moved = std::string{R"({"source_ip":")"} + kThere + "\"}";
    desk.change_key(kucoin_key, moved);
    desk.change_key(mexc_key, moved);
    REQUIRE(desk.clock.run_until([&] { return !desk.guards_of("EGRESS_CHANGED").empty(); }, std::chrono::minutes{18}));
    const auto told = desk.guards_of("EGRESS_CHANGED").front();
    for (const auto* text : {&told.english, &told.dutch})
        for (const char* part : {"\"Kucoin main\"", "\"Mexc main\"", kHere, kThere}) CHECK_MESSAGE(text->find(part) != std::string::npos, *text);
    CHECK_FALSE(desk.book->egress_as_proven(desk.record(kucoin)));
    CHECK_FALSE(desk.book->egress_as_proven(desk.record(mexc)));
    CHECK(finds(desk, "egress_changed", mexc));
    desk.clock.run_for(hours{1});
    desk.restart();
    desk.clock.run_for(hours{1});
    CHECK(desk.guards_of("EGRESS_CHANGED").size() == 1);
    CHECK_FALSE(desk.book->egress_as_proven(desk.record(mexc)));
    CHECK(desk.problem(mexc) == ProblemCode::ip_not_allowed);

    const std::string listed = std::string{R"({"ip_allow_list":[")"} + kHere + "\",\"" + kThere + "\"]}";
    desk.change_key(kucoin_key, listed);
    desk.change_key(mexc_key, listed);
    CHECK(desk.test(mexc).verdict == Verdict::connected);
    CHECK(desk.test(kucoin).verdict == Verdict::connected);
    CHECK(desk.book->egress_as_proven(desk.record(mexc)));
    CHECK(desk.book->egress_as_proven(desk.record(kucoin)));
    CHECK_FALSE(finds(desk, "egress_changed"));
    CHECK(desk.guards_of("EGRESS_CHANGED").size() == 1);
}

TEST_CASE("this server's address changes: a key that the new address may use is tested at once and goes on by itself") {
    Desk desk;
    const auto key = desk.good_key("kucoin", std::string{R"(,"source_ip":")"} + kHere + "\"");
    const auto id = desk.add("Main", key, Market::spot);
    desk.change_key(key, std::string{R"({"source_ip":")"} + kThere + "\"}");
    REQUIRE(desk.clock.run_until([&] { return !desk.guards_of("EGRESS_CHANGED").empty(); }, std::chrono::minutes{18}));
    CHECK(desk.clock.run_until([&] { return desk.book->egress_as_proven(desk.record(id)); }, seconds{30}));
    CHECK(desk.record(id).proven_from == kThere);
}

TEST_CASE("this server's address: the resolver of the user's choice tells it where no exchange does, and what was only typed changes without a word") {
    Desk desk;
    std::string address = kHere;
    desk.book->watch_by([&](ports::Family family, const std::function<void(std::optional<std::string>)>& done) {
        CHECK(family == ports::Family::v4);
        done(address);
    });
    REQUIRE(desk.book->set_addresses({connection::OwnAddress{"192.0.2.1", "typed", {}, {}}, {}}).has_value());
    desk.clock.run_for(seconds{150});
    CHECK(desk.book->addresses().v4->address == kHere);
    CHECK(desk.guards.empty());
    const auto id = desk.add("Main", desk.good_key("mexc", bound_to(kHere, kHere)), Market::spot);
    CHECK(desk.record(id).proven_from == kHere);
    address = kThere;
    REQUIRE(desk.clock.run_until([&] { return !desk.guards.empty(); }, seconds{150}));
    CHECK(desk.guards.front().code == "EGRESS_CHANGED");
    CHECK_FALSE(desk.book->egress_as_proven(desk.record(id)));
    // An address of the other family is another address, not a change.
    address = "2001:db8::7";
    desk.clock.run_for(seconds{150});
    CHECK(desk.guards.size() == 1);
    CHECK(desk.book->addresses().v6->address == address);
}

TEST_CASE("the end of a key's life is told at 30, 14, 7, 3 and 1 days, each once, over restarts; a longer life begins anew") {
    Desk desk{{.exchanges = {"mexc"}}};
    const auto day = std::int64_t{86'400'000};
    const auto dies_in = [&](std::int64_t days) { return std::to_string(desk.clock.wall().ms() + days * day + day / 4); };
    const auto key = desk.good_key("mexc", R"(,"expires_at":)" + dies_in(8));
    const auto id = desk.add("Main", key, Market::spot);
    // What was missed while nobody looked is told by the most urgent.
    desk.clock.run_for(hours{1});
    std::vector<std::pair<std::int64_t, std::size_t>> told{{8, desk.guards_of("KEY_EXPIRES").size()}};
    for (int hour = 1; hour < 8 * 24; hour += 6) {
        desk.clock.run_for(hours{6});
        const auto count = desk.guards_of("KEY_EXPIRES").size();
        if (count > told.back().second) told.emplace_back(8 - (hour + 6) / 24, count);
        if (hour % 24 == 1) desk.restart();
    }
    // The exchange tells whole days left, of a day that has begun.
    using Told = std::vector<std::pair<std::int64_t, std::size_t>>;
    REQUIRE(told.size() == 4);
    const Told due{{8, 1}, {7, 2}, {3, 3}, {1, 4}};
    for (std::size_t i = 0; i < due.size(); ++i) {
        CHECK(std::abs(told[i].first - due[i].first) <= 1);
        CHECK(told[i].second == due[i].second);
    }
    CHECK(finds(desk, "key_expires", id));
    CHECK(desk.guards_of("KEY_EXPIRES").back().severity == connection::GuardNews::Severity::critical);
    // Renewed: thirty days and more are no news.
    desk.change_key(key, R"({"expires_at":)" + dies_in(31) + "}");
    desk.clock.run_for(hours{1});
    CHECK(desk.guards_of("KEY_EXPIRES").size() == 4);
    desk.clock.run_for(hours{48});
    CHECK(desk.guards_of("KEY_EXPIRES").size() == 5);
    CHECK(desk.guards_of("KEY_EXPIRES").back().severity == connection::GuardNews::Severity::warning);
}

TEST_CASE("the end of a key's life that was told by a clock that was ahead is told again in its time") {
    Desk desk{{.exchanges = {"mexc"}}};
    const auto key = desk.good_key("mexc", R"(,"expires_at":)" + std::to_string((desk.clock.wall() + hours{6 * 24}).ms()));
    const auto id = desk.add("Main", key, Market::spot);
    // The warning of seven days is due at once.
    desk.clock.run_for(hours{1});
    REQUIRE(desk.guards_of("KEY_EXPIRES").size() == 1);
    desk.clock.step_wall(hours{5 * 24 + 6});
    desk.clock.run_for(std::chrono::minutes{2});
    const auto early = desk.guards_of("KEY_EXPIRES").size();
    REQUIRE(early <= 2);
    desk.clock.step_wall(-hours{5 * 24 + 6});
    // Where it stands it is told anew, then three days and one.
    desk.clock.run_for(hours{24});
    CHECK(desk.guards_of("KEY_EXPIRES").size() == early + 1);
    desk.clock.run_for(hours{5 * 24 - 6});
    CHECK(desk.guards_of("KEY_EXPIRES").size() == early + 3);
}

TEST_CASE("a key whose rights or address list changed at the exchange: told at once, and a finding until its user has tested it") {
    Desk desk;
    const auto key = desk.good_key("kucoin", R"(,"ip_allow_list":["127.0.0.1"])");
    const auto id = desk.add("Main", key, Market::spot);
    desk.change_key(key, R"({"permissions":["read","spot"]})");
    REQUIRE(desk.clock.run_until([&] { return !desk.guards_of("KEY_CHANGED").empty(); }, std::chrono::minutes{18}));
    CHECK(desk.guards_of("KEY_CHANGED").front().connection == id);
    CHECK(finds(desk, "key_changed", id));
    desk.clock.run_for(hours{1});
    desk.restart();
    desk.clock.run_for(hours{26});
    CHECK(desk.guards_of("KEY_CHANGED").size() == 1);
    CHECK(finds(desk, "key_changed", id));
    desk.test(id);
    CHECK_FALSE(finds(desk, "key_changed"));
    desk.change_key(key, R"({"ip_allow_list":["127.0.0.1","203.0.113.99"]})");
    desk.clock.run_for(std::chrono::minutes{18});
    CHECK(desk.guards_of("KEY_CHANGED").size() == 2);
    // A right to withdraw that appears refuses the key, and says so as what it is.
    desk.change_key(key, R"({"permissions":["read","spot","withdraw"]})");
    desk.clock.run_for(std::chrono::minutes{18});
    CHECK(desk.status(id) == ConnectionStatus::refused);
    CHECK(finds(desk, "withdraw_enabled", id));
}

TEST_CASE("findings: each with cause and remedy, worst first, in both languages; a good key alone makes none") {
    Desk desk;
    const auto narrow = desk.make_key("kucoin", R"("read","spot")", R"(,"ip_allow_list":["127.0.0.1"])");
    desk.add("Narrow", narrow, Market::spot);
    CHECK(connection::findings_of(*desk.book, {}, desk.clock.wall(), Language::en).empty());
    const auto key = desk.good_key("kucoin", R"(,"ip_allow_list":["127.0.0.1"])");
    const auto good = desk.add("Good", key, Market::spot);
    const auto twice = desk.add("Twice", key, Market::futures);
    CHECK(finds(desk, "same_key", twice));
    CHECK_FALSE(finds(desk, "same_account"));
    const auto sibling = desk.add("Sibling", desk.sibling_key(key, kSpot), Market::spot);
    CHECK(finds(desk, "same_account", sibling));
    const auto thief = desk.add("Thief", desk.make_key("kucoin", R"("read","spot","withdraw")"), Market::spot);
    const auto mover = desk.add("Mover", desk.make_key("kucoin", R"("read","spot","transfer")"), Market::spot, {.internal_transfer = true});
    CHECK(finds(desk, "withdraw_enabled", thief));
    CHECK(finds(desk, "transfer_accepted", mover));
    CHECK(finds(desk, "more_rights_than_needed", mover));
    CHECK(finds(desk, "not_bound", mover));
    const auto open = desk.add("Open", desk.good_key("mexc", R"(,"expires_at":)" + std::to_string(Desk::kStart + std::int64_t{20} * 86'400'000)), Market::spot);
    CHECK(finds(desk, "unbound", open));
    CHECK(finds(desk, "key_expires", open));
    CHECK_FALSE(finds(desk, "unused"));
    const hours month{24 * 31};
    CHECK(finds(desk, "unused", good, {}, month));
    desk.book->used_by([](const Record& record) { return record.name == "Good"; });
    CHECK_FALSE(finds(desk, "unused", good, {}, month));
    CHECK(finds(desk, "unused", mover, {}, month));

    connection::InstallationFacts installation;
    const auto counts = [&](std::string_view code, Language language = Language::en) {
        const auto all = connection::findings_of(*desk.book, installation, desk.clock.wall(), language);
        return std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.code == code; });
    };
    constexpr std::array kOfInstallation{"no_second_factor", "factor_not_counted", "no_backup", "limits_pending", "limits_default", "limits_damaged", "limits_rolled_back",
                                         "vault_sealed", "secret_missing", "secret_damaged", "keys_without_connection", "ledger_broken", "ledger_failed"};
    for (const char* code : kOfInstallation) CHECK_FALSE(finds(desk, code, {}, installation));
    // Known and well is no finding either.
    installation.owners_without_factor.emplace();
    installation.ever_backed_up = true;
    installation.backed_up_at = desk.clock.wall();
    installation.vault = connection::InstallationFacts::Vault{};
    installation.ledger = connection::InstallationFacts::Ledger::sound;
    installation.limits[good];
    for (const char* code : kOfInstallation) CHECK_FALSE(finds(desk, code, {}, installation));
    CHECK_FALSE(finds(desk, "backup_old", {}, installation));
    CHECK(finds(desk, "backup_old", {}, installation, month));
    installation.backup_verified = false;
    installation.restore_unconfirmed = true;
    CHECK(finds(desk, "backup_unverified", {}, installation));
    CHECK_FALSE(finds(desk, "backup_unverified", {}, installation, month));
    CHECK(finds(desk, "restore_unconfirmed", {}, installation));

    using ports::LimitFinding;
    installation.owners_without_factor = std::vector<std::string>{"anna", "bert"};
    installation.factors_not_counted = {"carla"};
    installation.ever_backed_up = false;
    installation.limits[good] = {desk.clock.wall() + hours{1}, {LimitFinding::damaged, LimitFinding::defaults}};
    installation.limits[mover] = {{}, {LimitFinding::rolled_back}};
    installation.limits[open] = {{}, {LimitFinding::defaults, LimitFinding::no_second_factor}};
    installation.limits[sibling] = {{}, {LimitFinding::defaults}};
    installation.vault = connection::InstallationFacts::Vault{.missing = {good}, .damaged = {open}, .strangers = 2};
    installation.ledger = connection::InstallationFacts::Ledger::broken;
    for (const auto& [code, id] : std::vector<std::pair<std::string, std::string>>{
             {"no_second_factor", ""}, {"factor_not_counted", ""}, {"no_backup", ""}, {"limits_pending", good}, {"limits_damaged", good}, {"limits_rolled_back", mover},
             {"limits_default", open}, {"limits_default", sibling}, {"secret_missing", good}, {"secret_damaged", open}, {"keys_without_connection", ""}, {"ledger_broken", ""}})
        CHECK_MESSAGE(finds(desk, code, id, installation), code);
    // One for all that never had limits set, and none where something worse is said of them.
    CHECK(counts("limits_default") == 1);
    CHECK_FALSE(finds(desk, "limits_default", good, installation));
    CHECK_FALSE(finds(desk, "vault_sealed", {}, installation));
    const auto of_owners = connection::findings_of(*desk.book, installation, desk.clock.wall(), Language::nl);
    const auto named = std::find_if(of_owners.begin(), of_owners.end(), [](const auto& one) { return one.code == "no_second_factor"; });
    CHECK(named->cause.find("anna, bert") != std::string::npos);
    // A sealed vault says nothing of its keys.
    installation.vault->sealed = true;
    CHECK(finds(desk, "vault_sealed", {}, installation));
    CHECK_FALSE(finds(desk, "secret_missing", {}, installation));
    installation.ledger = connection::InstallationFacts::Ledger::failed;
    CHECK(finds(desk, "ledger_failed", {}, installation));
    for (const auto language : {Language::en, Language::nl}) {
        const auto all = connection::findings_of(*desk.book, installation, desk.clock.wall(), language);
        for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i - 1].severity <= all[i].severity);
        for (const auto& finding : all) CHECK_MESSAGE(finding.cause.find('{') == std::string::npos, finding.cause);
    }
    const auto json = wire::Json::parse(connection::findings_json(connection::findings_of(*desk.book, installation, desk.clock.wall(), Language::nl), desk.clock.wall()));
    REQUIRE(json);
    CHECK((*json)["critical"].integer().value_or(0) >= 1);
    CHECK((*json)["findings"].at(0)["severity"].text() == "critical");
}

TEST_CASE("freezes and limits stand in the history: what, who, when; told in both languages; each once") {
    using connection::Saying;
    using ports::FreezeLevel;
    Desk desk;
    const auto id = desk.add("Main", desk.good_key("kucoin"), Market::spot);
    const auto latest = [&] { return desk.store.history(id, 0, 1).value().at(0); };
    const auto in_dutch = [&] { return connection::tell(connection::read_facts((*wire::Json::parse(latest().detail))["facts"]), Language::nl); };
    const auto entries = [&] { return desk.store.history(id, 0, 1000).value().size(); };
    desk.book->note_freeze(id, FreezeLevel::entries, "anna");
    CHECK(latest().kind == "limits");
    CHECK(latest().at == desk.clock.wall());
    CHECK(latest().text == "Frozen by anna: nothing is opened or added to; exits go on.");
    CHECK(in_dutch() == "Bevroren door anna: er wordt niets geopend of bijgekocht; uitstappen gaat door.");
    const auto so_far = entries();
    // Heard again, by whoever asks, over a restart too: it stands there already.
    desk.book->note_freeze(id, FreezeLevel::entries, "bert");
    desk.restart();
    desk.book->note_freeze(id, FreezeLevel::entries, {});
    CHECK(entries() == so_far);
    desk.book->note_freeze(id, FreezeLevel::everything, {});
    CHECK(latest().text.starts_with("Found frozen, from this machine"));
    desk.book->note_freeze(id, FreezeLevel::none, std::string{connection::kAtTheConsole});
    CHECK(latest().text == "The freeze was ended by the server's command line.");
    CHECK(in_dutch() == "De bevriezing is beëindigd door de opdrachtregel van de server.");

    const auto before = ports::default_limits(Market::spot);
    auto after = before;
    CHECK(connection::limit_change(before, after).empty());
    after.values["USDT"].order = Decimal::parse("100.5").value();
    after.values.erase("USDC");
    after.symbols = std::vector<market::Symbol>{market::Symbol{"BTC", "USDT"}};
    after.operations.place_order = false;
    after.orders_a_minute = 5;
    const auto kept = connection::limit_change(before, after);
    desk.book->note_limits(id, {{Saying::limits_changed, {"anna", kept}}});
    for (const char* words : {"Limits changed by anna: ", "the largest order (USDT): 1000000 → 100.5", "the most open at once (USDC): 20000000 → none", "orders: on → off", "symbols: all → BTC/USDT", "orders a minute: 600 → 5"})
        CHECK_MESSAGE(latest().text.find(words) != std::string::npos, latest().text);
    for (const char* words : {"Limieten gewijzigd door anna: ", "de grootste order (USDT): 1000000 → 100,5", "orders: aan → uit", "symbolen: alle → BTC/USDT"})
        CHECK_MESSAGE(in_dutch().find(words) != std::string::npos, in_dutch());
    CHECK(latest().text.find("leverage") == std::string::npos);
    // Of a connection that is not there nothing is kept.
    const auto all = entries();
    desk.book->note_limits("nowhere", {{Saying::limits_refused, {"anna"}}});
    desk.book->note_freeze("nowhere", FreezeLevel::entries, "anna");
    CHECK(entries() == all);
    CHECK(connection::utc_minute(Instant::from_ms(1'796'000'000'000)) == "2026-11-30 00:53 UTC");
}

TEST_CASE("as an outsider: what the exchange takes from elsewhere proves the key unbound, what it refuses for the address proves it bound") {
    enum class Trouble : std::uint8_t { none, address_untold, right_missing, masked };
    struct Row {
        std::string why;
        std::string exchange;
        std::string key;
        std::optional<std::string> server;
        Ternary bound;
        Verdict verdict;
        Trouble trouble{Trouble::none};
    };
    const std::string from_there = std::string{R"(,"source_ip":")"} + kThere + "\"";
    const Row rows[] = {
        {"no list", "kucoin", from_there, {}, Ternary::no, Verdict::connected},
        {"no list", "mexc", from_there, {}, Ternary::no, Verdict::connected},
        {"bound elsewhere", "kucoin", bound_to(kHere, kThere), {}, Ternary::yes, Verdict::failed},
        {"bound elsewhere", "mexc", bound_to(kHere, kThere), {}, Ternary::yes, Verdict::failed},
        {"this machine is listed: no outsider", "kucoin", bound_to(kThere, kThere), {}, Ternary::yes, Verdict::connected},
        {"this machine is listed: no outsider", "mexc", bound_to(kThere, kThere), {}, Ternary::yes, Verdict::connected},
        {"this machine shares the server's address", "kucoin", from_there, kThere, Ternary::unknown, Verdict::connected},
        {"it is known not to be the server", "kucoin", from_there, kHere, Ternary::no, Verdict::connected},
        {"the exchange does not tell who asks: it may be the server", "kucoin", from_there, kThere, Ternary::unknown, Verdict::connected, Trouble::address_untold},
        {"the server's address is of the other family: it may be the server", "kucoin", from_there, "2001:db8::7", Ternary::unknown, Verdict::connected},
        {"refused for a right it was not accepted", "kucoin", from_there, kHere, Ternary::unknown, Verdict::connected, Trouble::right_missing},
        {"an address told with masks may be on the list", "kucoin", bound_to(kThere, kThere), {}, Ternary::yes, Verdict::connected, Trouble::masked},
        {"a dead key proves nothing", "kucoin", from_there + R"(,"revoked":true)", {}, Ternary::unknown, Verdict::failed},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CAPTURE(row.exchange);
        Desk desk;
        const auto key = desk.good_key(row.exchange, row.key);
        if (row.key.find("revoked") != std::string::npos) desk.change_key(key, R"({"revoked":true})");
        bool kept = false;
        desk.signer.add("outside", *exchange::parse_exchange(row.exchange), key.sealed(), [&](const auto& added) { kept = added.has_value(); });
        REQUIRE(desk.clock.run_until([&] { return kept; }, seconds{1}));
        const auto adapter = *desk.adapter(*exchange::parse_exchange(row.exchange));
        const auto answers = [&](const char* code, const char* words) {
            return std::optional<Result<wire::Response>>{wire::Response{200, {}, std::string{R"({"code":")"} + code + R"(","msg":")" + words + "\"}"}};
        };
        desk.transport->instead = [&](const wire::Request& request) -> std::optional<Result<wire::Response>> {
            if (row.trouble == Trouble::address_untold && request.path() == "/api/v1/my-ip") return answers("500000", "Internal Server Error");
            if (row.trouble == Trouble::right_missing && request.path() == "/api/v1/user/api-key") return answers("400007", "Access denied--> Require more permission.");
            return std::nullopt;
        };
        desk.transport->tampered = [&](const wire::Request& request, wire::Response& response) {
            if (row.trouble == Trouble::masked && request.path() == "/api/v1/my-ip") response.body = R"({"code":"200000","data":"198.**.**.9"})";
        };
        connection::TestInput input{.info = adapter.calls.info(), .replies = adapter.replies};
        input.outsider = true;
        input.repointed = true;
        input.server_address = row.server;
        std::optional<Report> report;
        connection::TestRunner runner{{desk.clock, desk.clock, *desk.transport, desk.signer}, adapter, "outside", input, [](connection::StepId, const connection::Step*) {},
                                      [&](const Report& ended) { report = ended; }};
        runner.start();
        REQUIRE(desk.clock.run_until([&] { return report.has_value(); }, seconds{20}));
        CHECK(report->claims.ip_bound.answer == row.bound);
        CHECK(report->verdict == row.verdict);
        CHECK(report->steps.size() == connection::kStepCount - 1);
        if (row.verdict == Verdict::failed && row.bound == Ternary::yes) CHECK(report->problem->code == ProblemCode::ip_not_allowed);
        // One signed read, nothing else.
        CHECK(desk.signer.signed_operations == std::vector{exchange::Operation::key_info});
    }
}
