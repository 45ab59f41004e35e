#include "signer/policy_book.hpp"

#include "signer/service_words.hpp"
#include "signer/vault_door.hpp"

#include <algorithm>
#include <functional>

namespace bf::signer {
namespace {

constexpr std::string_view kItem = "policy";
constexpr std::string_view kItemName = "key";
constexpr std::size_t kKeySize = 32;

/// A connection whose limits are lost: it gets out, and opens nothing.
PolicyState lost() {
    PolicyState state;
    state.limits = ports::no_limits();
    state.doubt = Doubt::damaged;
    state.unknown_holdings = true;
    return state;
}

PolicyState fresh(const std::optional<ports::UseLimits>& limits) {
    PolicyState state;
    state.limits = limits ? *limits : ports::default_limits({});
    state.defaults = !limits || *limits == ports::default_limits(limits->market);
    return state;
}

crypto::Secret copy_of(const crypto::Secret& secret) {
    return secret.reveal([](std::string_view bytes) { return crypto::Secret::take(std::string{bytes}); });
}

}  // namespace

Status PolicyBook::open(vault::Vault& vault, const std::filesystem::path& folder, const std::vector<std::string>& connections, Instant now) {
    const auto fail = [&](const Error& error) -> Status {
        no_store_ = error.detail;
        for (const auto& connection : connections) entries_.insert_or_assign(connection, Entry{ConnectionPolicy{lost()}, true, 0});
        return Unexpected{error};
    };
    store_.reset();
    const auto version = static_cast<std::uint64_t>(now.ms());
    auto key = vault.item(kItem, kItemName);
    if (!key) return fail(key.error());
    if (!*key) {
        // The first start with limits. They become the store's with the key's arrival in the vault; until then there are none.
        auto made = crypto::Secret::random(kKeySize);
        auto store = PolicyStore::create(folder, copy_of(made));
        if (!store) return fail(store.error());
        store_ = std::move(*store);
        for (const auto& connection : connections) {
            auto state = fresh({});
            state.unknown_holdings = true;
            entries_.insert_or_assign(connection, Entry{ConnectionPolicy{std::move(state)}, true, version});
        }
        auto done = keep_all();
        if (done) done = vault.put_item(kItem, kItemName, made);
        if (done) return {};
        store_.reset();
        return fail(done.error());
    }
    PolicyStore::Found found;
    auto store = PolicyStore::open(folder, std::move(**key), found);
    if (!store) return fail(store.error());
    store_ = std::move(*store);
    for (const auto& connection : connections) {
        const auto row = found.rows.find(connection);
        const auto bytes = row == found.rows.end() ? std::optional<std::string>{} : row->second;
        auto stored = bytes ? policy_from_bytes(*bytes) : Result<StoredPolicy>{Unexpected{Error{}}};
        Entry entry{ConnectionPolicy{stored ? std::move(stored->state) : lost()}, true, stored ? std::max(stored->version, version) : version};
        if (stored) entry.policy.count_cover(stored->cover, now);
        if (stored && found.rolled_back) entry.policy.doubt_age();
        entries_.insert_or_assign(connection, std::move(entry));
    }
    for (const auto& [connection, row] : found.rows)
        if (!entries_.contains(connection)) (void)store_->remove(connection).has_value();
    // What was found is written down before anything is signed: else the next start would find all in order.
    return keep_all();
}

Status PolicyBook::keep(const std::string& connection, Entry& entry) {
    const auto number = ++entry.version;
    const auto& cover = entry.policy.begin_write(number);
    if (!entry.kept) {
        entry.policy.end_write(number, true);
        return {};
    }
    Status done = Unexpected{Error{ErrorKind::io, no_store_}};
    if (store_) {
        const PolicyStore::Row row{connection, number, to_bytes(number, entry.policy.state(), cover)};
        done = store_->write({&row, 1});
    }
    entry.policy.end_write(number, done.has_value());
    return done;
}

Status PolicyBook::keep_all() {
    const auto writing = begin_write();
    const auto done = write(writing);
    end_write(writing, done.has_value());
    return done;
}

PolicyBook::Writing PolicyBook::begin_write() {
    Writing writing;
    dirty_ = false;
    for (auto& [connection, entry] : entries_) {
        if (!entry.kept || !entry.policy.dirty()) continue;
        const auto number = ++entry.version;
        const auto& cover = entry.policy.begin_write(number);
        writing.rows.push_back({connection, number, to_bytes(number, entry.policy.state(), cover)});
    }
    return writing;
}

Status PolicyBook::write(const Writing& writing) {
    if (writing.rows.empty()) return {};
    if (!store_) return Unexpected{Error{ErrorKind::io, no_store_}};
    return store_->write(writing.rows);
}

void PolicyBook::end_write(const Writing& writing, bool written) {
    for (const auto& row : writing.rows) {
        const auto found = entries_.find(row.connection);
        if (found != entries_.end()) found->second.policy.end_write(row.version, written);
    }
    if (!written) dirty_ = true;
}

Status PolicyBook::drop_raises(vault::Vault& vault, const std::filesystem::path& folder) {
    BF_TRY(auto key, vault.item(kItem, kItemName));
    if (!key) return {};
    PolicyStore::Found found;
    BF_TRY(auto store, PolicyStore::open(folder, std::move(*key), found));
    std::vector<PolicyStore::Row> rows;
    for (const auto& [connection, bytes] : found.rows) {
        // What does not open is in doubt at the start, and nothing waits there.
        auto stored = bytes ? policy_from_bytes(*bytes) : Result<StoredPolicy>{Unexpected{Error{}}};
        if (!stored || !stored->state.raise) continue;
        stored->state.raise.reset();
        const auto version = stored->version + 1;
        rows.push_back({connection, version, to_bytes(version, stored->state, stored->cover)});
    }
    return rows.empty() ? Status{} : store.write(rows);
}

Result<std::optional<PolicyStore::Copy>> PolicyBook::copy() {
    if (!store_) return std::optional<PolicyStore::Copy>{};
    // On a full disk the copy is what a crash would leave, which is sound.
    (void)keep_all().has_value();
    BF_TRY(auto copied, store_->copy());
    return std::optional{std::move(copied)};
}

PolicyBook::Entry* PolicyBook::find(std::string_view connection) {
    const auto found = entries_.find(connection);
    return found == entries_.end() ? nullptr : &found->second;
}

Status PolicyBook::add(const std::string& connection, bool kept, const std::optional<ports::UseLimits>& limits, Instant now) {
    Entry entry{ConnectionPolicy{fresh(limits)}, kept, static_cast<std::uint64_t>(now.ms())};
    BF_TRY_VOID(keep(connection, entry));
    entries_.insert_or_assign(connection, std::move(entry));
    return {};
}

void PolicyBook::remove(const std::string& connection) {
    const auto found = entries_.find(connection);
    if (found == entries_.end()) return;
    // A row that stays is one of no connection; the next start takes it away.
    if (found->second.kept && store_) (void)store_->remove(connection).has_value();
    entries_.erase(found);
}

std::optional<Refused> PolicyBook::judge(const SignItem& item, Instant now) {
    auto* const entry = find(item.connection);
    if (entry == nullptr) return refused(Refusal::policy, exchange::say(exchange::Remark::no_limits));
    const auto write = [&] { return keep(item.connection, *entry); };
    auto why = entry->policy.judge(item, now, std::cref(write));
    if (entry->kept && entry->policy.dirty()) dirty_ = true;
    return why;
}

void PolicyBook::settle(const SettleRequest& question, Instant now) {
    for (const auto& one : question.told) {
        auto* const entry = find(std::visit([](const auto& told) -> const std::string& { return told.connection; }, one));
        if (entry == nullptr) continue;
        if (const auto* order = std::get_if<SettledOrder>(&one))
            entry->policy.settle(*order, now);
        else
            entry->policy.hold_at_most(std::get<StillHeld>(one));
        if (entry->kept && entry->policy.dirty()) dirty_ = true;
    }
}

Result<ports::LimitState, Refused> PolicyBook::tell(Entry& entry, Instant now) {
    auto told = entry.policy.tell(now);
    if (!step_up_.any(now)) told.findings.push_back(ports::LimitFinding::no_second_factor);
    return told;
}

Result<ports::LimitState, Refused> PolicyBook::limits(std::string_view connection, Instant now) {
    auto* const entry = find(connection);
    if (entry == nullptr) return Unexpected{no_connection()};
    return tell(*entry, now);
}

std::optional<Refused> PolicyBook::ask_for_code(const ports::StepUp& step_up, Instant now) {
    if (!step_up_.any(now)) return std::nullopt;
    if (step_up.account.empty() || step_up.code.empty())
        return step_up_.no_code_that_counts("this widens what the key may be used for: it needs a code of your authenticator app", now);
    return step_up_.refuse(step_up, now);
}

Result<ports::LimitState, Refused> PolicyBook::set_limits(const SetLimitsRequest& question, Instant now) {
    auto* const entry = find(question.connection);
    if (entry == nullptr) return Unexpected{no_connection()};
    entry->policy.bring_up_to_date(now);
    if (raises(entry->policy.state().limits, question.limits))
        if (auto why = ask_for_code(question.step_up, now)) return Unexpected{std::move(*why)};
    auto before = entry->policy;
    entry->policy.set_limits(question.limits, now);
    if (const auto kept = keep(question.connection, *entry); !kept) {
        // What is narrower holds all the same; a raise that is not written down is none.
        entry->policy = std::move(before);
        entry->policy.narrow(question.limits);
        dirty_ = true;
        return Unexpected{to_refused(kept.error())};
    }
    return tell(*entry, now);
}

Result<ports::LimitState, Refused> PolicyBook::freeze(const FreezeRequest& question, Instant now) {
    auto* const entry = find(question.connection);
    if (entry == nullptr) return Unexpected{no_connection()};
    const auto& state = entry->policy.state();
    const auto before = state.freeze;
    // Saying "not frozen" of a store in doubt is saying that it is right.
    const bool milder = question.level < before || (question.level == ports::FreezeLevel::none && state.doubt == Doubt::rolled_back);
    if (milder) {
        if (auto why = ask_for_code(question.step_up, now)) return Unexpected{std::move(*why)};
        auto copy = entry->policy;
        entry->policy.freeze(question.level);
        if (question.level == ports::FreezeLevel::none) entry->policy.trust();
        if (const auto kept = keep(question.connection, *entry); !kept) {
            entry->policy = std::move(copy);
            return Unexpected{to_refused(kept.error())};
        }
        return tell(*entry, now);
    }
    // A freeze holds even if the disk does not take it.
    entry->policy.freeze(question.level);
    if (const auto kept = keep(question.connection, *entry); !kept) {
        dirty_ = true;
        return Unexpected{refused(Refusal::vault_failed, "the connection is frozen until the signer is started again: it could not be written down (" + kept.error().detail + ")")};
    }
    return tell(*entry, now);
}

}  // namespace bf::signer
