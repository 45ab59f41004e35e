// The connection test against the simulated exchanges, in memory: what a trader gets to see for each thing that can be wrong.
#include "support/desk.hpp"

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

StepResult result_of(const Report& report, StepId id) {
    for (const auto& step : report.steps)
        if (step.id == id) return step.result;
    FAIL("no such step");
    return StepResult::skip;
}

exchange::ProblemText words(const Report& report, exchange::Language language = exchange::Language::en) {
    REQUIRE(report.problem);
    return exchange::describe(*report.problem, {.exchange_name = "EX", .market = report.market, .our_address = report.egress_v4, .language = language});
}

/// No order, fill or position came to be, no balance moved, and nothing but reads, test orders and stream keys was asked.
void check_untouched(Desk& desk, const char* exchange) {
    for (const char* what : {"orders", "fills", "positions"}) {
        const auto json = wire::Json::parse(desk.truth(what, exchange));
        REQUIRE(json);
        CHECK_MESSAGE((*json)[what].size() == 0, what);
    }
    for (const auto& one : desk.transport->sent) {
        CAPTURE(one.path);
        CHECK(one.method != wire::Method::del);
        CHECK(one.method != wire::Method::put);
        const bool harmless = one.method == wire::Method::get || one.path.ends_with("/order/test") || one.path.ends_with("/orders/test") ||
                              one.path.ends_with("userDataStream") || one.path.find("bullet-private") != std::string::npos;
        CHECK(harmless);
    }
}

}  // namespace

TEST_CASE("AT-C1: a good key ends Online on every product, with all steps passed, all claims told and nothing changed at the exchange") {
    for (const auto& [exchange, market] : kProducts) {
        CAPTURE(exchange);
        CAPTURE(static_cast<int>(market));
        Desk desk;
        const auto key = desk.good_key(exchange, R"(,"ip_allow_list":["127.0.0.1"])");
        const auto before = desk.truth("balances", exchange);
        const auto id = desk.add("Main", key, market);
        CHECK(desk.status(id) == ConnectionStatus::connected);
        CHECK_FALSE(desk.problem(id));
        const auto& report = *desk.record(id).report;
        CHECK(report.verdict == Verdict::connected);
        CHECK(report.steps.size() == (market == Market::futures ? 12 : 11));
        for (const auto& step : report.steps) {
            CAPTURE(step.detail);
            CHECK(step.result != StepResult::fail);
            CHECK(step.result != StepResult::skip);
            CHECK_FALSE(step.detail.empty());
        }
        CHECK(report.claims.key_valid.answer == Ternary::yes);
        CHECK(report.claims.read.answer == Ternary::yes);
        CHECK((market == Market::spot ? report.claims.spot_trade : report.claims.futures_trade).answer == Ternary::yes);
        CHECK(report.claims.withdraw.answer == Ternary::no);
        CHECK(report.claims.ip_bound.answer == Ternary::yes);
        CHECK(report.account_id.has_value());
        CHECK_FALSE(report.balances.empty());
        CHECK(desk.truth("balances", exchange) == before);
        check_untouched(desk, exchange);
        desk.wait_live(id);
        CHECK(desk.store.everything().find(key.secret) == std::string::npos);
    }
}

TEST_CASE("AT-C2 to AT-C6: what is wrong with a key is told by the right code, title, cause and remedy, in both languages") {
    struct Row {
        const char* why;
        const char* exchange;
        Market market;
        const char* permissions;
        const char* more;
        enum { none, key, secret, passphrase } spoiled;
        ProblemCode code;
        const char* title;
        Verdict verdict;
        ConnectionStatus status;
        StepId step;
    };
    constexpr auto kSpot = Market::spot, kFutures = Market::futures;
    constexpr auto kFailed = Verdict::failed, kRefused = Verdict::refused;
    constexpr auto kError = ConnectionStatus::error, kUnsafe = ConnectionStatus::refused;
    constexpr const char* kAll = R"("read","spot","futures")";
    const Row rows[] = {
        {"unknown key", "mexc", kSpot, kAll, "", Row::key, ProblemCode::invalid_key, "Invalid key", kFailed, kError, StepId::key},
        {"unknown key", "kucoin", kSpot, kAll, "", Row::key, ProblemCode::invalid_key, "Invalid key", kFailed, kError, StepId::key},
        {"wrong secret", "mexc", kSpot, kAll, "", Row::secret, ProblemCode::invalid_secret, "Invalid key", kFailed, kError, StepId::key},
        {"wrong secret", "mexc", kFutures, kAll, "", Row::secret, ProblemCode::invalid_secret, "Invalid key", kFailed, kError, StepId::key},
        // KuCoin signs the passphrase header with the secret and looks at it first.
        {"wrong secret", "kucoin", kFutures, kAll, "", Row::secret, ProblemCode::invalid_passphrase, "Invalid key", kFailed, kError, StepId::key},
        {"wrong passphrase", "kucoin", kSpot, kAll, "", Row::passphrase, ProblemCode::invalid_passphrase, "Invalid key", kFailed, kError, StepId::key},
        {"address refused", "mexc", kSpot, kAll, R"(,"ip_allow_list":["198.51.100.9"],"source_ip":"203.0.113.7")", Row::none, ProblemCode::ip_not_allowed, "IP not allowed", kFailed, kError, StepId::key},
        {"address refused", "kucoin", kSpot, kAll, R"(,"ip_allow_list":["198.51.100.9"],"source_ip":"203.0.113.7")", Row::none, ProblemCode::ip_not_allowed, "IP not allowed", kFailed, kError, StepId::key},
        {"no spot right", "mexc", kSpot, R"("read","futures")", "", Row::none, ProblemCode::no_trade_permission, "No trading permission", kFailed, kError, StepId::permissions},
        {"no spot right", "kucoin", kSpot, R"("read","futures")", "", Row::none, ProblemCode::no_trade_permission, "No trading permission", kFailed, kError, StepId::permissions},
        {"no futures right", "mexc", kFutures, R"("read","spot")", "", Row::none, ProblemCode::no_futures_permission, "No trading permission", kFailed, kError, StepId::permissions},
        {"no futures right", "kucoin", kFutures, R"("read","spot")", "", Row::none, ProblemCode::no_futures_permission, "No trading permission", kFailed, kError, StepId::permissions},
        {"no right to read", "mexc", kSpot, R"("spot")", "", Row::none, ProblemCode::no_read_permission, "No read permission", kFailed, kError, StepId::permissions},
        {"no right to read", "mexc", kFutures, R"("futures")", "", Row::none, ProblemCode::no_read_permission, "No read permission", kFailed, kError, StepId::permissions},
        {"no right to read", "kucoin", kSpot, R"("spot")", "", Row::none, ProblemCode::no_read_permission, "No read permission", kFailed, kError, StepId::permissions},
        {"orders can't be read", "kucoin", kFutures, R"("futures")", "", Row::none, ProblemCode::no_read_permission, "No read permission", kFailed, kError, StepId::orders},
        {"can withdraw", "mexc", kSpot, R"("read","spot","withdraw")", "", Row::none, ProblemCode::withdraw_enabled, "Unsafe key", kRefused, kUnsafe, StepId::withdrawal},
        {"can withdraw", "kucoin", kFutures, R"("read","futures","withdraw")", "", Row::none, ProblemCode::withdraw_enabled, "Unsafe key", kRefused, kUnsafe, StepId::withdrawal},
        {"can move money", "mexc", kSpot, R"("read","spot","transfer")", "", Row::none, ProblemCode::transfer_enabled, "Unsafe key", kRefused, kUnsafe, StepId::withdrawal},
        {"can move money", "kucoin", kSpot, R"("read","spot","transfer")", "", Row::none, ProblemCode::transfer_enabled, "Unsafe key", kRefused, kUnsafe, StepId::withdrawal},
        {"danger outranks the missing right", "kucoin", kSpot, R"("read","withdraw")", "", Row::none, ProblemCode::withdraw_enabled, "Unsafe key", kRefused, kUnsafe, StepId::withdrawal},
        {"rights can't be read", "mexc", kSpot, kAll, R"(,"inspectable":false)", Row::none, ProblemCode::withdrawal_unknown, "Confirmation needed", kFailed, kError, StepId::withdrawal},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CAPTURE(row.exchange);
        Desk desk;
        auto key = desk.make_key(row.exchange, row.permissions, row.more);
        const bool kucoin = key.exchange == "kucoin";
        if (row.spoiled == Row::key) key.key = kucoin ? "6705f5c311545b000157d3ff" : "mx0vglzzzzzzzzzzzz";
        if (row.spoiled == Row::secret) key.secret = kucoin ? "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3" : "0123456789abcdef0123456789abcdef";
        if (row.spoiled == Row::passphrase) key.passphrase = "another-one";
        const auto id = desk.add("Main", key, row.market);
        const auto& record = desk.record(id);
        const auto& report = *record.report;
        REQUIRE(report.problem);
        CAPTURE(report.problem->exchange_code);
        CAPTURE(report.problem->exchange_message);
        CHECK(exchange::to_string(report.problem->code) == exchange::to_string(row.code));
        CHECK(report.verdict == row.verdict);
        CHECK(record.status == row.status);
        CHECK(result_of(report, row.step) == StepResult::fail);
        const auto text = words(report);
        CHECK(text.title == row.title);
        CHECK_FALSE(text.cause.empty());
        CHECK_FALSE(text.remedy.empty());
        const auto dutch = words(report, exchange::Language::nl);
        CHECK(dutch.title != text.title);
        CHECK(dutch.remedy != text.remedy);
        CHECK(text.cause.find('{') == std::string::npos);
        CHECK(dutch.cause.find('{') == std::string::npos);
        if (row.code == ProblemCode::ip_not_allowed) CHECK_MESSAGE(text.remedy.find("203.0.113.7") != std::string::npos, text.remedy);
        // Every report has every step and every claim.
        CHECK(report.steps.size() == (row.market == Market::futures ? 12 : 11));
        CHECK(desk.book->stream_state(id) == "none");
        check_untouched(desk, row.exchange);
    }
}

TEST_CASE("a right to read that the exchange lists stands where only futures are closed to the key") {
    Desk desk;
    const auto& report = *desk.record(desk.add("Main", desk.make_key("kucoin", R"("read","spot")"), Market::futures)).report;
    CHECK(report.problem->code == ProblemCode::no_futures_permission);
    CHECK(result_of(report, StepId::balance) == StepResult::fail);
    CHECK(report.claims.read.answer == Ternary::yes);
    CHECK(report.claims.futures_trade.answer == Ternary::no);
}

TEST_CASE("where an exchange can't tell causes apart, the cause names each candidate and the remedy helps with each") {
    Desk desk;
    auto key = desk.good_key("kucoin");
    key.secret = "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3";
    const auto id = desk.add("Main", key, Market::spot);
    const auto text = words(*desk.record(id).report);
    CHECK(text.cause.find("passphrase") != std::string::npos);
    CHECK(text.cause.find("the secret") != std::string::npos);
    CHECK(text.remedy.find("not the login password") != std::string::npos);
    CHECK(text.remedy.find("Copy the key") != std::string::npos);
}

TEST_CASE("expired and revoked keys are told as such, as far as the exchange does") {
    for (const auto& [exchange, market] : kProducts) {
        CAPTURE(exchange);
        Desk desk;
        const auto key = desk.good_key(exchange);
        desk.change_key(key, R"({"expires_at":)" + std::to_string(Desk::kStart - 1000) + "}");
        const auto expired = desk.add("Expired", key, market);
        const auto& problem = *desk.record(expired).problem;
        CAPTURE(exchange::to_string(problem.code));
        const bool named = problem.code == ProblemCode::key_expired || std::find(problem.candidates.begin(), problem.candidates.end(), ProblemCode::key_expired) != problem.candidates.end() ||
                           problem.code == ProblemCode::invalid_key;
        CHECK(named);
        CHECK(words(*desk.record(expired).report).title == "Invalid key");
        const auto other = desk.good_key(exchange);
        desk.change_key(other, R"({"revoked":true})");
        const auto revoked = desk.add("Revoked", other, market);
        CHECK(words(*desk.record(revoked).report).title == "Invalid key");
        CHECK(desk.record(revoked).report->claims.key_valid.answer == Ternary::no);
    }
}

TEST_CASE("a slip of the paste is caught before anything is kept or sent") {
    Desk desk;
    const auto good = desk.good_key("kucoin");
    auto spaced = good;
    spaced.secret += " ";
    auto swapped = good;
    std::swap(swapped.key, swapped.secret);
    auto missing = good;
    missing.passphrase.clear();
    for (const auto& slip : {spaced, swapped, missing}) {
        const auto added = desk.try_add("Main", slip, Market::spot);
        REQUIRE_FALSE(added.has_value());
        CHECK(added.error().code == "malformed_credentials");
        CHECK(added.error().detail.find(slip.secret) == std::string::npos);
    }
    CHECK(desk.transport->sent.empty());
    CHECK(desk.signer.count() == 0);
    CHECK(desk.book->all().empty());
}

TEST_CASE("AT-C6, AT-C7: nothing accepts a withdrawal right; a transfer right and an unknown one are accepted knowingly and stay visible") {
    Desk desk;
    const connection::Accepted everything{true, true};
    const auto thief = desk.add("Withdraws", desk.make_key("kucoin", R"("read","spot","withdraw")"), Market::spot, everything);
    CHECK(desk.status(thief) == ConnectionStatus::refused);
    CHECK(desk.test(thief, {.accepted = everything}).verdict == Verdict::refused);

    const auto mover = desk.add("Moves", desk.make_key("kucoin", R"("read","spot","transfer")"), Market::spot);
    CHECK(desk.status(mover) == ConnectionStatus::refused);
    CHECK(desk.test(mover, {.accepted = connection::Accepted{false, true}}).problem->code == ProblemCode::transfer_enabled);
    CHECK(desk.test(mover, {.accepted = connection::Accepted{true, false}}).verdict == Verdict::connected);
    CHECK(desk.status(mover) == ConnectionStatus::connected);
    CHECK(desk.store.count(mover, "accepted") == 2);

    const auto unknown = desk.add("Unknown", desk.good_key("mexc", R"(,"inspectable":false)"), Market::spot);
    CHECK(desk.problem(unknown) == ProblemCode::withdrawal_unknown);
    // "You confirmed it" is said to nobody who has not.
    for (const auto& warning : connection::warnings_of(desk.record(unknown), desk.book->all(), desk.clock.wall(), exchange::Language::en))
        CHECK(warning.code != "withdrawal_unproven");
    const auto report = desk.test(unknown, {.accepted = connection::Accepted{false, true}});
    CHECK(report.verdict == Verdict::connected);
    CHECK(report.claims.withdraw.answer == Ternary::unknown);
    CHECK(result_of(report, StepId::withdrawal) == StepResult::warn);
    const auto warnings = connection::warnings_of(desk.record(unknown), desk.book->all(), desk.clock.wall(), exchange::Language::en);
    CHECK(std::any_of(warnings.begin(), warnings.end(), [](const auto& warning) { return warning.code == "withdrawal_unproven"; }));
    // Asked for once, it is not asked for again.
    CHECK(desk.test(unknown).verdict == Verdict::connected);
    CHECK(desk.store.count(unknown, "accepted") == 1);
}

TEST_CASE("AT-C9: a key without address list is Online with the advice to bind it") {
    for (const char* exchange : {"mexc", "kucoin"}) {
        Desk desk;
        const auto id = desk.add("Main", desk.good_key(exchange), Market::spot);
        CHECK(desk.status(id) == ConnectionStatus::connected);
        CHECK(result_of(*desk.record(id).report, StepId::ip_allow_list) == StepResult::warn);
    }
}

TEST_CASE("a clock that is off is measured, corrected and told; beyond what the signer signs for it is the clock that is blamed") {
    for (const auto& [exchange, market] : kProducts) {
        CAPTURE(exchange);
        for (const int skew : {-45'000, 30'000, 60'000, -60'000}) {
            Desk desk;
            const auto key = desk.good_key(exchange);
            desk.admin("clock", R"({"exchange":")" + std::string{exchange} + R"(","skew_ms":)" + std::to_string(skew) + "}");
            const auto id = desk.add("Main", key, market);
            const auto& report = *desk.record(id).report;
            CHECK(report.verdict == Verdict::connected);
            CHECK(std::abs(report.clock_offset.count() - skew) <= 1000);  // KuCoin and MEXC tell milliseconds; half a round trip is ours.
            CHECK(result_of(report, StepId::clock) == StepResult::warn);
        }
        Desk desk;
        const auto key = desk.good_key(exchange);
        desk.admin("clock", R"({"exchange":")" + std::string{exchange} + R"(","skew_ms":300000})");
        const auto id = desk.add("Main", key, market);
        CHECK(desk.problem(id) == ProblemCode::clock_skew);
        CHECK(words(*desk.record(id).report).title == "Clock out of step");
        CHECK(result_of(*desk.record(id).report, StepId::clock) == StepResult::fail);
        CHECK(result_of(*desk.record(id).report, StepId::key) == StepResult::skip);
        for (const auto* claim : {&desk.record(id).report->claims.key_valid, &desk.record(id).report->claims.withdraw}) CHECK(claim->at.has_value());
    }
}

TEST_CASE("contracts that MEXC only marks closed to API keys are asked about all the same") {
    Desk desk{{.exchanges = {"mexc"}}};
    const auto key = desk.good_key("mexc");
    desk.transport->tampered = [](const wire::Request& request, wire::Response& response) {
        constexpr std::string_view kOpen = R"("apiAllowed":true)", kMarked = R"("apiAllowed":false)";
        if (request.path() != "/api/v1/contract/detail") return;
        for (auto at = response.body.find(kOpen); at != std::string::npos; at = response.body.find(kOpen, at)) response.body.replace(at, kOpen.size(), kMarked);
    };
    const auto id = desk.add("Main", key, Market::futures);
    const auto& report = *desk.record(id).report;
    CHECK(report.verdict == Verdict::connected);
    CHECK(desk.transport->count("/api/v1/private/order/list/open_orders") > 0);
    CHECK(result_of(report, StepId::orders) == StepResult::pass);
    CHECK(result_of(report, StepId::trade_right) == StepResult::pass);
}

TEST_CASE("in a unified account the right Unified trades, and no other") {
    struct Row {
        const char* why;
        const char* listed;
        Market market;
        Ternary may_trade;
    };
    const Row rows[] = {
        {"as little as it needs", "General,Unified", Market::spot, Ternary::yes},
        {"as little as it needs", "General,Unified", Market::futures, Ternary::yes},
        {"all of them", "General,Futures,Unified,Spot", Market::futures, Ternary::yes},
        {"those of a classic account", "General,Spot", Market::spot, Ternary::no},
        {"those of a classic account", "General,Spot,Futures", Market::futures, Ternary::no},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CAPTURE(row.listed);
        Desk desk{{.exchanges = {"kucoin"}}};
        const auto key = desk.good_key("kucoin", R"(,"account_mode":"unified")");
        desk.transport->tampered = [&row](const wire::Request& request, wire::Response& response) {
            constexpr std::string_view kListed = R"("permission":"General,Futures,Unified,Spot")";
            if (!request.path().ends_with("/user/api-key")) return;
            const auto at = response.body.find(kListed);
            REQUIRE(at != std::string::npos);
            response.body.replace(at, kListed.size(), R"("permission":")" + std::string{row.listed} + "\"");
        };
        const auto id = desk.add("Main", key, row.market);
        const auto& report = *desk.record(id).report;
        CHECK(report.account_mode == exchange::AccountMode::unified);
        CHECK((row.market == Market::futures ? report.claims.futures_trade : report.claims.spot_trade).answer == row.may_trade);
        CHECK(report.verdict == (row.may_trade == Ternary::yes ? Verdict::connected : Verdict::failed));
        CHECK(result_of(report, StepId::permissions) == (row.may_trade == Ternary::yes ? StepResult::pass : StepResult::fail));
        if (row.may_trade == Ternary::no) CHECK(words(report).title == "No trading permission");
    }
}

TEST_CASE("the end of a unified account's key is told, which only the unified form of the answer does") {
    Desk desk{{.exchanges = {"kucoin"}}};
    const auto key = desk.good_key("kucoin", R"(,"account_mode":"unified","expires_at":)" + std::to_string(Desk::kStart + 86'400'000LL * 5));
    const auto& record = desk.record(desk.add("Main", key, Market::spot));
    CHECK(record.status == ConnectionStatus::connected);
    CHECK(record.report->expires_at == Instant::from_ms(Desk::kStart + 86'400'000LL * 5));
    CHECK(result_of(*record.report, StepId::key) == StepResult::warn);
}
