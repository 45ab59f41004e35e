#include "paper/exchanges.hpp"

#include "engine/paper_name.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "paper/exchanges_inside.hpp"

#include <algorithm>

namespace bf::paper {
namespace {

// Kinds of the journal's entries.
constexpr std::uint16_t kChange = 1, kCheckpoint = 2, kCheckpointEnd = 3, kAccount = 4, kClosed = 5, kUnpaid = 6;

constexpr milliseconds kTick{1000};

Unexpected<Error> unreadable() { return Unexpected{Error{ErrorKind::damaged, "A record of the paper exchanges can't be read.", Fate::not_sent, "record"}}; }

std::string to_record(const Unpaid& unpaid) {
    std::string payload;
    wire::JsonWriter{payload}.begin_object().member("connection", unpaid.connection).member("symbol", unpaid.symbol.to_string()).member("from", unpaid.from.ms())
        .member("to", unpaid.to.ms()).member("no_price", unpaid.why == Unpaid::Why::no_price).end_object();
    return payload;
}

std::optional<Unpaid> read_unpaid(const wire::JsonValue& json) {
    const auto connection = json["connection"].text();
    const auto symbol = market::Symbol::parse(json["symbol"].text().value_or(""));
    const auto from = json["from"].integer(), to = json["to"].integer();
    const auto no_price = json["no_price"].boolean();
    if (!connection || !symbol || !from || !to || !no_price) return std::nullopt;
    return Unpaid{std::string{*connection}, *symbol, Instant::from_ms(*from), Instant::from_ms(*to), *no_price ? Unpaid::Why::no_price : Unpaid::Why::no_rates};
}

}  // namespace

Exchanges::Exchanges(Setup setup) : setup_{setup}, signer_{std::make_unique<PaperSigner>(*this)}, door_{std::make_unique<Door>(*this)} {}

Exchanges::~Exchanges() {
    alive_.reset();
    for (const auto& timer : {pump_timer_, tick_timer_})
        if (timer) setup_.timers.cancel(*timer);
}

Exchanges::Site& Exchanges::site(const Venue& venue) {
    auto& found = sites_[venue];
    if (!found) {
        simulator::Options options;
        options.exchanges = {std::string{exchange::to_string(venue.exchange)}};
        std::array<unsigned char, 8> dice{};
        setup_.entropy.fill(dice);
        for (const auto byte : dice) options.seed = options.seed << 8U | byte;
        options.limits = false;
        options.start = setup_.clock.wall();
        options.follows = true;
        found = std::make_unique<Site>(venue, options);
    }
    return *found;
}

const Exchanges::Site* Exchanges::find_site(const Venue& venue) const {
    const auto found = sites_.find(venue);
    return found == sites_.end() ? nullptr : found->second.get();
}

// --- start

Status Exchanges::replay(std::uint16_t kind, std::string_view payload) {
    ++records_;
    if (kind == kCheckpoint) records_ = 0;
    if (kind == kCheckpoint || kind == kCheckpointEnd) return {};
    const auto json = wire::Json::parse(payload);
    if (!json) return unreadable();
    if (kind == kClosed) {
        const std::string connection{(*json)["connection"].text().value_or("")};
        accounts_.erase(connection);
        std::erase_if(unpaid_, [&](const auto& one) { return one.connection == connection; });
        return {};
    }
    if (kind == kUnpaid) {
        auto unpaid = read_unpaid(json->root());
        if (!unpaid) return unreadable();
        const auto same = [&](const auto& one) { return one.connection == unpaid->connection && one.symbol == unpaid->symbol && one.from == unpaid->from; };
        if (std::none_of(unpaid_.begin(), unpaid_.end(), same)) unpaid_.push_back(std::move(*unpaid));
        return {};
    }
    const auto venue = parse_venue((*json)["venue"].text().value_or(""));
    if (!venue || exchange::calls_of(venue->exchange) == nullptr) return unreadable();
    if (kind == kAccount) {
        const auto text = [&](const char* name) { return std::string{(*json)[name].text().value_or("")}; };
        const auto connection = text("connection");
        if (!engine::is_paper(connection) || text("account").empty()) return unreadable();
        accounts_[connection] = {connection, text("name"), *venue, text("account")};
        return {};
    }
    return kind == kChange ? site(*venue).recorder.restore(json->root()) : unreadable();
}

void Exchanges::begin(ports::Journal& journal) {
    journal_ = &journal;
    for (auto& [venue, site] : sites_) site->recorder.finish_restoring();
    // An account that never got as far as its first record is none.
    std::erase_if(accounts_, [&](const auto& entry) { return truth(entry.first) == nullptr; });
    for (const auto& [connection, account] : accounts_) make_key(account);
    for (auto& [venue, site] : sites_) look_behind(*site);
    ticked_ = setup_.clock.wall();
    journal.on_durable([this, alive = std::weak_ptr<bool>{alive_}](std::uint64_t sequence) {
        if (alive.expired()) return;
        durable_ = sequence;
        if (checkpoint_ && checkpoint_->second <= sequence) {
            journal_->forget_before(checkpoint_->first);
            checkpoint_.reset();
        }
        pump();
    });
    tick_soon();
}

void Exchanges::make_key(const Account& account) {
    simulator::Exchange::NewKey wanted;
    wanted.permissions = {simulator::Permission::read, simulator::Permission::spot, simulator::Permission::futures};
    wanted.account = account.exchange_account;
    const auto& made = site(account.venue).exchange.create_key(wanted);
    exchange::CredentialFields fields{crypto::Secret::take(std::string{made.key}), crypto::Secret::take(std::string{made.secret}), std::nullopt};
    if (!made.passphrase.empty()) fields.passphrase = crypto::Secret::take(std::string{made.passphrase});
    keys_[account.connection] = exchange::calls_of(account.venue.exchange)->make_key(std::move(fields));
}

// --- accounts

Status Exchanges::open(const std::string& connection, const std::string& name, const Venue& venue, const std::map<std::string, Decimal>& balances) {
    BF_ASSERT(journal_ != nullptr && engine::is_paper(connection));
    if (const auto known = accounts_.find(connection); known != accounts_.end()) {
        if (known->second.name == name) return {};
        known->second.name = name;
        append_account(known->second);
        return {};
    }
    if (exchange::calls_of(venue.exchange) == nullptr) return bad_input("There is no paper exchange of that kind.");
    auto& where = site(venue);
    bring_up_to_date(where);
    simulator::Exchange::NewKey wanted;
    wanted.balances = balances;
    const auto& key = where.exchange.create_key(wanted);
    const Account account{connection, name, venue, key.account};
    where.exchange.find_key(key.key)->revoked = true;
    accounts_[connection] = account;
    append_account(account);
    where.recorder.touch(*where.exchange.find_account(account.exchange_account));
    commit(where);
    make_key(account);
    tick_soon();
    return {};
}

Status Exchanges::grant(const std::string& connection, const std::string& asset, const Decimal& amount) {
    const auto* account = find(connection);
    if (account == nullptr) return Unexpected{Error{ErrorKind::not_found, "There is no such paper account.", Fate::not_sent, "not_found"}};
    auto& where = site(account->venue);
    auto& held = *where.exchange.find_account(account->exchange_account);
    if (!where.exchange.grant(held, account->venue.market, asset, amount))
        return Unexpected{Error{ErrorKind::conflict, "Orders or positions of this paper account are open: close its groups first.", Fate::not_sent, "groups_open"}};
    where.recorder.touch(held);
    commit(where);
    return {};
}

void Exchanges::close(const std::string& connection) {
    if (accounts_.erase(connection) == 0) return;
    std::erase_if(unpaid_, [&](const auto& one) { return one.connection == connection; });
    keys_.erase(connection);
    std::string payload;
    wire::JsonWriter{payload}.begin_object().member("connection", connection).end_object();
    append(kClosed, payload);
}

const Account* Exchanges::find(const std::string& connection) const {
    const auto found = accounts_.find(connection);
    return found == accounts_.end() ? nullptr : &found->second;
}

const simulator::Account* Exchanges::truth(const std::string& connection) const {
    const auto* account = find(connection);
    const auto* where = account == nullptr ? nullptr : find_site(account->venue);
    return where == nullptr ? nullptr : where->exchange.find_account(account->exchange_account);
}

std::vector<market::Balance> Exchanges::balances(const std::string& connection) const {
    std::vector<market::Balance> list;
    const auto* held = truth(connection);
    if (held == nullptr) return list;
    const auto& wallets = find(connection)->venue.market == market::Market::spot ? held->spot : held->futures;
    for (const auto& [asset, wallet] : wallets) list.push_back({asset, wallet.free, wallet.locked, wallet.total()});
    return list;
}

// --- written down, then heard

void Exchanges::append(std::uint16_t kind, const std::string& payload) {
    appended_ = journal_->append(kind, payload);
    ++records_;
}

void Exchanges::append_account(const Account& account) {
    std::string payload;
    wire::JsonWriter out{payload};
    out.begin_object().member("venue", to_string(account.venue)).member("connection", account.connection).member("name", account.name);
    out.member("account", account.exchange_account).end_object();
    append(kAccount, payload);
}

void Exchanges::commit(Site& site) {
    if (site.recorder.any()) {
        std::string payload;
        wire::JsonWriter out{payload};
        out.begin_object().member("venue", to_string(site.venue));
        site.recorder.take(out);
        out.end_object();
        append(kChange, payload);
    }
    release();
    if (records_ > kRecordsKept && !checkpoint_) checkpoint();
}

void Exchanges::note_unpaid(Unpaid unpaid) {
    append(kUnpaid, to_record(unpaid));
    unpaid_.push_back(unpaid);
    later([this, unpaid = std::move(unpaid)] {
        if (setup_.unpaid) setup_.unpaid(unpaid);
    });
}

void Exchanges::checkpoint() {
    std::erase_if(unpaid_, [this](const Unpaid& one) {
        const auto* there = truth(one.connection);
        return there == nullptr || std::none_of(there->positions.begin(), there->positions.end(), [&](const auto& position) { return position.instrument->symbol == one.symbol; });
    });
    append(kCheckpoint, "{}");
    const auto begin = appended_;
    records_ = 0;
    for (const auto& [connection, account] : accounts_) {
        auto& where = site(account.venue);
        append_account(account);
        std::string payload;
        wire::JsonWriter out{payload};
        out.begin_object().member("venue", to_string(account.venue));
        where.recorder.write(out, *where.exchange.find_account(account.exchange_account), setup_.clock.wall() - kEndedKept);
        out.end_object();
        append(kChange, payload);
    }
    for (const auto& one : unpaid_) append(kUnpaid, to_record(one));
    append(kCheckpointEnd, "{}");
    checkpoint_ = {begin, appended_};
}

void Exchanges::release() {
    for (auto& what : staged_) held_.push_back({appended_, std::move(what)});
    staged_.clear();
    if (!held_.empty() && held_.front().after <= durable_) pump_soon();
}

void Exchanges::pump_soon() {
    if (pump_timer_) return;
    pump_timer_ = setup_.timers.after(milliseconds{0}, [this] {
        pump_timer_.reset();
        pump();
    });
}

void Exchanges::pump() {
    const std::weak_ptr<bool> alive{alive_};
    for (auto count = held_.size(); count > 0 && !held_.empty() && held_.front().after <= durable_; --count) {
        const auto what = std::move(held_.front().what);
        held_.pop_front();
        what();
        if (alive.expired()) return;
    }
    if (!held_.empty() && held_.front().after <= durable_) pump_soon();
}

void Exchanges::tick_soon() {
    if (tick_timer_ || accounts_.empty()) return;
    tick_timer_ = setup_.timers.after(kTick, [this] {
        tick_timer_.reset();
        tick();
    });
}

void Exchanges::tick() {
    // A machine that slept ran nothing.
    const auto wall = setup_.clock.wall();
    const bool slept = wall - std::exchange(ticked_, wall) > kFundingLate;
    for (auto& [venue, site] : sites_) {
        bring_up_to_date(*site);
        if (slept) look_behind(*site);
        settle_funding(*site);
        ask_past(*site);
        commit(*site);
    }
    tick_soon();
}

// --- as the engine reaches them

std::string Exchanges::prefix_of(const Venue& venue, std::string_view host) const {
    const auto& futures = exchange::calls_of(venue.exchange)->info().futures_hosts;
    const std::string prefix = "/" + std::string{exchange::to_string(venue.exchange)};
    return std::find(futures.begin(), futures.end(), host) == futures.end() ? prefix : prefix + "/futures";
}

void Exchanges::handle(const Venue& venue, const std::string& host, const wire::Request& request, milliseconds timeout, ports::Transport::Done done) {
    auto& where = site(venue);
    bring_up_to_date(where);
    simulator::Inbound inbound{request.method, prefix_of(venue, host) + request.target, request.headers, request.body, "127.0.0.1", true};
    // Answers that say where its sockets are name this host.
    inbound.headers.push_back({"Host", paper_host(host, venue)});
    auto reply = where.world->handle(inbound);
    if (request.method != wire::Method::get)
        for (const auto& header : request.headers)
            if (const auto* key = where.exchange.find_key(header.value)) where.recorder.touch(*where.exchange.find_account(key->account));
    // Whatever comes first: its answer, or the time after which nobody waits for it.
    const auto answered = std::make_shared<bool>(false);
    const auto timer = setup_.timers.after(timeout, [answered, done] {
        if (!std::exchange(*answered, true)) done(Unexpected{Error{ErrorKind::unreachable, "No answer in time.", Fate::unknown, "timeout"}});
    });
    later([this, answered, timer, done = std::move(done), response = std::move(reply.response)] {
        if (std::exchange(*answered, true)) return;
        setup_.timers.cancel(timer);
        done(response);
    });
    commit(where);
}

ports::Signer& Exchanges::signer() { return *signer_; }
ports::Transport& Exchanges::transport() { return *door_; }
ports::Transport& Exchanges::line(const Venue& venue) {
    auto& found = lines_[venue];
    if (!found) found = std::make_unique<Line>(*this, venue);
    return *found;
}

void Exchanges::PaperSigner::sign(std::string connection, exchange::Call call, Instant, Done done) {
    const std::weak_ptr<bool> alive{owner_.alive_};
    const auto* account = owner_.find(connection);
    const auto venue = account != nullptr && call.symbol && call.operation == exchange::Operation::place_order ? std::optional{account->venue} : std::nullopt;
    const auto symbol = call.symbol;
    auto go_on = [this, alive, connection = std::move(connection), call = std::move(call), done = std::move(done)] {
        if (!alive.expired()) done(write(connection, call));
    };
    // How much an order can take of the real book is seen now, not when somebody last looked.
    owner_.setup_.timers.after(milliseconds{0}, [this, alive, venue, symbol, go_on = std::move(go_on)]() mutable {
        if (alive.expired()) return;
        if (venue) owner_.with_fresh_book(*venue, *symbol, std::move(go_on));
        else go_on();
    });
}

ports::SignOutcome Exchanges::PaperSigner::write(const std::string& connection, const exchange::Call& call) {
    const auto* account = owner_.find(connection);
    const auto key = owner_.keys_.find(connection);
    if (account == nullptr || key == owner_.keys_.end()) return Error{ErrorKind::not_found, "There is no such paper account.", Fate::refused, "unknown_connection"};
    if (auto checked = exchange::check_arguments(call); !checked) return checked.error();
    auto& where = owner_.site(account->venue);
    owner_.bring_up_to_date(where);
    exchange::RequestList list;
    // By the paper exchange's own clock: the machine's may be set back.
    if (auto written = exchange::calls_of(account->venue.exchange)->write(call, key->second.get(), where.exchange.now(), list); !written) return written.error();
    std::vector<wire::Request> requests;
    for (std::size_t i = 0; i < list.size(); ++i) {
        requests.push_back(list[i]);
        requests.back().host = paper_host(requests.back().host, account->venue);
    }
    return requests;
}

void SplitSigner::sign(std::string connection, exchange::Call call, Instant at, Done done) {
    auto& signer = engine::is_paper(connection) ? paper_.signer() : real_;
    signer.sign(std::move(connection), std::move(call), at, std::move(done));
}

void SplitSigner::sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference, Done done) {
    auto& signer = engine::is_paper(connection) ? paper_.signer() : real_;
    signer.sign_order(std::move(connection), std::move(call), at, std::move(reference), std::move(done));
}

void SplitTransport::send(wire::Request request, milliseconds timeout, Done done) {
    auto& transport = read_paper_host(request.host) ? paper_.transport() : network_;
    transport.send(std::move(request), timeout, std::move(done));
}

std::unique_ptr<ports::Stream> SplitTransport::open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) {
    return network_.open_stream(std::move(url), timeout, handler);
}

ports::Transport& SplitTransport::over(ports::Family family) {
    if (family == ports::Family::v4) return *v4_;
    if (v4_ != this) return *this;
    if (!v6_) v6_.reset(new SplitTransport{network_.over(family), paper_, *this});
    return *v6_;
}

}  // namespace bf::paper
