// Requests of any kind to what the REST interface has besides connections: strategies, signals, groups, ladders, accounts (trading), sets of
// candles and their uploads in pieces, back-tests, limits of keys. Each is answered once, with JSON or with nothing; what is refused says why.
//
// Requests one behind the other with a byte 1 between them: a byte of options, then lines: path, query, body. In a path `*` stands for the
// strategy made last, `^` for its hook's token, `%` for the upload begun last.
#include "backtest/candle_example.hpp"
#include "base/text.hpp"
#include "chance.hpp"
#include "engine/instrument_facts.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "server/backtest_api.hpp"
#include "server/candle_api.hpp"
#include "server/limits_json.hpp"
#include "server/trading_api.hpp"
#include "support/memory_trading_store.hpp"
#include "support/scratch.hpp"
#include "wire/json.hpp"

using namespace bf;
using namespace bf::server;

namespace {

constexpr const char* kConnection = "c1";

/// Nothing leaves: no answer ever comes.
struct Nowhere final : ports::Transport, ports::Signer, ports::Timers, ports::Journal {
    void send(wire::Request, milliseconds, Transport::Done) override {}
    std::unique_ptr<ports::Stream> open_stream(std::string, milliseconds, ports::StreamHandler&) override { return nullptr; }
    ports::Transport& over(ports::Family) override { return *this; }
    void sign(std::string, exchange::Call, Instant, Signer::Done) override {}
    void sign_order(std::string, exchange::Call, Instant, std::optional<ports::PriceReference>, Signer::Done) override {}
    Id after(milliseconds, std::function<void()>) override { return ++last; }
    void cancel(Id) override {}
    std::uint64_t append(std::uint16_t, std::string_view) override { return ++last; }
    void on_durable(std::function<void(std::uint64_t)>) override {}
    std::uint64_t last{0};
};

/// Uploads in memory; imports and downloads that are begun and go no further.
class Shelves final : public CandleDesk {
public:
    explicit Shelves(const std::string& folder) : shelf_{folder} {}
    backtest::CandleShelf& shelf() override { return shelf_; }
    Result<Upload> begin_upload(const std::string& name, std::uint64_t bytes) override {
        fuzz::must(!name.empty() && name.size() <= 80 && name.find_first_of("/\\\n") == std::string::npos && name[0] != '.', "a file's name is tame");
        fuzz::must(bytes >= 1 && bytes <= CandleApi::kUploadMax, "and its size within the limit");
        last = std::to_string(uploads_.size());
        return uploads_[last] = Upload{last, name, bytes, 0};
    }
    std::optional<Upload> find_upload(const std::string& id) const override {
        const auto found = uploads_.find(id);
        return found == uploads_.end() ? std::nullopt : std::optional{found->second};
    }
    Result<Upload> add_to_upload(const std::string& id, std::uint64_t offset, std::span<const unsigned char> bytes) override {
        auto& upload = uploads_.at(id);
        fuzz::must(!bytes.empty() && bytes.size() <= CandleApi::kPieceMax, "a piece is within the limit");
        if (offset != upload.received || bytes.size() > upload.bytes - upload.received) return Unexpected{Error{ErrorKind::conflict, "not the next piece"}};
        upload.received += bytes.size();
        return upload;
    }
    Status drop_upload(const std::string& id) override { return uploads_.erase(id), Status{}; }
    Result<std::string> import(ImportWish wish) override {
        fuzz::must(!wish.uploads.empty() && wish.uploads.size() <= 100, "an import is of some uploads");
        imports_.insert_or_assign("i", Import{.id = "i"});
        return std::string{"i"};
    }
    Result<std::string> make_example() override { return import({{"x"}, {}, false}); }
    const Import* find_import(const std::string& id) const override {
        const auto found = imports_.find(id);
        return found == imports_.end() ? nullptr : &found->second;
    }
    Result<std::string> download(DownloadWish wish) override {
        downloads_.push_back({.id = "d", .connection = wish.connection, .key = {"kucoin", "spot", wish.pair.to_string(), milliseconds{60'000}}, .from = wish.from.ms(), .started_at = wish.from});
        return std::string{"d"};
    }
    Status stop_download(const std::string&) override { return {}; }
    std::vector<const Download*> downloads() const override {
        std::vector<const Download*> all;
        for (const auto& one : downloads_) all.push_back(&one);
        return all;
    }
    std::string last{"0"};

private:
    backtest::CandleShelf shelf_;
    std::map<std::string, Upload> uploads_;
    std::map<std::string, Import> imports_;
    std::deque<Download> downloads_;
};

/// With a set of some hours, made again when an input has removed it.
const std::string& candle_folder() {
    static const test::Scratch scratch;
    static const std::string folder = scratch.path().native();
    static const auto candles = backtest::example_candles(1, backtest::kExampleFrom, 600);
    const backtest::CandleShelf shelf{folder};
    if (!std::filesystem::exists(shelf.path_of(backtest::example_key().id())))
        fuzz::must(backtest::CandleShelf{folder}.put({backtest::example_key(), "fuzz"}, candles.view()).has_value(), "a set is made");
    return folder;
}

const exchange::Instruments& instruments() {
    static const exchange::Instruments all = [] {
        market::Instrument one;
        one.native_symbol = "ETH-USDT";
        one.symbol = {"ETH", "USDT"};
        one.base = "ETH";
        one.quote = "USDT";
        one.price_step = "0.01"_d;
        one.quantity_step = one.min_quantity = "0.0001"_d;
        one.min_notional = 1;
        one.tradable = true;
        return exchange::Instruments{{one.native_symbol, one}};
    }();
    return all;
}

class House {
public:
    House() {
        performer_.event([&](engine::Now now) { fuzz::must(trader_.load(now).has_value(), "an empty store loads"); });
        const auto& one = instruments().begin()->second;
        performer_.event([&](engine::Now now) { trader_.on_instrument(now, exchange::ExchangeId::kucoin, one, engine::facts_of(one)); });
        engine::ConnectionState state;
        state.account.connection = kConnection;
        state.account.exchange = exchange::ExchangeId::kucoin;
        state.account.replies = exchange::replies_of(exchange::ExchangeId::kucoin);
        state.account.instruments = &instruments();
        state.name = "Main";
        state.facts.status = trading::ConnectionStatus::connected;
        state.facts.read = state.facts.spot_trade = exchange::Ternary::yes;
        state.facts.withdraw = state.facts.transfer = exchange::Ternary::no;
        state.facts.tested_at = clock_.now;
        performer_.event([&](engine::Now now) { trader_.on_connection(now, std::move(state)); });
        performer_.event([&](engine::Now now) { trader_.on_quote(now, exchange::ExchangeId::kucoin, *one.symbol, {2849, 2850, 2850, now.wall}); });
    }
    void ask(fuzz::Input input) {
        const auto options = input.byte();
        constexpr wire::Method kMethods[] = {wire::Method::get, wire::Method::post, wire::Method::del, wire::Method::put};
        std::string path;
        for (const char c : input.piece('\n')) {
            if (c == '*') path += strategy_;
            else if (c == '^') path += hook_;
            else if (c == '%') path += shelves_.last;
            else path += c;
        }
        ApiRequest request{.method = kMethods[options & 3], .path = "/api/v1/" + path, .actor = {"owner", Role::owner, false, clock_.now}};
        if ((options & 4) != 0) request.language = exchange::Language::nl;
        request.query = input.piece('\n');
        request.body = input.rest();
        if ((options & 8) != 0) clock_.now = clock_.now + seconds{1};
        int answers = 0;
        ApiReply reply;
        serve(path, request, [&](ApiReply answer) {
            ++answers;
            reply = std::move(answer);
        });
        fuzz::must(answers == 1, "answered once");
        judge(path, reply);
    }

private:
    void serve(const std::string& path, const ApiRequest& request, const Api::Done& done) {
        constexpr std::string_view kHooks = "hooks/";
        if (path.starts_with(kHooks)) return done(trading_.hook(std::string_view{path}.substr(kHooks.size()), request.body));
        const auto parts = split(path, '/');
        if (parts.empty()) return done(problem_reply(404, "not_found", "Not found", "x"));
        if (BacktestApi::serves(parts[0])) return backtests_.handle(parts, request, done);
        if (parts.size() > 3) return done(problem_reply(404, "not_found", "Not found", "x"));
        if (TradingApi::serves(parts[0])) return trading_.handle(parts, request, done);
        if (CandleApi::serves(parts[0])) return done(candles_.handle(parts, request));
        if (parts[0] == "limits") return done(limits(request));
        done(problem_reply(404, "not_found", "Not found", "x"));
    }
    /// What stands in a PUT of limits: refused by a field's name, or written the same again.
    static ApiReply limits(const ApiRequest& request) {
        const auto json = wire::Json::parse(request.body);
        auto limits = json ? read_limits((*json)["limits"]) : Result<ports::UseLimits>{Unexpected{Error{.code = "body"}}};
        const auto fits = limits ? fit_to(request.query == "f" ? market::Market::futures : market::Market::spot, *limits) : Status{Unexpected{limits.error()}};
        if (!fits) {
            fuzz::must(!fits.error().code.empty(), "a refusal names a field");
            return problem_reply(422, fits.error().code, "Not accepted", fits.error().detail);
        }
        fuzz::must(ports::check_limits(*limits).has_value(), "limits that are taken can be meant");
        std::string body;
        wire::JsonWriter out{body};
        write_limits(out, *limits);
        const auto again = wire::Json::parse(body);
        const auto same = again ? read_limits(again->root()) : Result<ports::UseLimits>{Unexpected{Error{}}};
        fuzz::must(same.has_value() && *same == *limits, "limits that are told can be set");
        return {200, std::move(body)};
    }
    void judge(const std::string& path, const ApiReply& reply) {
        fuzz::must(reply.status >= 200 && reply.status < 600 && reply.status != 500, "a status, and no accident");
        if (reply.status == 204) return;
        const auto json = wire::Json::parse(reply.body);
        fuzz::must(json.has_value(), "a body of JSON");
        if (reply.status >= 400) return fuzz::must((*json)["code"].text().has_value() && (*json)["detail"].text().has_value(), "a problem with its code and a sentence");
        if (path == "strategies" && reply.status == 201) {
            strategy_ = (*json)["id"].text().value();
            hook_ = (*json)["hook"]["token"].text().value();
        }
        if (path.ends_with("/rotate-hook")) hook_ = (*json)["token"].text().value_or("");
    }

    fuzz::SetClock clock_;
    Nowhere nowhere_;
    test::MemoryTradingStore store_;
    engine::TraderListener listener_;
    engine::Trader trader_{{1, store_, fuzz::chance(), listener_}};
    engine::Performer performer_{{clock_, nowhere_, nowhere_, nowhere_}, nowhere_, trader_};
    TradingApi trading_{performer_, trader_, fuzz::chance(),
                        {[](const auto&, const auto&, auto, auto, int, auto done) { done(std::vector<market::Candle>{}); }, [](const auto&) { return &instruments(); },
                         [] { return Status{}; }, [](const auto&, const auto&) {}, [](const auto&) { return Status{}; }, [](const auto&, const auto&, const auto&) { return Status{}; },
                         [](auto, auto then) { then(); }}};
    Shelves shelves_{candle_folder()};
    CandleApi candles_{shelves_};
    BacktestApi backtests_{{.aside = [](auto work, auto then) {
                                work();
                                then();
                            },
                            .places = {[](std::string_view) { return std::optional<trading::Settings>{}; }, [](const backtest::CandleKey&) { return std::optional<trading::InstrumentFacts>{}; }, candle_folder()},
                            .clock = &clock_}};
    std::string strategy_{"none"}, hook_{"none"};
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::tame_sodium();
    (void)candle_folder();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::chance().begin_again();
    House house;
    fuzz::Input input{data, size};
    for (int requests = 0; requests < 12 && !input.empty(); ++requests) {
        const auto one = input.piece('\1');
        house.ask({reinterpret_cast<const std::uint8_t*>(one.data()), one.size()});
    }
    return 0;
}
