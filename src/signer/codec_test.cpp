#include "signer/codec.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace bf;
using namespace bf::signer;

namespace {

SignItem full_item() {
    SignItem item{"conn-1", Slot::staged, Instant::from_ms(1'700'000'000'123), Instant::from_ms(1'700'000'005'000), {}};
    auto& call = item.call;
    call.operation = exchange::Operation::place_stop;
    call.market = market::Market::futures;
    call.account_mode = exchange::AccountMode::unified;
    call.site = exchange::Site::eu;
    call.symbol = market::Symbol::parse("BTC/USDT:USDT");
    call.side = market::Side::sell;
    call.type = market::OrderType::market;
    call.quantity = "99999999999999999999.999999999999999999"_d;
    call.quote_quantity = "-0.000000000000000001"_d;
    call.price = "0"_d;
    call.stop_price = "60000.5"_d;
    call.time_in_force = market::TimeInForce::fok;
    call.post_only = true;
    call.reduce_only = false;
    call.client_order_id = "a-b_C";
    call.order_id = "77";
    call.margin_mode = market::MarginMode::cross;
    call.leverage = -3;
    call.position_mode = market::PositionMode::hedge;
    call.interval = market::Interval::d1;
    call.since = Instant::from_ms(5);
    call.limit = 100;
    call.until = Instant::from_ms(6);
    call.listen_key = "listen";
    call.contract_size = "0.001"_d;
    call.quantity_step = "1"_d;
    item.purpose = {"add_on", 12, "strategy-1"};
    item.reference = ports::PriceReference{"60000.5"_d, Instant::from_ms(7)};
    return item;
}

std::vector<Request> requests() {
    std::vector<Request> all;
    const auto add = [&all](Question question) { all.push_back({0x1122334455667788, std::move(question)}); };
    add(HelloRequest{});
    add(CheckShapeRequest{exchange::ExchangeId::kucoin, "sealed"});
    add(AddRequest{"c", exchange::ExchangeId::mexc, Keep::memory, std::string(80, '\xff')});
    add(StageRequest{"c", "box"});
    add(PromoteRequest{"c"});
    add(RollBackRequest{"c"});
    add(DropRequest{"c", Slot::previous});
    add(RemoveRequest{"c"});
    add(ListRequest{"after"});
    add(UnlockRequest{"box"});
    add(RewrapRequest{Rewrap::to_passphrase, "box", {"owner", "123456"}});
    add(RewrapRequest{Rewrap::new_root_key, "", {}});
    add(FactorStateRequest{"owner"});
    add(FactorBeginRequest{"owner"});
    add(FactorConfirmRequest{"owner", "123456", true});
    add(FactorCheckRequest{"owner", "ABCD-EFGH-JKLM-NPQR"});
    add(FactorRenewRequest{"owner", "123456"});
    add(FactorRemoveRequest{"owner", ""});
    add(FactorVouchRequest{"second", "owner", "123456"});
    add(PasskeysRequest{"owner"});
    add(PasskeyBeginRequest{"owner", "123456", "https://bot.example"});
    add(PasskeyAddRequest{"owner", "laptop", "client data", std::string(200, '\xff')});
    add(PasskeyChallengeRequest{"owner", "https://bot.example"});
    add(PasskeyRemoveRequest{"owner", "0123"});
    add(LedgerStateRequest{});
    add(LedgerPageRequest{});
    add(LedgerPageRequest{{77, 20, "c", UseClass::outcome, Instant::from_ms(1), Instant::from_ms(2)}});
    add(LedgerOutcomesRequest{{{"c", "place_order", "filled", "all of it", "bf-1", "77", "0.5"_d, {1, 2, 3}}, {}}});
    add(LedgerAcceptRequest{"owner"});
    add(BackupBeginRequest{true, "box", {1, 2, 3}, {"owner", "123456"}});
    add(BackupNextRequest{"id"});
    add(RestoreBeginRequest{"head", "box", {9}});
    add(RestoreNextRequest{std::string(1000, '\xff')});
    add(RestoreEndRequest{RestoreAs::keep});
    add(SignRequest{{full_item(), SignItem{"x", Slot::active, {}, {}, {}}}});
    auto listed = ports::default_limits(market::Market::spot);
    listed.symbols = std::vector{*market::Symbol::parse("BTC/USDT"), *market::Symbol::parse("ETH/USDT")};
    add(AddRequest{"c", exchange::ExchangeId::mexc, Keep::vault, "sealed", ports::no_limits()});
    add(LimitsRequest{"c"});
    add(SetLimitsRequest{"c", listed, {"owner", "123456"}});
    add(FreezeRequest{"c", ports::FreezeLevel::everything, {}});
    add(SettleRequest{{SettledOrder{"c", "bf-1", *market::Symbol::parse("BTC/USDT"), false, "0.25"_d}, StillHeld{"e", *market::Symbol::parse("BTC/USDT"), "0.5"_d},
                       SettledOrder{"d", "bf-2", *market::Symbol::parse("ETH/USDT:USDT"), true, {}}}});
    return all;
}

std::vector<Reply> replies() {
    std::vector<Reply> all;
    const auto add = [&all](Answer answer) { all.push_back({7, std::move(answer)}); };
    add(Refused{Refusal::too_large, "why", exchange::CallError{exchange::CallError::Kind::bad_argument, "price", "no"}});
    add(Done{});
    add(Hello{{1, 2, 3}, "A1B2-C3D4-E5F6-0718", VaultState::sealed, "waits", {{"no_core", true, "yes"}, {"x", false, ""}}, Opener::key_credential});
    add(Findings{{{"key", true, exchange::ShapeFinding::Kind::swapped}}});
    add(Added{true, "A1B2-C3D4-E5F6-0718", {{"secret", false, exchange::ShapeFinding::Kind::unusual}}});
    add(Listing{{{"c", Slot::staged, exchange::ExchangeId::mexc, Keep::vault, true, ""}, {"d", Slot::active, std::nullopt, Keep::memory, false, "f"}}, true});
    add(FactorState{true, false, 9, Instant::from_ms(1'700'000'000'000)});
    add(FactorState{});
    add(FactorBegun{std::string(32, 'A')});
    add(FactorCodes{{"ABCD-EFGH-JKLM-NPQR", "ABCD-EFGH-JKLM-NPQS"}});
    add(FactorVerdict{FactorVerdict::Kind::slow_down, 8, true, true, true, 3});
    add(PasskeyList{{{"0123", "laptop", "bot.example", Instant::from_ms(1), Instant::from_ms(2)}, {"4567", "key", "bot.example", Instant::from_ms(3), {}}}});
    add(PasskeyAsked{"challenge", "bot.example", "user", {"one", "two"}});
    add(LedgerStanding{});
    add(LedgerStanding{LedgerState::broken, "why", LedgerHead{3, 77, Instant::from_ms(5), {1}, {2}}, {{"cut", 3, 512, 70, "cut off", true}}});
    LedgerEntry entry;
    entry.sequence = 4;
    entry.what = "place_order";
    entry.call.emplace().symbol = "BTC/USDT";
    add(LedgerPage{{entry, entry}, 3});
    add(BackupBegun{"head", "box", "id", "why"});
    add(BackupPiece{"bytes", true});
    add(Restored{true, 3, 1, true});
    SignReply reply;
    reply.items.resize(2);
    reply.items[0].refused = Refused{Refusal::late, "late", {}};
    auto& request = reply.items[1].requests.add();
    request.method = wire::Method::post;
    request.host = "api.mexc.com";
    request.target = "/api/v3/order?symbol=BTCUSDT";
    request.set("X-KEY", "value");
    request.body = "{}";
    add(std::move(reply));
    ports::LimitState state{ports::default_limits(market::Market::futures), ports::FreezeLevel::entries, {}, {{"USDT", 1, 2, "3.5"_d}}, {ports::LimitFinding::no_second_factor}};
    add(Limits{state});
    state.raise = ports::LimitState::Raise{ports::no_limits(), Instant::from_ms(5)};
    add(Limits{state});
    return all;
}

std::string bytes_of(const Request& request) {
    std::string bytes;
    encode(bytes, request);
    return bytes;
}
std::string bytes_of(const Reply& reply) {
    std::string bytes;
    encode(bytes, reply);
    return bytes;
}

}  // namespace

TEST_CASE("every message comes back as it was, byte for byte") {
    for (const auto& request : requests()) {
        CAPTURE(request.question.index());
        const auto bytes = bytes_of(request);
        const auto back = decode_request(bytes);
        REQUIRE(back.has_value());
        CHECK(back->id == request.id);
        CHECK(peek_id(bytes) == request.id);
        CHECK(bytes_of(*back) == bytes);
    }
    for (const auto& reply : replies()) {
        CAPTURE(reply.answer.index());
        const auto bytes = bytes_of(reply);
        const auto back = decode_reply(bytes);
        REQUIRE(back.has_value());
        CHECK(bytes_of(*back) == bytes);
    }
}

TEST_CASE("a call keeps all its arguments") {
    std::string bytes;
    const SignItem items[] = {full_item()};
    encode_sign(bytes, 9, items);
    const auto back = std::get<SignRequest>(decode_request(bytes)->question).items.at(0);
    CHECK(back.connection == "conn-1");
    CHECK(back.slot == Slot::staged);
    CHECK(back.at == items[0].at);
    CHECK(back.deadline == items[0].deadline);
    CHECK(back.call.symbol->to_string() == "BTC/USDT:USDT");
    CHECK(back.call.quantity == items[0].call.quantity);
    CHECK(back.call.quote_quantity == items[0].call.quote_quantity);
    CHECK(back.call.reduce_only == false);
    CHECK(back.call.leverage == -3);
    CHECK(back.call.quantity_step == "1"_d);
}

TEST_CASE("a message that is cut, lengthened or of another version is refused") {
    for (const auto& request : requests()) {
        const auto bytes = bytes_of(request);
        for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode_request(bytes.substr(0, size)).has_value());
        CHECK_FALSE(decode_request(bytes + '\0').has_value());
        auto other = bytes;
        other[8] = 2;
        REQUIRE_FALSE(decode_request(other).has_value());
        CHECK(decode_request(other).error().code == kOtherVersion);
        other = bytes;
        other[9] = static_cast<char>(std::variant_size_v<Question>);
        CHECK_FALSE(decode_request(other).has_value());
    }
    CHECK_FALSE(decode_request(std::string(kMessageMax + 1, '\1')).has_value());
}

TEST_CASE("under one number the protocol stays what it is, since the two ends can be of different builds") {
    // Of a message of each kind, and of how many kinds there are. If this fails: raise kVersion in codec.cpp and put the new figure here;
    // the figure alone if it was only a default in one of these messages that changed, or no version was released with the former one.
    std::uint64_t digest = 0xcbf29ce484222325U;
    const auto take = [&digest](std::string_view bytes) {
        for (const char byte : bytes) digest = (digest ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
    };
    for (const auto& request : requests()) take(bytes_of(request));
    for (const auto& reply : replies()) take(bytes_of(reply));
    take(std::to_string(std::variant_size_v<Question>) + " " + std::to_string(std::variant_size_v<Answer>));
    CHECK(static_cast<int>(bytes_of(requests().front())[8]) == 1);
    CHECK(digest == 12531119998048090091U);
}

TEST_CASE("which questions are the signer's own user's alone") {
    for (const auto& request : requests()) {
        const bool opens = std::holds_alternative<UnlockRequest>(request.question) || std::holds_alternative<RewrapRequest>(request.question);
        CHECK(is_of_its_own_user(bytes_of(request)) == opens);
    }
    for (const std::string bytes : {"", "12345678", "12345678\1", "12345678\2\11"}) CHECK_FALSE(is_of_its_own_user(bytes));
}

TEST_CASE("what decodes has one form only: no two byte strings mean the same") {
    std::mt19937 dice{3};
    for (const auto& request : requests()) {
        const auto bytes = bytes_of(request);
        for (int i = 0; i < 3000; ++i) {
            auto changed = bytes;
            changed[dice() % changed.size()] = static_cast<char>(dice());
            const auto back = decode_request(changed);
            if (back) CHECK(bytes_of(*back) == changed);
        }
    }
}

TEST_CASE("amounts must be canonical and within range") {
    SignItem item;
    item.reference = ports::PriceReference{"1.5"_d, {}};
    std::string good;
    encode_sign(good, 1, {&item, 1});
    const auto at = good.size() - 8 - 17;  // Mantissa 15 in 16 bytes, scale 1; then the time.
    REQUIRE(good[at] == 15);
    struct Row { std::string why; unsigned char low; unsigned char high; unsigned char scale; };
    const Row rows[] = {{"trailing zero", 150, 0, 2}, {"scale beyond 18", 15, 0, 19}, {"mantissa beyond 38 digits", 15, 0x7f, 1}, {"zero with a scale", 0, 0, 1}};
    for (const auto& row : rows) {
        CAPTURE(row.why);
        auto bad = good;
        bad[at] = static_cast<char>(row.low);
        bad[at + 15] = static_cast<char>(row.high);
        bad[at + 16] = static_cast<char>(row.scale);
        CHECK_FALSE(decode_request(bad).has_value());
    }
}

TEST_CASE("the writer of signed replies never outgrows a message") {
    exchange::RequestList big;
    big.add().body = std::string(20'000, 'x');
    std::string bytes;
    SignReplyWriter writer{bytes, 1, kBatchMax};
    for (std::size_t i = 0; i < kBatchMax; ++i) writer.add(big);
    CHECK(bytes.size() <= kMessageMax);
    SignReply reply;
    REQUIRE(decode_sign_reply(bytes, reply).has_value());
    REQUIRE(reply.items.size() == kBatchMax);
    CHECK_FALSE(reply.items.front().refused.has_value());
    CHECK(reply.items.back().refused->reason == Refusal::too_large);
}

TEST_CASE("a refusal of the whole message reaches who waits for signed calls") {
    SignReply reply;
    const auto result = decode_sign_reply(bytes_of(Reply{4, Refused{Refusal::bad_message, "no", {}}}), reply);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == "bad_message");
    CHECK_FALSE(decode_sign_reply(bytes_of(Reply{4, Done{}}), reply).has_value());
}
