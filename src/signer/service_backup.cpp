// The questions of backup and restore.
#include "base/text.hpp"
#include "signer/codec.hpp"
#include "signer/codec_messages.hpp"
#include "signer/service.hpp"
#include "signer/service_words.hpp"

namespace bf::signer {
namespace {

std::string id_of(const vault::KeyId& id) { return to_hex(as_bytes(vault::view(id))); }

/// An Error of the backup's as a refusal whose sentence and kind a caller can go by.
Refused refusal_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::damaged: return refused(Refusal::damaged, error.detail);
        case ErrorKind::denied:
        case ErrorKind::bad_input: return refused(Refusal::bad_credentials, error.detail);
        default: return refused(Refusal::vault_failed, error.detail);
    }
}

Refused not_thought() { return refused(Refusal::bad_message, "a request for a backup that is not sound"); }

}  // namespace

Service::Thought Service::think(std::string_view message) const {
    Thought thought;
    if (!derives_a_key(message)) return thought;
    const auto request = decode_request(message);
    if (!request) return thought;
    if (const auto* rewrap = std::get_if<RewrapRequest>(&request->question); rewrap != nullptr) {
        if (rewrap->change != Rewrap::to_passphrase || !door_.place()) return thought;
        // Anything wrong with it is said where the question is answered.
        if (const auto opened = sealing_.open(rewrap->sealed); opened)
            if (auto derived = vault::derive_from_passphrase(*opened, door_.place()->cost, vault::random_key_id()); derived) thought.wrapping = std::move(derived).value();
        return thought;
    }
    const auto* begin = std::get_if<BackupBeginRequest>(&request->question);
    const auto* restore = std::get_if<RestoreBeginRequest>(&request->question);
    // A signer that serves must not be a place to try the passphrases of backups at.
    if (restore != nullptr && (!door_.place() || !door_.place()->restoring)) return thought;
    auto passphrase = sealing_.open(begin != nullptr ? begin->sealed : restore->sealed);
    const auto give_up = [&thought](Refused why) {
        thought.keys.emplace(Unexpected{std::move(why)});
        return std::move(thought);
    };
    if (!passphrase) return give_up(refused(Refusal::bad_credentials, passphrase.error().detail));
    const auto text = backup::normalised(std::move(passphrase).value());
    if (begin != nullptr && text.size() < backup::kPassphraseMin)
        return give_up(refused(Refusal::bad_credentials, "The passphrase of a backup must have at least " + std::to_string(backup::kPassphraseMin) + " characters: whoever finds the file can try passphrases day and night."));
    if (begin != nullptr) {
        thought.header = backup::new_header(door_.place() ? door_.place()->cost : vault::KdfCost{});
    } else {
        auto header = backup::read_header(restore->header);
        if (!header) return give_up(refusal_of(header.error()));
        thought.header = *header;
    }
    auto keys = begin != nullptr ? backup::derive_keys(text, thought.header) : backup::open_keys(text, thought.header);
    if (!keys) return give_up(refusal_of(keys.error()));
    thought.header.check = keys->check;
    thought.keys.emplace(std::move(keys).value());
    return thought;
}

/// On a person's word alone: a taken-over engine could have made the passphrase up that the keys would go under.
std::optional<Refused> Service::ask_for_code(const ports::StepUp& step_up, const char* why) {
    const auto now = world_.clock.wall();
    // One that is given is judged in any case.
    if (!step_up.code.empty()) return step_up_.refuse(step_up, now);
    if (!step_up_.any(now)) return std::nullopt;
    return step_up_.no_code_that_counts(why, now);
}

Answer Service::handle(const BackupBeginRequest& question) {
    if (!thought_.keys) return not_thought();
    auto keys = std::exchange(thought_.keys, std::nullopt);
    if (!*keys) return std::move(*keys).error();
    if (!door_.place()) return refused(Refusal::vault_closed, door_.detail());
    std::vector<BackupItem> items;
    if (question.keys) {
        auto opened = door_.vault();
        if (!opened) return std::move(opened).error();
        if (auto why = ask_for_code(question.step_up, "a backup with the exchange keys takes a code of your authenticator app")) return std::move(*why);
        auto gathered = backup_items(**opened, **keys);
        if (!gathered) return refusal_of(gathered.error());
        items = std::move(*gathered);
    }
    // The keys alone are worth more than no backup; whoever asked is told.
    auto ledger_missing = question.keys && uses_.ledger() == nullptr ? ("the ledger can't be opened: " + uses_.detail()).substr(0, kSentenceMax) : std::string{};
    backup_ = std::make_unique<BackupOut>(thought_.header, **keys, std::move(items));
    return BackupBegun{backup::write_header(thought_.header), seal(question.recipient, (*keys)->content), id_of(backup_->id()), std::move(ledger_missing)};
}

Result<std::vector<BackupItem>> Service::backup_items(vault::Vault& vault, const backup::Keys& keys) {
    std::vector<BackupItem> items;
    // The ledger first, and its head into the vault: one that knows less than the ledger tells would be taken for an older copy.
    if (auto* ledger = uses_.ledger(); ledger != nullptr) {
        BF_TRY(auto copy, ledger->copy());
        keep_head(world_.clock.wall(), true);
        items.push_back({.name = std::string{"ledger/"} + kLedgerHeadFile, .bytes = std::move(copy.head)});
        for (const auto& segment : copy.segments) {
            auto open = [folder = copy.folder, name = segment.name] { return folder->open(name); };
            items.push_back({.name = "ledger/" + segment.name, .bytes = {}, .open = std::move(open), .used = segment.used, .zeros = segment.size - segment.used});
        }
    }
    BF_TRY(auto limits, policies_.copy());
    if (limits) {
        items.push_back({.name = PolicyStore::kDatabaseFile, .bytes = std::move(limits->database)});
        items.push_back({.name = PolicyStore::kMarkFile, .bytes = std::move(limits->mark)});
    }
    BF_TRY(auto bytes, vault.copy_sealed_by(keys.secrets));
    items.push_back({.name = kVaultFile, .bytes = std::move(bytes)});
    return items;
}

Answer Service::handle(const BackupNextRequest& question) {
    if (backup_ == nullptr || id_of(backup_->id()) != question.backup) return refused(Refusal::conflict, "that backup is not under way: another one was begun, or the signer was started again");
    auto bytes = backup_->next();
    if (!bytes) {
        backup_.reset();
        return refusal_of(bytes.error());
    }
    const bool last = backup_->at_end();
    if (last) backup_.reset();
    return BackupPiece{std::move(bytes).value(), last};
}

Answer Service::handle(const RestoreBeginRequest& question) {
    if (!door_.place() || !door_.place()->restoring) return refused(Refusal::conflict, "this signer takes no backup in: it was not started for that");
    if (!thought_.keys) return not_thought();
    auto keys = std::exchange(thought_.keys, std::nullopt);
    if (restore_) return refused(Refusal::conflict, "a backup is being taken in already");
    if (!*keys) return std::move(*keys).error();
    auto key = seal(question.recipient, (*keys)->content);
    restore_ = std::make_unique<BackupIn>(door_.place()->folder, thought_.header, std::move(**keys));
    return BackupBegun{question.header, std::move(key), id_of(thought_.header.id), {}};
}

Answer Service::handle(const RestoreNextRequest& question) {
    if (!restore_) return refused(Refusal::conflict, "no backup is being taken in");
    if (auto taken = restore_->take(question.bytes); !taken) return refusal_of(taken.error());
    return Done{};
}

Answer Service::handle(const RestoreEndRequest& question) {
    if (!restore_) return refused(Refusal::conflict, "no backup is being taken in");
    const auto restore = std::move(restore_);
    const auto found = restore->finish(question.as == RestoreAs::keep ? std::optional{door_.place()->key_file} : std::nullopt);
    if (!found) return refusal_of(found.error());
    return Restored{found->keys, found->secrets, found->damaged, found->ledger};
}

}  // namespace bf::signer
