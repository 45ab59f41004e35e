// The book of connections as its user meets it: names, pauses, removal, rotation, starts after a sudden end, warnings.
#include "support/desk.hpp"

using namespace bf;
using namespace bf::test;
using connection::Verdict;
using exchange::Language;
using simulator::Permission;

namespace {

std::vector<std::string> warning_codes(Desk& desk, const std::string& id) {
    std::vector<std::string> codes;
    for (const auto& warning : connection::warnings_of(desk.record(id), desk.book->all(), desk.clock.wall(), Language::en)) codes.push_back(warning.code);
    return codes;
}
bool warns(Desk& desk, const std::string& id, const char* code) {
    const auto codes = warning_codes(desk, id);
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

TEST_CASE("what a user does to a connection of each status, and what it is then") {
    using State = ConnectionStatus;
    struct Row {
        State from;
        State test_good, test_dead, test_away, disable, enable;
    };
    // A first test that meets an absence has no proof to fall back on.
    const Row rows[] = {
        {State::draft, State::connected, State::error, State::error, State::disabled, State::draft},
        {State::connected, State::connected, State::error, State::degraded, State::disabled, State::connected},
        {State::degraded, State::connected, State::error, State::degraded, State::disabled, State::degraded},
        {State::error, State::connected, State::error, State::error, State::disabled, State::error},
        {State::refused, State::connected, State::error, State::error, State::disabled, State::refused},
    };
    for (const auto& row : rows) {
        CAPTURE(connection::to_string(row.from));
        const auto made = [&row](Desk& desk, MadeKey& key) {
            key = desk.good_key("kucoin");
            const auto id = *desk.try_add("Main", key, Market::spot, {}, false);
            if (row.from == State::connected || row.from == State::degraded) desk.test(id);
            if (row.from == State::degraded) {
                desk.fault("kucoin", "unavailable");
                desk.test(id);
                desk.heal();
            }
            if (row.from == State::error) desk.change_key(key, R"({"revoked":true})");
            if (row.from == State::refused) desk.change_key(key, R"({"permissions":["read","spot","withdraw"]})");
            if (row.from == State::error || row.from == State::refused) desk.test(id);
            REQUIRE(desk.status(id) == row.from);
            desk.change_key(key, R"({"revoked":false,"permissions":["read","spot","futures"]})");
            return id;
        };
        {
            Desk desk;
            MadeKey key;
            const auto id = made(desk, key);
            CHECK(desk.book->enable(id).has_value());
            CHECK(desk.status(id) == row.enable);
            desk.test(id);
            CHECK(desk.status(id) == row.test_good);
        }
        {
            Desk desk;
            MadeKey key;
            const auto id = made(desk, key);
            desk.change_key(key, R"({"revoked":true})");
            desk.test(id);
            CHECK(desk.status(id) == row.test_dead);
        }
        {
            Desk desk;
            MadeKey key;
            const auto id = made(desk, key);
            desk.fault("kucoin", "timeout");
            desk.test(id);
            CHECK(desk.status(id) == row.test_away);
        }
        {
            Desk desk;
            MadeKey key;
            const auto id = made(desk, key);
            CHECK(desk.book->disable(id).has_value());
            CHECK(desk.status(id) == row.disable);
            CHECK(desk.book->stream_state(id) == "none");
            CHECK(desk.book->test(id, {}, {}).error().code == "disabled");
            const auto count = desk.tested.size();
            desk.clock.run_for(std::chrono::hours{25});
            CHECK(desk.tested.size() == count);
            desk.restart();
            CHECK(desk.status(id) == State::disabled);
            CHECK(desk.book->enable(id).has_value());
            CHECK(desk.status(id) == State::testing);
            desk.settle(id);
            CHECK(desk.status(id) == State::connected);
        }
    }
}

TEST_CASE("a first test shows `testing`; a repeated one leaves the status while it runs") {
    Desk desk;
    const auto id = *desk.try_add("Main", desk.good_key("mexc"), Market::spot);
    CHECK(desk.status(id) == ConnectionStatus::testing);
    desk.settle(id);
    REQUIRE(desk.book->test(id, {}, {}).has_value());
    CHECK(desk.status(id) == ConnectionStatus::connected);
    CHECK(desk.book->is_testing(id));
    const auto first = desk.book->test(id, {}, {});
    CHECK_MESSAGE(first.value() == desk.book->test(id, {}, {}).value(), "a second wish joins the running test");
    desk.settle(id);
}

TEST_CASE("a connection that answers is never without a full test of the last day, also when one test a day fails") {
    for (const bool fails : {false, true}) {
        Desk desk;
        const auto id = desk.add("Main", desk.good_key("kucoin"), Market::spot);
        desk.test(id);
        for (int minute = 0; minute < 60 * 24 * 2; ++minute) {
            if (fails && minute % 1440 == 710) desk.fault("kucoin", "unavailable");
            if (minute % 1440 == 750) desk.heal();
            desk.clock.run_for(std::chrono::minutes{1});
            const auto& tested = desk.record(id).proven_at;
            REQUIRE(tested.has_value());
            REQUIRE(desk.clock.wall() - *tested <= std::chrono::hours{24});
        }
    }
}

TEST_CASE("names are unique without regard to case, trimmed, and of a sane length") {
    Desk desk;
    const auto key = desk.good_key("mexc");
    const auto id = desk.add("  MEXC Spot Main ", key, Market::spot);
    CHECK(desk.record(id).name == "MEXC Spot Main");
    CHECK(desk.try_add("mexc spot MAIN", desk.good_key("mexc"), Market::spot).error().code == "name_taken");
    CHECK(desk.try_add("", key, Market::spot).error().code == "name_empty");
    CHECK(desk.try_add(" \t ", key, Market::spot).error().code == "name_empty");
    CHECK(desk.try_add(std::string(61, 'x'), key, Market::spot).error().code == "name_too_long");
    CHECK(desk.try_add("a\nb", key, Market::spot).error().code == "name_malformed");
    const auto other = desk.add("Other", desk.good_key("mexc"), Market::spot);
    CHECK(desk.book->rename(other, "Mexc Spot Main").error().code == "name_taken");
    CHECK(desk.book->rename(other, "OTHER").has_value());
    CHECK(desk.record(other).name == "OTHER");
    CHECK(desk.store.count(other, "renamed") == 1);
    // Two at once: the first to be kept has the name, the other leaves no key behind.
    const auto keys = desk.signer.count();
    int kept = 0, taken = 0;
    for (int i = 0; i < 2; ++i) {
        connection::AddRequest request{.name = "Twins", .exchange = ExchangeId::mexc, .market = Market::spot, .sealed = desk.good_key("mexc").sealed(), .test = false};
        desk.book->add(std::move(request), [&](const Result<std::string>& added) { ++(added ? kept : taken); });
    }
    desk.clock.run_for(seconds{10});
    CHECK(kept == 1);
    CHECK(taken == 1);
    CHECK(desk.signer.count() == keys + 1);
}

TEST_CASE("removal wipes the secret, ends stream and tests, frees the name, and stands in the history") {
    Desk desk;
    const auto id = desk.add("Main", desk.good_key("mexc"), Market::spot);
    desk.wait_live(id);
    bool stopped = false;
    REQUIRE(desk.book->test(id, {}, [&](const Record&, const Report* report) { stopped = report == nullptr; }).has_value());
    REQUIRE(desk.remove(id).has_value());
    CHECK_MESSAGE(stopped, "who waits for the test is told");
    CHECK(desk.book->find(id) == nullptr);
    CHECK_FALSE(desk.signer.has(id));
    CHECK(desk.transport->open_streams() == 0);
    CHECK(desk.removed == std::vector<std::string>{id});
    CHECK(desk.store.kinds(id).back() == "removed");
    desk.restart();
    CHECK(desk.book->all().empty());
    const auto again = desk.add("Main", desk.good_key("mexc"), Market::spot);
    // With the signer away nothing is wiped, so nothing is removed.
    desk.signer.away = true;
    CHECK_FALSE(desk.remove(again).has_value());
    CHECK(desk.book->find(again) != nullptr);
    desk.signer.away = false;
    // An answer that is lost: the secret may be gone, so the connection goes too.
    desk.signer.loses_answers = true;
    CHECK_FALSE(desk.remove(again).has_value());
    desk.signer.loses_answers = false;
    desk.clock.run_for(seconds{10});
    CHECK(desk.book->find(again) == nullptr);
    CHECK(desk.signer.count() == 0);
}

TEST_CASE("a removal whose answer was lost takes no other change before it, and may be asked for again") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    desk.signer.loses_answers = true;
    CHECK_FALSE(desk.remove(id).has_value());
    desk.signer.loses_answers = false;
    // A rotation here would be refused for want of a key, and the removal forgotten over it.
    CHECK(desk.rotate(id, desk.sibling_key(key, {Permission::read, Permission::spot})).staged.error().code == "removing");
    CHECK(desk.book->rename(id, "Other").error().code == "removing");
    CHECK(desk.book->test(id, {}, {}).error().code == "removing");
    CHECK(desk.remove(id).has_value());
    CHECK(desk.book->all().empty());
    CHECK(desk.signer.count() == 0);
    desk.clock.run_for(seconds{10});
    desk.restart();
    CHECK(desk.book->all().empty());
}

TEST_CASE("a connection whose key is gone from the vault can still be removed") {
    Desk desk;
    const auto id = desk.add("Main", desk.good_key("mexc"), Market::spot);
    desk.signer.remove(id, [](const Status&) {});
    desk.clock.run_for(seconds{1});
    REQUIRE_FALSE(desk.signer.has(id));
    CHECK(desk.test(id).problem->code == ProblemCode::malformed_credentials);
    CHECK(desk.remove(id).has_value());
    CHECK(desk.book->all().empty());
}

TEST_CASE("a full disk: what could not be kept is refused whole, and what runs goes on") {
    Desk desk;
    const auto id = desk.add("Main", desk.good_key("mexc"), Market::spot);
    desk.store.full = true;
    CHECK(desk.try_add("Second", desk.good_key("mexc"), Market::spot).error().code == "disk_full");
    CHECK(desk.book->rename(id, "Renamed").error().code == "disk_full");
    CHECK(desk.record(id).name == "Main");
    CHECK(desk.book->disable(id).error().code == "disk_full");
    CHECK(desk.status(id) == ConnectionStatus::connected);
    CHECK_FALSE(desk.remove(id).has_value());
    CHECK(desk.signer.has(id));
    CHECK_FALSE(desk.rotate(id, desk.good_key("mexc")).staged.has_value());
    CHECK(desk.test(id).verdict == Verdict::connected);
    CHECK(desk.troubles > 0);
    desk.store.full = false;
    desk.clock.run_for(seconds{10});
    CHECK(desk.signer.count() == 1);
    CHECK(desk.test(id).verdict == Verdict::connected);
    desk.restart();
    CHECK(desk.record(id).name == "Main");
    CHECK(desk.status(id) == ConnectionStatus::connected);
}

TEST_CASE("a full disk in the middle of adding leaves no key that nobody knows of") {
    Desk desk;
    std::optional<Result<std::string>> added;
    connection::AddRequest request{.name = "Main", .exchange = ExchangeId::kucoin, .market = Market::spot, .sealed = desk.good_key("kucoin").sealed()};
    desk.book->add(std::move(request), [&](Result<std::string> id) { added = std::move(id); });
    desk.store.full = true;  // Between the signer's answer and the row.
    REQUIRE(desk.clock.run_until([&] { return added.has_value(); }, seconds{5}));
    CHECK(added->error().code == "disk_full");
    desk.clock.run_for(seconds{10});
    CHECK(desk.signer.count() == 0);
}

TEST_CASE("a sudden end at any moment of adding: the next start has the connection whole or not at all, and no key without one") {
    for (int moment = 0; moment < 40; ++moment) {
        CAPTURE(moment);
        Desk desk;
        bool acknowledged = false;
        connection::AddRequest request{.name = "Main", .exchange = ExchangeId::kucoin, .market = Market::spot, .sealed = desk.good_key("kucoin").sealed()};
        desk.book->add(std::move(request), [&](const Result<std::string>& id) { acknowledged = id.has_value(); });
        desk.clock.run_for(milliseconds{moment / 2});
        if (moment > 4) desk.clock.run_for(milliseconds{moment * 5});
        desk.restart();
        desk.clock.run_for(seconds{60});
        const auto all = desk.book->all();
        REQUIRE(all.size() <= 1);
        if (acknowledged) REQUIRE(all.size() == 1);
        CHECK(desk.signer.count() == all.size());
        // The first test, cut short, was made again.
        if (!all.empty()) CHECK(all.front()->status == ConnectionStatus::connected);
    }
}

TEST_CASE("rotation: the new key takes over after its test, with the same account only") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    desk.wait_live(id);
    const auto fingerprint = desk.record(id).key_fingerprint;
    const auto next = desk.sibling_key(key, {Permission::read, Permission::spot});
    const auto rotated = desk.rotate(id, next);
    REQUIRE(rotated.staged.has_value());
    REQUIRE(rotated.ended.has_value());
    CHECK(desk.record(id).key_fingerprint != fingerprint);
    CHECK(desk.status(id) == ConnectionStatus::connected);
    CHECK(desk.signer.count() == 1);
    CHECK(desk.store.count(id, "rotated") == 1);
    // The old key may go now.
    desk.change_key(key, R"({"revoked":true})");
    CHECK(desk.test(id).verdict == Verdict::connected);
    desk.wait_live(id);

    const auto refuse = [&](const MadeKey& bad, const char* code) {
        const auto before = desk.record(id).key_fingerprint;
        const auto ended = desk.rotate(id, bad);
        CHECK_FALSE((ended.staged.has_value() && ended.ended.has_value()));
        CHECK((ended.staged ? ended.ended : ended.staged).error().code == code);
        CHECK(desk.record(id).key_fingerprint == before);
        CHECK(desk.status(id) == ConnectionStatus::connected);
        desk.clock.run_for(seconds{10});
        CHECK(desk.signer.count() == 1);
        CHECK(desk.test(id).verdict == Verdict::connected);
    };
    refuse(desk.good_key("kucoin"), "rotation_other_account");
    refuse(desk.sibling_key(key, {Permission::read}), "rotation_failed");
    refuse(desk.sibling_key(key, {Permission::read, Permission::spot, Permission::withdraw}), "rotation_refused");
    auto slip = next;
    slip.secret += "\n";
    refuse(slip, "malformed_credentials");
    desk.fault("kucoin", "unavailable");
    const auto away = desk.rotate(id, desk.sibling_key(key, {Permission::read, Permission::spot}));
    CHECK(away.ended.error().code == "rotation_failed");
    CHECK(desk.signer.count() == 1);
}

TEST_CASE("a removed connection that is here again must prove its account before it counts, by its test or by a key that replaces it, also after a restart") {
    for (const char* exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        Desk desk;
        const auto key = desk.good_key(exchange);
        const auto id = desk.add("Main", key, Market::spot);
        const auto account = *desk.record(id).account_id;
        REQUIRE(desk.remove(id).has_value());
        const auto again = [&](const MadeKey& with, const char* name = "Main") {
            std::optional<Result<std::string>> added;
            connection::AddRequest request{.name = name, .market = Market::spot, .sealed = with.sealed()};
            request.exchange = *exchange::parse_exchange(exchange);
            request.again = connection::AddRequest::Again{id, account};
            desk.book->add(std::move(request), [&](Result<std::string> done) { added = std::move(done); });
            REQUIRE(desk.clock.run_until([&] { return added.has_value(); }, seconds{60}));
            return *added;
        };
        const std::set<Permission> rights{Permission::read, Permission::spot};
        REQUIRE(again(desk.good_key(exchange)).has_value());
        desk.settle(id);
        CHECK(desk.status(id) == ConnectionStatus::error);
        CHECK(desk.record(id).problem->exchange_message == "The new key belongs to another account at the exchange.");
        CHECK(again(key, "Other").error().code == "not_removed");
        desk.restart();
        CHECK(desk.test(id).verdict == Verdict::failed);
        CHECK_FALSE(desk.record(id).account_id.has_value());
        desk.clock.run_for(std::chrono::hours{30});
        CHECK(desk.status(id) == ConnectionStatus::error);
        CHECK(desk.book->stream_state(id) == "none");
        CHECK(desk.rotate(id, desk.good_key(exchange)).ended.error().code == "rotation_other_account");
        REQUIRE(desk.rotate(id, desk.sibling_key(key, rights)).ended.has_value());
        CHECK(desk.status(id) == ConnectionStatus::connected);
        CHECK(desk.record(id).account_id == account);

        REQUIRE(desk.remove(id).has_value());
        REQUIRE(again(desk.sibling_key(key, rights)).value() == id);
        desk.settle(id);
        CHECK(desk.status(id) == ConnectionStatus::connected);
        CHECK(desk.record(id).account_id == account);
        desk.restart();
        CHECK(desk.record(id).account_id == account);
        CHECK_FALSE(desk.record(id).owed_account.has_value());
    }
}

TEST_CASE("rotation: a key of another account is refused also when the old key is dead, and when the exchange does not tell whose the new one is") {
    for (const char* exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        Desk desk;
        const auto key = desk.good_key(exchange);
        const auto id = desk.add("Main", key, Market::spot);
        const auto account = desk.record(id).account_id;
        REQUIRE(account.has_value());
        desk.change_key(key, R"({"revoked":true})");
        CHECK(desk.test(id).verdict != Verdict::connected);
        desk.restart();
        CHECK(desk.record(id).account_id == account);
        CHECK(desk.rotate(id, desk.good_key(exchange)).ended.error().code == "rotation_other_account");
        if (std::string_view{exchange} == "mexc") {
            // Its account is told by a call of its own.
            int status = 503;
            desk.transport->instead = [&status](const wire::Request& request) -> std::optional<Result<wire::Response>> {
                if (request.target.find("/api/v3/uid") == std::string::npos) return std::nullopt;
                return wire::Response{status, {}, status == 503 ? "unavailable" : R"({"code":700007,"msg":"No permission to access the endpoint."})"};
            };
            CHECK(desk.rotate(id, desk.good_key(exchange)).ended.error().code == "rotation_failed");
            const auto other = desk.add("Other", desk.good_key(exchange), Market::spot);
            CHECK(desk.record(other).problem->code == exchange::ProblemCode::exchange_unavailable);
            status = 400;
            CHECK(desk.rotate(id, desk.good_key(exchange)).ended.error().code == "rotation_account_unknown");
            CHECK(desk.rotate(id, desk.sibling_key(key, {Permission::read, Permission::spot})).ended.error().code == "rotation_account_unknown");
            desk.transport->instead = {};
        }
        REQUIRE(desk.rotate(id, desk.sibling_key(key, {Permission::read, Permission::spot})).ended.has_value());
        CHECK(desk.status(id) == ConnectionStatus::connected);
    }
}

TEST_CASE("rotation: while it is unknown what became of an earlier one no other begins") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    const auto next = desk.sibling_key(key, {Permission::read, Permission::spot});
    desk.signer.loses_answers = true;
    CHECK_FALSE(desk.rotate(id, next).staged.has_value());
    desk.clock.run_for(milliseconds{10});
    desk.signer.loses_answers = false;
    CHECK(desk.rotate(id, next).staged.error().code == "key_change_running");
    desk.clock.run_for(seconds{10});
    CHECK(desk.signer.count() == 1);
    CHECK(desk.rotate(id, next).ended.has_value());
    CHECK(desk.signer.count() == 1);
}

TEST_CASE("rotation: one at a time; a pause or a removal meanwhile ends it, and who waits is told") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    const auto next = [&] { return desk.sibling_key(key, {Permission::read, Permission::spot}); };
    for (const milliseconds pause : {milliseconds{0}, milliseconds{20}}) {
        std::optional<Status> first, second;
        desk.book->rotate(id, next().sealed(), [](const Status&) {}, [&](Status ended) { first = std::move(ended); });
        desk.clock.run_for(pause);
        desk.book->rotate(id, next().sealed(), [&](Status staged) { second = std::move(staged); }, [](const Status&) { FAIL("never staged"); });
        REQUIRE(desk.clock.run_until([&] { return first && second; }, seconds{20}));
        CHECK(first->has_value());
        CHECK(second->error().code == "rotation_running");
        CHECK(desk.signer.count() == 1);
    }
    for (const milliseconds pause : {milliseconds{0}, milliseconds{20}}) {
        const auto fingerprint = desk.record(id).key_fingerprint;
        std::optional<Status> staged, ended;
        desk.book->rotate(id, next().sealed(), [&](Status status) { staged = std::move(status); }, [&](Status status) { ended = std::move(status); });
        desk.clock.run_for(pause);
        REQUIRE(desk.book->disable(id).has_value());
        REQUIRE(desk.clock.run_until([&] { return (staged && !*staged) || ended; }, seconds{20}));
        CHECK(desk.status(id) == ConnectionStatus::disabled);
        desk.clock.run_for(seconds{30});
        CHECK(desk.status(id) == ConnectionStatus::disabled);
        CHECK(desk.record(id).key_fingerprint == fingerprint);
        CHECK(desk.signer.count() == 1);
        REQUIRE(desk.book->enable(id).has_value());
        desk.settle(id);
    }
    std::optional<Status> ended;
    desk.book->rotate(id, next().sealed(), [](const Status&) {}, [&](Status status) { ended = std::move(status); });
    desk.clock.run_for(milliseconds{20});
    REQUIRE(desk.remove(id).has_value());
    REQUIRE(ended.has_value());
    CHECK_FALSE(ended->has_value());
    desk.clock.run_for(seconds{30});
    CHECK(desk.signer.count() == 0);
}

TEST_CASE("rotation cut short by a sudden end at any moment: one key, and the fingerprint is that key's") {
    for (int moment = 0; moment < 60; ++moment) {
        CAPTURE(moment);
        Desk desk;
        const auto key = desk.good_key("kucoin");
        const auto id = desk.add("Main", key, Market::spot);
        const auto old_print = desk.record(id).key_fingerprint;
        const auto next = desk.sibling_key(key, {Permission::read, Permission::spot});
        desk.book->rotate(id, next.sealed(), [](const Status&) {}, [](const Status&) {});
        desk.clock.run_for(milliseconds{moment * 3});
        desk.restart();
        desk.clock.run_for(seconds{30});
        CHECK(desk.signer.count() == 1);
        CHECK(desk.signer.has(id));
        // Which key is in use is found out by taking the other one away.
        const bool replaced = desk.record(id).key_fingerprint != old_print;
        desk.change_key(replaced ? key : next, R"({"revoked":true})");
        CHECK(desk.test(id).verdict == Verdict::connected);
    }
}

TEST_CASE("a row that can't be read is left aside, its key is kept, and the others work") {
    Desk desk;
    const auto good = desk.add("Good", desk.good_key("mexc"), Market::spot);
    const auto bad = desk.add("Bad", desk.good_key("mexc"), Market::spot);
    desk.store.damage(bad);
    desk.restart();
    REQUIRE(desk.book->damaged().size() == 1);
    CHECK(desk.book->damaged().begin()->second == "Bad");
    CHECK(desk.book->find(bad) == nullptr);
    CHECK(desk.test(good).verdict == Verdict::connected);
    desk.clock.run_for(seconds{30});
    CHECK(desk.signer.has(bad));
}

TEST_CASE("warnings: same key, same account, more rights than needed, expiry and age, unused") {
    Desk desk;
    const auto narrow = desk.make_key("kucoin", R"("read","spot")", R"(,"ip_allow_list":["127.0.0.1"])");
    CHECK(warning_codes(desk, desk.add("Narrow", narrow, Market::spot)).empty());
    const auto key = desk.good_key("kucoin", R"(,"ip_allow_list":["127.0.0.1"])");
    const auto spot = desk.add("Spot", key, Market::spot);
    CHECK(warning_codes(desk, spot) == std::vector<std::string>{"more_rights_than_needed"});
    const auto futures = desk.add("Futures", key, Market::futures);
    CHECK(warns(desk, spot, "same_key"));
    CHECK(warns(desk, futures, "same_key"));
    const auto sibling = desk.add("Sibling", desk.sibling_key(key, {Permission::read, Permission::spot}), Market::spot);
    CHECK(warns(desk, sibling, "same_account"));
    CHECK(warns(desk, spot, "same_account"));
    CHECK_FALSE(warns(desk, sibling, "same_key"));

    const auto mover = desk.add("Mover", desk.make_key("kucoin", R"("read","spot","transfer")"), Market::spot, {.internal_transfer = true});
    CHECK(warns(desk, mover, "transfer_accepted"));
    CHECK(warns(desk, mover, "more_rights_than_needed"));
    CHECK(warns(desk, mover, "not_bound"));
    // KuCoin removes a trading key without address list after 30 days without use; our checks are use.
    CHECK(warns(desk, mover, "key_ages_unused"));
    const auto expiry = connection::expiry_of(desk.record(mover));
    CHECK(expiry.basis == "inferred");
    CHECK(*expiry.at - *desk.record(mover).checked_at == std::chrono::hours{24 * 30});

    // MEXC tells how long a key without address list still lives.
    const auto day = std::int64_t{86'400'000};
    const auto soon = desk.good_key("mexc", R"(,"expires_at":)" + std::to_string(Desk::kStart + 10 * day));
    const auto mexc = desk.add("MEXC", soon, Market::spot);
    CHECK(connection::expiry_of(desk.record(mexc)).basis == "exchange");
    CHECK(warns(desk, mexc, "key_expires_soon"));
    const auto key_step = [&](const std::string& id) { return desk.record(id).report->steps.at(static_cast<std::size_t>(connection::StepId::key)); };
    CHECK(key_step(mexc).result == connection::StepResult::warn);
    CHECK(key_step(mexc).detail.back().saying == connection::Saying::key_ends_soon);
    CHECK(key_step(mover).result == connection::StepResult::pass);
    const auto later = desk.add("Later", desk.good_key("mexc", R"(,"expires_at":)" + std::to_string(Desk::kStart + 80 * day)), Market::spot);
    CHECK_FALSE(warns(desk, later, "key_expires_soon"));
    CHECK(key_step(later).result == connection::StepResult::pass);

    CHECK_FALSE(warns(desk, spot, "unused"));
    for (const auto language : {Language::en, Language::nl})
        for (const auto& warning : connection::warnings_of(desk.record(mover), desk.book->all(), desk.clock.wall() + std::chrono::hours{24 * 31}, language)) CHECK_FALSE(warning.text.empty());
    const auto old = connection::warnings_of(desk.record(spot), desk.book->all(), desk.clock.wall() + std::chrono::hours{24 * 31}, Language::en);
    CHECK(std::any_of(old.begin(), old.end(), [](const auto& warning) { return warning.code == "unused"; }));
}

TEST_CASE("a record survives a restart in every field its user sees") {
    Desk desk;
    const auto id = desk.add("Main", desk.make_key("kucoin", R"("read","futures","transfer")", R"(,"ip_allow_list":["127.0.0.1"])"), Market::futures, {.internal_transfer = true});
    const auto before = connection::to_document(desk.record(id));
    desk.restart();
    CHECK(connection::to_document(desk.record(id)) == before);
    CHECK(connection::read_document(before).has_value());
    CHECK_FALSE(connection::read_document(before.substr(0, before.size() / 2)).has_value());
    CHECK_FALSE(connection::read_document("{}").has_value());
}

TEST_CASE("what looked odd about a pasted key is still told after a restart, until the key is replaced") {
    Desk desk;
    auto key = desk.good_key("mexc");
    key.passphrase = "not wanted here";
    const auto id = desk.add("Main", key, Market::spot);
    desk.restart();
    const auto step = desk.test(id).steps.front();
    CHECK(step.result == connection::StepResult::warn);
    CHECK(step.detail == connection::Facts{{connection::Saying::field_not_used, {"passphrase"}}});
    REQUIRE(desk.rotate(id, desk.sibling_key(key, {Permission::read, Permission::spot})).ended.has_value());
    desk.restart();
    CHECK(desk.test(id).steps.front().result == connection::StepResult::pass);
}

TEST_CASE("everything that happens to a connection stands in its history, and nowhere stands a secret") {
    Desk desk;
    const auto key = desk.good_key("kucoin");
    const auto id = desk.add("Main", key, Market::spot);
    REQUIRE(desk.book->rename(id, "Renamed").has_value());
    REQUIRE(desk.rotate(id, desk.sibling_key(key, {Permission::read, Permission::spot})).ended.has_value());
    desk.test(id, {.site = exchange::Site::eu});
    REQUIRE(desk.book->disable(id).has_value());
    REQUIRE(desk.book->enable(id).has_value());
    desk.settle(id);
    REQUIRE(desk.remove(id).has_value());
    const auto kinds = desk.store.kinds(id);
    for (const char* kind : {"created", "tested", "status", "renamed", "rotated", "site", "disabled", "enabled", "removed"}) CHECK_MESSAGE(std::find(kinds.begin(), kinds.end(), kind) != kinds.end(), kind);
    CHECK(kinds.front() == "created");
    CHECK(kinds.back() == "removed");
    const auto all = desk.store.everything();
    for (const auto& secret : {key.secret, key.passphrase, key.key}) CHECK(all.find(secret) == std::string::npos);
}
