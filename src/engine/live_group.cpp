#include "engine/live_group.hpp"

#include "base/text.hpp"
#include "engine/exchange_rules.hpp"

#include <algorithm>
#include <limits>

namespace bf::engine {
namespace {

using trading::GroupState;

/// Whether an order holds its add-on's place: it may still fill, or it has.
bool holds_place(const Order& order) { return !order.finished() || order.booked().is_positive(); }

/// Sequence of what was adopted: after all that happened at its moment.
constexpr auto kAdopted = std::numeric_limits<std::uint64_t>::max();
/// Whether the exchange took it by itself: those stand behind the fills of all orders.
bool is_forced(const trading::BookedFill& fill, std::uint64_t last_ordered) { return fill.sequence > last_ordered && fill.sequence != kAdopted; }

/// How old an ended order is at least before it goes to the shelf.
constexpr milliseconds kIdleOrderKept{std::chrono::hours{1}};

/// Of a part of a fee, as books are carried.
constexpr int kFeeDigits = 18;

trading::InstrumentFacts facts_of(const InstrumentLimits& limits) {
    trading::InstrumentFacts facts;
    facts.price_step = limits.price_step;
    facts.quantity_step = limits.quantity_step;
    facts.min_quantity = limits.min_quantity;
    facts.min_notional = limits.min_notional;
    return facts;
}

}  // namespace

ExitKeeper::Terms LiveGroup::exit_terms(const GroupTerms& terms) {
    ExitKeeper::Terms exit;
    exit.connection = terms.connection;
    exit.symbol = terms.symbol;
    exit.side = terms.direction == trading::Direction::long_side ? market::Side::sell : market::Side::buy;
    exit.group = terms.number;
    exit.exit_leg = Leg{Leg::Kind::exit}.number();
    exit.close_leg = Leg{Leg::Kind::close}.number();
    exit.limits = terms.limits;
    if (terms.symbol.is_futures()) {
        exit.margin_mode = terms.settings.futures.margin_mode;
        exit.position_mode = terms.position_mode;
        exit.leverage = terms.leverage;
    }
    exit.slippage = Ratio{trading::percent(terms.settings.entry.max_slippage_pct)};
    return exit;
}

StopKeeper::Terms LiveGroup::stop_terms(const GroupTerms& terms) {
    const auto exit = exit_terms(terms);
    return {.connection = exit.connection, .symbol = exit.symbol, .side = exit.side, .group = exit.group, .leg = Leg{Leg::Kind::stop}.number(), .limits = exit.limits,
            .margin_mode = exit.margin_mode, .position_mode = exit.position_mode, .leverage = exit.leverage};
}

LiveGroup::LiveGroup(Orders& orders, GroupTerms terms)
    : orders_{orders}, terms_{std::move(terms)}, rules_{trading::make_rules(terms_.settings)}, instrument_{facts_of(terms_.limits)}, limits_{terms_.limits}, fees_{terms_.fees},
      exit_{orders, exit_terms(terms_)}, stop_{orders, stop_terms(terms_)} {
    facts_ = trading::new_group(terms_.direction, rules_.shape, terms_.base_order, terms_.equity, terms_.limits.quantity_step);
    derive_state();
}

void LiveGroup::keep_to(const InstrumentLimits& limits) {
    if (limits == limits_) return;
    limits_ = limits;
    exit_.keep_to(limits);
    stop_.keep_to(limits);
}

OrderPlan LiveGroup::plan(Leg leg, const trading::OrderPlan& order) const {
    OrderPlan plan;
    plan.connection = terms_.connection;
    plan.symbol = terms_.symbol;
    plan.side = order.side;
    plan.type = order.type;
    plan.quantity = order.quantity;
    plan.price = order.price;
    plan.time_in_force = market::TimeInForce::ioc;
    plan.reduce_only = order.reduce_only;
    if (is_futures()) {
        plan.margin_mode = terms_.settings.futures.margin_mode;
        plan.position_mode = terms_.position_mode;
        plan.leverage = terms_.leverage;
    }
    plan.purpose = leg.kind == Leg::Kind::entry ? Purpose::entry : Purpose::add_on;
    plan.group = terms_.number;
    plan.leg = leg.number();
    plan.limits = limits_;
    // Its price is of this moment: an order that could not leave by then is worth another look, not a late surprise.
    plan.send_within = seconds{5};
    return plan;
}

void LiveGroup::apply(const GroupChange& change) {
    using What = GroupChange::What;
    if (change.ordinal <= changes_.size()) return;
    changes_.push_back(change);
    switch (change.what) {
        case What::recovery:
            recovery_ = change;
            facts_.recovery_since = change.at;
            break;
        case What::released:
            recovery_.reset();
            facts_.recovery_since.reset();
            silence(change);
            break;
        case What::closing: closing_ = change.fact("reason"); break;
        case What::closed:
            over_ = change.fact("reason");
            ended_at_ = change.at;
            break;
        case What::desync: {
            const auto as_of = change.amount("as_of");
            average_difference_.reset();
            difference_ = Difference{change.amount("expected"), change.amount("found"), as_of.is_positive() ? Instant::from_ms(static_cast<std::int64_t>(as_of.mantissa())) : change.at};
            break;
        }
        case What::agreed:
            difference_.reset();
            average_difference_.reset();
            break;
        case What::average: {
            const auto as_of = parse_int(change.fact("as_of"));
            average_difference_ = AverageDifference{change.amount("expected"), change.amount("found"), change.amount("worth"), as_of ? Instant::from_ms(*as_of) : change.at};
            break;
        }
        case What::ignored:
            if (!change.fact("worth").empty()) {
                tolerated_worth_ += change.amount("worth");
                average_difference_.reset();
                break;
            }
            // On top of what was ignored before: that stood in what was expected.
            tolerated_ += change.amount("difference");
            difference_.reset();
            break;
        case What::adopted:
            if (!change.fact("worth").empty()) {
                if (average_difference_) moved_.push_back({average_difference_->as_of, change.amount("worth")});
                average_difference_.reset();
                break;
            }
            if (difference_) {
                // What was ignored before is no part of the books, as long as so much is there.
                tolerated_ = std::min(tolerated_, difference_->found);
                adopted_.push_back({difference_->as_of, change.amount("price"), difference_->found - tolerated_});
            }
            difference_.reset();
            break;
        case What::funding: {
            if (has_funding(change.fact("id"))) break;
            const auto settled = parse_int(change.fact("settled"));
            const Funding funding{std::string{change.fact("id")}, change.amount("amount"), settled ? Instant::from_ms(*settled) : change.at};
            funding_.insert(std::upper_bound(funding_.begin(), funding_.end(), funding, [](const auto& a, const auto& b) { return a.at < b.at; }), funding);
            break;
        }
        case What::fee_rates: fees_ = {change.amount("maker"), change.amount("taker")}; break;
        case What::forced: {
            const auto kind = market::parse<market::Forced>(change.fact("kind"));
            if (!kind || has_forced(change.fact("trade"))) break;
            const auto traded = parse_int(change.fact("traded"));
            const market::Amount fee{std::string{change.fact("asset")}, change.amount("fee")};
            const BookedFill fill{std::string{change.fact("trade")}, change.amount("price"), change.amount("quantity"), fee, std::nullopt, traded ? Instant::from_ms(*traded) : change.at};
            forced_.push_back({*kind, std::string{change.fact("order")}, fill});
            break;
        }
        case What::orphaned: orphaned_ = change; break;
        case What::taken_up: orphaned_.reset(); break;
        case What::funding_missed:  // Both stand in changes(); nothing follows from them.
        case What::too_small: break;
        case What::fee_value: fee_values_[std::string{change.fact("trade")}] = change.amount("value"); break;
    }
    rebuild();
}

void LiveGroup::silence(const GroupChange& release) {
    const auto held = parse_int(release.fact("held"));
    const auto adverse = Decimal::parse(release.fact("adverse"));
    if (held && adverse)
        watch_.released({.adverse_move = *adverse, .load = {}, .used_add_ons = 0, .held = static_cast<std::uint8_t>(*held)});
    else
        watch_.released_unseen();
}

std::vector<std::pair<std::string, std::string>> release_facts(const char* by, const std::optional<trading::TriggerFigures>& figures) {
    std::vector<std::pair<std::string, std::string>> facts{{"by", by}};
    if (figures && figures->adverse_move.known()) facts.insert(facts.end(), {{"held", std::to_string(figures->held)}, {"adverse", figures->adverse_move.value().to_string()}});
    return facts;
}

trading::FillFee LiveGroup::fee_of(const BookedFill& fill) const {
    if (!fill.fee) return {};
    if (fill.fee->asset == terms_.symbol.quote) return {trading::FeeAsset::quote, fill.fee->amount, fill.fee->amount};
    if (fill.fee->asset == terms_.symbol.base) return {trading::FeeAsset::base, fill.fee->amount, {}};
    const auto value = fee_values_.find(fill.trade_id);
    return {trading::FeeAsset::third, fill.fee->amount, value == fee_values_.end() ? Decimal{} : value->second};
}

/// The account may hold more than the group does: of what the exchange took by itself the group bears what it held then, with that part of the fee.
void LiveGroup::bear_forced(std::uint64_t last_ordered) {
    forced_last_.reset();
    if (forced_.empty()) return;
    Decimal held;
    for (auto& fill : fills_) {
        const auto whole = fill.quantity;
        if (is_forced(fill, last_ordered) && held < whole) {
            fill.quantity = std::max(held, Decimal{});
            for (auto* amount : {&fill.fee.amount, &fill.fee.quote_value}) {
                const auto part = Decimal::product(*amount, fill.quantity, Rounding::up);
                *amount = part ? Decimal::quotient(*part, whole, kFeeDigits, Rounding::up).value_or(*amount) : *amount;
            }
        }
        held += fill.exit ? -fill.quantity : fill.quantity;
    }
    std::erase_if(fills_, [](const auto& fill) { return fill.quantity.is_zero(); });
    const auto last = std::find_if(fills_.rbegin(), fills_.rend(), [](const auto& fill) { return fill.exit; });
    if (last != fills_.rend() && is_forced(*last, last_ordered)) forced_last_ = forced_[last->sequence - last_ordered - 1].kind;
}

bool LiveGroup::adopted_last() const {
    const auto last = std::find_if(fills_.rbegin(), fills_.rend(), [](const auto& fill) { return fill.exit; });
    return last != fills_.rend() && last->sequence == kAdopted;
}

trading::Number LiveGroup::expected_average() const {
    const auto& books = facts_.books;
    return books.empty() ? trading::Number::out_of_range() : divide_down(trading::Number{books.notional()} + tolerated_worth_, books.entered());
}

bool LiveGroup::has_forced(std::string_view trade) const {
    return std::any_of(forced_.begin(), forced_.end(), [&](const auto& one) { return one.fill.trade_id == trade; });
}

/// Fills from before the difference was found that were told only later explain a part of it: what was adopted is what is left of it.
void LiveGroup::book_adopted(std::uint64_t last_ordered) {
    for (const auto& adopted : adopted_) {
        Decimal held;
        const auto after = std::find_if(fills_.begin(), fills_.end(), [&](const auto& fill) { return fill.at > adopted.at; });
        for (auto fill = fills_.begin(); fill != after; ++fill) {
            const auto out = is_forced(*fill, last_ordered) ? std::min(fill->quantity, std::max(held, Decimal{})) : fill->quantity;
            held += fill->exit ? -out : fill->quantity - (fill->fee.asset == trading::FeeAsset::base ? fill->fee.amount : Decimal{});
        }
        // What left the group later than it can have held anything left it before: our clock was wrong when the difference was found.
        auto after_all = adopted.held;
        for (auto fill = after; fill != fills_.end(); ++fill)
            if (!is_forced(*fill, last_ordered)) after_all += fill->exit ? -fill->quantity : fill->quantity;
        const auto change = adopted.held - held - std::min(after_all, Decimal{});
        if (change.is_zero()) continue;
        fills_.insert(after, {change.is_negative(), adopted.price, abs(change), {}, adopted.at, kAdopted});
    }
}

bool LiveGroup::rebuild() {
    fills_.clear();
    facts_.add_ons = facts_.deepest_zone = facts_.recovery_add_ons = 0;
    facts_.open_entries = {};
    entry_unfinished_ = stop_sold_ = false;
    std::uint64_t sequence = 0;
    for (const auto number : order_numbers_) {
        const auto* order = orders_.find_whole(number);
        if (order == nullptr) continue;
        const bool exits = lessens(order->plan().purpose);
        const auto leg = Leg::of(order->plan().leg);
        for (const auto& fill : order->fills()) fills_.push_back({exits, fill.price, fill.quantity, fee_of(fill), fill.at, ++sequence});
        if (order->plan().purpose == Purpose::stop && order->booked().is_positive()) stop_sold_ = true;
        if (exits) continue;
        if (!order->finished()) {
            entry_unfinished_ = true;
            facts_.open_entries += order->working() * order->plan().price.value_or(Decimal{});
        }
        if (!holds_place(*order)) continue;
        facts_.add_ons += leg.kind == Leg::Kind::add_on ? 1 : 0;
        facts_.recovery_add_ons += leg.kind == Leg::Kind::recovery_add_on ? 1 : 0;
        facts_.deepest_zone = std::max(facts_.deepest_zone, leg.zone);
    }
    const auto last_ordered = sequence;
    for (const auto& [kind, order, fill] : forced_) fills_.push_back({true, fill.price, fill.quantity, fee_of(fill), fill.at, ++sequence});
    std::stable_sort(fills_.begin(), fills_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    book_adopted(last_ordered);
    bear_forced(last_ordered);
    const auto books = fold();
    if (books) facts_.books = *books;
    take_margin();
    derive_state();
    return books.has_value();
}

bool LiveGroup::set_exchange_figures(const market::Position* position) {
    facts_.exchange_liquidation = position == nullptr ? std::nullopt : position->liquidation_price;
    margin_.reset();
    if (position != nullptr && position->margin && position->quantity) margin_ = Margin{*position->quantity, *position->margin};
    const auto before = facts_.exchange_margin;
    take_margin();
    return facts_.exchange_margin != before;
}

void LiveGroup::take_margin() {
    const bool of_group = margin_ && abs(margin_->quantity - facts_.books.held()) < std::max(terms_.limits.quantity_step, Decimal::from_parts(1, 18));
    facts_.exchange_margin = of_group ? std::optional{margin_->amount} : std::nullopt;
}

/// Funding goes into what was held when it was settled: an exit after it takes its share of it along.
Result<trading::Books> LiveGroup::fold() const {
    trading::Books books{terms_.direction, terms_.limits.quantity_step};
    auto next = funding_.begin();
    const auto settle = [&](const auto& until) -> Status {
        for (; next != funding_.end() && until(next->at); ++next) BF_TRY_VOID(books.add_funding(next->amount));
        return {};
    };
    auto moved = moved_.begin();
    const auto move = [&](const auto& until) -> Status {
        for (; moved != moved_.end() && until(moved->at); ++moved)
            if (!books.empty()) BF_TRY_VOID(books.move_notional(moved->worth));
        return {};
    };
    for (const auto& fill : fills_) {
        BF_TRY_VOID(settle([&](Instant at) { return at < fill.at || (at == fill.at && fill.exit); }));
        BF_TRY_VOID(move([&](Instant at) { return at < fill.at; }));
        BF_TRY_VOID(books.add(fill));
    }
    BF_TRY_VOID(settle([](Instant) { return true; }));
    BF_TRY_VOID(move([](Instant) { return true; }));
    return books;
}

bool LiveGroup::has_funding(std::string_view id) const {
    return std::any_of(funding_.begin(), funding_.end(), [&](const auto& one) { return one.id == id; });
}

Decimal LiveGroup::funding() const {
    Decimal sum;
    for (const auto& one : funding_) sum += one.amount;
    return sum;
}

std::optional<Instant> LiveGroup::last_funding_at() const { return funding_.empty() ? std::nullopt : std::optional{funding_.back().at}; }

Decimal LiveGroup::held_at(Instant at) const {
    Decimal before, with;
    for (const auto& fill : fills_) {
        if (fill.at > at) break;
        with += fill.exit ? -fill.quantity : fill.quantity;
        if (fill.at < at) before = with;
    }
    return std::max(before, with);
}

void LiveGroup::derive_state() {
    facts_.state = !over_.empty()       ? (over_ == market::to_string(market::Forced::liquidation) ? GroupState::liquidated : GroupState::closed)
                   : difference_        ? GroupState::desync
                   : average_difference_ ? GroupState::desync
                   : !closing_.empty()  ? GroupState::closing
                   : recovery_          ? GroupState::recovery
                   : facts_.books.empty() ? GroupState::opening
                                        : GroupState::active;
    const Order* exit = exit_.current();
    const bool exit_moves = exit != nullptr && !exit->finished() && (exit->stage() != Stage::open || exit->cancel_wanted());
    facts_.order_in_flight = entry_unfinished_ || exit_moves || stop_.fired();
}

void LiveGroup::note_order(const Order* order) {
    if (order != nullptr) add_order(order->intent().number);
}

void LiveGroup::add_order(OrderNumber order) {
    const auto at = std::lower_bound(order_numbers_.begin(), order_numbers_.end(), order);
    if (at == order_numbers_.end() || *at != order) order_numbers_.insert(at, order);
}

void LiveGroup::shelve_orders(Now now) {
    if (order_numbers_.size() <= kIdleOrdersKept) return;
    orders_.shelve(number(), kIdleOrdersKept, now.wall - kIdleOrderKept);
    std::erase_if(order_numbers_, [this](OrderNumber one) { return orders_.find_whole(one) == nullptr; });
}

/// A difference that was found or accepted, as long as it is one: an order for what is not there would be refused as a whole, and nothing be sold.
Decimal LiveGroup::lacking() const {
    auto lacking = std::max(-tolerated_, Decimal{});
    if (difference_) lacking += std::max(difference_->expected - difference_->found, Decimal{});
    return missing_ ? std::min(lacking, *missing_) : lacking;
}

bool LiveGroup::note_missing(const Decimal& quantity) {
    const auto before = there();
    missing_ = std::max(quantity, Decimal{});
    return there() != before;
}

void LiveGroup::steer_stop(Now now, const trading::Quote* quote, const trading::Protection& protection) {
    // Until the connection is here nothing is known of what it can do, and nothing of the group's is touched.
    const auto* account = orders_.caller().find(terms_.connection);
    if (account == nullptr) return;
    const bool rests = is_futures() && !why_no_stop(account->exchange, account->market, account->account_mode);
    const bool open = !is_over() && closing_.empty() && !facts_.books.empty();
    const auto price = rests && open ? trading::hard_stop_price(facts_, protection, limits_.price_step) : std::nullopt;
    // Beyond it already: BackFuture closes itself, and an exchange would take a stop there for one to be carried out at once.
    const bool beyond = price && quote != nullptr && (is_long() ? quote->mark <= *price : quote->mark >= *price);
    stop_.hold(there());
    stop_.want(price);
    stop_.act(now, !beyond);
    for (const auto number : stop_.live()) note_order(orders_.find(number));
}

void LiveGroup::steer(Now now, const trading::Quote* quote, const trading::InstrumentFacts* instrument, const trading::Protection& protection) {
    const auto& known = instrument != nullptr ? *instrument : instrument_;
    steer_stop(now, quote, protection);
    // What a stop may still sell is not sold through the book beside it.
    held_back_ = !closing_.empty() && stop_.in_the_way();
    exit_.hold(held_back_ ? Decimal{} : there());
    const bool is_old = quote != nullptr && now.wall - quote->confirmed_at > trading::kPriceAge;
    exit_.quote(quote == nullptr ? std::nullopt : std::optional{Price{trading::exit_price(*quote, terms_.direction)}},
                is_old ? ExitKeeper::PriceAge::old : ExitKeeper::PriceAge::current);
    if (is_over()) {
        exit_.nothing();
    } else if (!closing_.empty()) {
        exit_.close();
    } else if (const auto rest = trading::resting_exit(facts_, fees_, known)) {
        exit_.rest_at(Price{rest->price});
    } else {
        exit_.nothing();
    }
    exit_.act(now);
    note_order(exit_.current());
    derive_state();
}

std::optional<std::chrono::microseconds> LiveGroup::next_wake() const {
    const auto exit = exit_.next_wake(), stop = stop_.next_wake();
    return exit && stop ? std::min(*exit, *stop) : exit ? exit : stop;
}

LiveGroup::Left LiveGroup::left(const trading::InstrumentFacts* instrument) const {
    if (entry_unfinished_ || exit_.state() == ExitKeeper::State::working || exit_.state() == ExitKeeper::State::unresolved) return Left::something;
    if (facts_.books.empty() || facts_.books.sellable().is_zero()) return Left::nothing;
    // What it holds is where nobody can be asked: only its person ends it.
    if (held_back_ || orphaned_) return Left::something;
    // What is missing may come back, or a person takes it over.
    if (lacking().is_positive() && (difference_ || closing_.empty())) return Left::something;
    const auto& known = instrument != nullptr ? *instrument : instrument_;
    const bool carried = closing_.empty() ? exit_.state() != ExitKeeper::State::too_small && trading::resting_exit(facts_, fees_, known) : !exit_.closed();
    if (carried) return Left::something;
    return was_carried(known) ? Left::too_small : Left::nothing;
}

bool LiveGroup::was_carried(const trading::InstrumentFacts& known) const {
    if (!there().is_positive()) return false;
    const bool sold = std::any_of(fills_.begin(), fills_.end(), [](const auto& fill) { return fill.exit; });
    // Crumbs of a sale in lots that have grown.
    if (sold && there() < limits_.quantity_step) return false;
    auto then = known;
    then.min_quantity = instrument_.min_quantity;
    then.min_notional = instrument_.min_notional;
    if (closing_.empty()) return trading::resting_exit(facts_, fees_, then).has_value();
    if (exit_.fits(terms_.limits)) return true;
    // At the price of now it is too small, and nothing of it was sold: at the price that was paid it was not.
    const auto average = facts_.books.average();
    return !sold && average.known() && !trading::is_below_minimum(facts_, then, average.value());
}

}  // namespace bf::engine
