// R12: a stand-in for a taken-over web and engine process, at the signer's socket with everything those two hold, tries to have signed what would
// move funds, manage keys or borrow, to have orders signed beyond the limits, the limits widened, the ledger cut and secrets told. A million requests
// from a printed seed, and a million more without limits and ledger: nothing is signed that templates, rules and limits don't allow, no answer holds a secret, and all of it is in the ledger.
#include "exchange/kucoin/calls/calls.hpp"
#include "exchange/mexc/calls/calls.hpp"
#include "security/harm.hpp"
#include "signer/ledger_folder.hpp"
#include "signer/sealing.hpp"
#include "support/number_in.hpp"
#include "support/scratch.hpp"
#include "support/search.hpp"
#include "support/signer_process.hpp"

#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>
#include <random>

using namespace bf;
using namespace bf::signer;
using exchange::ExchangeId;
using exchange::Operation;

namespace {

/// Of each of the two cases; BF_REQUESTS for more.
std::size_t requests() { return test::number_in("BF_REQUESTS", test::repeats(1'000'000, 40'000)); }

/// What is planted: each must never come out.
struct Account {
    std::string connection;
    ExchangeId exchange;
    std::string key, secret, passphrase;
};
const std::vector<Account>& accounts() {
    static const std::vector<Account> all{
        {"mexc-1", ExchangeId::mexc, "mx0vglCANARYKEYID1", "7f3ac0ffee5ec2e7d00d15ea5edbadf0", ""},
        {"kucoin-1", ExchangeId::kucoin, "6735f0c0ffee5ea5edcafe01", "c0ffee5e-c2e7-4a11-9d00-d15ea5edbadf", "CanaryPass77"},
        {"toy-1", test::kToyExchange, "toy-canary-0001", "Y2FuYXJ5LXNlY3JldC1vZi10b3k=", ""},
    };
    return all;
}

std::string credentials(const Account& account) {
    auto json = R"({"key":")" + account.key + R"(","secret":")" + account.secret + '"';
    if (!account.passphrase.empty()) json += R"(,"passphrase":")" + account.passphrase + '"';
    return json + '}';
}

class Attacker {
public:
    explicit Attacker(unsigned seed) : dice_{seed} {
        for (const auto& account : accounts()) {
            needles_.emplace_back(account.secret);
            if (!account.passphrase.empty()) needles_.emplace_back(account.passphrase);
        }
        for (const auto& endpoint : test::harmful_endpoints()) {
            const auto words = split(endpoint.what, ' ');
            if (words.size() > 2) paths_.emplace_back(words[2]);
            std::string query;
            for (const auto name : endpoint.required) query += (query.empty() ? "" : "&") + std::string{name} + "=1";
            queries_.push_back(query);
        }
    }

    std::size_t below(std::size_t count) { return dice_() % count; }
    bool often(unsigned in) { return dice_() % in == 0; }
    template <class T>
    const T& any(const std::vector<T>& of) {
        return of[below(of.size())];
    }
    template <class T>
    T any(std::initializer_list<T> of) {
        return of.begin()[below(of.size())];
    }

    /// A text that would do harm if it came through: parameters of a withdrawal, another path, ends of lines, things that other parsers read otherwise.
    std::string smuggled() {
        const auto& query = any(queries_);
        const auto& path = any(paths_);
        static const std::vector<std::string> joints{"&", "%26", "?", "#", ";", "\r\n", "\n", std::string(1, '\0'), "\",\"", "\"}{\"", "/", "/../", "%2f..%2f", "\xff\xfe", "\xc0\xaf", "\xe2\x80\xae",
                                                     "\\u0026", "+", " ", "=", "%3d", "%00", "\t", "//", "\\", "'", "`", "{", "}", "[", "]", ",", ":", "@"};
        std::string text = any({std::string{"1"}, std::string{"BTC"}, std::string{}, std::string{"abc"}});
        switch (below(7)) {
            case 0: return text + any(joints) + query;
            case 1: return text + any(joints) + path;
            case 2: return ".." + any(joints) + ".." + path + "?" + query;
            case 3: return text + "\r\nX-Evil: 1\r\n\r\nPOST " + path + " HTTP/1.1";
            case 4: {
                std::string json = text;
                for (const auto& part : split(query, '&')) json += "\",\"" + std::string{part.substr(0, part.find('='))} + "\":\"1";
                return json;
            }
            case 5: {
                std::string bytes(below(40), '\0');
                for (auto& c : bytes) c = static_cast<char>(dice_());
                return bytes;
            }
            default: return text + any(joints) + any(joints) + query + any(joints) + path;
        }
    }
    // No "withdraw": an order of that name would be looked up at a path that the judge can't tell from a withdrawal's.
    std::string good_id() { return any({std::string{"bf-0123-abc"}, std::string{"1234567890"}, std::string{"amount"}, std::string(64, 'a')}); }
    std::string id() { return often(3) ? smuggled() : good_id(); }
    std::string cut(std::string text, std::size_t most) {
        text.resize(std::min(text.size(), most));
        return text;
    }

    market::Symbol symbol(market::Market market) {
        market::Symbol symbol;
        symbol.base = often(4) ? cut(smuggled(), 20) : any({std::string{"BTC"}, std::string{"ETH"}, std::string{"A"}, std::string{"1INCH"}});
        symbol.quote = often(6) ? cut(smuggled(), 20) : "USDT";
        if (often(8) ? market == market::Market::spot : market == market::Market::futures) symbol.settle = often(6) ? cut(smuggled(), 20) : "USDT";
        return symbol;
    }
    Decimal amount() {
        static const std::vector<Decimal> all{"1"_d, "0.0001"_d, "99999999999999999999"_d, "0.000000000000000001"_d, "-1"_d, "0"_d, "60000"_d};
        return any(all);
    }

    exchange::Call call() {
        exchange::Call call;
        call.operation = static_cast<Operation>(below(static_cast<std::size_t>(Operation::open_stops) + 1));
        call.market = often(2) ? market::Market::spot : market::Market::futures;
        if (often(3)) call.account_mode = exchange::AccountMode::unified;
        if (often(5)) call.site = exchange::Site::eu;
        const bool orders = call.operation == Operation::place_order || call.operation == Operation::test_order || call.operation == Operation::place_stop;
        const auto maybe = [this](unsigned in, auto& field, auto value) {
            if (often(in)) field = value;
        };
        const bool by_rule = !often(5);  // Mostly what the operation takes, so that much comes through to the templates.
        if (!by_rule || orders || often(2)) call.symbol = symbol(call.market);
        if (orders || !by_rule) {
            call.side = often(2) ? market::Side::buy : market::Side::sell;
            call.type = often(3) ? market::OrderType::market : market::OrderType::limit;
            call.quantity = amount();
            maybe(8, call.quote_quantity, amount());
            if (call.type == market::OrderType::limit) call.price = amount();
            if (call.operation == Operation::place_stop) call.stop_price = amount();
            maybe(4, call.time_in_force, market::TimeInForce::ioc);
            maybe(6, call.post_only, true);
            maybe(4, call.reduce_only, true);
            if (!often(3)) call.client_order_id = cut(id(), 64);
            if (call.market == market::Market::futures) {
                call.margin_mode = often(3) ? market::MarginMode::cross : market::MarginMode::isolated;
                call.leverage = static_cast<std::int64_t>(below(600)) - 5;
                call.position_mode = often(3) ? market::PositionMode::hedge : market::PositionMode::one_way;
                call.contract_size = amount();
                call.quantity_step = amount();
            }
        }
        const auto one_of = [&](std::initializer_list<Operation> all) { return std::find(all.begin(), all.end(), call.operation) != all.end(); };
        if (!by_rule || one_of({Operation::order, Operation::cancel_order, Operation::fills})) {
            if (often(2)) call.order_id = cut(id(), 64);
            if (call.operation != Operation::fills && often(2)) call.client_order_id = cut(id(), 64);
        }
        if (!by_rule || one_of({Operation::candles})) call.interval = market::Interval::h1;
        if (!by_rule || one_of({Operation::candles, Operation::fills, Operation::funding_payments})) {
            maybe(2, call.since, Instant::from_ms(static_cast<std::int64_t>(dice_()) - 1000));
            maybe(2, call.limit, static_cast<std::int64_t>(below(6000)) - 5);
        }
        if (!by_rule || one_of({Operation::set_leverage})) call.leverage = static_cast<std::int64_t>(below(600)) - 5;
        if (!by_rule || one_of({Operation::set_margin_mode, Operation::set_leverage, Operation::leverage})) call.margin_mode = often(2) ? market::MarginMode::cross : market::MarginMode::isolated;
        if (!by_rule || one_of({Operation::renew_stream})) call.listen_key = cut(id(), 128);
        maybe(20, call.key_version, static_cast<int>(below(6)));
        return call;
    }

    SignItem item(Instant now) {
        const auto& account = any(accounts());
        SignItem item{often(40) ? cut(smuggled(), 64) : account.connection, often(20) ? static_cast<Slot>(below(3)) : Slot::active, now, now + seconds{5}, call()};
        if (often(25)) item.at = now + milliseconds{static_cast<std::int64_t>(dice_() % 400'000) - 200'000};
        if (often(25)) item.deadline = now - milliseconds{static_cast<std::int64_t>(dice_() % 100'000)};
        // A price of its own making, mostly the one that fits.
        if (!often(4)) item.reference = ports::PriceReference{often(10) ? amount() : "1"_d, often(10) ? now - seconds{90} : now};
        return item;
    }

    /// A question that is none of signing, with whatever a taken-over process could put in.
    Question question() {
        const auto& account = any(accounts());
        const auto box = [this] {
            std::string bytes(48 + below(100), '\0');
            for (auto& c : bytes) c = static_cast<char>(dice_());
            return bytes;
        };
        auto wide = ports::default_limits({});
        wide.values["USDT"] = {"99999999999"_d, "99999999999"_d, "99999999999"_d, "99999999999"_d, "99999999999"_d};
        wide.raise_delay = seconds{0};
        switch (below(22)) {
            case 0: return HelloRequest{};
            case 1: return CheckShapeRequest{account.exchange, box()};
            case 2: return AddRequest{account.connection, account.exchange, Keep::memory, box()};
            case 3: return AddRequest{cut(smuggled(), 64), account.exchange, Keep::vault, box()};
            case 4: return StageRequest{account.connection, box()};
            case 5: return PromoteRequest{account.connection};
            case 6: return RollBackRequest{account.connection};
            case 7: return DropRequest{account.connection, static_cast<Slot>(below(3))};
            case 8: return ListRequest{often(2) ? std::string{} : cut(smuggled(), 64)};
            case 9: return UnlockRequest{box()};
            case 10: return RewrapRequest{static_cast<Rewrap>(below(3)), box()};
            case 11: return BackupBeginRequest{true, box(), {}};
            case 12: return BackupNextRequest{cut(smuggled(), 64)};
            case 13: return LimitsRequest{account.connection};
            case 14: return SetLimitsRequest{account.connection, wide, {"owner", "000000"}};
            case 15: return SetLimitsRequest{account.connection, wide, {}};
            case 16: return FreezeRequest{account.connection, ports::FreezeLevel::none, {cut(smuggled(), 32), "123456"}};
            case 17: return often(2) ? SettleRequest{{SettledOrder{account.connection, good_id(), *market::Symbol::parse("BTC/USDT"), often(2), amount()}}}
                                     : SettleRequest{{StillHeld{account.connection, *market::Symbol::parse("BTC/USDT"), amount()}}};
            case 18: return LedgerPageRequest{{dice_(), static_cast<std::uint32_t>(dice_()), cut(smuggled(), 64), {}, {}, {}}};
            case 19: return LedgerOutcomesRequest{{{account.connection, "place_order", "filled", smuggled(), good_id(), good_id(), amount(), {}}}};
            case 20: return LedgerAcceptRequest{cut(smuggled(), 32)};
            default: return often(2) ? Question{RestoreNextRequest{box()}} : Question{RestoreEndRequest{static_cast<RestoreAs>(below(2))}};
        }
    }

    /// Bytes of a message that were changed, cut, lengthened or put together of two.
    std::string broken(std::string bytes) {
        switch (below(5)) {
            case 0: bytes[below(bytes.size())] = static_cast<char>(dice_()); break;
            case 1: bytes.resize(1 + below(bytes.size())); break;
            case 2: bytes.append(1 + below(20), static_cast<char>(dice_())); break;
            case 3: {
                const auto at = below(bytes.size());
                bytes.insert(at, smuggled());
                break;
            }
            default:
                for (int i = 0; i < 8; ++i) bytes[below(bytes.size())] = static_cast<char>(dice_());
        }
        return bytes;
    }

    /// Hits of anything secret in what the signer said.
    [[nodiscard]] std::size_t leaks(std::string_view reply) const {
        std::size_t found = 0;
        for (const auto& needle : needles_) found += needle.count(reply);
        return found;
    }

private:
    std::mt19937 dice_;
    std::vector<test::Needles> needles_;
    std::vector<std::string> paths_, queries_;
};

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// What makes another parser read the request otherwise than ours: ends of lines, names that stand twice, a host of somebody else's.
std::string oddness(const wire::Request& request, ExchangeId id) {
    if (!is_printable(request.target) || request.target.find('#') != std::string::npos || request.target.find("..") != std::string::npos) return "target";
    for (const auto& header : request.headers)
        for (const char c : header.value)
            if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') return "header " + std::string{header.name};
    static const std::vector<std::string_view> endings_mexc{"mexc.com", "mexc.co"}, endings_kucoin{"kucoin.com", "kucoin.eu"}, endings_toy{"toyex.example"};
    const auto& endings = id == ExchangeId::mexc ? endings_mexc : id == ExchangeId::kucoin ? endings_kucoin : endings_toy;
    if (std::none_of(endings.begin(), endings.end(), [&](auto ending) { return request.host.ends_with(ending); })) return "host " + request.host;
    const auto query = wire::parse_query(request.query());
    std::set<std::string> seen;
    for (const auto& [name, value] : *query)
        if (!seen.insert(to_lower(name)).second) return "a name that stands twice: " + name;
    if (!request.body.empty()) {
        const auto json = wire::Json::parse(request.body);
        if (json && json->root().has_duplicate_names()) return "a name that stands twice in the body";
    }
    return {};
}

}  // namespace

/// `guarded`: with a vault, limits and the ledger; else the templates alone are what stands in the way, and most comes through to them.
void attack(bool guarded) {
    const char* given = std::getenv("BF_SEED");
    const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
    std::printf("seed %u\n", seed);
    Attacker attacker{seed};
    const test::Scratch scratch;
    test::SignerProcess process{[&](Options& options) {
        options.limits = guarded;
        if (guarded) options.vault = VaultPlace{.folder = scratch.path() / "vault", .key_file = {}, .cost = {1, 8192}};
        static const auto mexc = exchange::mexc::make_calls();
        static const auto kucoin = exchange::kucoin::make_calls();
        static const test::ToyCalls toy;
        options.calls_of = [](ExchangeId id) -> const exchange::Calls* {
            return id == ExchangeId::mexc ? mexc.get() : id == ExchangeId::kucoin ? kucoin.get() : id == test::kToyExchange ? &toy : nullptr;
        };
    }};
    std::optional<net::Seqpacket> held{process.take_link()};
    auto& link = *held;
    // A dollar an order is what the stand-in asks for when it wants to be let through; the cap of an hour is met soon.
    auto limits = ports::default_limits({});
    limits.values["USDT"] = {"1000"_d, "100"_d, "300"_d, "300"_d, "100000"_d};
    std::map<std::string, Decimal> opened;
    std::size_t asked = 0, signed_items = 0, refused_items = 0, broken_messages = 0, other_questions = 0, harmful = 0, leaks = 0, replays = 0;
    std::map<std::string, std::size_t> why;
    std::set<std::string> allowed_lines;

    const auto exchange_messages = [&](const std::string& bytes) -> std::string_view {
        const auto sent = link.send(bytes, seconds{15});
        if (!sent) FAIL("the signer is gone: " << sent.error().detail << ", " << bytes.size() << " bytes");
        const auto reply = link.receive(seconds{15});
        if (!reply) FAIL("the signer is gone: " << reply.error().detail);
        leaks += attacker.leaks(*reply);
        return *reply;
    };
    std::string out;
    const auto ask = [&](Question question) {
        encode(out, Request{1, std::move(question)});
        return decode_reply(exchange_messages(out)).value().answer;
    };
    const auto hello = std::get<Hello>(ask(HelloRequest{}));
    for (const auto& account : accounts()) {
        const auto added = ask(AddRequest{account.connection, account.exchange, guarded ? Keep::vault : Keep::memory, seal(hello.public_key, crypto::Secret::take(credentials(account))), limits});
        REQUIRE(std::get<Added>(added).kept);
    }
    const auto exchange_of = [](std::string_view connection) {
        for (const auto& account : accounts())
            if (account.connection == connection) return std::optional{account.exchange};
        return std::optional<ExchangeId>{};
    };
    /// Judges an answer to `items`; whatever is signed must be harmless and for the connection that was named.
    const auto judge = [&](std::string_view bytes, const std::vector<SignItem>* items) {
        SignReply reply;
        if (!decode_sign_reply(bytes, reply)) {
            ++why["not signed at all"];
            return;
        }
        for (std::size_t i = 0; i < reply.items.size(); ++i) {
            const auto& one = reply.items[i];
            if (one.refused) {
                ++refused_items;
                ++why[std::string{to_string(one.refused->reason)}];
                continue;
            }
            ++signed_items;
            for (std::size_t r = 0; r < one.requests.size(); ++r) {
                const auto& request = one.requests[r];
                // Of a message whose bytes were changed it is only known which connections there are.
                for (const auto& account : accounts()) {
                    if (items != nullptr && exchange_of((*items)[i].connection) != account.exchange) continue;
                    if (items == nullptr && request.host.find(account.exchange == ExchangeId::mexc ? "mexc" : account.exchange == ExchangeId::kucoin ? "kucoin" : "toyex") == std::string::npos) continue;
                    if (request.target.empty() || !request.target.starts_with('/')) continue;  // A stream's log-in, which is no request.
                    if (items != nullptr && (*items)[i].call.operation == Operation::stream_login) continue;
                    // The toy has no endpoints that could do harm.
                    auto harm = account.exchange == test::kToyExchange ? std::string{} : test::harm_in(request, account.exchange);
                    if (harm.empty()) harm = oddness(request, account.exchange);
                    if (harm.empty()) {
                        allowed_lines.insert(std::string{wire::to_string(request.method)} + ' ' + request.host);
                        continue;
                    }
                    ++harmful;
                    FAIL_CHECK(to_string(account.exchange) << ' ' << harm);
                }
            }
            if (items == nullptr) continue;
            const auto& item = (*items)[i];
            const auto now = test::SystemClock{}.wall();
            // A second of slack for the message's own way.
            CHECK(item.deadline + seconds{1} >= now);
            CHECK(item.at <= now + kClockTolerance + seconds{1});
            auto call = item.call;
            call.key_version.reset();  // Never sent: it is the key's own.
            if (const auto fits = exchange::check_arguments(call); !fits) FAIL_CHECK(exchange::to_string(item.call.operation) << ' ' << item.connection << ": " << fits.error().detail);
            const bool opens = call.operation == Operation::place_order && (call.market == market::Market::futures ? !call.reduce_only.value_or(false) : call.side == market::Side::buy);
            if (!guarded || !opens) continue;
            CHECK(call.symbol->quote == "USDT");
            if (!call.price || !call.quantity) continue;
            // Quantities are base units, of contracts, too; a contract's size says how many of them these are.
            const auto value = Decimal::product(*call.price, *call.quantity, Rounding::up);
            if (!value || *value > "1000"_d) {
                FAIL_CHECK(item.connection << ": an order for " << call.quantity->to_string() << " at " << call.price->to_string());
                continue;
            }
            opened[item.connection] = opened[item.connection] + *value;
        }
    };

    std::vector<SignItem> items;
    std::string earlier;
    const auto wanted = requests();
    while (asked < wanted) {
        const auto now = test::SystemClock{}.wall();
        const auto kind = attacker.below(20);
        if (kind < 14) {
            items.clear();
            const auto count = 1 + attacker.below(kBatchMax);
            for (std::size_t i = 0; i < count; ++i) items.push_back(attacker.item(now));
            encode_sign(out, 1, items);
            judge(exchange_messages(out), &items);
            asked += count;
            earlier = out;
        } else if (kind < 18) {
            items.assign(1, attacker.item(now));
            encode_sign(out, 1, items);
            judge(exchange_messages(attacker.broken(out)), nullptr);
            ++asked;
            ++broken_messages;
        } else if (kind < 19 && !earlier.empty()) {
            // The same message once more, and once more out of place.
            judge(exchange_messages(earlier), nullptr);
            ++replays;
            ++asked;
        } else {
            auto question = attacker.question();
            // Its own keys it may throw away; that is no theft, but would end the test.
            encode(out, Request{1, std::move(question)});
            const auto answer = decode_reply(exchange_messages(attacker.often(2) ? attacker.broken(out) : out));
            if (answer) CHECK_FALSE(std::holds_alternative<Restored>(answer->answer));
            ++other_questions;
            ++asked;
        }
    }
    std::printf("%zu requests: %zu signed, %zu refused, %zu messages broken, %zu replayed, %zu other questions\n", asked, signed_items, refused_items, broken_messages, replays, other_questions);
    for (const auto& [reason, count] : why) std::printf("  %-20s %zu\n", reason.c_str(), count);
    CHECK(harmful == 0);
    CHECK(leaks == 0);
    // Enough got through to the templates, and each rule was met.
    CHECK(signed_items * 10 > asked);
    CHECK(refused_items * 5 > asked);
    for (const char* reason : {"arguments", "late", "clock", "unknown_connection"}) CHECK(why[reason] > 0);
    CHECK(allowed_lines.size() > 3);
    if (!guarded) return;
    CHECK(why["policy"] > 0);
    CHECK(!opened.empty());
    for (const auto& account : accounts()) {
        CAPTURE(account.connection);
        // What was let through, without orders whose value only the signer can tell; and it came to the cap, or the cap was never tried.
        CHECK(opened[account.connection] <= "300"_d);
        const auto answer = ask(LimitsRequest{account.connection});
        // A message whose bytes were changed may have become one that removes a key, which whoever holds the engine may do.
        if (const auto* gone = std::get_if<Refused>(&answer)) {
            CHECK(gone->reason == Refusal::unknown_connection);
            continue;
        }
        CHECK(std::get<Limits>(answer).state.limits.values.at("USDT").hour == "300"_d);
    }
    held.reset();
    CHECK(process.wait() == 0);
    std::size_t entered = 0, entered_refused = 0;
    const auto report = check_folder(scratch.path() / "vault" / "ledger", {}, [&](const LedgerEntry& entry, LedgerEntry::Place) {
        const auto count = entry.counted ? entry.counted->count : 1;
        if (entry.result == "signed") entered += count;
        if (entry.use == UseClass::refusal) entered_refused += count;
    });
    REQUIRE(report.has_value());
    CHECK(report->breaches.empty());
    CHECK(entered == signed_items);
    // With the messages that were none.
    CHECK(entered_refused >= refused_items);
}

TEST_CASE("R12: what a taken-over web and engine ask for, before the templates") { attack(false); }
TEST_CASE("R12: what a taken-over web and engine ask for, before limits and ledger") { attack(true); }
