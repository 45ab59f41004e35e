#include "support/storm.hpp"

namespace bf::test {

std::vector<StormLine> storm_lines() {
    std::vector<StormLine> lines;
    int number = 0;
    for (const auto& product : kStormProducts)
        for (const auto& [name, money] : {std::pair{"Main", 200'000}, std::pair{"Small", 6'000}, std::pair{"Pro", 150'000}})
            lines.push_back({"c" + std::to_string(++number), std::string{name} + ' ' + product.exchange + (product.market == market::Market::spot ? " spot" : " futures"), product, Decimal{money}});
    return lines;
}

Storm::Storm(std::uint64_t seed, bool has_weather, const std::function<void(StormHouse&)>& prepare)
    : StormHouse{seed, storm_lines(), seed % 2 == 0}, dice{seed * 2 + 1}, weather{has_weather} {
    if (prepare) prepare(*this);
    for (const auto& product : kStormProducts)
        for (const char* base : kBases) {
            const auto at = price(product, base);
            middle[{product, base}] = at;
            set_price(product, base, at);
        }
    REQUIRE(begin());
    run(seconds{10});
    for (const auto& product : kStormProducts)
        for (const char* base : kBases) poll_quote(product, base);
    run(seconds{2});
    add_bots();
    barred = [this](const engine::GroupTerms& terms) { return forbidden(terms); };
    every(seconds{30}, [this] { look_at_prices(); });
    later(seconds{3}, [this] { move_a_price(); });
    later(seconds{8}, [this] { send_a_signal(); });
    if (weather) {
        later(seconds{5}, [this] { change_weather(); });
        later(seconds{60}, [this] { act_by_hand(); });
        later(seconds{30}, [this] { harm(); });
        later(seconds{40}, [this] { change_a_listing(); });
        later(seconds{600 + static_cast<std::int64_t>(roll(6'000))}, [this] { crash(); });
    }
    every(minutes_of(30), [this] { if (!stepped) tell_connections(); });
}

void Storm::every(milliseconds span, std::function<void()> what) {
    clock.after(span, [this, span, what] {
        what();
        every(span, what);
    });
}

std::string Storm::settings_of(const StormLine& line, const std::string& pro, int kind, const std::vector<std::string>& bases) {
    std::string pairs;
    for (const auto& base : bases) pairs += (pairs.empty() ? "\"" : ",\"") + symbol(line.product, base).to_string() + '"';
    const bool futures = line.product.market == market::Market::futures, small = line.money < Decimal{10'000};
    const bool big = kind == 2 && !small;
    std::string json = R"({"name":")" + line.name + ' ' + std::to_string(kind) + R"(","connection":")" + line.name + R"(","market":")" + (futures ? "futures" : "spot") + R"(","pairs":[)" + pairs + "]";
    json += std::string{R"(,"directions":["long")"} + (futures && kind != 0 ? R"(,"short")" : "") + R"(],"risk_level":"high","on_opposite":")" + (kind == 1 ? "close_if_profit" : "block") + "\"";
    // One's limit is what its ladder costs and no more: what the last add-on may cost at its worst price is beyond it.
    const bool tight = kind == 0 && line.name.starts_with("Main");
    json += R"(,"margin":{"group_limit":")" + std::string{small ? "2400" : big ? "60000" : tight ? "1409" : "9000"} + R"(","group_limit_pct":"45","connection_limit_pct":"90")" + (tight ? R"(,"recovery_reserve_pct":"0"})" : "}");
    // One lets its base order follow from the limit, so that its ladder uses all of it.
    json += R"(,"entry":{"base_order":)" + std::string{kind == 4 ? "null" : small ? "\"400\"" : big ? "\"9000\"" : "\"700\""} + R"(,"max_slippage_pct":")" + (big ? "0.01" : tight ? "2.00" : "0.20") + R"(","max_spread_pct":"0.50","max_open_groups":)" + (kind == 3 ? "2" : "6") + "}";
    json += std::string{R"(,"add_on":{"trigger":")"} + (kind == 0 ? "zone_only" : "signal_and_zone") + R"(","max":)" + (tight ? "1" : "3") + R"(,"zone_step_pct":"0.8","size_multiplier":"1.1","min_improvement_pct":"0.05","anchor":")" + (kind == 2 ? "last_fill" : kind == 3 ? "average" : "first_entry") +
            R"(","cooldown_s":)" + (kind == 1 ? "60" : "0") + "}";
    json += std::string{R"(,"exit":{"take_profit_pct":")"} + (kind == 3 ? "2.0" : "0.7") + "\"" + (kind == 1 ? R"(,"hard_stop_pct":"12")" : "") + "}";
    json += R"(,"recovery":{"adverse_move_pct":"4","cooldown_s":600,"min_improvement_pct":"0.10","add_on_budget":1,"auto_release":)" + std::string{kind == 2 ? "true" : "false"} + R"(,"cautious":)" + (kind == 3 ? "true" : "false");
    if (kind != 3 && pro != line.name) json += R"(,"pro_connection":")" + pro + "\"";
    json += R"(},"brake":{"drawdown_pct":"60"},"futures":{"leverage":"3","min_liq_distance_pct":"5"}})";
    return json;
}

void Storm::add_bots() {
    const std::vector<std::vector<std::string>> pairs{{"BTC"}, {"ETH"}, {"SOL"}, {"BTC", "ETH", "SOL"}, {"SOL", "ETH"}};
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& pro = lines[i / 3 * 3 + 2].name;
        for (int kind = 0; kind < static_cast<int>(pairs.size()); ++kind) {
            const auto json = wire::Json::parse(settings_of(lines[i], pro, kind, pairs[static_cast<std::size_t>(kind)])).value();
            auto settings = trading::read_settings(json.root());
            REQUIRE_MESSAGE(settings.has_value(), (settings ? "" : trading::sentence_with_field(settings.error(), trading::Language::en)));
            const auto added = event([&](engine::Now now, engine::Trader& trader) { return trader.add_strategy(now, *settings, "hash of " + settings->name); });
            REQUIRE(added.has_value());
            const auto id = (*added)->id;
            const auto enabled = event([&](engine::Now now, engine::Trader& trader) { return trader.enable(now, id); });
            REQUIRE_MESSAGE(enabled.has_value(), (enabled ? "" : settings->name + ": " + enabled.error().detail));
            bots.push_back({id, std::move(*settings)});
        }
    }
}

void Storm::look_at_prices() {
    for (const auto& product : kStormProducts)
        for (const char* base : kBases) poll_quote(product, base);
}

void Storm::move_a_price() {
    later(milliseconds{500 + static_cast<std::int64_t>(roll(5'000))}, [this] { move_a_price(); });
    if (calm) return;
    const auto& product = kStormProducts[roll(4)];
    const std::string base = kBases[roll(3)];
    const auto now = price(product, base), home = middle.at({product, base});
    auto thousandths = static_cast<std::int64_t>(roll(9)) - 4;
    if (roll(60) == 0) thousandths = (roll(2) == 0 ? 1 : -1) * static_cast<std::int64_t>(15 + roll(30));
    if (now > home * Decimal::from_parts(108, 2)) thousandths = -std::abs(thousandths);
    if (now < home * Decimal::from_parts(92, 2)) thousandths = std::abs(thousandths);
    const auto& step = exchange(product).find(symbol(product, base))->price_step;
    set_price(product, base, round_to_step(now * Decimal::from_parts(1000 + thousandths, 3), step, Rounding::down));
    if (roll(6) == 0) trade_some(product, base);
    later(milliseconds{100 + static_cast<std::int64_t>(roll(1'500))}, [this, product, base] { poll_quote(product, base); });
}

void Storm::crash() {
    later(seconds{1'800 + static_cast<std::int64_t>(roll(9'000))}, [this] { crash(); });
    if (calm || hands_off) return;
    const auto& product = kStormProducts[roll(2) == 0 ? 1 : 3];
    const std::string base = kBases[roll(3)];
    const auto before = price(product, base);
    const auto& step = exchange(product).find(symbol(product, base))->price_step;
    set_price(product, base, round_to_step(before * Decimal::from_parts(roll(3) == 0 ? 15 : 6, 1), step, Rounding::down));
    later(milliseconds{100 + static_cast<std::int64_t>(roll(3'000))}, [this, product, base, before] { set_price(product, base, before); });
}

void Storm::trade_some(const StormProduct& product, const std::string& base) {
    const auto& instrument = *exchange(product).find(symbol(product, base));
    const bool buys = roll(2) == 0;
    const auto at = round_to_step(price(product, base) * Decimal::from_parts(buys ? 1015 : 985, 3), instrument.price_step, Rounding::down);
    const auto quantity = round_to_step(Decimal::divide(Decimal{static_cast<std::int64_t>(50 + roll(600))}, at, 12, Rounding::down).value(), instrument.quantity_step, Rounding::up);
    exchange(product).print_trade(instrument, buys ? market::Side::buy : market::Side::sell, at, quantity);
    look();
}

void Storm::change_a_listing() {
    later(seconds{60 + static_cast<std::int64_t>(roll(600))}, [this] { change_a_listing(); });
    if (calm || hands_off) return;
    const auto& product = kStormProducts[roll(4)];
    const std::string base = kBases[roll(3)];
    const auto read_after = milliseconds{static_cast<std::int64_t>(roll(20'000))};
    const auto& first = listings.try_emplace({product, base}, *exchange(product).find(symbol(product, base))).first->second;
    const auto scale = [this](const Decimal& step) { return step * Decimal::from_parts(std::array{1, 10, 100}[roll(3)], 1); };
    const auto what = roll(8);
    ++relisted;
    if (what == 0) {
        relist(product, base, read_after, [](auto& listed) { listed.api_tradable = false; });
        later(read_after + seconds{10 + static_cast<std::int64_t>(roll(60))}, [this, product, base] { relist(product, base, milliseconds{500}, [](auto& listed) { listed.api_tradable = true; }); });
    } else if (what < 4 || product.market == market::Market::futures) {
        relist(product, base, read_after, [&](auto& listed) { listed.price_step = scale(first.price_step); });
    } else if (what < 6) {
        relist(product, base, read_after, [&](auto& listed) {
            listed.quantity_step = scale(first.quantity_step);
            listed.min_quantity = std::max(first.min_quantity, listed.quantity_step);
        });
    } else {
        // Now and then above what a group is worth.
        const auto least = roll(4) == 0 ? Decimal{static_cast<std::int64_t>(200 + roll(1'200))} : first.min_notional * Decimal{static_cast<std::int64_t>(1 + roll(60))};
        relist(product, base, read_after, [&](auto& listed) { listed.min_notional = least; });
    }
}

void Storm::change_weather() {
    later(seconds{20 + static_cast<std::int64_t>(roll(100))}, [this] { change_weather(); });
    for (const char* name : {"mexc", "kucoin"}) world->exchange(name)->faults().clear();
    signer.away = false;
    store.full = false;
    late_requests = 0;
    if (calm || roll(2) == 0) return;
    for (const char* name : {"mexc", "kucoin"}) {
        auto& faults = world->exchange(name)->faults();
        using Kind = simulator::FaultKind;
        constexpr Kind kRequests[] = {Kind::lost_reply, Kind::timeout, Kind::reset, Kind::unavailable, Kind::maintenance, Kind::rate_limit, Kind::malformed, Kind::slow};
        constexpr Kind kEvents[] = {Kind::duplicate_event, Kind::late_event, Kind::reorder_events, Kind::drop_stream};
        for (auto left = 1 + roll(4); left > 0; --left) {
            const auto kind = kRequests[roll(8)];
            faults.add({kind, roll(3) == 0 ? "order" : "", {}, milliseconds{500 + static_cast<std::int64_t>(roll(9'000))}, Decimal::from_parts(static_cast<std::int64_t>(5 + roll(roll(4) == 0 ? 90 : 30)), 2)});
        }
        for (auto left = 1 + roll(3); left > 0; --left) {
            const auto kind = kEvents[roll(4)];
            const auto often = kind == Kind::drop_stream ? 1 + roll(4) : 10 + roll(70);
            faults.add({kind, "", {}, milliseconds{300 + static_cast<std::int64_t>(roll(12'000))}, Decimal::from_parts(static_cast<std::int64_t>(often), 2)});
        }
    }
    if (roll(3) == 0) late_requests = 2 + roll(20);
    if (roll(20) == 0) signer.away = true;
    if (roll(25) == 0) store.full = true;
}

void Storm::harm() {
    later(seconds{10 + static_cast<std::int64_t>(roll(160))}, [this] { harm(); });
    if (calm) return;
    if (!life) return revive();
    const auto what = roll(14);
    if (what < 8) {
        kill_at = static_cast<std::int64_t>(roll(120));
        kill_loses_power = roll(2) == 0;
    } else if (what < 10) {
        folder.fail_at(static_cast<int>(roll(6)));
    } else if (what == 10 && !stepped && steps_clock) {
        // Set wrong, and the next time set right again.
        const milliseconds by{off != milliseconds{0} ? -off : milliseconds{(roll(2) == 0 ? 1 : -1) * static_cast<std::int64_t>(500 + roll(40'000))}};
        off = off + by;
        clock.step_wall(by);
        stepped = true;
        ++clock_steps;
        // The next test of the connections measures it.
        later(seconds{20 + static_cast<std::int64_t>(roll(60))}, [this, by] {
            offset = offset - by;
            stepped = false;
            tell_connections();
        });
    }
    if (what >= 12 && life->trader.checkpoint_due(200'001)) life->performer.checkpoint();
    revive();
}

void Storm::revive() {
    later(seconds{1 + static_cast<std::int64_t>(roll(20))}, [this] {
        if (life) return;
        begin();
        if (!life) revive();
    });
}

void Storm::send_a_signal() {
    later(milliseconds{static_cast<std::int64_t>(roll(16'000)) / (weather ? 1 : 8)}, [this] { send_a_signal(); });
    if (calm || !life) return;
    const auto& bot = bots[roll(bots.size())];
    trading::Signal signal;
    signal.strategy = bot.settings.name;
    signal.pair = bot.settings.pairs[roll(bot.settings.pairs.size())];
    signal.direction = bot.settings.allow_short && roll(3) == 0 ? trading::Direction::short_side : trading::Direction::long_side;
    const auto kind = roll(20);
    signal.kind = kind < 15 ? SignalKind::entry : kind < 18 ? SignalKind::add : SignalKind::exit;
    signal.source = roll(10) == 0 ? trading::SignalSource::manual : trading::SignalSource::hook;
    signal.time = clock.wall();
    if (roll(25) == 0) signal.time = signal.time - seconds{250 + static_cast<std::int64_t>(roll(200))};
    if (roll(40) == 0) signal.time = signal.time + seconds{20 + static_cast<std::int64_t>(roll(30))};
    if (roll(4) != 0) signal.id = "s" + std::to_string(++signals);
    deliver(bot, signal);
    const auto& product = line_named(bot.settings.connection).product;
    const auto base = market::Symbol::parse(signal.pair)->base;
    for (const int after : {0, 1500, 4000, 7000})
        later(milliseconds{after}, [this, product, base] { poll_quote(product, base); });
    // Whoever sends it got no answer, or sends everything twice.
    if (roll(8) == 0) later(milliseconds{static_cast<std::int64_t>(roll(90'000))}, [this, &bot, signal] { deliver(bot, signal); });
    if (roll(50) == 0) event([&](engine::Now now, engine::Trader& trader) {
        const trading::FieldError why{{}, trading::Fault::no_json, {}};
        if (const auto* strategy = trader.find_strategy(bot.id)) static_cast<void>(trader.receive_malformed(now, *strategy, why));
    });
}

void Storm::deliver(const Bot& bot, const trading::Signal& signal) {
    if (!life) return;
    ++delivered;
    event([&](engine::Now now, engine::Trader& trader) {
        if (const auto* strategy = trader.find_strategy(bot.id)) static_cast<void>(trader.receive(now, *strategy, signal));
    });
}

const StormLine& Storm::line_named(const std::string& name) const {
    // Of several of a name the last: the one before was removed.
    return *std::find_if(lines.rbegin(), lines.rend(), [&](const StormLine& one) { return one.name == name; });
}

void Storm::act_by_hand() {
    later(seconds{5 + static_cast<std::int64_t>(roll(50))}, [this] { act_by_hand(); });
    settle_differences();
    if (calm || hands_off || !life) return;
    const auto what = roll(40);
    if (what < 12) on_a_group(what);
    else if (what < 16) switch_a_mode(static_cast<trading::Mode>(roll(4)));
    else if (what < 19) switch_a_mode(trading::Mode::normal);
    else if (what < 21) {
        const auto id = bots[roll(bots.size())].id;
        if (!event([&](engine::Now now, engine::Trader& trader) { return trader.disable(now, id); })) return;
        forbid(id + "/off", "its strategy was switched off");
        undo(seconds{30}, [this, id](engine::Now now, engine::Trader& trader) {
            forbids.erase(id + "/off");
            return trader.enable(now, id).has_value();
        });
    } else if (what == 21) {
        if (const auto& line = lines[roll(lines.size())]; !line.gone) sell_by_hand(line);
    } else if (what < 25) {
        change_settings(bots[roll(bots.size())]);
    }
}

void Storm::change_settings(Bot& bot) {
    auto settings = bot.settings;
    settings.exit.take_profit_pct = Decimal::from_parts(static_cast<std::int64_t>(5 + roll(20)), 1);
    settings.add_on.zone_step_pct = Decimal::from_parts(static_cast<std::int64_t>(6 + roll(8)), 1);
    const auto more = std::min<std::int64_t>(2, bot.more_add_ons + static_cast<std::int64_t>(roll(2)));
    settings.add_on.max = *bot.settings.add_on.max + more;
    if (settings.futures.leverage) settings.futures.leverage = Decimal{static_cast<std::int64_t>(2 + roll(2))};
    if (roll(3) == 0) settings.recovery.pro_connection.reset();
    event([&](engine::Now now, engine::Trader& trader) {
        if (!trader.change_strategy(now, bot.id, settings)) return;
        bot.more_add_ons = more;
        ++changed;
    });
}

void Storm::on_a_group(std::uint64_t what) {
    std::vector<engine::GroupNumber> numbers;
    for (const auto& [number, group] : life->trader.groups()) numbers.push_back(number);
    if (numbers.empty()) return;
    const auto number = numbers[roll(numbers.size())];
    event([&](engine::Now now, engine::Trader& trader) {
        if (what < 3) static_cast<void>(trader.release(now, number));
        else if (what < 5) static_cast<void>(trader.put_in_recovery(now, number));
        else if (what < 8) static_cast<void>(trader.close(now, number, "user"));
    });
}

void Storm::switch_a_mode(trading::Mode mode) {
    if (mode == trading::Mode::close_now && roll(4) != 0) mode = trading::Mode::exit_only;
    const auto where = roll(8);
    const auto span = seconds{20 + static_cast<std::int64_t>(roll(90))};
    const bool forbids_now = mode != trading::Mode::normal;
    if (where == 0) {
        mode_of_all = mode;
        event([&](engine::Now now, engine::Trader& trader) { trader.set_mode(now, mode); });
        forbids_now ? forbid("all", "nothing was to be opened anywhere") : allow("all");
        undo(span, [this](engine::Now now, engine::Trader& trader) {
            forbids.erase("all");
            trader.set_mode(now, mode_of_all = trading::Mode::normal);
            return true;
        });
    } else if (where < 4) {
        const auto id = lines[roll(lines.size())].id;
        modes[id] = mode;
        event([&](engine::Now now, engine::Trader& trader) { trader.set_connection_mode(now, id, mode); });
        forbids_now ? forbid(id, "nothing was to be opened on its connection") : allow(id);
        undo(span, [this, id](engine::Now now, engine::Trader& trader) {
            forbids.erase(id);
            trader.set_connection_mode(now, id, modes[id] = trading::Mode::normal);
            return true;
        });
    } else {
        const auto id = bots[roll(bots.size())].id;
        if (!event([&](engine::Now now, engine::Trader& trader) { return trader.set_mode(now, id, mode); })) return;
        forbids_now ? forbid(id, "its strategy was to open nothing") : allow(id);
        undo(span, [this, id](engine::Now now, engine::Trader& trader) {
            forbids.erase(id);
            return trader.set_mode(now, id, trading::Mode::normal).has_value();
        });
    }
}

std::string Storm::forbidden(const engine::GroupTerms& terms) {
    for (const auto& whom : {std::string{"all"}, terms.connection, terms.strategy, terms.strategy + "/off"})
        if (const auto found = forbids.find(whom); found != forbids.end() && clock.true_time() - found->second.first > seconds{2}) return found->second.second;
    return {};
}

void Storm::undo(milliseconds after, std::function<bool(engine::Now, engine::Trader&)> what) {
    later(after, [this, what] {
        const bool done = life && event([&](engine::Now now, engine::Trader& trader) { return what(now, trader); });
        if (!done) undo(seconds{5}, what);
    });
}

void Storm::sell_by_hand(const StormLine& line) {
    advance();
    auto& account = truth(line);
    for (auto* order : account.orders) {
        if (!order->is_open() || order->waiting || order->request.time_in_force != market::TimeInForce::gtc) continue;
        simulator::NewOrder sale;
        sale.symbol = order->instrument->symbol;
        sale.side = order->request.side;
        sale.type = market::OrderType::market;
        sale.quantity = round_to_step(order->remaining() * Decimal::from_parts(4, 1), order->instrument->quantity_step, Rounding::down);
        sale.reduce_only = order->request.reduce_only;
        static_cast<void>(exchange(line.product).cancel(account, *order));
        const auto before = account.orders.size();
        if (sale.quantity->is_positive()) static_cast<void>(exchange(line.product).place(account, sale));
        for (auto at = before; at < account.orders.size(); ++at) judge.by_hand.insert(account.orders[at]);
        ++sales;
        return look();
    }
}

void Storm::settle_differences() {
    if (!life) return;
    std::vector<engine::GroupNumber> differing;
    for (const auto& [number, group] : life->trader.groups())
        if (group->difference() || group->average_difference()) differing.push_back(number);
    for (const auto number : differing) {
        if (!life || roll(3) != 0) continue;
        const bool adopts = roll(4) != 0;
        event([&](engine::Now now, engine::Trader& trader) { static_cast<void>(adopts ? trader.adopt_difference(now, number) : trader.ignore_difference(now, number)); });
    }
}

void Storm::end() {
    // Balances are asked for once a minute, and what was sold by hand has to differ twice: that is no fault, and no part of the two minutes.
    hands_off = true;
    for (const auto& [where, first] : listings) relist(where.first, where.second, milliseconds{500}, [](auto& listed) { listed.api_tradable = true; });
    if (weather) run(seconds{60});
    calm = true;
    for (const char* name : {"mexc", "kucoin"}) world->exchange(name)->faults().clear();
    signer.away = store.full = false;
    late_requests = 0;
    kill_at = -1;
    folder.fail_at(-1);
    if (!life) begin();
    if (stepped) run(seconds{90});
    // The looks of the weather's last minute may all have been lost.
    if (sales > 0) run(seconds{60});
    run(seconds{120});
    if (!life) complain("there is no process");
    if (life) look_at_history();
    judge.settle();
    if (store.alarm_counts.contains("BOOKS_OUT_OF_RANGE")) complain("a group's books could not be made of its fills");
    for (const auto& said : store.moved) complain("money that never moved was said to have: " + said);
    for (const auto& id : store.strangers)
        if (std::none_of(judge.by_hand.begin(), judge.by_hand.end(), [&](const auto* order) { return order->id == id; })) complain("an own order was taken for a stranger's: " + id);
}

void Storm::look_at_history() {
    const auto& open = life->trader.groups();
    const auto last = std::max(store.ends.empty() ? 0 : store.ends.rbegin()->first, open.empty() ? 0 : open.rbegin()->first);
    for (std::uint64_t number = 1; number <= last; ++number)
        if (!open.contains(number) && !store.ends.contains(number)) complain("group " + std::to_string(number) + " is over and not in the history");
}

}  // namespace bf::test
