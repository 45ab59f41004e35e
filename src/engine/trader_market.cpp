#include "base/printable.hpp"
#include "base/utc.hpp"
#include "engine/paper_name.hpp"
#include "engine/trader_parts.hpp"
#include "exchange/remark.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using What = GroupChange::What;

Decimal held_of(const LiveGroup& group) { return group.facts().books.held() + group.tolerated(); }

/// The exchange's, if it goes the group's way: one that was turned round by hand is nothing of the group's.
const market::Position* position_of(const Wallet& wallet, const LiveGroup& group) {
    const auto found = wallet.positions.find(group.terms().symbol);
    if (found == wallet.positions.end() || found->second.side.value_or(group.terms().direction) != group.terms().direction) return nullptr;
    return &found->second;
}

/// A unified account's list has its money without open profit instead.
bool tells_futures_equity(const Account& account) {
    return account.market == market::Market::futures && account.account_mode == exchange::AccountMode::classic;
}

}  // namespace

void Trader::on_instrument(Now now, Venue venue, const market::Instrument& instrument, const trading::InstrumentFacts& facts) {
    if (!instrument.symbol) return;
    auto& market = markets_[{venue, *instrument.symbol}];
    // Open again by the list: what was refused before says nothing about now.
    if (facts.tradable && market.instrument && !market.listed_tradable && market.refused) market.refused->until = now.steady;
    const bool listed_anew = !market.instrument || facts.tradable != market.listed_tradable;
    market.instrument = facts;
    merge_tiers(venue, *instrument.symbol, market);
    market.listed_tradable = facts.tradable;
    if (market.refused && market.refused->until > now.steady) market.instrument->tradable = false;
    const auto limits = InstrumentLimits::of(instrument);
    const bool changed = limits != std::exchange(market.limits, limits) || listed_anew;
    if (changed && loaded_)
        each_of(market.groups, [&](LiveGroup& group) {
            group.try_again();
            refresh(now, group);
        });
    work_off(now);
}

std::optional<ports::PriceReference> Trader::reference_of(std::string_view connection, const exchange::Call& call) const {
    const bool places = call.operation == exchange::Operation::place_order || call.operation == exchange::Operation::place_stop;
    const auto* state = places ? find_connection(connection) : nullptr;
    const auto* market = state == nullptr || !call.symbol ? nullptr : market_of(state->account.venue(), *call.symbol);
    if (market == nullptr || !market->quote) return std::nullopt;
    const auto& quote = *market->quote;
    return ports::PriceReference{(quote.bid + quote.ask) * "0.5"_d, quote.confirmed_at};
}

void Trader::refuse_pair(Now now, const LiveGroup& group, const Refusal& why) {
    auto* market = group.care().market;
    // What a paper exchange refuses says nothing about the real one.
    if (market == nullptr || !market->instrument || is_paper(group.terms().connection)) return;
    const auto pair = group.terms().symbol.to_string();
    alarm(now, Severity::warning, "PAIR_REFUSED", pair + ": the exchange refuses orders of a pair that it lists as tradable (" + words_of(why, exchange::Language::en) + "). Nothing is opened on it for an hour, then it is tried again.",
          pair + ": de exchange weigert orders van een paar dat zij als verhandelbaar opgeeft (" + words_of(why, exchange::Language::nl) + "). Er wordt een uur niets op geopend, daarna wordt het weer geprobeerd.",
          group.terms().connection, group.number());
    market->refused = PairRefusal{now.wall, why, now.steady + kPairAgain};
    market->instrument->tradable = false;
    std::erase(refused_, market);
    refused_.push_back(market);
}

void Trader::learn(Now now, const Order& order, const Observation& observation) {
    const auto& plan = order.plan();
    const auto* connection = find_connection(plan.connection);
    if (connection == nullptr || is_paper(plan.connection)) return;
    const OrderEvidence::Key key{connection->account.venue(), plan.symbol};
    const auto form = form_of(plan);
    bool news = false;
    if (std::holds_alternative<OrderAccepted>(observation) || std::holds_alternative<OrderResolved>(observation)) news = evidence_.note_accepted(key, form, now.wall);
    const auto* finished = std::get_if<OrderFinished>(&observation);
    const bool by_the_exchange = finished != nullptr && (finished->end == End::refused || finished->end == End::rejected);
    if (by_the_exchange && finished->refusal) news = evidence_.note_refused(key, form, now.wall, *finished->refusal);
    if (news) orders_.append(kOrderEvidence, evidence_.to_record(key, form));
}

void Trader::tell_evidence(std::vector<StrategyProblem>& found, Venue venue, const market::Symbol& symbol, bool closed) const {
    constexpr std::array<std::string_view, 4> kEnglish{"limit", "immediate-or-cancel", "market", "stop"};
    constexpr std::array<std::string_view, 4> kDutch{"limietorder", "immediate-or-cancel-order", "marktorder", "stoporder"};
    const auto* forms = evidence_.find(venue, symbol);
    if (forms == nullptr) return;
    for (std::size_t i = 0; i < forms->size(); ++i) {
        const auto& one = (*forms)[i];
        // Without a stop at the exchange a group still has BackFuture's own.
        const bool stops_it = one.is_closed() && static_cast<OrderForm>(i) != OrderForm::stop;
        if (!one.holds() || stops_it != closed) continue;
        const auto& why = one.refused->why;
        const auto words = [&](exchange::Language language) {
            if (why.words.empty()) return why.exchange_code;
            return why.exchange_code + (why.exchange_code.empty() ? "" : ": ") + exchange::clause(why.words, language);
        };
        const auto pair = symbol.to_string(), at = utc_text(one.refused->at);
        found.push_back({trading::Code::instrument_halted, "pairs",
                         pair + ": the exchange refused the last " + std::string{kEnglish[i]} + " order of this pair, at " + at + " (UTC) (" + words(exchange::Language::en) + ")." + (closed ? " It is left alone for an hour after that." : " None was taken since."),
                         pair + ": de exchange weigerde de laatste " + std::string{kDutch[i]} + " van dit paar, om " + at + " (UTC) (" + words(exchange::Language::nl) + ")." + (closed ? " Het wordt daarna een uur met rust gelaten." : " Sindsdien is er geen aangenomen.")});
    }
}

std::vector<StrategyProblem> Trader::doubts(const trading::Settings& settings) const {
    std::vector<StrategyProblem> found;
    const auto* connection = account_of(settings);
    if (connection == nullptr) return found;
    for (const auto& pair : settings.pairs)
        if (const auto symbol = market::Symbol::parse(pair)) tell_evidence(found, connection->account.venue(), *symbol, false);
    return found;
}

void Trader::reopen_pairs(Now now) {
    evidence_.age(now.wall);
    while (!refused_.empty() && refused_.front()->refused->until <= now.steady) {
        auto& market = *refused_.front();
        market.instrument->tradable = market.listed_tradable;
        refused_.pop_front();
    }
}

void Trader::on_quote(Now now, Venue venue, const market::Symbol& symbol, const trading::Quote& quote) {
    auto& market = markets_[{venue, symbol}];
    const bool moved = !market.quote || market.quote->bid != quote.bid || market.quote->ask != quote.ask || market.quote->mark != quote.mark;
    // A close may have waited for it.
    const bool was_old = !market.quote || now.wall - market.quote->confirmed_at > trading::kPriceAge;
    market.quote = quote;
    if (moved || was_old)
        each_of(market.groups, [&](LiveGroup& group) {
            count_worth(group);
            // A close goes through the price of now; what rests does not move with it.
            if (!group.closing_why().empty()) refresh(now, group);
            evaluate(now, group);
        });
    if (!pending_.empty()) consider_those_of(now, symbol);
    work_off(now);
}

void Trader::on_candle(Now now, Venue venue, const market::Symbol& symbol, const market::Candle& closed) {
    // One that is corrected later is not the last one any more.
    auto& last = markets_[{venue, symbol}].last_candle;
    if (!last || closed.open_time >= last->open_time) last = closed;
    work_off(now);
}

void Trader::on_trend(Now now, Venue venue, const TrendNews& news) {
    auto& trends = markets_[{venue, news.key.symbol}].trends;
    const auto known = std::find_if(trends.begin(), trends.end(), [&](const auto& one) { return one.key == news.key; });
    if (known == trends.end())
        trends.push_back(news);
    else
        *known = news;
    if (news.signal) {
        const auto pair = news.key.symbol.to_string();
        for (const auto& [id, strategy] : strategies_) {
            const auto& settings = strategy.settings;
            if (!strategy.enabled || !settings.generator.enabled || TrendKey::of(news.key.symbol, settings.generator) != news.key) continue;
            const auto* connection = account_of(settings);
            if (connection == nullptr || connection->account.venue() != venue) continue;
            if (std::find(settings.pairs.begin(), settings.pairs.end(), pair) == settings.pairs.end()) continue;
            if (!trading::wants_trend(strategy.rules.protection, *news.signal)) continue;
            auto signal = trading::trend_signal(id, pair, *news.signal, news.candle, now.wall);
            if (auto kept = receive(now, strategy, std::move(signal)); !kept) setup_.listener.on_trouble(kept.error());
        }
        consider_those_of(now, news.key.symbol);
    }
    work_off(now);
}

std::set<TrendKey> Trader::trends_wanted(Venue venue, market::Market market) const {
    std::set<TrendKey> wanted;
    for (const auto& [id, strategy] : strategies_) {
        if (!strategy.enabled || !strategy.settings.generator.enabled || strategy.settings.market != market) continue;
        const auto* connection = account_of(strategy.settings);
        if (connection == nullptr || connection->account.venue() != venue) continue;
        for (const auto& pair : strategy.settings.pairs)
            if (const auto symbol = market::Symbol::parse(pair)) wanted.insert(TrendKey::of(*symbol, strategy.settings.generator));
    }
    for (const auto& [number, group] : groups_) {
        const auto* connection = find_connection(group->terms().connection);
        if (connection != nullptr && connection->account.venue() == venue && connection->account.market == market)
            wanted.insert(TrendKey::of(group->terms().symbol, generator_of(*group)));
    }
    return wanted;
}

void Trader::on_balances(Now now, const std::string& connection, const std::vector<market::Balance>& balances, bool whole) {
    auto& wallet = wallets_[connection];
    const auto* state = find_connection(connection);
    const bool tells_equity = whole && state != nullptr && tells_futures_equity(state->account);
    if (whole) wallet.assets.clear();
    for (const auto& balance : balances) {
        const auto total = balance.total.value_or(balance.free.value_or(Decimal{}) + balance.locked.value_or(Decimal{}));
        const auto free = balance.free.value_or(total);
        auto& money = wallet.assets[balance.asset];
        money.free = free;
        money.locked = balance.locked.value_or(total - free);
        if (tells_equity) money.equity = balance.total;
        money.told = now.steady;
    }
    if (whole) wallet.whole = now.steady;
    wallet.balances_at = now.wall;
    wallet.heard = now.steady;
    check_agreement(now, connection, [&](const market::Symbol& symbol) {
        return whole || std::any_of(balances.begin(), balances.end(), [&](const auto& balance) { return balance.asset == symbol.base; });
    });
    work_off(now);
}

void Trader::on_positions(Now now, const std::string& connection, const std::vector<market::Position>& positions, bool whole) {
    auto& wallet = wallets_[connection];
    if (whole) wallet.positions.clear();
    for (const auto& position : positions) {
        if (!position.symbol) continue;
        if (position.quantity && position.quantity->is_zero())
            wallet.positions.erase(*position.symbol);
        else
            wallet.positions[*position.symbol] = position;
    }
    wallet.positions_at = now.wall;
    wallet.heard = now.steady;
    const auto concerns = [&](const market::Symbol& symbol) {
        return whole || std::any_of(positions.begin(), positions.end(), [&](const auto& position) { return position.symbol == symbol; });
    };
    each_on(connection, [&](LiveGroup& group) {
        if (!group.is_futures() || !concerns(group.terms().symbol)) return;
        if (group.set_exchange_figures(position_of(wallet, group))) refresh(now, group);
    });
    check_agreement(now, connection, concerns);
    each_on(connection, [&](LiveGroup& group) {
        if (group.is_futures() && concerns(group.terms().symbol)) look_at_average(now, group, position_of(wallet, group));
    });
    work_off(now);
}

void Trader::look_at_average(Now now, LiveGroup& group, const market::Position* position) {
    auto& care = group.care();
    const auto& facts = group.facts();
    const auto& books = facts.books;
    const auto& fills = group.fills();
    if (group.is_over() || group.difference()) return care.average_off.reset();
    // Of entries alone an average is the same by anybody's way of counting. What an exit does to the exchange's is not documented everywhere.
    const bool entries_alone = std::none_of(fills.begin(), fills.end(), [](const auto& fill) { return fill.exit; }) && group.tolerated().is_zero() &&
                               std::none_of(group.changes().begin(), group.changes().end(), [](const auto& one) { return one.what == What::adopted && one.fact("worth").empty(); });
    const bool comparable = position != nullptr && position->entry_price && position->quantity && !facts.order_in_flight && !books.empty() && entries_alone &&
                            abs(*position->quantity - books.held()) < std::max(group.terms().limits.quantity_step, Decimal::from_parts(1, 18));
    const auto& step = group.limits().price_step;
    const auto expected = comparable ? group.expected_average() : trading::Number::out_of_range();
    // What can't be compared proves nothing, either way.
    if (!expected.known() || !step.is_positive()) return care.average_off.reset();
    const auto off = trading::Number{*position->entry_price} - expected;
    // An exchange tells its average rounded to its own step of prices, and none says which way.
    if (off <= step && -off <= step) {
        care.average_off.reset();
        if (!group.average_difference()) return;
        change(now, group, What::agreed, {});
        return refresh(now, group);
    }
    if (group.average_difference()) return;
    if (!care.average_off) care.average_off = now.steady;
    const auto left = *care.average_off + kDisagreeFor - now.steady;
    if (left.count() > 0) return setup_.listener.on_doubt(now, group.terms().connection, &group.terms().symbol, std::chrono::ceil<milliseconds>(left));
    care.average_off.reset();
    const auto worth = (off * books.entered()).decimal();
    if (!worth) return;
    const auto as_of = now.wall + (care.connection == nullptr ? milliseconds{0} : care.connection->clock_offset);
    const auto pair = group.terms().symbol.to_string(), told = position->entry_price->to_string(), ours = expected.value().to_fixed(8, Rounding::down);
    change(now, group, What::average, {{"expected", ours}, {"found", told}, {"worth", worth->to_string()}, {"as_of", std::to_string(as_of.ms())}});
    alarm(now, Severity::critical, "GROUP_DESYNC",
          pair + ": the exchange says that the position was entered at " + told + " on average; by the group's own orders it is " + ours +
              ". Somebody may have traded in it besides. Nothing is added until you adopt the exchange's average or ignore the difference.",
          pair + ": volgens de exchange is de positie gemiddeld op " + in_dutch(told) + " ingenomen; volgens de orders van de groep is het " + in_dutch(ours) +
              ". Misschien is er daarnaast in gehandeld. Er wordt niets bijgekocht tot je het gemiddelde van de exchange overneemt of het verschil negeert.",
          group.terms().connection, group.number());
    refresh(now, group);
}

void Trader::on_money_set(const std::string& connection, const std::string& asset) {
    const AccountKey account{connection, asset};
    brakes_.forget(account);
    orders_.append(kEquityForgotten, to_record(account));
}

std::optional<Decimal> Trader::equity_of(const ConnectionState& connection, const std::string& quote_asset) const {
    const auto* wallet = wallet_of(connection.account.connection);
    if (wallet == nullptr || !wallet->balances_at) return std::nullopt;
    const auto money = wallet->assets.find(quote_asset);
    // An account that has nothing of an asset may have no row of it.
    if (tells_futures_equity(connection.account)) return money == wallet->assets.end() ? std::optional{Decimal{}} : money->second.equity;
    std::optional<Decimal> equity = money == wallet->assets.end() ? Decimal{} : money->second.free + money->second.locked;
    if (connection.account.market == market::Market::futures) {
        for (const auto& [symbol, position] : wallet->positions)
            if (equity && symbol.settle == quote_asset) equity = Decimal::sum(*equity, position.unrealized_pnl.value_or(Decimal{}));
        return equity;
    }
    // The wallet paid for the coins of every connection's groups.
    std::optional<Decimal> held{Decimal{}};
    each_of_wallet(connection.account.connection, [&](const std::string& id) {
        const auto of_one = worth_.of(id, quote_asset);
        held = held && of_one ? Decimal::sum(*held, *of_one) : std::nullopt;
    });
    return held ? Decimal::sum(*equity, *held) : std::nullopt;
}

void Trader::check_agreement(Now now, const std::string& connection, const std::function<bool(const market::Symbol&)>& concerns) {
    const auto* wallet = wallet_of(connection);
    const auto* state = find_connection(connection);
    if (wallet == nullptr || state == nullptr) return;
    const bool futures = state->account.market == market::Market::futures;
    if (futures ? !wallet->positions_at : !wallet->balances_at) return;
    // On spot all groups of a coin share what the account has of it, over whichever connection; the user's own coins may lie there too.
    std::map<std::string, Decimal> held;
    if (!futures)
        each_of_wallet(connection, [&](const std::string& id) {
            each_on(id, [&](LiveGroup& group) {
                if (concerns(group.terms().symbol)) held[group.terms().symbol.base] += held_of(group);
            });
        });
    each_on(connection, [&](LiveGroup& group) {
        const auto& symbol = group.terms().symbol;
        if (!concerns(symbol)) return;
        if (futures) {
            const auto* there = position_of(*wallet, group);
            const auto position = there == nullptr ? Decimal{} : there->quantity.value_or(Decimal{});
            judge(now, group, position, abs(held_of(group) - position) < std::max(group.terms().limits.quantity_step, Decimal::from_parts(1, 18)));
        } else {
            const auto money = wallet->assets.find(symbol.base);
            const auto there = money == wallet->assets.end() ? Decimal{} : money->second.free + money->second.locked;
            const auto missing = held[symbol.base] - there;
            judge(now, group, std::max(held_of(group) - missing, Decimal{}), missing < std::max(group.terms().limits.quantity_step, Decimal::from_parts(1, 18)));
        }
    });
}

void Trader::judge_sharers(Now now, const LiveGroup& group) {
    if (group.is_futures()) return;
    const auto& terms = group.terms();
    check_agreement(now, terms.connection, [base = terms.symbol.base](const market::Symbol& symbol) { return symbol.base == base; });
}

void Trader::judge(Now now, LiveGroup& group, const Decimal& found, bool agrees) {
    const auto number = group.number();
    const auto expected = held_of(group);
    if (group.note_missing(group.facts().books.held() - found)) refresh(now, group);
    if (group.is_over()) return;
    if (agrees) {
        group.care().disagrees_since.reset();
        if (!group.difference()) return;
        change(now, group, What::agreed, {});
        return refresh(now, group);
    }
    auto& since = group.care().disagrees_since;
    // While an order of it is on its way the two are told at different moments. One that was decided about begins anew.
    if (group.facts().order_in_flight || group.difference()) {
        since.reset();
        if (!group.difference()) setup_.listener.on_doubt(now, group.terms().connection, &group.terms().symbol, kInFlightLook);
        return;
    }
    if (!since) {
        since = now.steady;
        // A fill that was not told yet is the likeliest reason.
        auto& reconciled = wallets_[group.terms().connection].reconciled;
        if (!reconciled || now.steady - *reconciled >= kReconcileEvery) {
            reconciled = now.steady;
            orders_.reconcile(now, group.terms().connection);
        }
    }
    // Looked at again as soon as it counts, not when the next look is due anyway.
    if (now.steady - *since < kDisagreeFor) {
        const auto left = std::chrono::ceil<milliseconds>(*since + kDisagreeFor - now.steady);
        return setup_.listener.on_doubt(now, group.terms().connection, &group.terms().symbol, left);
    }
    since.reset();
    const auto* connection = group.care().connection;
    const auto as_of = now.wall + (connection == nullptr ? milliseconds{0} : connection->clock_offset);
    change(now, group, What::desync, {{"expected", expected.to_string()}, {"found", found.to_string()}, {"as_of", std::to_string(as_of.ms())}});
    alarm(now, Severity::critical, "GROUP_DESYNC", group.terms().symbol.to_string() + ": the exchange holds " + found.to_string() + ", the group's books say " + expected.to_string() + ". Nothing is added until you adopt or ignore the difference.",
          group.terms().symbol.to_string() + ": de exchange heeft " + in_dutch(found.to_string()) + ", volgens de groep is het " + in_dutch(expected.to_string()) + ". Er wordt niets bijgekocht tot je het verschil overneemt of negeert.", group.terms().connection, number);
    refresh(now, group);
}

void Trader::arm_brakes() {
    brakes_.clear();
    for (const auto& [id, strategy] : strategies_) {
        std::string last_asset;
        for (const auto& pair : strategy.settings.pairs) {
            const auto symbol = market::Symbol::parse(pair);
            const auto& asset = symbol ? money_of(*symbol) : last_asset;
            if (asset == last_asset) continue;
            last_asset = asset;
            if (const auto* connection = account_of(strategy.settings)) brakes_.want({connection->account.connection, asset}, strategy.rules.protection);
            if (const auto* connection = account_of(strategy.settings, true)) brakes_.want({connection->account.connection, asset}, strategy.rules.protection);
        }
    }
}

bool Trader::is_settled(const ConnectionState& connection, const std::string& quote_asset) const {
    if (connection.account.market == market::Market::futures) return true;
    const auto& wallet = wallets_.at(connection.account.connection);
    const auto money = wallet.assets.find(quote_asset);
    const auto told = money == wallet.assets.end() ? wallet.whole : money->second.told;
    bool settled = true;
    each_of_wallet(connection.account.connection, [&](const std::string& id) {
        const auto filled = filled_.find(id);
        settled = settled && (filled == filled_.end() || filled->second <= told);
    });
    return settled;
}

void Trader::sample_equity(Now now) {
    for (const auto& account : brakes_.accounts()) {
        const auto* connection = find_connection(account.connection);
        const auto equity = connection == nullptr ? std::nullopt : equity_of(*connection, account.asset);
        if (!equity || !is_settled(*connection, account.asset)) continue;
        const EquitySample sample{now.wall, *equity};
        const auto noted = brakes_.note(account, sample);
        if (noted.worth_keeping) orders_.append(kEquity, to_record(account, sample));
        for (const auto* brake : noted.went_on) {
            const auto percent = (brake->drawdown().decimal().value_or(Decimal{}) * Decimal{100}).to_fixed(1, Rounding::down);
            alarm(now, Severity::critical, "BRAKE_ACTIVE",
                  "\"" + connection->name + "\" is worth " + percent + " % less than at its peak: strategies whose brake allows less than that open nothing new.",
                  "\"" + connection->name + "\" is " + in_dutch(percent) + " % minder waard dan op zijn hoogste punt: strategieën waarvan de rem minder toestaat openen niets nieuws.", account.connection, 0);
        }
    }
}

void Trader::alarm(Now now, Severity severity, std::string_view code, std::string english, std::string dutch, const std::string& connection, GroupNumber group) {
    ports::StoredAlarm stored{0, now.wall, false, {}};
    wire::JsonWriter out{stored.document};
    out.begin_object();
    // It goes to programs and mails, too; pairs, assets and reasons in it are an exchange's words.
    write_alarm(out, {severity, code, printable(english), printable(dutch), connection, group});
    out.end_object();
    alarms_.raise(now, std::move(stored));
}

}  // namespace bf::engine
