// The signer's ledger: when it is opened, what of the questions is entered, and the questions about it.
#include "journal/disk.hpp"
#include "signer/service.hpp"
#include "signer/service_words.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace bf::signer {
namespace {

constexpr std::string_view kItem = "ledger";
constexpr std::string_view kKeyName = "key";
constexpr std::string_view kHeadName = "head";
/// So often the head goes into the vault at most, besides with each rare act. A write of the vault costs milliseconds.
constexpr milliseconds kKeepHeadEvery = seconds{60};
/// While all of a ledger is read nothing is signed. One that failed is opened anew at the earliest after so many times what the last reading
/// took, so that a large one holds up half a percent of the time; after a minute at least, and half an hour at most.
constexpr milliseconds kOpenAgainMin = seconds{60};
constexpr milliseconds kOpenAgainMax = seconds{1800};
constexpr int kOpenAgainTimes = 200;

using Act = LedgerUses::Act;

/// What is about to happen, for the questions that change something; none of the others.
template <class Question>
std::optional<Act> act_of(const Question&) {
    return std::nullopt;
}
std::optional<Act> act_of(const AddRequest& q) {
    if (q.keep == Keep::memory) return std::nullopt;
    return Act{UseClass::key, q.connection, "key_added", std::string{exchange::to_string(q.exchange)}, false};
}
std::optional<Act> act_of(const StageRequest& q) { return Act{UseClass::key, q.connection, "key_staged", {}, false}; }
std::optional<Act> act_of(const PromoteRequest& q) { return Act{UseClass::key, q.connection, "key_promoted", {}, false}; }
std::optional<Act> act_of(const RollBackRequest& q) { return Act{UseClass::key, q.connection, "key_rolled_back", {}, false}; }
std::optional<Act> act_of(const DropRequest& q) { return Act{UseClass::key, q.connection, "key_dropped", std::string{to_string(q.slot)}, true}; }
std::optional<Act> act_of(const RemoveRequest& q) { return Act{UseClass::key, q.connection, "key_removed", {}, true}; }
std::optional<Act> act_of(const RewrapRequest& q) {
    constexpr std::array<std::string_view, 3> kChanges{"passphrase_set", "key_file_set", "root_key_replaced"};
    return Act{UseClass::key, {}, std::string{kChanges[static_cast<std::size_t>(q.change)]}, {}, false};
}
/// Which limits, the connection's own store tells; that they were changed, and whether, stands here.
std::optional<Act> act_of(const SetLimitsRequest& q) { return Act{UseClass::policy, q.connection, "limits_set", {}, false}; }
std::optional<Act> act_of(const FreezeRequest& q) { return Act{UseClass::policy, q.connection, "frozen", std::string{ports::to_string(q.level)}, true}; }
std::optional<Act> act_of(const BackupBeginRequest& q) {
    auto with = exchange::say(q.keys ? exchange::Remark::with_keys : exchange::Remark::without_keys);
    return Act{.use = UseClass::key, .connection = {}, .what = "backup_begun", .detail = std::move(with), .even_unwritten = true, .only_after = true};
}
/// Before it there is no ledger to enter it in.
std::optional<Act> act_of(const UnlockRequest&) { return Act{UseClass::key, {}, "unlocked", {}, true, true}; }
/// A person proves who he is, many times a day; that the code is used up is what must be durable, and is.
std::optional<Act> act_of(const FactorCheckRequest& q) { return Act{UseClass::account, {}, "factor_checked", q.account, true, true}; }
std::optional<Act> act_of(const FactorBeginRequest& q) { return Act{UseClass::account, {}, "factor_begun", q.account, false}; }
std::optional<Act> act_of(const FactorConfirmRequest& q) { return Act{UseClass::account, {}, "factor_confirmed", q.account, false}; }
std::optional<Act> act_of(const FactorRenewRequest& q) { return Act{UseClass::account, {}, "recovery_codes_renewed", q.account, false}; }
std::optional<Act> act_of(const FactorRemoveRequest& q) { return Act{UseClass::account, {}, "factor_removal_asked", q.account, false}; }
std::optional<Act> act_of(const FactorVouchRequest& q) { return Act{UseClass::account, {}, "factor_vouched_for", q.account, false}; }
std::optional<Act> act_of(const PasskeyBeginRequest& q) { return Act{UseClass::account, {}, "passkey_begun", q.account, false}; }
std::optional<Act> act_of(const PasskeyAddRequest& q) { return Act{UseClass::account, {}, "passkey_added", q.account, false}; }
std::optional<Act> act_of(const PasskeyRemoveRequest& q) { return Act{UseClass::account, {}, "passkey_removed", q.account, true}; }

/// How it ended, in a word and a sentence that holds nothing of a secret.
std::pair<std::string_view, std::string> end_of(const Answer& answer) {
    if (const auto* no = std::get_if<Refused>(&answer)) return {to_string(no->reason), no->detail};
    if (const auto* added = std::get_if<Added>(&answer))
        return {added->kept ? "done" : "not_kept", added->kept ? "key " + added->key_fingerprint : "its form is not that of a key"};
    if (const auto* verdict = std::get_if<FactorVerdict>(&answer)) return {to_string(verdict->kind), {}};
    return {"done", {}};
}

}  // namespace

void Service::open_ledger() {
    if (uses_.ledger() != nullptr || ledger_folder_.empty() || !may_open_ledger()) return;
    const auto opened = door_.vault();
    if (!opened) return;
    const auto begun = world_.clock.steady();
    auto& vault = **opened;
    const auto open = [&]() -> Result<std::unique_ptr<Ledger>> {
        BF_TRY(auto key, vault.item(kItem, kKeyName));
        if (!key) {
            key = crypto::Secret::random(kLedgerSeedSize);
            BF_TRY_VOID(vault.put_item(kItem, kKeyName, *key));
        }
        if (key->size() != kLedgerSeedSize) return Unexpected{Error{ErrorKind::damaged, "the ledger's key in the vault is damaged"}};
        BF_TRY(const auto kept, vault.item(kItem, kHeadName));
        std::optional<LedgerHead> head;
        if (kept) head = kept->reveal([](std::string_view bytes) { return read_head(bytes); });
        if (::mkdir(ledger_folder_.c_str(), 0700) != 0 && errno != EEXIST) return Unexpected{Error{ErrorKind::io, ledger_folder_.native() + " can't be made"}};
        return Ledger::open({std::make_unique<journal::DiskFolder>(ledger_folder_.native()), *key, world_.clock, head, world_.ledger_segment});
    };
    auto ledger = open();
    const auto took = std::chrono::duration_cast<milliseconds>(world_.clock.steady() - begun);
    ledger_opened_at_ = world_.clock.wall();
    open_ledger_again_ = ledger_opened_at_ + std::clamp(took * kOpenAgainTimes, kOpenAgainMin, kOpenAgainMax);
    if (!ledger) return uses_.failed(ledger.error().detail);
    uses_.attach(std::move(*ledger));
    keep_head(world_.clock.wall(), true);
}

bool Service::may_open_ledger() const {
    const auto now = world_.clock.wall();
    // The clock may have stepped back: then it may as well.
    return now >= open_ledger_again_ || now < ledger_opened_at_;
}

void Service::keep_head(Instant now, bool at_once) {
    auto* ledger = uses_.ledger();
    // The clock may have stepped back: then it is due as well.
    if (ledger == nullptr || (!at_once && now >= head_kept_at_ && now < head_kept_at_ + kKeepHeadEvery)) return;
    auto opened = door_.vault();
    if (!opened) return;
    head_kept_at_ = now;
    auto head = ledger->signed_head();
    if (head.empty() || head == head_kept_) return;
    head_kept_ = head;
    // One that can't be kept now is kept the next time: the ledger's own file has it.
    (void)(*opened)->put_item(kItem, kHeadName, crypto::Secret::take(std::move(head))).has_value();
}

template <class One>
Answer Service::entered(One& question) {
    const auto act = act_of(question);
    if (!act) return handle(question);
    const auto begun = act->only_after ? Result<std::uint64_t, Refused>{std::uint64_t{0}} : uses_.begin(*act);
    if (!begun) return begun.error();
    // Before the change: a vault that knows less than the ledger says was done in it is an older copy.
    if (!act->only_after) keep_head(world_.clock.wall(), true);
    auto answer = handle(question);
    const auto [result, detail] = end_of(answer);
    uses_.end(*act, *begun, result, act->only_after && detail.empty() ? act->detail : detail);
    if (!act->only_after) keep_head(world_.clock.wall(), true);
    return answer;
}

Answer Service::handle_entered(Question& question) {
    return std::visit([this](auto& one) -> Answer { return entered(one); }, question);
}

Answer Service::handle(const LedgerStateRequest&) {
    // Asked once a minute: a disk may have room again.
    if (uses_.state() == LedgerState::failed && !uses_.try_again() && may_open_ledger()) {
        uses_.let_go();
        open_ledger();
    }
    LedgerStanding standing;
    standing.state = uses_.state();
    standing.detail = uses_.detail();
    auto* ledger = uses_.ledger();
    if (ledger == nullptr) return standing;
    standing.head = ledger->head();
    for (const auto& one : ledger->found().breaches) {
        if (standing.breaches.size() == LedgerStanding::kBreachesMax) break;
        const bool accepted = one.accepted || standing.state == LedgerState::sound;
        standing.breaches.push_back({std::string{to_string(one.kind)}, one.place.segment, one.place.offset, one.sequence, one.detail, accepted});
    }
    return standing;
}

Answer Service::handle(const LedgerPageRequest& question) {
    auto* ledger = uses_.ledger();
    if (ledger == nullptr) return refused(Refusal::ledger, uses_.state() == LedgerState::off ? "this signer keeps no ledger" : "the ledger can't be read: " + uses_.detail());
    auto page = ledger->page(question.query);
    if (!page) return refused(Refusal::ledger, page.error().detail);
    return std::move(*page);
}

Answer Service::handle(const LedgerOutcomesRequest& question) { return uses_.outcomes(question); }

Answer Service::handle(const LedgerAcceptRequest& question) {
    auto* ledger = uses_.ledger();
    if (ledger == nullptr) return refused(Refusal::ledger, "there is no ledger that could be accepted: " + uses_.detail());
    if (ledger->state() != LedgerState::broken) return refused(Refusal::conflict, "the ledger is not broken; there is nothing to accept");
    if (const auto accepted = ledger->accept(question.who); !accepted) return refused(Refusal::ledger, accepted.error().detail);
    keep_head(world_.clock.wall(), true);
    return Done{};
}

}  // namespace bf::signer
