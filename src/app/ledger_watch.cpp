#include "app/ledger_watch.hpp"

#include "base/text.hpp"
#include "engine/paper_name.hpp"
#include "exchange/remark.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>

namespace bf::app {
namespace {

using engine::Now;
using engine::Severity;
using signer::LedgerState;
using signer::UseClass;

constexpr milliseconds kFirstLook{seconds{2}};
constexpr milliseconds kLookEvery{seconds{60}};
constexpr milliseconds kOutcomesAfter{250};
constexpr std::size_t kOutcomesMax = 64;   ///< In one message.
constexpr std::size_t kOutcomesKept = 10'000;
constexpr milliseconds kDay{std::chrono::hours{24}};
/// An order may rest for long before it is filled; of older ones the engine's own books are asked.
constexpr milliseconds kOrdersBack = kDay * 30;
/// Fills are looked at a little further back than the last time: lists show some late, clocks differ.
constexpr milliseconds kOverlap{std::chrono::hours{1}};
constexpr milliseconds kLately{std::chrono::minutes{10}};

constexpr const char* kSeen = "ledger_seen";          ///< The highest sequence that was seen.
constexpr const char* kChecked = "ledger_checked";    ///< Up to here the journal was held against it.
constexpr const char* kComparedAt = "ledger_compared";  ///< JSON: the last comparison.

bool is_zero(const exchange::CallDigest& digest) {
    return std::all_of(digest.begin(), digest.end(), [](unsigned char byte) { return byte == 0; });
}

}  // namespace

void LedgerWatch::Intents::replayed(std::uint16_t kind, std::string_view payload) {
    const auto record = static_cast<engine::RecordKind>(kind);
    // What stands in a checkpoint are the orders kept; those of closed groups are gone.
    if (record == engine::kCheckpointEnd) after_checkpoint_ = true;
    const auto intent = engine::digest_in(record, payload);
    if (!intent) {
        // One without a digest: written before there was a ledger.
        if (record == engine::RecordKind::intent) after_checkpoint_ = true;
        return;
    }
    if (after_checkpoint_) {
        complete_since_ = std::max(complete_since_, intent->first);
        after_checkpoint_ = false;
    }
    digests_.insert(intent->second);
}

LedgerWatch::LedgerWatch(Setup setup, Intents intents) : setup_{std::move(setup)}, intents_{std::move(intents)}, started_{setup_.clock.wall()} {
    if (const auto kept = setup_.settings.setting(kComparedAt); kept && *kept) {
        const auto json = wire::Json::parse(**kept);
        const auto figure = [&](const char* name) { return json ? (*json)[name].integer().value_or(0) : 0; };
        if (figure("at") > 0) compared_ = {Instant::from_ms(figure("at")), figure("connections"), figure("looked_at"), figure("strangers"), figure("missed")};
    }
    engine::OrderAudit::Setup audit;
    audit.is_ordered = [this](const std::string& connection, const std::string& client_id, const std::string& exchange_id) {
        if (!comparing_) return true;
        const auto* account = setup_.trader.caller().find(connection);
        const auto connections = account == nullptr ? std::vector<std::string>{connection} : setup_.trader.caller().sharing(*account);
        for (const auto& one : connections) {
            const auto& ordered = comparing_->ordered[one];
            if ((!client_id.empty() && ordered.contains(to_lower(client_id))) || (!exchange_id.empty() && ordered.contains(exchange_id))) return true;
        }
        // Signed for since the ledger was read, or so lately that its number is not entered yet.
        const auto lately = comparing_->began - kLately;
        if (const auto* order = setup_.trader.orders().find(client_id); order != nullptr && order->intent().at >= lately) return true;
        bool could_be = false;
        if (client_id.empty())
            setup_.trader.orders().each([&](const engine::Order& order) {
                const bool is_there = std::find(connections.begin(), connections.end(), order.plan().connection) != connections.end();
                could_be = could_be || (is_there && (!order.exchange_id() || *order.exchange_id() == exchange_id));
            }, lately);
        return could_be;
    };
    audit.on_stray = [this](Now now, const engine::StrayOrder& stray) {
        if (comparing_) ++comparing_->result.strangers;
        setup_.trader.on_unordered(now, stray);
    };
    audit.on_done = [this](Now, const std::string&, std::size_t looked_at, std::size_t missed) {
        if (!comparing_) return;
        auto& result = comparing_->result;
        ++result.connections;
        result.looked_at += static_cast<std::int64_t>(looked_at);
        result.missed += static_cast<std::int64_t>(missed);
        if (--comparing_->waiting == 0) finish_comparing();
    };
    audit_ = std::make_unique<engine::OrderAudit>(setup_.trader.caller(), std::move(audit));
    setup_.performer.on_outcome([this](const engine::Performer::Outcome& one) { outcome(one); });
    look_timer_ = setup_.timers.after(kFirstLook, [this] { look(); });
}

LedgerWatch::~LedgerWatch() {
    alive_.reset();
    setup_.performer.on_outcome({});
    for (const auto& timer : {outcome_timer_, look_timer_})
        if (timer) setup_.timers.cancel(*timer);
}

template <class Use>
auto LedgerWatch::alive(Use use) {
    return [use = std::move(use), still = std::weak_ptr<bool>{alive_}](auto&&... arguments) mutable {
        if (!still.expired()) use(std::forward<decltype(arguments)>(arguments)...);
    };
}

std::int64_t LedgerWatch::number(const char* setting) const {
    const auto kept = setup_.settings.setting(setting);
    return kept && *kept ? parse_int(**kept).value_or(0) : 0;
}
void LedgerWatch::keep(const char* setting, std::int64_t value) {
    if (number(setting) != value) (void)setup_.settings.put_setting(setting, std::to_string(value)).has_value();
}

void LedgerWatch::find(Severity severity, std::string_view code, std::string english, std::string dutch, const std::string& connection) {
    setup_.performer.event([&](Now now) { setup_.trader.on_finding(now, severity, code, std::move(english), std::move(dutch), connection); });
}

// --- what uses are for, and what came of them

signer::LedgerEntry::Purpose LedgerWatch::purpose_of(const std::string&, const exchange::Call& call) const {
    if (signer::class_of(call.operation) == UseClass::read) return {"poll", 0, {}};
    const auto* order = call.client_order_id ? setup_.trader.orders().find(*call.client_order_id) : nullptr;
    if (order == nullptr) return {signer::class_of(call.operation) == UseClass::setting ? "setup" : "trading", 0, {}};
    const auto& plan = order->plan();
    const auto* group = setup_.trader.find_group(plan.group);
    return {std::string{engine::to_string(plan.purpose)}, plan.group, group == nullptr ? std::string{} : group->terms().strategy};
}

void LedgerWatch::outcome(const engine::Performer::Outcome& one) {
    const auto& intent = one.intent;
    if (engine::is_paper(intent.plan.connection) || is_zero(intent.digest) || outcomes_.size() >= kOutcomesKept) return;
    outcomes_.push_back({intent.plan.connection, intent.plan.stop_price ? "place_stop" : "place_order", std::string{one.result}, {}, intent.client_id, one.exchange_id.value_or(""),
                         one.filled, intent.digest});
    if (!outcome_timer_) outcome_timer_ = setup_.timers.after(kOutcomesAfter, [this] { send_outcomes(); });
}

void LedgerWatch::send_outcomes() {
    outcome_timer_.reset();
    const auto count = std::min(outcomes_.size(), kOutcomesMax);
    if (count == 0) return;
    std::vector<signer::LedgerOutcome> some{outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(count)};
    setup_.signer.ledger_outcomes(std::move(some), alive([this, count](Status told) {
        // The signer may be starting again; one that refuses (its ledger can't be written) is told no more of these.
        const bool later = !told && told.error().kind == ErrorKind::unreachable;
        if (!later) outcomes_.erase(outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(std::min(count, outcomes_.size())));
        if (!outcomes_.empty() && !outcome_timer_) outcome_timer_ = setup_.timers.after(later ? kFirstLook : milliseconds{0}, [this] { send_outcomes(); });
    }));
}

// --- whether the ledger itself is sound

void LedgerWatch::look() {
    look_timer_ = setup_.timers.after(kLookEvery, [this] { look(); });
    setup_.signer.ledger(alive([this](Result<signer::LedgerStanding> standing) {
        if (standing) on_standing(*standing);
    }));
}

void LedgerWatch::on_standing(const signer::LedgerStanding& standing) {
    const auto state = std::string{signer::to_string(standing.state)} + " " + standing.detail;
    if (standing.state == LedgerState::sound || standing.state == LedgerState::off) told_.clear();
    else if (std::exchange(told_, state) != state) {
        const bool broken = standing.state == LedgerState::broken;
        const auto why = exchange::retell_inside(standing.detail, exchange::Language::en), why_nl = exchange::clause(standing.detail, exchange::Language::nl);
        find(Severity::critical, broken ? "LEDGER_BROKEN" : "LEDGER_FAILED",
             broken ? "The ledger of key uses is not what was written: " + why + ". Nothing is opened until you have looked at it and accepted it; exits go on."
                    : "The ledger of key uses can't be written: " + why + ". Nothing is opened unrecorded; exits go on.",
             broken ? "Het logboek van sleutelgebruik is niet wat er geschreven is: " + why_nl + ". Er wordt niets geopend tot je het bekeken en aanvaard hebt; sluiten gaat door."
                    : "Het logboek van sleutelgebruik kan niet geschreven worden: " + why_nl + ". Er wordt niets ongezien geopend; sluiten gaat door.",
             {});
    }
    if (!standing.head) return;
    const auto sequence = static_cast<std::int64_t>(standing.head->sequence);
    if (const auto seen = number(kSeen); seen > sequence)
        find(Severity::critical, "LEDGER_ROLLED_BACK",
             "The ledger of key uses ends with entry " + std::to_string(sequence) + "; it had " + std::to_string(seen) + " before. An older copy was put in its place, or it was begun anew.",
             "Het logboek van sleutelgebruik eindigt met regel " + std::to_string(sequence) + "; het had er eerder " + std::to_string(seen) + ". Er is een oudere kopie teruggezet, of het is opnieuw begonnen.", {});
    keep(kSeen, sequence);
    if (!journal_checked_) check_journal();
    const auto now = setup_.clock.wall();
    if (!compared_.at || now - *compared_.at >= kDay || *compared_.at > now) compare();
}

// --- paging

void LedgerWatch::read(UseClass use, Instant from, WhenRead done) {
    signer::LedgerQuery query;
    query.use = use;
    query.from = from;
    query.limit = 100;
    read_on(std::move(query), std::make_shared<Read>(Read{{}, from}), std::move(done));
}

void LedgerWatch::read_on(signer::LedgerQuery query, std::shared_ptr<Read> so_far, WhenRead done) {
    auto asked = query;
    setup_.signer.ledger_page(std::move(asked), alive([this, query = std::move(query), so_far, done = std::move(done)](Result<signer::LedgerPage> page) mutable {
        if (!page) return done(std::nullopt);
        auto& entries = so_far->entries;
        std::move(page->entries.begin(), page->entries.end(), std::back_inserter(entries));
        if (page->next == 0) return done(std::move(*so_far));
        if (entries.size() >= setup_.entries_max) {
            // Uses are entered after the intents they are for; the clock may have been set between the two.
            so_far->back = std::max(so_far->back, entries.back().at + kLately);
            return done(std::move(*so_far));
        }
        query.before = page->next;
        read_on(std::move(query), so_far, std::move(done));
    }));
}

// --- the journal against the ledger

void LedgerWatch::check_journal() {
    journal_checked_ = true;
    read(UseClass::order, started_ - kOrdersBack, [this](std::optional<Read> orders) {
        if (!orders) {
            journal_checked_ = false;
            return;
        }
        hold_against(*orders);
    });
}

void LedgerWatch::hold_against(const Read& orders) {
    std::set<exchange::CallDigest> entered;
    const auto checked = number(kChecked);
    std::int64_t highest = checked, unknown = 0;
    const signer::LedgerEntry* example = nullptr;
    for (const auto& entry : orders.entries) {
        if (!entry.call) continue;
        entered.insert(entry.call->digest);
        const auto sequence = static_cast<std::int64_t>(entry.sequence);
        if (entry.at >= started_) continue;
        highest = std::max(highest, sequence);
        if (sequence <= checked || entry.at <= intents_.complete_since() || intents_.has(entry.call->digest)) continue;
        ++unknown;
        if (example == nullptr) example = &entry;
    }
    if (example != nullptr) {
        const auto count = std::to_string(unknown);
        const auto name = example->call->client_order_id + " (" + example->call->symbol + ", entry " + std::to_string(example->sequence) + ")";
        find(Severity::warning, "LEDGER_ONLY",
             count + " signed order(s) are not in the journal, the latest " + name + ". After a crash that is an order that never left; else somebody besides the engine asked the signer for it.",
             count + " getekende order(s) staan niet in het journaal, als laatste " + name + ". Na een crash is dat een order die nooit vertrok; anders vroeg iemand buiten de engine de ondertekenaar erom.",
             example->connection);
    }
    // What the exchange has of ours must have been signed for here. Orders from before the ledger have no digest.
    std::int64_t missing = 0;
    std::optional<engine::Intent> lost;
    setup_.trader.orders().each([&](const engine::Order& order) {
        const auto& intent = order.intent();
        if (is_zero(intent.digest) || engine::is_paper(intent.plan.connection) || intent.at >= started_ || intent.at < orders.back || !order.exchange_id()) return;
        if (entered.contains(intent.digest)) return;
        ++missing;
        lost = intent;
    });
    if (lost) {
        const auto name = lost->client_id + " (" + lost->plan.symbol.to_string() + ")";
        find(Severity::critical, "LEDGER_MISSES",
             std::to_string(missing) + " order(s) of the journal are not in the ledger of key uses, among them " + name + ": the ledger was cut, or the order was signed elsewhere.",
             std::to_string(missing) + " order(s) van het journaal staan niet in het logboek van sleutelgebruik, waaronder " + name + ": het logboek is ingekort, of de order is elders getekend.",
             lost->plan.connection);
    }
    keep(kChecked, highest);
}

// --- the exchanges against the ledger

bool LedgerWatch::compare() {
    if (comparing_) return false;
    comparing_ = Comparing{};  // Not by emplace(): clang 19 takes the struct for not constructible there.
    comparing_->began = setup_.clock.wall();
    const auto back = comparing_->began - kOrdersBack;
    const auto give_up = [this] { comparing_.reset(); };
    read(UseClass::order, back, [this, back, give_up](std::optional<Read> orders) {
        if (!orders) return give_up();
        read(UseClass::outcome, back, [this, give_up, orders = std::move(*orders)](std::optional<Read> outcomes) {
            if (!outcomes) return give_up();
            start_comparing(orders, *outcomes);
        });
    });
    return true;
}

void LedgerWatch::start_comparing(const Read& orders, const Read& outcomes) {
    auto& one = *comparing_;
    auto& ordered = one.ordered;
    std::map<std::string, std::set<market::Symbol>> symbols;
    for (const auto& entry : orders.entries) {
        if (!entry.call) continue;
        ordered[entry.connection].insert(to_lower(entry.call->client_order_id));
        if (const auto symbol = market::Symbol::parse(entry.call->symbol)) symbols[entry.connection].insert(*symbol);
    }
    // The exchange's number of an order counts where its own name is in the ledger.
    const auto add = [&](const std::string& connection, const std::string& client_id, const std::string& exchange_id) {
        if (!exchange_id.empty() && ordered[connection].contains(to_lower(client_id))) ordered[connection].insert(exchange_id);
    };
    for (const auto& entry : outcomes.entries)
        if (entry.call) add(entry.connection, entry.call->client_order_id, entry.call->order_id);
    setup_.trader.orders().each([&](const engine::Order& order) {
        const auto& intent = order.intent();
        // From before the ledger, or older than what was read of it.
        if (is_zero(intent.digest) || intent.at < orders.back) ordered[intent.plan.connection].insert(to_lower(intent.client_id));
        add(intent.plan.connection, intent.client_id, order.exchange_id().value_or(""));
    });
    for (const auto& [connection, exchange_id] : setup_.trader.orders().past()) ordered[connection].insert(exchange_id);
    auto since = one.began - kDay - kOverlap;
    if (compared_.at && *compared_.at < one.began) since = std::max(*compared_.at - kOverlap, one.began - kDay * 7);
    // Of fills from before what was read nobody could say whose they are.
    since = std::max(since, orders.back);
    std::vector<engine::OrderAudit::Wanted> wanted;
    for (const auto& connection : setup_.connections()) {
        auto& of_connection = symbols[connection];
        of_connection.merge(setup_.symbols_of(connection));
        wanted.push_back({connection, {of_connection.begin(), of_connection.end()}, since});
    }
    one.waiting = wanted.size();
    if (wanted.empty()) return finish_comparing();
    setup_.performer.event([&](Now now) {
        for (auto& each : wanted) audit_->begin(now, std::move(each));
    });
}

void LedgerWatch::finish_comparing() {
    compared_ = comparing_->result;
    compared_.at = comparing_->began;
    comparing_.reset();
    std::string json;
    wire::JsonWriter{json}.begin_object().member("at", compared_.at->ms()).member("connections", compared_.connections).member("looked_at", compared_.looked_at)
        .member("strangers", compared_.strangers).member("missed", compared_.missed).end_object();
    (void)setup_.settings.put_setting(kComparedAt, json).has_value();
}

}  // namespace bf::app
