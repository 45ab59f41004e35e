#include "support/storm_keys.hpp"

namespace bf::test {

StormDesk::StormDesk(StormHouse& of, StormHouse::Life& mine, StormKept& what)
    : house{of}, life{mine}, kept{what},
      book{connection::World{of.clock, of.clock, of.door, of.pen}, keys, rows, of.clock,
           [limited = of.limited](exchange::ExchangeId id) {
               const auto* calls = exchange::calls_of(id);
               return calls == nullptr ? std::nullopt : std::optional{connection::Adapter{*calls, *exchange::replies_of(id), limited ? exchange::limits_of(id) : std::nullopt}};
           },
           [](exchange::ExchangeId) { return true; }, *this} {}

void StormDesk::open() {
    book.tap_streams([this](const connection::Record& record) -> connection::StreamTap* {
        on_connection(record);
        return is_alive() && !line_of(record).id.empty() ? &house.listen(life, line_of(record)) : nullptr;
    });
    if (!book.load()) house.complain("the connections could not be read");
    for (const auto* record : book.all())
        if (is_alive()) on_connection(*record);
    // Removed when nobody lived to tell of it.
    std::vector<std::string> ids;
    for (const auto& line : house.lines) ids.push_back(line.id);
    for (const auto& id : ids)
        if (is_alive() && !book.knows(id)) on_removed(id);
}

void StormDesk::on_connection(const connection::Record& record) {
    if (!is_alive()) return;
    auto state = house.state_of(line_of(record));
    state.facts.status = record.status;
    state.facts.tested_at = record.tested_at;
    if (record.report) {
        state.clock_offset = record.report->clock_offset;
        state.account.key_version = record.report->key_version;
    }
    state.account.address_pace = book.pace_of(record.exchange);
    life.performer.event([&](engine::Now now) { life.trader.on_connection(now, std::move(state)); });
    if (is_alive()) house.listen(life, line_of(record));
    if (is_alive()) life.wake();
}

void StormDesk::on_removed(const std::string& id) {
    if (!is_alive()) return;
    for (auto& line : house.lines) {
        if (line.id != id) continue;
        kept.removed += line.gone ? 0U : 1U;
        line.gone = true;
    }
    life.feeds.erase(id);
    life.performer.event([&](engine::Now now) { life.trader.on_connection_removed(now, id); });
}

const StormLine& StormDesk::line_of(const connection::Record& record) {
    if (const auto* known = house.line(record.id)) return *known;
    auto line = kept.adding.at(record.name);
    line.id = record.id;
    if (house.limited) house.account_paces[line.id] = std::make_unique<connection::Pace>(*exchange::account_limits_of(StormHouse::id_of(line.product)));
    return house.lines.emplace_back(std::move(line));
}

void StormDesk::Keys::add(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) {
    if (desk.house.step()) desk.house.signer.add(std::move(connection), exchange, std::move(sealed), heard(std::move(done)));
}

void StormDesk::Keys::stage(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) {
    if (desk.house.step()) desk.house.signer.stage(std::move(connection), exchange, std::move(sealed), heard(std::move(done)));
}

void StormDesk::Keys::act(void (MemorySigner::*what)(std::string, Done), std::string connection, Done done) {
    if (desk.house.step()) (desk.house.signer.*what)(std::move(connection), heard(std::move(done)));
}

bool StormDesk::Rows::writes() {
    const bool lives = desk.is_alive() && desk.house.step();
    desk.kept.rows.full = !lives || desk.house.store.full;
    return lives;
}

KeyStorm::~KeyStorm() {
    quiet = true;
    if (life) kill(false);
    run(milliseconds{1});
}

void KeyStorm::end() {
    quiet = true;
    // What was deleted is made again: from here on everything must come back by itself.
    for (const auto& key : kept->keys)
        for (const char* name : {"mexc", "kucoin"})
            if (auto* found = world->exchange(name)->find_key(key)) found->revoked = false;
    calm = hands_off = true;
    for (const char* name : {"mexc", "kucoin"}) world->exchange(name)->faults().clear();
    signer.away = signer.loses_answers = store.full = false;
    late_requests = 0;
    kill_at = -1;
    folder.fail_at(-1);
    if (!life) begin();
    run(seconds{20});
    if (life)
        for (const auto* record : desk().book.all()) static_cast<void>(desk().book.test(record->id, {}, {}));
    run(seconds{60});
    Storm::end();
    if (!life) return;
    for (const auto& line : lines) {
        if (line.gone) continue;
        const auto* record = desk().book.find(line.id);
        if (record == nullptr) complain(line.id + " is there and in no book");
        else if (record->status != connection::ConnectionStatus::connected) complain(line.id + " did not come back: " + std::string{to_string(record->status)} + (record->problem ? " " + std::string{exchange::to_string(record->problem->code)} + " " + record->problem->exchange_message : ""));
        else if (desk().book.stream_state(line.id) != "live") complain(line.id + " has no live stream");
        // No secret stays that nobody uses: one key for each connection, and one to go back to where the book says so.
        const bool keeps = record != nullptr && record->old_key && record->old_key->kept_until;
        if (signer.keeps_old(line.id) != keeps) complain(line.id + (keeps ? " has no old key to go back to" : " keeps a key that nobody knows of"));
        if (!signer.has(line.id)) complain(line.id + " has no key");
        if (signer.has(ports::Keys::staged_name(line.id))) complain(line.id + " has a key that was staged and forgotten");
    }
    for (const auto& line : lines)
        if (line.gone && (signer.has(line.id) || signer.keeps_old(line.id) || signer.has(ports::Keys::staged_name(line.id)))) complain(line.id + " was removed and its key is there");
}

KeyStorm::KeyStorm(std::uint64_t seed, std::shared_ptr<StormKept> what) : Storm{seed, true, [what](StormHouse& house) { keep_a_book(house, what); }}, kept{std::move(what)} {
    // A clock that is set is measured by a full test only; that has a storm of its own.
    steps_clock = false;
    later(seconds{45}, [this] { act_on_keys(); });
    later(seconds{300}, [this] { remove_one(); });
    every(seconds{15}, [this] { add_missing(); });
    every(seconds{20}, [this] { let_some_go(); });
}

void KeyStorm::keep_a_book(StormHouse& house, const std::shared_ptr<StormKept>& kept) {
    for (const auto& line : house.lines) {
        kept->keys.insert(line.key);
        connection::Record record;
        record.id = line.id;
        record.name = line.name;
        record.exchange = StormHouse::id_of(line.product);
        record.market = line.product.market;
        record.status = connection::ConnectionStatus::connected;
        record.accepted = {.internal_transfer = true, .unknown_withdrawal = true};
        record.created_at = house.clock.wall();
        record.tested_at = record.checked_at = record.proven_at = record.created_at;
        record.key_fingerprint = "first";
        connection::Report report;
        report.exchange = record.exchange;
        report.market = record.market;
        report.verdict = connection::Verdict::connected;
        report.account_id = line.account;
        record.report = report;
        record.account_id = line.account;
        REQUIRE(kept->rows.save({record.id, record.name, connection::to_document(record)}, {}).has_value());
    }
    house.connect_all = [&house, kept](StormHouse::Life& life) {
        const auto desk = std::make_shared<StormDesk>(house, life, *kept);
        life.desk = desk;
        desk->open();
    };
}

std::vector<std::string> KeyStorm::there() {
    std::vector<std::string> ids;
    for (const auto& line : lines)
        if (!line.gone) ids.push_back(line.id);
    return ids;
}

void KeyStorm::act_on_keys() {
    later(seconds{10 + static_cast<std::int64_t>(roll(70))}, [this] { act_on_keys(); });
    if (quiet || !life) return;
    // Lost on the way back, now and then for a while.
    signer.loses_answers = roll(8) == 0;
    const auto ids = there();
    const auto id = ids[roll(ids.size())];
    const auto what = roll(12);
    if (what < 6) replace(id, what == 4, what == 5);
    else if (what < 8) inside([&] { desk().book.roll_back(id, [this](const Status& back) { kept->rolled_back += back ? 1U : 0U; }); });
    else if (what == 8) inside([&] { desk().book.ask_old_key(id, [](const Status&) {}); });
    else if (what == 9) inside([&] { desk().book.forget_old_key(id, [](const Status&) {}); });
    else inside([&] { static_cast<void>(desk().book.test(id, {}, {})); });
}

void KeyStorm::replace(const std::string& id, bool of_another, bool withdraws) {
    auto line = *this->line(id);
    const auto old = last_key.contains(id) ? last_key.at(id) : line.key;
    // Of one that no test has proven yet nothing says whose it is, and nothing was opened on it.
    const auto* record = desk().book.find(id);
    if (record == nullptr || !record->account_id) of_another = false;
    if (of_another) line.account.clear();
    const auto sealed = make_key(line, withdraws);
    const bool good = !of_another && !withdraws;
    if (good) kept->keys.insert(line.key);
    const auto key = line.key;
    inside([&] {
        desk().book.rotate(id, sealed, [this](const Status& staged) { kept->refused += staged ? 0U : 1U; }, [this, id, key, old, good](const Status& ended) {
            kept->rotated += ended ? 1U : 0U;
            kept->refused += ended ? 0U : 1U;
            if (!ended && roll(6) != 0) return;
            if (ended && !good) complain(id + " took over a key that it must not");
            if (ended) last_key[id] = key;
            later(milliseconds{static_cast<std::int64_t>(roll(roll(3) == 0 ? 2'000 : 400'000))}, [this, id, key, old] {
                if (quiet) return;
                const auto* gone = this->line(id);
                if (auto* found = exchange(gone->product).find_key(old)) found->revoked = true;
            });
        });
    });
}

void KeyStorm::remove_one() {
    later(seconds{200 + static_cast<std::int64_t>(roll(900))}, [this] { remove_one(); });
    if (quiet || !life) return;
    const auto ids = there();
    const auto id = ids[roll(ids.size())];
    inside([&] { desk().book.remove(id, [](const Status&) {}); });
}

void KeyStorm::add_missing() {
    if (!life || (quiet && !calm)) return;
    for (const auto& wanted : storm_lines()) {
        const bool is_there = desk().book.find(wanted.name) != nullptr;
        if (is_there || (!quiet && roll(3) != 0)) continue;
        auto& line = kept->adding[wanted.name];
        if (line.name.empty() || was_added(line)) line = {.id = "", .name = wanted.name, .product = wanted.product, .money = wanted.money};
        const auto sealed = make_key(line);
        kept->keys.insert(line.key);
        connection::AddRequest add;
        add.name = wanted.name;
        add.exchange = id_of(wanted.product);
        add.market = wanted.product.market;
        add.sealed = sealed;
        add.accepted = {.internal_transfer = true, .unknown_withdrawal = true};
        inside([&] { desk().book.add(std::move(add), [](const Result<std::string>&) {}); });
        if (!life) return;
    }
}

bool KeyStorm::was_added(const StormLine& prepared) const {
    return std::any_of(lines.begin(), lines.end(), [&](const StormLine& line) { return line.account == prepared.account && line.product == prepared.product; });
}

void KeyStorm::let_some_go() {
    if (quiet || !life) return;
    std::vector<engine::GroupNumber> numbers;
    for (const auto& [number, group] : life->trader.groups())
        if (group->orphaned() || std::any_of(group->changes().begin(), group->changes().end(), [](const auto& one) { return one.what == engine::GroupChange::What::too_small; })) numbers.push_back(number);
    for (const auto number : numbers)
        if (life && roll(8) == 0) event([&](engine::Now now, engine::Trader& trader) { static_cast<void>(trader.let_go(now, number)); });
}

}  // namespace bf::test
