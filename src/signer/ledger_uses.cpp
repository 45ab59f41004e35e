#include "signer/ledger_uses.hpp"

#include "signer/policy_rules.hpp"
#include "signer/service_words.hpp"

#include <algorithm>

namespace bf::signer {
namespace {

constexpr std::uint64_t kOutcomesEachOrder = 6;
constexpr std::size_t kRefusersMax = 1000;

std::size_t number_of(exchange::Operation operation) { return static_cast<std::size_t>(operation); }
static_assert(static_cast<std::size_t>(exchange::Operation::fee_rates) < 64);

/// What a caller made up goes in as printable text.
void assign_clean(std::string& into, std::string_view text) {
    into.assign(text.substr(0, 64));
    for (auto& c : into)
        if (c < ' ' || c > '~') c = '?';
}

void write_symbol(std::string& into, const std::optional<market::Symbol>& symbol) {
    into.clear();
    if (!symbol) return;
    into.append(symbol->base).append("/").append(symbol->quote);
    if (symbol->is_futures()) into.append(":").append(symbol->settle);
}

std::optional<Decimal> value_of(const exchange::Call& call) {
    if (call.quote_quantity) return call.quote_quantity;
    if (!call.quantity || !call.price) return std::nullopt;
    return Decimal::product(*call.quantity, *call.price, Rounding::up);
}

}  // namespace

bool may_open(const exchange::Call& call) {
    switch (call.operation) {
        case exchange::Operation::place_order:
        case exchange::Operation::place_stop:
            return call.market == market::Market::futures ? !only_reduces(call) : call.side != market::Side::sell;
        case exchange::Operation::set_leverage:
        case exchange::Operation::set_margin_mode: return true;
        default: return false;
    }
}

LedgerUses::~LedgerUses() { enter_due(Instant::from_ms(INT64_MAX), true); }

void LedgerUses::attach(std::unique_ptr<Ledger> ledger) {
    ledger_ = std::move(ledger);
    failure_.reset();
    tell_gap();
}

bool LedgerUses::try_again() {
    if (!ledger_ || !ledger_->try_again()) return false;
    tell_gap();
    return true;
}

void LedgerUses::tell_gap() {
    if (missed_ == 0 || !ledger_) return;
    LedgerEntry gap;
    gap.use = UseClass::ledger;
    gap.what = "gap";
    gap.result = "done";
    gap.detail = exchange::say(exchange::Remark::uses_missed);
    gap.counted = LedgerEntry::Counted{{}, missed_, {}};
    if (ledger_->append(gap)) missed_ = 0;
}

void LedgerUses::failed(std::string why) { failure_ = std::move(why); }

void LedgerUses::let_go() {
    failure_ = detail();
    ledger_.reset();
}

LedgerState LedgerUses::state() const {
    if (ledger_) return ledger_->state();
    return failure_ ? LedgerState::failed : LedgerState::off;
}

std::string LedgerUses::detail() const {
    if (ledger_) return ledger_->detail();
    return failure_.value_or("");
}

void LedgerUses::missed() { ++missed_; }

bool LedgerUses::append(LedgerEntry& entry) {
    if (ledger_ && ledger_->append(entry)) return true;
    missed();
    return false;
}

void LedgerUses::describe(const SignItem& item, const exchange::RequestList* requests) {
    const auto& call = item.call;
    auto& entry = scratch_;
    entry.use = class_of(call.operation);
    assign_clean(entry.connection, item.connection);
    entry.what.assign(exchange::to_string(call.operation));
    entry.detail.clear();
    auto& told = entry.call ? *entry.call : entry.call.emplace();
    told.slot = static_cast<std::uint8_t>(item.slot);
    told.market = call.market;
    told.method.reset();
    told.path.clear();
    if (requests != nullptr && requests->size() > 0) {
        told.method = (*requests)[0].method;
        told.path.assign((*requests)[0].path());
    }
    write_symbol(told.symbol, call.symbol);
    told.side = call.side;
    told.quantity = call.quantity;
    told.price = call.price ? call.price : call.stop_price;
    told.value = value_of(call);
    told.client_order_id.assign(call.client_order_id.value_or(""));
    told.order_id.assign(call.order_id.value_or(""));
    told.digest = exchange::digest_of(item.connection, call);
    if (item.purpose.word.empty()) {
        entry.purpose.reset();
        return;
    }
    auto& purpose = entry.purpose ? *entry.purpose : entry.purpose.emplace();
    assign_clean(purpose.word, item.purpose.word);
    purpose.group = item.purpose.group;
    assign_clean(purpose.strategy, item.purpose.strategy);
}

std::optional<Refused> LedgerUses::refuse_unfit(const exchange::Call& call) const {
    if (!may_open(call)) return std::nullopt;
    const auto unfit = state();
    if (unfit == LedgerState::broken)
        return Refused{Refusal::ledger, exchange::say(exchange::Remark::ledger_broken, {detail()}), {}};
    if (unfit == LedgerState::failed)
        return Refused{Refusal::ledger, exchange::say(exchange::Remark::ledger_unwritable, {detail()}), {}};
    return std::nullopt;
}

std::optional<Refused> LedgerUses::signed_for(const SignItem& item, const exchange::RequestList& requests, Instant now) {
    // A signer without a vault keeps no ledger: it is `check`, which forgets its keys.
    if (!ledger_ && !failure_) return std::nullopt;
    if (class_of(item.call.operation) == UseClass::read) {
        count_read(item.connection, item.call.operation, now);
        return std::nullopt;
    }
    describe(item, &requests);
    scratch_.result.assign("signed");
    if (append(scratch_)) {
        if (scratch_.use == UseClass::order) outcomes_left_ += kOutcomesEachOrder;
        return std::nullopt;
    }
    if (!may_open(item.call)) return std::nullopt;
    return Refused{Refusal::ledger, exchange::say(exchange::Remark::ledger_unwritable, {detail()}), {}};
}

void LedgerUses::count_read(std::string_view connection, exchange::Operation operation, Instant now) {
    if (!ledger_) return missed();
    auto found = reads_.find(connection);
    if (found == reads_.end()) found = reads_.emplace(std::string{connection}, Reads{}).first;
    auto& reads = found->second;
    const auto bit = std::uint64_t{1} << number_of(operation);
    if (reads.kinds == 0) reads.since = now;
    if ((reads.kinds & bit) == 0) {
        reads.kinds |= bit;
        // Something new is told soon, the usual seldom.
        due_at(reads.since + ((reads.kinds & ~reads.before) != 0 ? kReadsSummarySoon : kReadsSummary));
    }
    ++reads.counts[number_of(operation)];
}

bool LedgerUses::refused_often(std::string_view connection, Instant now) {
    auto found = refusals_.find(connection);
    if (found == refusals_.end()) {
        if (refusals_.size() >= kRefusersMax) return true;
        found = refusals_.emplace(std::string{connection}, Refusals{now, 0, {}}).first;
        due_at(now + seconds{60});
    }
    return ++found->second.each > kRefusalsEach;
}

void LedgerUses::refused(const SignItem& item, bool known, const Refused& why, Instant now) {
    if (!ledger_) return missed();
    const std::string_view connection = known ? std::string_view{item.connection} : std::string_view{};
    if (refused_often(connection, now)) {
        auto found = refusals_.find(connection);
        if (found == refusals_.end()) found = refusals_.begin();
        ++found->second.more[{to_string(why.reason), item.call.operation}];
        return;
    }
    describe(item, nullptr);
    scratch_.use = UseClass::refusal;
    scratch_.result.assign(to_string(why.reason));
    scratch_.detail.assign(why.detail);
    append(scratch_);
}

void LedgerUses::bad_message(Instant now) {
    SignItem none;
    refused(none, false, signer::refused(Refusal::bad_message, "a message that is not the signer's protocol"), now);
}

void LedgerUses::enter_due(Instant now, bool all) {
    next_due_ = Instant::from_ms(INT64_MAX);
    for (auto& [connection, reads] : reads_) {
        if (reads.kinds == 0) continue;
        const auto due = reads.since + ((reads.kinds & ~reads.before) != 0 ? kReadsSummarySoon : kReadsSummary);
        if (now < due && !all) {
            due_at(due);
            continue;
        }
        LedgerEntry entry;
        entry.use = UseClass::read;
        entry.connection = connection;
        entry.what = "reads";
        entry.result = "signed";
        auto& counted = entry.counted.emplace();
        counted.since = reads.since;
        for (std::size_t i = 0; i < reads.counts.size(); ++i) {
            if (reads.counts[i] == 0) continue;
            counted.count += reads.counts[i];
            counted.operations.emplace_back(static_cast<exchange::Operation>(i), reads.counts[i]);
        }
        append(entry);
        reads = Reads{{}, 0, reads.kinds, {}};
    }
    for (auto one = refusals_.begin(); one != refusals_.end();) {
        const auto due = one->second.since + seconds{60};
        if (now < due && !all) {
            due_at(due);
            ++one;
            continue;
        }
        std::map<std::string_view, LedgerEntry> by_reason;
        for (const auto& [key, count] : one->second.more) {
            auto& entry = by_reason[key.first];
            entry.use = UseClass::refusal;
            entry.connection = one->first;
            entry.what = "refusals";
            entry.result = key.first;
            if (!entry.counted) entry.counted = LedgerEntry::Counted{one->second.since, 0, {}};
            entry.counted->count += count;
            entry.counted->operations.emplace_back(key.second, count);
        }
        for (auto& [reason, entry] : by_reason) append(entry);
        one = refusals_.erase(one);
    }
}

Result<std::uint64_t, Refused> LedgerUses::begin(const Act& act) {
    if (!ledger_ && !failure_) return std::uint64_t{0};
    const auto unwritten = [&]() -> Result<std::uint64_t, Refused> {
        missed();
        if (act.even_unwritten) return std::uint64_t{0};
        return Unexpected{Refused{Refusal::ledger, exchange::say(exchange::Remark::ledger_unwritable_unchanged, {detail()}), {}}};
    };
    if (!ledger_) return unwritten();
    LedgerEntry entry;
    entry.use = act.use;
    assign_clean(entry.connection, act.connection);
    entry.what = act.what;
    entry.result = "begun";
    entry.detail = act.detail;
    const auto sequence = ledger_->append(entry);
    if (!sequence || !ledger_->sync()) return unwritten();
    return *sequence;
}

void LedgerUses::end(const Act& act, std::uint64_t begun, std::string_view result, std::string_view detail) {
    if (!ledger_) return;
    LedgerEntry entry;
    entry.use = act.use;
    assign_clean(entry.connection, act.connection);
    entry.what = act.what;
    entry.result = result;
    entry.detail = detail;
    entry.about = begun;
    append(entry);
}

Answer LedgerUses::outcomes(const LedgerOutcomesRequest& request) {
    if (!ledger_) return signer::refused(Refusal::ledger, "there is no ledger to enter an outcome in");
    if (request.outcomes.size() > outcomes_left_) return signer::refused(Refusal::conflict, "more outcomes are reported than there were orders");
    outcomes_left_ -= request.outcomes.size();
    for (const auto& one : request.outcomes) {
        LedgerEntry entry;
        entry.use = UseClass::outcome;
        assign_clean(entry.connection, one.connection);
        assign_clean(entry.what, one.operation);
        assign_clean(entry.result, one.result);
        entry.detail = one.detail;
        auto& call = entry.call.emplace();
        assign_clean(call.client_order_id, one.client_order_id);
        assign_clean(call.order_id, one.order_id);
        call.quantity = one.filled;
        call.digest = one.digest;
        if (!append(entry)) return signer::refused(Refusal::ledger, "the ledger of uses can't be written: " + detail());
    }
    return Done{};
}

}  // namespace bf::signer
