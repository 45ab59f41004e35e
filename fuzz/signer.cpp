// A peer on the signer's socket that was taken over and says whatever it likes, over the whole Service with real templates: in memory, or
// with a vault and a ledger in a scratch folder (BF_FUZZ_VAULT). Whatever it says:
//   every message is answered once, by a sound answer with its own number;
//   no answer holds an exchange's secret;
//   nothing is signed but requests to the paths on the list, and nothing with a parameter that only moving funds or managing keys takes;
//   a connection whose use is frozen stays so, since the peer has no code of the owner's second factor;
//   what is bought on a connection with limits stays within them.
//
// The input is a row of acts: a typed question made of a few bytes, the same with some of its bytes changed, or bytes as they are.
#include "base/text.hpp"
#include "chance.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "remember.hpp"
#include "security/allowed_paths.hpp"
#include "security/harmful_endpoints.hpp"
#include "signer/codec.hpp"
#include "signer/service.hpp"
#include "sqlite_alone.hpp"
#include "support/authenticator_app.hpp"
#include "support/scratch.hpp"
#include "wire/json.hpp"

#include <fcntl.h>
#include <map>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

using namespace bf;
using namespace bf::signer;
using exchange::ExchangeId;
using exchange::Operation;

namespace {

constexpr std::string_view kMexcKey = R"({"key":"mx0canarycanary001","secret":"00c0ffee00c0ffee00c0ffee00c0ffee"})";
constexpr std::string_view kKucoinKey = R"({"key":"64c0ffee64c0ffee64c0ffee","secret":"c0ffee64-c0ff-c0ff-c0ff-c0ffee64c0ff","passphrase":"canary passphrase"})";
const std::vector<std::string> kSecrets{"00c0ffee00c0ffee00c0ffee00c0ffee", "c0ffee64-c0ff-c0ff-c0ff-c0ffee64c0ff", to_base64(as_bytes("00c0ffee00c0ffee00c0ffee00c0ffee")),
                                        to_base64(as_bytes("c0ffee64-c0ff-c0ff-c0ff-c0ffee64c0ff"))};

constexpr const char* kCapped = "spot";
constexpr const char* kFrozen = "cold";
constexpr std::uint64_t kSegment{16 * 1024};  ///< Of the ledger: an input fills some. A whole one is read, and cleared, three times a start.
constexpr seconds kLife{50 * 60};  ///< Less than any delay after which a raise holds or a factor falls.

const ports::UseLimits& small() {
    static const auto limits = [] {
        auto made = ports::default_limits(market::Market::spot);
        made.values = {{"USDT", {100, 50, 300, 500, 250}}};
        return made;
    }();
    return limits;
}

const ports::UseLimits& wide() {
    static const auto limits = ports::default_limits({});
    return limits;
}

/// An exchange's real calls, but with no opinion about what a key looks like: compiling its patterns anew for each key takes longer than all
/// the rest. The target `credentials` has those.
class Loose final : public exchange::Calls {
public:
    explicit Loose(const exchange::Calls& real) : real_{real}, info_{real.info()} {
        for (auto& field : info_.fields) field.reject = field.expected = {};
    }
    const exchange::Info& info() const override { return info_; }
    std::unique_ptr<exchange::Key> make_key(exchange::CredentialFields fields) const override { return real_.make_key(std::move(fields)); }
    Result<void, exchange::CallError> write(const exchange::Call& call, const exchange::Key* key, Instant at, exchange::RequestList& out) const override { return real_.write(call, key, at, out); }

private:
    const exchange::Calls& real_;
    exchange::Info info_;
};

const exchange::Calls* calls_of(ExchangeId id) {
    static const Loose mexc{*exchange::calls_of(ExchangeId::mexc)}, kucoin{*exchange::calls_of(ExchangeId::kucoin)};
    return id == ExchangeId::mexc ? &mexc : id == ExchangeId::kucoin ? &kucoin : nullptr;
}

bool matches(std::string_view pattern, std::string_view text) {
    const auto wanted = split(pattern, '/'), given = split(text, '/');
    if (wanted.size() != given.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (wanted[i] != given[i] && (wanted[i] != "*" || given[i].empty() || given[i] == "." || given[i] == "..")) return false;
    return true;
}

void must_be_harmless(const wire::Request& request, ExchangeId id) {
    const auto line = std::string{wire::to_string(request.method)} + ' ' + std::string{request.path()};
    const auto& allowed = test::allowed_paths(id);
    fuzz::must(std::any_of(allowed.begin(), allowed.end(), [&](auto pattern) { return matches(pattern, line); }), ("only what is on the list is signed: " + line).c_str());
    std::set<std::string> names;
    for (const auto text : {request.query(), std::string_view{request.body}})
        if (const auto pairs = wire::parse_query(text); pairs && !text.starts_with('{'))
            for (const auto& [name, value] : *pairs) names.insert(to_lower(name));
    if (const auto json = wire::Json::parse(request.body); json && json->root().is_object())
        for (std::size_t i = 0; i < json->root().size(); ++i) names.insert(to_lower(json->root().name_at(i)));
    for (const auto name : test::harmful_names()) fuzz::must(!names.contains(to_lower(name)), ("no parameter that moves funds: " + std::string{name}).c_str());
}

/// The files of a folder, to be put into another: a vault that is copied costs a fraction of one that is made.
class Copy {
public:
    explicit Copy(const std::filesystem::path& folder) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
            const auto name = entry.path().lexically_relative(folder);
            if (entry.is_directory()) folders_.push_back(name);
            else {
                auto bytes = test::file_bytes(entry.path());
                const auto size = bytes.size();
                bytes.resize(bytes.find_last_not_of('\0') + 1);  // Of a ledger's segment only that is written.
                files_.push_back({name, std::move(bytes), size});
            }
        }
    }
    void put(const std::filesystem::path& folder) const {
        for (const auto& name : folders_) fuzz::must(::mkdir((folder / name).c_str(), 0700) == 0, "a folder is made");
        for (const auto& [name, begin, size] : files_) {
            const int file = ::open((folder / name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            fuzz::must(::write(file, begin.data(), begin.size()) == static_cast<ssize_t>(begin.size()) && ::ftruncate(file, static_cast<off_t>(size)) == 0, "a file is copied");
            ::close(file);
        }
    }

private:
    struct File {
        std::filesystem::path name;
        std::string begin;
        std::size_t size;
    };
    std::vector<std::filesystem::path> folders_{};
    std::vector<File> files_{};
};

class House {
public:
    House() {
#ifdef BF_FUZZ_VAULT
        // The signer that made the vault has ended; this one finds it.
        static const Copy left = [] {
            House first{true};
            first.service_.reset();
            return Copy{first.scratch_.path()};
        }();
        left.put(scratch_.path());
        start();
#else
        start();
        move_in();
#endif
    }

    void act(fuzz::Input& input) {
        switch (input.below(6)) {
            case 0:  // As it is.
                message_.assign(input.take(input.pair() % 4096));
                return say();
            case 1: {  // Time passes.
                const auto span = seconds{input.byte()};
                if (passed_ + span > kLife) return;
                passed_ += span;
                used_ = used_ || span > seconds{0};
                clock_.now = clock_.now + span;
                return;
            }
            case 2: return write_behind();  // What became of the limits' use.
            case 3: {  // Some bytes changed.
                encode(message_, Request{input.byte(), question(input)});
                for (auto changes = input.below(4); changes > 0; --changes) {
                    const auto at = input.pair() % message_.size();
                    message_[at] = static_cast<char>(input.byte());
                }
                if (input.flag()) message_.resize(input.pair() % (message_.size() + 1));
                return say();
            }
            default: encode(message_, Request{input.byte(), question(input)}); return say();
        }
    }
    /// Something was done that the next input must not find.
    [[nodiscard]] bool is_used() const { return used_; }

private:
    explicit House(bool) {
        start();
        move_in();
        write_behind();
    }
    void start() {
        fuzz::chance().begin_again();
        std::optional<VaultPlace> place;
#ifdef BF_FUZZ_VAULT
        place = VaultPlace{scratch_.path() / "vault", {}, vault::KdfCost{1, 8192}};
#endif
        service_.emplace(Service::World{.calls_of = calls_of, .policy = rules_, .clock = clock_, .ledger_segment = kSegment}, place);
        public_key_ = std::get<Hello>(ask(HelloRequest{})).public_key;
    }
    void move_in() {
        add(kCapped, ExchangeId::mexc, small());
        add("futures", ExchangeId::kucoin, wide());
        add(kFrozen, ExchangeId::kucoin, wide());
#ifdef BF_FUZZ_VAULT
        const auto secret = std::get<FactorBegun>(ask(FactorBeginRequest{"owner"})).secret;
        fuzz::must(std::holds_alternative<FactorCodes>(ask(FactorConfirmRequest{"owner", test::app_shows(secret, clock_.now)})), "the owner has a second factor");
#endif
        fuzz::must(std::holds_alternative<Limits>(ask(FreezeRequest{kFrozen, ports::FreezeLevel::everything, {}})), "anybody may freeze");
    }
    void write_behind() {
        if (!service_->has_unwritten()) return;
        auto& policies = service_->policies();
        const auto writing = policies.begin_write();
        policies.end_write(writing, policies.write(writing).has_value());
    }
    Answer ask(Question question) {
        encode(message_, Request{1, std::move(question)});
        service_->answer(message_, reply_);
        return std::move(decode_reply(reply_).value().answer);
    }
    /// Sealed to this signer, whose key is every other's: chance begins again with each.
    [[nodiscard]] std::string box(std::string_view plain) const { return seal(public_key_, crypto::Secret::take(std::string{plain})); }
    /// One is good for one connection: each of ours has its own, and the peer two.
    [[nodiscard]] const std::string& box_of(std::string_view whose) const {
        static const PublicKey to = public_key_;
        static const std::map<std::string_view, std::string> boxes{
            {kCapped, box(kMexcKey)}, {"futures", box(kKucoinKey)}, {kFrozen, box(kKucoinKey)}, {"new", box(kMexcKey)}, {"other", box(kKucoinKey)}};
        fuzz::must(public_key_ == to, "chance begins again");
        return boxes.at(whose);
    }
    void add(const char* name, ExchangeId exchange, ports::UseLimits limits) {
#ifdef BF_FUZZ_VAULT
        constexpr auto kKeep = Keep::vault;
#else
        constexpr auto kKeep = Keep::memory;
#endif
        const auto added = ask(AddRequest{name, exchange, kKeep, box_of(name), std::move(limits)});
        fuzz::must(std::holds_alternative<Added>(added) && std::get<Added>(added).kept, "the first connections are added");
    }

    // --- what the peer says

    static std::string name(fuzz::Input& input) {
        static constexpr std::string_view kNames[] = {kCapped, "futures", kFrozen, "new", "other", ""};
        const auto which = input.below(std::size(kNames) + 1);
        return std::string{which < std::size(kNames) ? kNames[which] : input.take(input.byte())};
    }
    static std::string account(fuzz::Input& input) {
        static constexpr std::string_view kAccounts[] = {"owner", "eve", "mallory"};
        const auto which = input.below(std::size(kAccounts) + 1);
        return std::string{which < std::size(kAccounts) ? kAccounts[which] : input.take(input.below(80))};
    }
    std::string code(fuzz::Input& input) {
        switch (input.below(4)) {
            case 0: return {};
            case 1: return test::app_shows(begun_, clock_.now);  // Of what the peer itself began; never the owner's.
            case 2: return codes_.empty() ? "x" : codes_[input.byte() % codes_.size()];
            default: return std::string{input.take(input.below(40))};
        }
    }
    std::string sealed(fuzz::Input& input) {
        switch (input.below(5)) {
            case 0: return box_of("new");
            case 1: return box_of("other");
            case 2: return box(input.take(input.pair() % 512));
            case 3: {
                auto changed = box_of("other");
                changed[input.pair() % changed.size()] = static_cast<char>(input.byte());
                return changed;
            }
            default: return std::string{input.take(input.pair() % 512)};
        }
    }
    static Decimal decimal(fuzz::Input& input) {
        static const Decimal kSome[] = {0, 1, "0.1"_d, "0.001"_d, 20, 100, 101, 1000, "99999999999999999999"_d, "0.000000000000000001"_d, -1, "59999999999999999999.9"_d};
        const auto which = input.below(std::size(kSome) + 2);
        if (which < std::size(kSome)) return kSome[which];
        if (which == std::size(kSome)) return Decimal::from_parts(input.pair(), static_cast<int>(input.below(19)));
        return Decimal::parse(input.take(input.below(42))).value_or(Decimal{7});
    }
    static market::Symbol symbol(fuzz::Input& input) {
        static const market::Symbol kSome[] = {{"BTC", "USDT"}, {"ETH", "USDT"}, {"BTC", "USDT", "USDT"}, {"XBT", "USDC"}};
        const auto which = input.below(std::size(kSome) + 1);
        if (which < std::size(kSome)) return kSome[which];
        return {std::string{input.take(input.below(22))}, std::string{input.take(input.below(8))}, std::string{input.take(input.below(8))}};
    }
    static ports::UseLimits limits(fuzz::Input& input) {
        const auto kind = input.below(4);
        auto limits = kind == 1 ? ports::no_limits() : kind == 0 ? small() : wide();
        if (kind > 1 && input.flag()) limits.market = market::Market::futures;
        if (kind != 3) return limits;
        limits.values.clear();
        limits.price_band = decimal(input);
        limits.exit_band = decimal(input);
        limits.leverage = static_cast<std::int64_t>(input.pair()) - 2;
        limits.orders_a_minute = input.pair();
        limits.raise_delay = seconds{input.pair() * (input.flag() ? std::int64_t{1} : std::int64_t{1} << 47)};
        limits.values[std::string{input.take(input.below(6))}] = {decimal(input), decimal(input), decimal(input), decimal(input), decimal(input)};
        if (input.flag()) limits.symbols = {{symbol(input)}};
        return limits;
    }
    Instant time(fuzz::Input& input) const {
        const auto kind = input.below(4);
        if (kind == 3) return Instant::from_ms(static_cast<std::int64_t>(std::uint64_t{input.pair()} << 48U | input.pair()));
        return clock_.now + milliseconds{kind == 0 ? 0 : static_cast<std::int64_t>(input.pair()) - 3000};
    }
    SignItem item(fuzz::Input& input) {
        SignItem item{name(input), static_cast<Slot>(input.below(3)), time(input), clock_.now + seconds{5}, {}};
        auto& call = item.call;
        // Orders more often than the rest.
        const auto operation = input.byte();
        call.operation = operation >= 128 ? Operation::place_order : static_cast<Operation>(operation % (static_cast<unsigned>(Operation::fee_rates) + 1));
        if (input.flag()) call.market = market::Market::futures;
        if (input.flag()) call.account_mode = exchange::AccountMode::unified;
        const auto text = [&] { return std::string{input.take(input.below(70))}; };
        const auto which = input.pair();
        if (which & 1) call.symbol = symbol(input);
        if (which & 2) call.side = input.flag() ? market::Side::sell : market::Side::buy;
        if (which & 4) call.type = input.flag() ? market::OrderType::market : market::OrderType::limit;
        if (which & 8) call.quantity = decimal(input);
        if (which & 16) call.price = decimal(input);
        if (which & 32) call.client_order_id = text();
        if (which & 64) call.quote_quantity = decimal(input);
        if (which & 128) call.stop_price = decimal(input);
        if (which & 256) call.reduce_only = input.flag();
        if (which & 512) call.order_id = text();
        if (which & 1024) call.leverage = static_cast<std::int64_t>(input.pair()) - 2;
        if (which & 2048) call.margin_mode = input.flag() ? market::MarginMode::cross : market::MarginMode::isolated;
        if (which & 4096) call.contract_size = decimal(input);
        if (which & 8192) call.quantity_step = decimal(input);
        if (which & 16384) item.reference = ports::PriceReference{decimal(input), time(input)};
        if (which & 32768) {
            const auto more = input.byte();
            if (more & 1) call.time_in_force = static_cast<market::TimeInForce>(input.below(3));
            if (more & 2) call.post_only = input.flag();
            if (more & 4) call.interval = static_cast<market::Interval>(input.below(6));
            if (more & 8) call.since = time(input);
            if (more & 16) call.limit = input.pair();
            if (more & 32) call.listen_key = text();
            if (more & 64) call.position_mode = input.flag() ? market::PositionMode::hedge : market::PositionMode::one_way;
            if (more & 128) item.purpose = {text(), input.byte(), text()};
        }
        return item;
    }
    Question question(fuzz::Input& input) {
        const auto text = [&] { return std::string{input.take(input.below(70))}; };
        const auto exchange = [&] { return input.flag() ? ExchangeId::mexc : static_cast<ExchangeId>(input.below(10)); };
        switch (input.below(32)) {
            case 0: return HelloRequest{};
            case 1: return CheckShapeRequest{exchange(), sealed(input)};
            case 2: return AddRequest{name(input), exchange(), input.flag() ? Keep::memory : Keep::vault, sealed(input), input.flag() ? std::optional{limits(input)} : std::nullopt};
            case 3: return StageRequest{name(input), sealed(input)};
            case 4: return PromoteRequest{name(input)};
            case 5: return RollBackRequest{name(input)};
            case 6: return DropRequest{name(input), static_cast<Slot>(input.below(3))};
            case 7: return RemoveRequest{name(input)};
            case 8: return ListRequest{name(input)};
            case 9: return UnlockRequest{sealed(input)};
            case 10: {
                const auto change = static_cast<Rewrap>(input.below(3));
                return RewrapRequest{change, change == Rewrap::to_passphrase ? sealed(input) : std::string{}};
            }
            case 11: return FactorStateRequest{account(input)};
            case 12: return FactorBeginRequest{account(input)};
            case 13: return FactorConfirmRequest{account(input), code(input)};
            case 14: return FactorCheckRequest{account(input), code(input)};
            case 15: return FactorRenewRequest{account(input), code(input)};
            case 16: return FactorRemoveRequest{account(input), code(input)};
            case 17: return FactorVouchRequest{account(input), account(input), code(input)};
            case 18: return LedgerStateRequest{};
            case 19: return LedgerPageRequest{{input.byte(), input.pair(), name(input), input.flag() ? std::optional{static_cast<UseClass>(input.below(4))} : std::nullopt, {}, {}}};
            case 20: {
                LedgerOutcomesRequest outcomes;
                for (auto count = 1 + input.below(3); count > 0; --count) outcomes.outcomes.push_back({name(input), text(), text(), text(), text(), text(), decimal(input), {}});
                return outcomes;
            }
            case 21: return LedgerAcceptRequest{text()};
            case 22: return LimitsRequest{name(input)};
            case 23: return SetLimitsRequest{name(input), limits(input), {account(input), code(input)}};
            case 24: return FreezeRequest{name(input), static_cast<ports::FreezeLevel>(input.below(3)), {account(input), code(input)}};
            case 25: {
                SettleRequest settle;
                for (auto count = 1 + input.below(3); count > 0; --count) {
                    if (input.flag())
                        settle.told.emplace_back(SettledOrder{name(input), text(), symbol(input), input.flag(), decimal(input)});
                    else
                        settle.told.emplace_back(StillHeld{name(input), symbol(input), decimal(input)});
                }
                return settle;
            }
            default: {
                SignRequest sign;
                for (auto count = 1 + input.below(4); count > 0; --count) sign.items.push_back(item(input));
                return sign;
            }
        }
    }

    // --- what comes of it

    void say() {
        service_->answer(message_, reply_);
        fuzz::must(reply_.size() <= kMessageMax, "an answer fits a message");
        for (const auto& secret : kSecrets) fuzz::must(reply_.find(secret) == std::string::npos, "no answer holds a secret");
        auto reply = decode_reply(reply_);
        fuzz::must(reply.has_value(), "every answer is sound");
        fuzz::must(reply->id == peek_id(message_), "an answer has its question's number");
        const auto asked = decode_request(message_);
        if (!asked) return fuzz::must(std::holds_alternative<Refused>(reply->answer), "what is no question is refused");
        note(asked->question, reply->answer);
    }
    void note(const Question& question, const Answer& answer) {
        if (const auto* sign = std::get_if<SignRequest>(&question)) return note(*sign, answer);
        if (std::holds_alternative<Refused>(answer)) return;
        used_ = used_ || !(std::holds_alternative<HelloRequest>(question) || std::holds_alternative<CheckShapeRequest>(question) || std::holds_alternative<ListRequest>(question) ||
                           std::holds_alternative<LedgerStateRequest>(question) || std::holds_alternative<LedgerPageRequest>(question) || std::holds_alternative<LimitsRequest>(question));
        if (const auto* begun = std::get_if<FactorBegun>(&answer)) {
            begun_ = begun->secret;
            fuzz::must(std::get<FactorBeginRequest>(question).account != "owner", "nobody takes the owner's second factor away at once");
        }
        if (const auto* codes = std::get_if<FactorCodes>(&answer)) codes_ = codes->codes;
        // A connection that is removed takes its limits with it; a key added under the name is another one, whose secret the peer brought.
        if (const auto* removed = std::get_if<RemoveRequest>(&question)) gone_.insert(removed->connection);
        if (const auto* frozen = std::get_if<FreezeRequest>(&question); frozen != nullptr && frozen->connection == kFrozen)
            fuzz::must(gone_.contains(kFrozen) || frozen->level == ports::FreezeLevel::everything, "nothing is thawed without the owner's code");
    }
    void note(const SignRequest& asked, const Answer& answer) {
        const auto* reply = std::get_if<SignReply>(&answer);
        if (reply == nullptr) return;
        fuzz::must(reply->items.size() == asked.items.size(), "each call has its answer");
        for (std::size_t i = 0; i < asked.items.size(); ++i) {
            const auto& item = asked.items[i];
            if (reply->items[i].refused) continue;
            used_ = true;
            if (gone_.contains(item.connection)) continue;
            fuzz::must(item.connection != kFrozen, "nothing is signed for a frozen connection");
            if (item.connection == kCapped || item.connection == "futures") {
                const auto& requests = reply->items[i].requests;
                if (item.call.operation != Operation::stream_login)
                    for (std::size_t k = 0; k < requests.size(); ++k) must_be_harmless(requests[k], item.connection == kCapped ? ExchangeId::mexc : ExchangeId::kucoin);
            }
            if (item.connection == kCapped && item.call.operation == Operation::place_order && item.call.side == market::Side::buy) bought(item.call);
        }
    }
    void bought(const exchange::Call& call) {
        const auto value = call.price && call.quantity ? Decimal::multiply(*call.price, *call.quantity, Rounding::down) : call.quote_quantity ? Result<Decimal>{*call.quote_quantity} : Result<Decimal>{Decimal{0}};
        fuzz::must(value.has_value() && *value <= (call.type == market::OrderType::market ? 50 : 100), "no order is worth more than the limit");
        bought_ = bought_ + *value;
        fuzz::must(bought_ <= 300, "no more is bought in an hour than the limit");
    }

#ifdef BF_FUZZ_VAULT
    test::Scratch scratch_;
#endif
    fuzz::SetClock clock_;
    ArgumentRules rules_;
    std::optional<Service> service_;
    PublicKey public_key_{};
    std::string message_, reply_;
    seconds passed_{0};
    std::string begun_{};
    std::vector<std::string> codes_{};
    std::set<std::string> gone_{};
    Decimal bought_{0};
    bool used_{false};
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::tame_sodium();
    fuzz::sqlite_alone();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static std::unique_ptr<House> house;
    if (!house) house = std::make_unique<House>();
    fuzz::Input input{data, size};
    for (int acts = 0; acts < 24 && !input.empty(); ++acts) house->act(input);
    if (house->is_used()) house.reset();
    return 0;
}
