#include "app/vault_command.hpp"

#include "app/child.hpp"
#include "app/command_words.hpp"
#include "app/exit_code.hpp"
#include "app/local_signer.hpp"
#include "app/passphrase_input.hpp"
#include "app/signer_place.hpp"
#include "backup/format.hpp"
#include "signer/sealing.hpp"
#include "wire/json_writer.hpp"

#include <cstdio>
#include <optional>
#include <unistd.h>

namespace bf::app {
namespace {

/// The signer to ask: the running server's, or one of our own, which holds the folder as a server would.
class Reached {
public:
    static Result<Reached> at(const std::string& data) {
        if (::access(data.c_str(), F_OK) != 0) return Unexpected{Error{ErrorKind::not_found, "There is no data folder " + data + ".", Fate::not_sent, "data_folder"}};
        BF_TRY(const auto place, SignerPlace::of(data));
        if (place.is_of_another()) return Unexpected{place.of_another()};
        const auto locked = lock_folder(data);
        if (locked) {
            BF_TRY(auto own, LocalSigner::start(data, LocalSigner::For::vault));
            return Reached{std::move(own)};
        }
        if (locked.error().code != "folder_locked") return Unexpected{locked.error()};
        BF_TRY(auto link, place.connect());
        return Reached{signer::Client{std::move(link), seconds{60}}};
    }
    signer::Client& client() { return own_ ? own_->client() : *running_; }
    [[nodiscard]] bool is_running() const { return running_.has_value(); }

private:
    explicit Reached(LocalSigner own) : own_{std::move(own)} {}
    explicit Reached(signer::Client running) : running_{std::move(running)} {}
    std::optional<LocalSigner> own_;
    std::optional<signer::Client> running_;
};

/// With the vault open: asked for its passphrase where it waits for one and no server has opened it.
Result<signer::Hello> open_vault(Reached& signer) {
    BF_TRY(auto hello, signer.client().hello());
    if (hello.vault == signer::VaultState::sealed) {
        BF_TRY(const auto passphrase, read_passphrase("Passphrase of the vault"));
        BF_TRY_VOID(signer.client().unlock(signer::seal(hello.public_key, passphrase)));
    }
    if (hello.vault == signer::VaultState::failed) return Unexpected{Error{ErrorKind::damaged, "The vault can't be opened: " + hello.vault_detail + ".", Fate::not_sent, "vault"}};
    return hello;
}

const char* word_of(signer::VaultState state) {
    switch (state) {
        case signer::VaultState::none: return "none";
        case signer::VaultState::sealed: return "sealed";
        case signer::VaultState::open: return "open";
        case signer::VaultState::failed: return "failed";
    }
    return "failed";
}

std::optional<std::string> word_of(signer::Opener opener) {
    switch (opener) {
        case signer::Opener::key_file: return "key_file";
        case signer::Opener::key_credential: return "key_credential";
        case signer::Opener::passphrase: return "passphrase";
        case signer::Opener::passphrase_credential: return "passphrase_credential";
        case signer::Opener::unknown: break;
    }
    return std::nullopt;
}

const char* sentence_of(signer::Opener opener) {
    switch (opener) {
        case signer::Opener::key_file: return " It is opened by the key file in its folder.";
        case signer::Opener::key_credential: return " It is opened by a key that the service manager hands over.";
        case signer::Opener::passphrase: return " It is opened by a passphrase.";
        case signer::Opener::passphrase_credential: return " It is opened by a passphrase that the service manager hands over.";
        case signer::Opener::unknown: break;
    }
    return "";
}

int change(const VaultOptions& options, signer::Rewrap what, const char* done) {
    const auto work = [&]() -> Status {
        BF_TRY(auto signer, Reached::at(options.data));
        BF_TRY(const auto hello, open_vault(signer));
        std::string box;
        if (what == signer::Rewrap::to_passphrase) {
            BF_TRY(const auto passphrase, read_new_passphrase("New passphrase of the vault"));
            if (passphrase.size() < backup::kPassphraseMin) return bad_input("The vault's passphrase must have at least 12 characters.");
            box = signer::seal(hello.public_key, passphrase);
        }
        BF_TRY(auto step_up, read_step_up(options.account));
        const auto changed = signer.client().rewrap(what, std::move(box), std::move(step_up));
        if (changed || changed.error().code != "step_up") return changed;
        auto error = changed.error();
        error.detail += ": give --account NAME, and the code last.";
        return Unexpected{std::move(error)};
    };
    if (auto changed = work(); !changed) return say_error(options.json, changed.error());
    std::puts(options.json ? "{\"changed\":true}" : done);
    return kDone;
}

}  // namespace

int vault_status(const VaultOptions& options) {
    const auto work = [&]() -> Status {
        BF_TRY(auto signer, Reached::at(options.data));
        BF_TRY(const auto hello, signer.client().hello());
        std::uint32_t keys = 0, damaged = 0;
        if (hello.vault == signer::VaultState::open) {
            BF_TRY(const auto entries, signer.client().list());
            for (const auto& entry : entries) {
                ++keys;
                damaged += entry.damaged ? 1 : 0;
            }
        }
        if (options.json) {
            std::string json;
            wire::JsonWriter{json}.begin_object().member("state", word_of(hello.vault)).member("detail", hello.vault_detail).member("opened_by", word_of(hello.opener))
                .member("keys", keys).member("damaged", damaged).member("running", signer.is_running())
                .member("sealing_key", signer.is_running() ? std::optional{hello.fingerprint} : std::nullopt).end_object();
            std::puts(json.c_str());
            return {};
        }
        std::printf("The vault is %s%s%s.%s\n", word_of(hello.vault), hello.vault_detail.empty() ? "" : ": ", hello.vault_detail.c_str(), sentence_of(hello.opener));
        if (hello.vault == signer::VaultState::open) std::printf("It holds %u keys, of which %u do not open.\n", keys, damaged);
        // The one of this command's own signer is gone with it.
        if (signer.is_running()) std::printf("What is sealed on a page or the command line is sealed to a key with the fingerprint %s.\n", hello.fingerprint.c_str());
        return {};
    };
    if (auto told = work(); !told) return say_error(options.json, told.error());
    return kDone;
}

int vault_unlock(const VaultOptions& options) {
    const auto work = [&]() -> Status {
        BF_TRY(auto signer, Reached::at(options.data));
        if (!signer.is_running()) return Unexpected{Error{ErrorKind::not_found, "No BackFuture server runs in this data folder: start it first.", Fate::not_sent, "no_server"}};
        BF_TRY(const auto hello, signer.client().hello());
        if (hello.vault != signer::VaultState::sealed) return Unexpected{Error{ErrorKind::conflict, std::string{"The vault does not wait for a passphrase: it is "} + word_of(hello.vault) + ".", Fate::not_sent, "not_sealed"}};
        BF_TRY(const auto passphrase, read_passphrase("Passphrase of the vault"));
        return signer.client().unlock(signer::seal(hello.public_key, passphrase));
    };
    if (auto unlocked = work(); !unlocked) return say_error(options.json, unlocked.error());
    std::puts(options.json ? "{\"unlocked\":true}" : "The vault is open.");
    return kDone;
}

int vault_passphrase(const VaultOptions& options) {
    return change(options, signer::Rewrap::to_passphrase, "The vault is opened by the passphrase from now on. At each start it waits for it: backfuture vault unlock.");
}
int vault_key_file(const VaultOptions& options) { return change(options, signer::Rewrap::to_key_file, "The vault is opened by a new key file from now on; it opens by itself at each start."); }
int vault_rotate_key(const VaultOptions& options) { return change(options, signer::Rewrap::new_root_key, "Every key in the vault is sealed by a new root key."); }

}  // namespace bf::app
