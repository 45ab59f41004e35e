#include "signer/service.hpp"

#include "signer/codec.hpp"
#include "signer/credentials.hpp"
#include "signer/fingerprint.hpp"
#include "signer/service_words.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>

namespace bf::signer {

using exchange::Remark;
using exchange::say;

namespace {

/// More than any `check` or wizard needs at once; a bound on what a faulty caller can make us hold.
constexpr std::size_t kTransientMax = 256;

/// Keys that are entered between two starts. More is a caller that makes them up.
constexpr std::size_t kKeptBoxesMax = 100'000;

std::string hash_of_box(std::string_view sealed) {
    std::array<unsigned char, 16> hash{};
    crypto_generichash(hash.data(), hash.size(), as_bytes(sealed).data(), sealed.size(), nullptr, 0);
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

bool is_connection_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

}  // namespace

Service::Service(World world, std::optional<VaultPlace> place)
    : world_{std::move(world)}, door_{place}, ledger_folder_{place ? place->folder / "ledger" : std::filesystem::path{}} {
    load_all();
    open_ledger();
}

void Service::answer(std::string_view message, std::string& reply, Thought thought) {
    // Here and not before: the thread must be born into the confined process.
    if (auto* ledger = uses_.ledger(); ledger != nullptr) ledger->sync_in_background();
    uses_.tick(world_.clock.wall());
    if (const auto id = decode_sign_request(message, to_sign_); id) return sign(*id, reply);
    auto request = decode_request(message);
    if (!request) {
        uses_.bad_message(world_.clock.wall());
        encode(reply, Reply{peek_id(message), refused(Refusal::bad_message, request.error().detail)});
        return;
    }
    const auto id = request->id;
    thought_ = std::move(thought);
    encode(reply, Reply{id, handle_entered(request->question)});
    BF_ASSERT(reply.size() <= kMessageMax);
}

void Service::turn_away(std::string_view message, std::string& reply) {
    const auto why = refused(Refusal::policy, "what opens the vault is the signer's own user's to change: run the command as that user");
    uses_.refused(SignItem{}, false, why, world_.clock.wall());
    encode(reply, Reply{peek_id(message), why});
}

Result<exchange::CredentialFields, Refused> Service::open(std::string_view sealed) const {
    auto json = sealing_.open(sealed);
    if (!json) return Unexpected{refused(Refusal::bad_credentials, json.error().detail)};
    auto fields = parse_credentials(std::move(json).value());
    if (!fields) return Unexpected{refused(Refusal::bad_credentials, fields.error().detail)};
    return std::move(fields).value();
}

std::optional<Refused> Service::refuse_box(std::string_view sealed, std::string_view stage_for) const {
    const auto kept = kept_boxes_.find(hash_of_box(sealed));
    if (kept != kept_boxes_.end() && (stage_for.empty() || kept->second != stage_for))
        return refused(Refusal::bad_credentials, "these sealed credentials were used before, and each box is good for one connection: enter the key again");
    if (kept == kept_boxes_.end() && kept_boxes_.size() >= kKeptBoxesMax)
        return refused(Refusal::conflict, "more keys were entered than this signer remembers: start the server again");
    return std::nullopt;
}

void Service::note_kept(std::string_view connection, std::string_view sealed) { kept_boxes_.emplace(hash_of_box(sealed), connection); }

void Service::note_removed(std::string_view connection) {
    for (auto& [box, of] : kept_boxes_)
        if (of == connection) of.clear();
}

std::string Service::fingerprint() const { return fingerprint_of(sealing_.public_key()); }

Answer Service::handle(const HelloRequest&) {
    if (door_.state() == VaultState::failed) {
        door_.reopen();
        load_all();
    }
    open_ledger();
    return Hello{sealing_.public_key(), fingerprint(), door_.state(), door_.detail(), features_, door_.opener()};
}

Answer Service::handle(const CheckShapeRequest& question) {
    const auto* calls = world_.calls_of(question.exchange);
    if (calls == nullptr) return no_calls(question.exchange);
    auto fields = open(question.sealed);
    if (!fields) return std::move(fields).error();
    return Findings{shape_of(calls->info(), *fields, world_.simulated_only)};
}

Answer Service::handle(AddRequest& question) {
    const auto* calls = world_.calls_of(question.exchange);
    if (calls == nullptr) return no_calls(question.exchange);
    if (!is_connection_id(question.connection))
        return refused(Refusal::bad_message, "a connection's id may hold letters, digits, _ and - (1 to 64)");
    if (keyring_.find(question.connection) != nullptr) return refused(Refusal::conflict, "there is already a connection with that id");
    if (question.keep == Keep::memory && keyring_.count(Keep::memory) >= kTransientMax)
        return refused(Refusal::conflict, "too many connections are being tried at once");
    if (auto why = refuse_box(question.sealed, {})) return std::move(*why);
    auto fields = open(question.sealed);
    if (!fields) return std::move(fields).error();
    Added added{false, fingerprint_of_key_id(fields->key), shape_of(calls->info(), *fields, world_.simulated_only)};
    if (any_fatal(added.findings)) return added;
    if (question.keep == Keep::vault) {
        auto opened = door_.vault();
        if (!opened) return std::move(opened).error();
        // The limits first: a key without is one that nothing is signed with.
        if (const auto limited = policies_.add(question.connection, true, question.limits, world_.clock.wall()); !limited) return to_refused(limited.error());
        const auto put = (*opened)->put(question.connection, vault::Slot::active, question.exchange, *fields);
        if (!put) {
            policies_.remove(question.connection);
            return to_refused(put.error());
        }
    } else if (const auto limited = policies_.add(question.connection, false, question.limits, world_.clock.wall()); !limited) {
        return to_refused(limited.error());
    }
    added.kept = true;
    note_kept(question.connection, question.sealed);
    HeldConnection held{question.exchange, calls, question.keep, {}};
    held.slot(Slot::active).emplace(HeldKey{calls->make_key(std::move(fields).value()), added.key_fingerprint});
    keyring_.put(std::move(question.connection), std::move(held));
    return added;
}

Answer Service::handle(const SignRequest&) { return refused(Refusal::bad_message, "a request to sign that is not sound"); }

void Service::sign(std::uint64_t id, std::string& reply) {
    SignReplyWriter writer{reply, id, to_sign_.items.size()};
    const auto now = world_.clock.wall();
    bool only_reads = true;
    for (const auto& item : to_sign_.items) {
        // Before the limits are asked: what is refused here must not use any of them up.
        auto no = uses_.refuse_unfit(item.call);
        if (!no) no = sign(item, now);
        // Entered before the signature leaves; what can't be entered does not leave.
        if (!no) no = uses_.signed_for(item, requests_, now);
        if (no) uses_.refused(item, keyring_.find(item.connection) != nullptr, *no, now);
        only_reads = only_reads && class_of(item.call.operation) == UseClass::read;
        if (no)
            writer.add(*no);
        else
            writer.add(requests_);
    }
    if (only_reads) keep_head(now, false);
}

std::optional<Refused> Service::sign(const SignItem& item, Instant now) {
    if (now > item.deadline) return refused(Refusal::late, say(Remark::too_late));
    // No difference is taken: the caller's time may be any number.
    if (item.at > now + kClockTolerance || item.at < now - kClockTolerance)
        return refused(Refusal::clock, say(Remark::clock_off));
    const auto* held = keyring_.find(item.connection);
    // Of a vault that is not open nobody can say what it holds.
    if (held == nullptr && (door_.state() == VaultState::failed || door_.state() == VaultState::sealed))
        return refused(Refusal::vault_closed, say(Remark::vault_closed, {door_.detail()}));
    if (held == nullptr) return no_connection();
    const auto& key = held->slot(item.slot);
    if (!key) return refused(Refusal::unknown_connection, say(Remark::no_key_in_slot));
    // The old key is kept to go back to, not to be used: it may only be asked whether the exchange still knows it.
    if (item.slot == Slot::previous && item.call.operation != exchange::Operation::key_info)
        return refused(Refusal::policy, say(Remark::old_key));
    if (key->damaged) return refused(Refusal::damaged, say(Remark::key_damaged));
    if (held->calls == nullptr) return no_calls(*held->exchange);
    if (auto no = world_.policy.refuse(item.connection, item.call, now); no) return no;
    if (world_.limits)
        if (auto no = policies_.judge(item, now); no) return no;
    requests_.clear();
    auto written = held->calls->write(item.call, key->key.get(), item.at, requests_);
    if (written) return std::nullopt;
    auto detail = written.error().detail;
    return Refused{Refusal::arguments, std::move(detail), std::move(written).error()};
}

}  // namespace bf::signer
