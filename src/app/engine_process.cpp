// The engine: the connections, their tests and streams, and the network to the exchanges. No secrets.
#include "app/address_echo.hpp"
#include "app/aside.hpp"
#include "app/backup_desk.hpp"
#include "app/candle_desk.hpp"
#include "app/certificate_guard.hpp"
#include "app/child.hpp"
#include "app/confine.hpp"
#include "app/exit_code.hpp"
#include "app/factor_desk.hpp"
#include "app/figures.hpp"
#include "app/installation.hpp"
#include "app/key_roll.hpp"
#include "app/ledger_api.hpp"
#include "app/log.hpp"
#include "app/processes.hpp"
#include "app/pulse.hpp"
#include "app/routes_option.hpp"
#include "app/signer_link.hpp"
#include "app/signer_place.hpp"
#include "app/trading_host.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/limits_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "net/client.hpp"
#include "net/local.hpp"
#include "server/api.hpp"
#include "server/backtest_api.hpp"
#include "server/connection_json.hpp"
#include "server/link_codec.hpp"
#include "server/sweep_api.hpp"
#include "server/web_facts.hpp"
#include "store/connection_store.hpp"
#include "store/schema.hpp"
#include "store/trading_store.hpp"
#include "wire/json.hpp"

#include <set>
#include <thread>

namespace bf::app {
namespace {

using exchange::ExchangeId;
using exchange::Language;

constexpr std::string_view kDemoHost = "simulator.invalid";
/// Those that nobody has seen come first.
constexpr int kAlarmsCounted = 1000;
constexpr std::size_t kAlarmTextMax = 1500;

/// At most so many bytes of a text, whole characters.
std::string beginning(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    return std::string{utf8_beginning(text, most)} + "…";
}

std::optional<connection::Adapter> adapter_of(ExchangeId id) {
    const auto* calls = exchange::calls_of(id);
    const auto* replies = exchange::replies_of(id);
    if (calls == nullptr || replies == nullptr) return std::nullopt;
    return connection::Adapter{*calls, *replies, exchange::limits_of(id)};
}

/// Everything the engine is made of, in the order it depends on each other.
class Engine final : public connection::BookListener, public net::LinkServer::Events {
public:
    static Result<std::unique_ptr<Engine>> create(const ProcessOptions& options, Log& log);
    int run() {
        pulse_.begin("ready");
        loop_.run();
        return kDone;
    }

private:
    Engine(const ProcessOptions& options, Repointed repointed, SignerPlace signer, Log& log)
        : options_{options}, log_{log}, repointed_{std::move(repointed)}, signer_place_{std::move(signer)}, signer_{loop_, signer_place_} {}
    Status open();
    Status open_trading();
    void tell_alarm(const ports::StoredAlarm& alarm);
    /// Again every hour.
    void look_at_certificate() {
        if (certificate_timer_) loop_.cancel(*certificate_timer_);
        if (const auto news = certificate_.look(certificate_until_, loop_.wall())) trading_->raise(*news);
        certificate_timer_ = loop_.after(std::chrono::hours{1}, [this] { look_at_certificate(); });
    }
    Status stay_inside();
    void open_backtests();

    void on_connection(const connection::Record& record) override {
        if (trading_) trading_->on_connection(record);
        tell_all([&](wire::JsonWriter& out, Language language) {
            out.begin_object().member("type", "connection").key("connection");
            server::write_connection(out, *book_, adapter_of, is_repointed(record.exchange), record, language, false);
            out.end_object();
        });
    }
    void on_removed(const std::string& id) override {
        if (trading_) trading_->on_connection_removed(id);
        tell_all([&](wire::JsonWriter& out, Language) { out.begin_object().member("type", "removed").member("id", id).end_object(); });
    }
    void on_step(const std::string& id, std::uint64_t test, connection::StepId step, const connection::Step* finished) override {
        tell_all([&](wire::JsonWriter& out, Language language) { server::write_step_event(out, id, test, step, finished, language); });
    }
    void on_report(const connection::Record& record, std::uint64_t test, const connection::Report& report) override {
        const auto adapter = adapter_of(record.exchange);
        tell_all([&](wire::JsonWriter& out, Language language) {
            out.begin_object().member("type", "report").member("connection", record.id).member("test", test);
            out.key("report").raw(connection::to_json(report, adapter->calls.info().name, language)).end_object();
        });
    }
    void on_tested(const connection::Record& record, bool light, const connection::Report& report) override {
        figures_->count_test(record, light, report);
        const auto verdict = connection::to_string(report.verdict);
        const std::string problem{report.problem ? exchange::to_string(report.problem->code) : std::string_view{}};
        log_.note("test_ended", "A connection test ended.",
                  {{"connection", record.id}, {"kind", light ? "light" : "full"}, {"verdict", std::string{verdict}}, {"problem", problem}, {"status", std::string{connection::to_string(record.status)}}});
    }
    void on_guard(const connection::GuardNews& news) override {
        if (trading_) trading_->raise(news);
    }
    void on_trouble(const connection::Record& record, const Error& error) override {
        log_.say(Log::Level::error, "not_saved", "What happened to \"" + record.name + "\" could not be written down: " + error.detail, {{"connection", record.id}});
    }
    void on_message(net::LinkServer::Id id, std::string_view message) override {
        auto decoded = server::decode_to_engine(message);
        if (!decoded) return links_->drop(id);
        if (std::holds_alternative<server::WantsEvents>(*decoded)) {
            listeners_.insert(id);
            return;
        }
        answer(std::get<server::LinkQuestion>(*decoded), [this, id](const std::string& reply) { links_->send(id, reply); });
    }
    /// The way of every question; `send` brings the encoded answer back to where it came from.
    template <class Send>
    void answer(server::LinkQuestion& question, Send send) {
        const auto done = [send, number = question.id](server::ApiReply reply) { send(server::encode(server::LinkAnswer{number, std::move(reply)})); };
        if (const auto factor = server::factor_question(question.request)) return ask_factor(signer_, *factor, done);
        api_->handle(std::move(question.request), done);
    }
    void on_left(net::LinkServer::Id id) override { listeners_.erase(id); }

    template <class Write>
    void tell_all(Write&& write) {
        if ((listeners_.empty() && !web_.wants_events) || !links_) return;
        server::LinkEvent event;
        wire::JsonWriter en{event.en}, nl{event.nl};
        write(en, Language::en);
        write(nl, Language::nl);
        const auto message = server::encode(event);
        for (const auto id : listeners_) links_->send(id, message);
        if (web_.wants_events) web_.link->send(message);
    }
    /// The link to the web process, which is made from here: that process can connect to nothing. What comes in over it was asked by
    /// people on the dashboard; what comes in over engine.sock, by the user of this machine.
    struct Web final : net::LinkClient::Events {
        explicit Web(Engine& owner) : engine{owner} {}
        void on_message(std::string_view message) override {
            auto decoded = server::decode_to_engine(message);
            if (!decoded) return;
            if (std::holds_alternative<server::WantsEvents>(*decoded)) {
                wants_events = true;
                return;
            }
            auto& question = std::get<server::LinkQuestion>(*decoded);
            if (auto facts = server::web_facts_told(question.request)) {
                engine.certificate_until_ = facts->certificate_until;
                engine.look_at_certificate();
                engine.installation_->set_web_facts(std::move(*facts));
                return static_cast<void>(link->send(server::encode(server::LinkAnswer{question.id, server::web_facts_reply(engine.hook_hashes())})));
            }
            // Whatever it says: who speaks through the dashboard does not sit at this machine.
            question.request.actor.local = false;
            engine.answer(question, [this](const std::string& reply) { link->send(reply); });
        }
        void on_lost(const Error&) override { wants_events = false; }

        Engine& engine;
        bool wants_events{false};
        std::unique_ptr<net::LinkClient> link;
    };
    [[nodiscard]] std::vector<std::string> hook_hashes() const {
        std::vector<std::string> hashes;
        for (const auto& [id, strategy] : trading_->trader().strategies()) hashes.push_back(strategy.hook_hash);
        return hashes;
    }
    [[nodiscard]] bool is_repointed(ExchangeId id) const { return repointed_.exchanges.contains(id); }
    void demo_keys(ExchangeId exchange, market::Market market, const std::string& kind, std::function<void(Result<std::string>)> done);
    Status wait_for_vault();
    void ask_signer(std::function<void(server::SignerIdentity)> done);

    ProcessOptions options_;
    Log& log_;
    Repointed repointed_;
    std::vector<sandbox::Feature> features_;
    net::Loop loop_;
    Pulse pulse_{loop_};
    SignerPlace signer_place_;
    std::optional<std::chrono::microseconds> misfit_told_;
    SignerLink signer_;
    ConnectionSigner connection_signer_{signer_};
    std::unique_ptr<net::Client> client_;
    std::unique_ptr<Figures> figures_;  ///< Between the book and the client.
    std::optional<Instant> certificate_until_;
    CertificateGuard certificate_;
    std::optional<ports::Timers::Id> certificate_timer_;
    std::unique_ptr<store::Database> database_;
    std::unique_ptr<store::ConnectionStore> store_;
    std::unique_ptr<store::TradingStore> trading_store_;
    std::unique_ptr<TradingHost> trading_;  ///< Outlives the book, whose streams it hears.
    std::unique_ptr<connection::Book> book_;
    std::optional<Nursery> nursery_, backup_nursery_;
    std::unique_ptr<CandleDesk> candles_;
    std::unique_ptr<Aside> aside_, sweeper_;
    std::unique_ptr<server::BacktestApi> backtests_;
    std::unique_ptr<server::SweepApi> sweeps_;  ///< Ends before its threads: what runs is told to.
    std::unique_ptr<LedgerApi> ledger_api_;
    std::unique_ptr<BackupDesk> backups_;
    std::unique_ptr<Installation> installation_;
    std::unique_ptr<server::Api> api_;
    std::set<net::LinkServer::Id> listeners_;
    std::unique_ptr<net::LinkServer> links_;
    Web web_{*this};
};

Result<std::unique_ptr<Engine>> Engine::create(const ProcessOptions& options, Log& log) {
    BF_TRY(auto repointed, read_exchange_urls(options.exchange_urls));
    if (!options.demo_admin.empty()) repointed.routes[std::string{kDemoHost}] = options.demo_admin;
    SignerPlace place{signer_socket(options.data)};
    if (!options.signer_at.empty()) {
        BF_TRY(const auto user, read_user(options.signer_user));
        place = {options.signer_at, user};
    }
    std::unique_ptr<Engine> engine{new Engine{options, std::move(repointed), std::move(place), log}};
    BF_TRY_VOID(engine->open());
    return engine;
}

/// The first start waits for the signer, so that who is told "ready" can add a key; a vault that does not open ends it with the reason.
/// A signer that takes longer is started again beside us, and every call says so meanwhile.
Status Engine::wait_for_vault() {
    const auto patience = loop_.steady() + seconds{5};
    // Shared with the question: an answer may come after we have gone on.
    const auto answer = std::make_shared<std::optional<Result<signer::Hello>>>();
    while (loop_.steady() < patience) {
        answer->reset();
        signer_.hello([answer](Result<signer::Hello> told) { *answer = std::move(told); });
        loop_.run_until([answer] { return answer->has_value(); }, seconds{5});
        if (answer->has_value() && answer->value()) break;
        loop_.run_until([] { return false; }, milliseconds{10});
    }
    if (!answer->has_value() || !answer->value()) {
        const Error why = answer->has_value() ? answer->value().error() : Error{ErrorKind::unreachable, "The signer does not answer."};
        // Nothing mends itself there: it would only be said with every call.
        if (why.code == net::kOtherUser || why.code == signer::kOtherVersion) return Unexpected{why};
        // Of a signer that is not our supervisor's child nobody else tells.
        if (signer_place_.user) log_.say(Log::Level::warning, "signer_away", why.detail + " It is asked again with every call.");
        return {};
    }
    const signer::Hello& hello = *answer->value();
    if (hello.vault != signer::VaultState::failed) return {};
    const auto whose = signer_place_.user ? "The vault of the user " + options_.signer_user : "The vault in " + options_.data + "/vault";
    return Unexpected{Error{ErrorKind::damaged, whose + " can't be opened, and nothing in it was changed: " + hello.vault_detail + ".", Fate::not_sent, "vault"}};
}

Status Engine::open() {
    // First of all: it is a copy of this process, and gets no more than a start is made of.
    BF_TRY(auto nursery, Nursery::start());
    nursery_.emplace(std::move(nursery));
    BF_TRY(auto backup_nursery, Nursery::start());
    backup_nursery_.emplace(std::move(backup_nursery));
    BF_TRY_VOID(wait_for_vault());
    signer_.on_misfit([this](const Error& error) {
        if (misfit_told_ && loop_.steady() < *misfit_told_ + seconds{60}) return;
        misfit_told_ = loop_.steady();
        log_.say(Log::Level::error, "signer_refused", error.detail);
    });
    BF_TRY(database_, store::open_engine_database(options_.store_url.empty() ? options_.data + "/engine.db" : options_.store_url));
    database_->watched_by([this](bool there, const std::string& sentence) {
        log_.say(there ? Log::Level::info : Log::Level::error, there ? "database_back" : "database_away", sentence);
    });
    BF_TRY_VOID(stay_inside());
    net::ClientOptions network;
    network.routes = repointed_.routes;
    network.listed = catalogue_hosts(!repointed_.exchanges.empty());
    if (!options_.address_echo.empty()) BF_TRY_VOID(add_address_echo(network.routes, options_.address_echo));
    network.extra_ca_file = options_.extra_ca_file;
    BF_TRY(client_, net::Client::create(loop_, std::move(network)));
    store_ = std::make_unique<store::ConnectionStore>(*database_);
    std::vector<const exchange::Info*> infos;
    for (const auto id : exchange::known_exchanges()) infos.push_back(&exchange::calls_of(id)->info());
    figures_ = std::make_unique<Figures>(*client_, loop_, std::move(infos));
    book_ = std::make_unique<connection::Book>(connection::World{loop_, loop_, *figures_, connection_signer_}, signer_, *store_, loop_, adapter_of,
                                               [this](ExchangeId id) { return is_repointed(id); }, *this);
    if (!options_.address_echo.empty()) book_->watch_by(address_echo(*client_, options_.address_echo));
    BF_TRY(backups_, BackupDesk::open({.loop = loop_, .nursery = *backup_nursery_, .signer = signer_place_, .data = options_.data, .postgresql = database_->is_postgresql(),
                                       .settings = *store_, .journals = [this] { return trading_->journals(); }, .release = [this] { trading_->release_hold(); }}));
    BF_TRY_VOID(open_trading());
    book_->used_by([this](const connection::Record& record) { return trading_->is_used(record); });
    book_->warned_by([this](const connection::Record& record, Language language) { return trading_->warn_of(record, language); });
    BF_TRY_VOID(book_->load());
    for (const auto* record : book_->all()) trading_->on_connection(*record);
    trading_->on_book_read();
    for (const auto& [id, name] : book_->damaged()) log_.say(Log::Level::error, "connection_damaged", "The stored connection \"" + name + "\" can't be read and is left aside.");
    call_the_roll(signer_, *book_, log_);
    installation_ = std::make_unique<Installation>(signer_, *book_);
    // Once now: a freeze while this process was away goes into the history before anything else does.
    installation_->ask([](const connection::InstallationFacts&) {});
    CandleDesk::Setup candles{.loop = loop_, .nursery = *nursery_, .book = *book_, .data = options_.data,
                              .feed_of = [this](const connection::Record& record) -> engine::MarketFeed& { return trading_->feed_for(record); },
                              .is_repointed = [this](ExchangeId id) { return is_repointed(id); },
                              .tell = [this](const std::function<void(wire::JsonWriter&, Language)>& write) { tell_all(write); },
                              .complain = [this](const std::string& sentence) { log_.say(Log::Level::error, "candles", sentence); },
                              .funding = {loop_, {loop_, loop_, *figures_, connection_signer_}, adapter_of, [this](ExchangeId id) { return book_->pace_of(id); },
                                          [this](auto work, auto then) { aside_->run(std::move(work), std::move(then)); }},
                              .demo = !options_.demo_admin.empty()};
    BF_TRY(candles_, CandleDesk::open(std::move(candles)));
    server::Api::Setup setup;
    setup.backups = [this](const auto& parts, const auto& request, auto done) { backups_->handle(parts, request, std::move(done)); };
    setup.trading = &trading_->api();
    setup.limits = &signer_;
    setup.candles = &candles_->api();
    open_backtests();
    setup.backtests = backtests_.get();
    setup.sweeps = sweeps_.get();
    ledger_api_ = std::make_unique<LedgerApi>(signer_, trading_->ledger(), [this](const std::string& id) -> std::optional<std::string> {
        const auto* record = book_->find(id);
        return record == nullptr ? std::nullopt : std::optional{record->name};
    });
    setup.ledger = [this](const auto& parts, const auto& request, auto done) { ledger_api_->handle(parts, request, std::move(done)); };
    setup.installation = [this](auto done) {
        installation_->ask([this, done = std::move(done)](connection::InstallationFacts facts) {
            backups_->tell(facts);
            done(std::move(facts));
        });
    };
    setup.signer = [this](auto done) { ask_signer(std::move(done)); };
    setup.adapter_of = adapter_of;
    setup.is_repointed = [this](ExchangeId id) { return is_repointed(id); };
    setup.exchanges = exchange::known_exchanges();
    setup.figures = [this] { return figures_->text(*book_, [this] { return trading_->alarms(kAlarmsCounted); }); };
    if (!options_.demo_admin.empty())
        setup.demo_keys = [this](ExchangeId id, market::Market market, const std::string& kind, auto done) { demo_keys(id, market, kind, std::move(done)); };
    api_ = std::make_unique<server::Api>(*book_, *store_, std::move(setup));
    BF_TRY(links_, net::LinkServer::open(loop_, engine_socket(options_.data), *this));
    loop_.on_signal([this](int) { loop_.stop(); });
    web_.link = std::make_unique<net::LinkClient>(loop_, dashboard_socket(options_.data), net::LinkClient::Reconnect::always, web_);
    features_.push_back(sandbox::only_listed_calls(engine_calls()));
    tell_features(log_, features_);
    database_->be_impatient();
    return {};
}

/// While there is one thread: later ones have their maker's fence.
Status Engine::stay_inside() {
    for (const auto* folder : kEngineFolders) BF_TRY_VOID(prepare_folder(options_.data + "/" + folder));
    features_ = lose_privileges();
    std::vector<std::string> urls;
    for (const auto& [host, url] : repointed_.routes) urls.push_back(url);
    if (!options_.address_echo.empty()) urls.push_back(options_.address_echo);
    for (auto& feature : fence_in_engine(options_, urls, database_->needs())) features_.push_back(std::move(feature));
    return {};
}

/// To whoever does not look at a page: the log, and the operator's own program (AlarmCommand).
void Engine::tell_alarm(const ports::StoredAlarm& alarm) {
    const auto told = wire::Json::parse(alarm.document);
    if (!told) return;
    const auto text = [&](std::string_view name) { return std::string{(*told)[name].text().value_or("")}; };
    const auto severity = text("severity");
    log_.say(severity == "critical" ? Log::Level::error : severity == "warning" ? Log::Level::warning : Log::Level::info, "alarm", text("text_en"),
             {{"code", text("code")}, {"severity", severity}, {"alarm", alarm.id}, {"connection", text("connection")}});
    // One that names very many things is cut: that it came matters more than its last words.
    std::string line;
    for (std::size_t most = kAlarmTextMax; line.empty() || !pulse_.takes(line); most /= 2) {
        line.clear();
        wire::JsonWriter out{line};
        out.begin_object().member("id", alarm.id).member("at", alarm.at.ms()).member("code", text("code")).member("severity", severity);
        out.member("text_en", beginning(text("text_en"), most)).member("text_nl", beginning(text("text_nl"), most));
        out.member("connection", text("connection")).member("group", (*told)["group"].integer()).end_object();
    }
    pulse_.alarm(line);
}

Status Engine::open_trading() {
    trading_store_ = std::make_unique<store::TradingStore>(*database_);
    // A number of this installation's own, in every client order id it makes.
    BF_TRY(const auto kept, store_->setting("installation"));
    std::uint64_t installation = 0;
    if (kept) {
        installation = static_cast<std::uint64_t>(parse_int(*kept).value_or(0));
    } else {
        std::array<unsigned char, 8> dice{};
        loop_.fill(dice);
        for (const auto byte : dice) installation = installation << 8U | byte;
        installation &= 0x7fffffffffffffffU;
        BF_TRY_VOID(store_->put_setting("installation", std::to_string(installation)));
    }
    TradingHost::Setup setup{.loop = loop_, .world = {loop_, loop_, *figures_, signer_}, .book = *book_, .store = *trading_store_,
                             .settings = *store_, .signer = signer_, .installation = installation,
                             .journal_folder = options_.data + "/journal",
                             .paper_folder = options_.data + "/paper", .adapter_of = adapter_of, .is_repointed = [this](ExchangeId id) { return is_repointed(id); },
                             .tell = [this](const std::function<void(wire::JsonWriter&, Language)>& write) { tell_all(write); },
                             .complain = [this](const std::string& sentence) { log_.say(Log::Level::error, "trading", sentence); },
                             .alarm = [this](const ports::StoredAlarm& alarm) { tell_alarm(alarm); },
                             .generation = backups_->generation(), .held = backups_->holds_trading(), .keep_blocked = std::chrono::days{options_.keep_blocked}};
    BF_TRY(trading_, TradingHost::open(std::move(setup)));
    signer_.set_purposes([this](const std::string& connection, const exchange::Call& call) { return trading_->ledger().purpose_of(connection, call); });
    book_->tap_streams([this](const connection::Record& record) { return trading_->tap_of(record); });
    return {};
}

void Engine::open_backtests() {
    aside_ = std::make_unique<Aside>(loop_);
    sweeper_ = std::make_unique<Aside>(loop_);
    server::BacktestPlaces places;
    places.strategy = [this](std::string_view name) -> std::optional<trading::Settings> {
        const auto* strategy = trading_->trader().find_strategy(name);
        return strategy == nullptr ? std::nullopt : std::optional{strategy->settings};
    };
    places.instrument = [this](const backtest::CandleKey& key) { return trading_->instrument_of(key.exchange, key.pair); };
    places.folder = options_.data + "/candles";
    const auto aside = [this](auto work, auto then) { aside_->run(std::move(work), std::move(then)); };
    backtests_ = std::make_unique<server::BacktestApi>(server::BacktestApi::Setup{.aside = aside, .places = places, .clock = &loop_});
    server::SweepApi::Setup sweeps{.places = std::move(places), .aside = aside};
    sweeps.run = [this](auto work, auto then) { sweeper_->run(std::move(work), std::move(then)); };
    sweeps.clock = &loop_;
    sweeps.folder = options_.data + "/sweeps";
    sweeps.threads = std::max(1U, std::thread::hardware_concurrency());
    sweeps_ = std::make_unique<server::SweepApi>(std::move(sweeps));
    sweeps_->go_on();
}

void Engine::ask_signer(std::function<void(server::SignerIdentity)> done) {
    signer_.hello([this, done = std::move(done)](Result<signer::Hello> hello) {
        if (!hello) return done({});
        server::SignerIdentity identity{to_base64(hello->public_key), hello->fingerprint, {}};
        for (const auto& feature : hello->features) identity.protections.emplace_back("signer", sandbox::Feature{feature.name, feature.on, feature.detail});
        for (const auto& feature : features_) identity.protections.emplace_back("engine", feature);
        done(std::move(identity));
    });
}

void Engine::demo_keys(ExchangeId exchange, market::Market market, const std::string& kind, std::function<void(Result<std::string>)> done) {
    wire::Request request;
    request.method = wire::Method::post;
    request.host = kDemoHost;
    request.target = "/demo-keys";
    request.set("Content-Type", "application/json");
    wire::JsonWriter{request.body}.begin_object().member("exchange", exchange::to_string(exchange)).member("market", market::to_string(market)).member("kind", kind).end_object();
    client_->send(std::move(request), seconds{5}, [done = std::move(done)](Result<wire::Response> response) {
        if (!response) return done(Unexpected{std::move(response).error()});
        if (response->status != 200) return done(bad_input("The simulator made no such key."));
        done(std::move(response->body));
    });
}

}  // namespace

int engine_process(const ProcessOptions& options) {
    name_process("bf-engine");
    Log log{"engine", options.json_log ? Log::Form::json : Log::Form::people};
    auto engine = Engine::create(options, log);
    if (!engine) {
        report_failure(engine.error().detail);
        return kFailed;
    }
    return (*engine)->run();
}

}  // namespace bf::app
