#include "app/backup_command.hpp"

#include "app/backup_maker.hpp"
#include "app/backup_reader.hpp"
#include "app/child.hpp"
#include "app/command_line.hpp"
#include "app/command_words.hpp"
#include "app/engine_asker.hpp"
#include "app/exit_code.hpp"
#include "app/local_signer.hpp"
#include "app/passphrase_input.hpp"
#include "app/signer_place.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "server/backup_state.hpp"
#include "signer/sealing.hpp"
#include "wire/json.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::app {
namespace {

using server::ApiReply;
using wire::Json;
using wire::Method;

Instant now() { return Instant::from_ms(std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()); }

/// The backup's passphrase: made here and shown, or asked for.
struct Passphrase {
    crypto::Secret text;
    bool made{false};
};
Result<Passphrase> new_passphrase(const BackupOptions& options) {
    if (options.make_code) return Passphrase{backup::new_recovery_code(), true};
    BF_TRY(auto text, read_new_passphrase("New passphrase for this backup"));
    return Passphrase{std::move(text), false};
}

/// What to do where the signer wants a code; whoever gave one knows how.
Error with_remedy(Error error, const BackupOptions& options) {
    if (error.code != "step_up" && error.code != "code_needed") return error;
    error.detail += options.account.empty() ? ": give --account NAME, and the code after the passphrase, or leave the keys out with --without-keys." : ".";
    return error;
}

/// As a shell takes it.
std::string quoted(const std::string& word) {
    const bool plain = word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%") == std::string::npos;
    if (plain && !word.empty()) return word;
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return out + "'";
}

/// The flag by which a command finds this folder; none where it looks by itself.
std::string data_flag(const std::string& data) { return data == default_data() ? std::string{} : " --data " + quoted(data); }
std::string serve_flag(const std::string& data) { return data == default_data(true) ? std::string{" --demo"} : data_flag(data); }

int print_made(const BackupOptions& options, const BackupMade& made, const Passphrase& passphrase) {
    if (!options.json) {
        std::printf("%s: %s, made %s, %s the exchange keys.\n", options.file.c_str(), shown_size(made.bytes).c_str(), shown_time(made.at).c_str(), made.keys ? "with" : "without");
        // The one time that it is shown: to whoever asked for it, on the terminal that asked.
        if (passphrase.made) passphrase.text.reveal([](std::string_view code) { std::printf("Recovery code, shown this once: %.*s\nWrite it down and keep it apart from the file. Without it the backup is worthless.\n", static_cast<int>(code.size()), code.data()); });
        std::printf("Verify it: backfuture backup verify %s\n", options.file.c_str());
        if (made.ledger_missing.empty()) return kDone;
        std::fprintf(stderr, "The ledger of key uses is NOT in this backup: %s.\nAll else is. Mend the ledger (backfuture ledger verify) and make another one.\n", printable(made.ledger_missing).c_str());
        return kFailed;
    }
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("file", options.file).member("id", made.id).member("bytes", made.bytes).member("made_at", made.at.ms()).member("keys", made.keys)
        .member("ledger_missing", made.ledger_missing.empty() ? std::nullopt : std::optional{made.ledger_missing});
    if (passphrase.made) passphrase.text.reveal([&](std::string_view code) { out.member("recovery_code", code); });
    out.end_object();
    std::puts(json.c_str());
    crypto::wipe(json);
    return made.ledger_missing.empty() ? kDone : kFailed;
}

// --- of a folder that no server uses

Result<BackupMade> make_at_rest(const BackupOptions& options, const crypto::Secret& passphrase, ports::StepUp step_up) {
    BF_TRY_VOID(prepare_folder(options.data + "/run"));
    BF_TRY(const auto place, SignerPlace::of(options.data));
    std::optional<LocalSigner> own;
    std::optional<signer::Client> of_another;
    if (place.is_of_another()) {
        // It runs by itself, whether the server does or not.
        BF_TRY(auto link, place.connect());
        of_another.emplace(std::move(link), seconds{60});
    } else {
        BF_TRY(auto started, LocalSigner::start(options.data, LocalSigner::For::vault));
        own.emplace(std::move(started));
    }
    auto& signer = of_another ? *of_another : own->client();
    BF_TRY(auto hello, signer.hello());
    if (hello.vault == signer::VaultState::sealed && !options.without_keys && of_another) return Unexpected{place.sealed()};
    if (hello.vault == signer::VaultState::sealed && !options.without_keys) {
        BF_TRY(const auto of_vault, read_passphrase("Passphrase of the vault"));
        BF_TRY_VOID(signer.unlock(signer::seal(hello.public_key, of_vault)));
    }
    if (hello.vault == signer::VaultState::failed) return Unexpected{Error{ErrorKind::damaged, "The vault can't be opened: " + hello.vault_detail + ".", Fate::not_sent, "vault"}};
    BackupPlan plan{.data = options.data, .to = options.file, .scratch = options.data + "/run", .keys = !options.without_keys, .sealed = {}, .now = now(), .pin = pin_at_rest};
    plan.sealed = signer::seal(hello.public_key, passphrase);
    plan.step_up = std::move(step_up);
    return make_backup(plan, signer);
}

// --- of a running one

Error error_of(const ApiReply& reply) {
    const auto json = Json::parse(reply.body);
    const auto word = [&](const char* name) { return json ? std::string{(*json)[name].text().value_or("")} : std::string{}; };
    return {ErrorKind::io, json ? word("detail") : "The server gave no readable answer.", Fate::not_sent, word("code")};
}

/// Asks for the pieces and writes them to the file, which is there whole or not at all.
Status fetch(EngineAsker& asker, const std::string& to, std::uint64_t total) {
    const auto part = to + ".part";
    ::unlink(part.c_str());
    const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const auto failed = [&](const char* what) { return Unexpected{Error{ErrorKind::io, part + " " + what + ": " + std::strerror(errno) + ".", Fate::not_sent, "unwritable"}}; };
    if (file < 0) return failed("can't be made");
    const auto write_all = [&]() -> Status {
        for (std::uint64_t from = 0; from < total;) {
            const auto reply = asker.ask(Method::get, "backups/piece", {}, "from=" + std::to_string(from));
            if (reply.status != 200) return Unexpected{error_of(reply)};
            const auto json = Json::parse(reply.body);
            const auto bytes = json ? from_base64((*json)["bytes"].text().value_or("")) : Result<std::vector<unsigned char>>{Unexpected{Error{}}};
            if (!bytes || bytes->empty()) return Unexpected{Error{ErrorKind::protocol, "The server broke off in the middle of the backup.", Fate::not_sent, "cut"}};
            for (std::size_t done = 0; done < bytes->size();) {
                const auto put = ::write(file, bytes->data() + done, bytes->size() - done);
                if (put < 0 && errno == EINTR) continue;
                if (put <= 0) return failed("could not be written");
                done += static_cast<std::size_t>(put);
            }
            from += bytes->size();
        }
        if (::fsync(file) != 0) return failed("could not be written");
        return {};
    };
    auto written = write_all();
    ::close(file);
    if (written && ::rename(part.c_str(), to.c_str()) != 0) written = failed("could not be put in place");
    if (!written) ::unlink(part.c_str());
    return written;
}

Result<BackupMade> make_running(const BackupOptions& options, const crypto::Secret& passphrase, const ports::StepUp& step_up) {
    EngineAsker asker{options.data};
    BF_TRY(const auto to, signer_key_of(options.data));
    std::string body;
    wire::JsonWriter{body}.begin_object().member("sealed", to_base64(as_bytes(signer::seal(to, passphrase)))).member("keys", !options.without_keys)
        .member("account", step_up.account).member("code", step_up.code).end_object();
    if (const auto begun = asker.ask(Method::post, "backups", std::move(body)); begun.status != 202) return Unexpected{error_of(begun)};
    while (true) {
        const auto reply = asker.ask(Method::get, "backups", {}, "wait=done");
        if (reply.status != 200) return Unexpected{error_of(reply)};
        const auto json = Json::parse(reply.body);
        const auto current = json ? (*json)["current"] : wire::JsonValue{};
        const auto state = current["state"].text().value_or("");
        if (state == "making") continue;
        if (state != "ready") {
            const auto problem = current["problem"];
            return Unexpected{Error{ErrorKind::io, std::string{problem["detail"].text().value_or("The backup was not made.")}, Fate::not_sent,
                                    std::string{problem["code"].text().value_or("backup_failed")}}};
        }
        const auto last = server::read_last_backup((*json)["last"]);
        if (!last) return Unexpected{Error{ErrorKind::protocol, "The server gave no readable answer.", Fate::not_sent, "protocol"}};
        BF_TRY_VOID(fetch(asker, options.file, last->bytes));
        static_cast<void>(asker.ask(Method::del, "backups/current"));
        return BackupMade{last->id, last->bytes, last->made_at, last->keys, last->ledger_missing};
    }
}

}  // namespace

int backup_create(const BackupOptions& options) {
    if (::access(options.file.c_str(), F_OK) == 0) return say_error(options.json, {ErrorKind::conflict, "There is already a file " + options.file + ": choose another name.", Fate::not_sent, "file_exists"});
    if (::access(options.data.c_str(), F_OK) != 0) return say_error(options.json, {ErrorKind::not_found, "There is no data folder " + options.data + ".", Fate::not_sent, "data_folder"});
    auto passphrase = new_passphrase(options);
    if (!passphrase) return say_error(options.json, passphrase.error());
    auto step_up = read_step_up(options.account);
    if (!step_up) return say_error(options.json, step_up.error());
    const auto locked = lock_folder(options.data);
    const bool running = !locked && locked.error().code == "folder_locked";
    if (!locked && !running) return say_error(options.json, locked.error());
    const auto made = running ? make_running(options, passphrase->text, *step_up) : make_at_rest(options, passphrase->text, std::move(*step_up));
    if (!made) return say_error(options.json, with_remedy(made.error(), options));
    return print_made(options, *made, *passphrase);
}

int backup_verify(const BackupOptions& options) {
    const auto passphrase = read_passphrase("Passphrase or recovery code of the backup");
    if (!passphrase) return say_error(options.json, passphrase.error());
    const auto found = verify_backup(options.file, *passphrase, options.verify_in);
    if (!found) return say_error(options.json, found.error());
    print_contents(options.json, *found, "This backup is good.");
    // A server that made it remembers.
    if (!found->id.empty() && ::access((options.data + "/run/engine.sock").c_str(), F_OK) == 0) {
        std::string body;
        wire::JsonWriter{body}.begin_object().member("id", found->id).end_object();
        EngineAsker asker{options.data};
        static_cast<void>(asker.ask(Method::post, "backups/verified", std::move(body)));
    }
    return kDone;
}

int restore(const BackupOptions& options) {
    if (auto empty = check_empty(options.data); !empty) return say_error(options.json, empty.error());
    const auto passphrase = read_passphrase("Passphrase or recovery code of the backup");
    if (!passphrase) return say_error(options.json, passphrase.error());
    const auto found = restore_backup(options.file, *passphrase, options.data, now());
    if (!found) return say_error(options.json, found.error());
    print_contents(options.json, *found, "Restored.");
    if (!options.json)
        std::printf("Nothing is traded until you confirm. Start the server:\n  backfuture serve%s\nLook at what the exchanges say now, then confirm:\n  backfuture backup confirm%s\n", serve_flag(options.data).c_str(),
                    data_flag(options.data).c_str());
    return kDone;
}

int backup_confirm(const BackupOptions& options) {
    EngineAsker asker{options.data};
    const auto reply = asker.ask(Method::post, "backups/confirm", "{}");
    if (reply.status != 204) return say_error(options.json, error_of(reply));
    std::puts(options.json ? "{\"confirmed\":true}" : "Confirmed. Strategies act on signals again.");
    return kDone;
}

}  // namespace bf::app
