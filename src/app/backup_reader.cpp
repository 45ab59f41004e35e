#include "app/backup_reader.hpp"

#include "app/backup_maker.hpp"
#include "app/child.hpp"
#include "app/command_words.hpp"
#include "app/local_signer.hpp"
#include "base/printable.hpp"
#include "journal/disk.hpp"
#include "journal/journal.hpp"
#include "net/loop.hpp"
#include "server/backup_state.hpp"
#include "signer/sealing.hpp"
#include "store/connection_store.hpp"
#include "store/schema.hpp"
#include "store/trading_store.hpp"
#include "vault/key_file.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::app {
namespace {

namespace fs = std::filesystem;

Unexpected<Error> io(const fs::path& path, const char* what) {
    const int reason = errno;
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    return Unexpected{Error{ErrorKind::io, path.native() + " " + what + ": " + (full ? "the disk is full" : std::strerror(reason)) + ".", Fate::not_sent, full ? "disk_full" : "unwritable"}};
}
Unexpected<Error> damaged(const std::string& what) { return Unexpected{Error{ErrorKind::damaged, "The backup is damaged: " + what + ".", Fate::not_sent, "backup_damaged"}}; }

/// Writes what comes out of the archive into a folder, but for the signer's part, which goes to the signer.
class Unpacker final : public backup::ArchiveEvents {
public:
    Unpacker(fs::path folder, signer::Client& signer) : folder_{std::move(folder)}, signer_{signer} {}
    ~Unpacker() override {
        if (file_ >= 0) ::close(file_);
    }
    [[nodiscard]] const std::string& manifest() const { return manifest_; }
    [[nodiscard]] const std::set<std::string>& journals() const { return journals_; }
    [[nodiscard]] const std::set<std::string>& databases() const { return databases_; }
    [[nodiscard]] bool signer_told() const { return signer_told_; }

    Status sync_folders() const {
        for (const auto& folder : folders_) BF_TRY_VOID(vault::sync_folder(folder));
        return vault::sync_folder(folder_);
    }

private:
    enum class Into : std::uint8_t { manifest, signer, file };

    Status on_file(std::string_view name) override {
        name_ = name;
        into_ = name == kManifest ? Into::manifest : name == kSignersPart ? Into::signer : Into::file;
        if (into_ == Into::signer) signer_told_ = true;
        if (into_ != Into::file) return {};
        // The signer writes its own folder; the others live as long as the processes do.
        for (const std::string_view reserved : {"vault", "run", "lock", kUnfinishedRestore})
            if (name == reserved || name.starts_with(std::string{reserved} + "/")) return damaged("it holds a file where none belongs");
        fs::path at = folder_;
        const fs::path relative{name};
        for (const auto& part : relative.parent_path()) {
            at /= part;
            if (::mkdir(at.c_str(), 0700) != 0 && errno != EEXIST) return io(at, "can't be made");
            folders_.insert(at);
        }
        if (is_segment(relative.filename().native())) journals_.insert(relative.parent_path().native());
        if (name.ends_with(".db")) databases_.insert(name_);
        file_ = ::open((folder_ / relative).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file_ < 0) return io(folder_ / relative, "can't be made");
        return {};
    }
    Status on_bytes(std::string_view content) override {
        if (into_ == Into::manifest) {
            manifest_ += content;
            return manifest_.size() > 64 * 1024 ? Status{damaged("its first part is too long")} : Status{};
        }
        if (into_ == Into::signer) return signer_.restore_next(std::string{content});
        return write(content);
    }
    Status on_end(std::uint64_t zeros) override {
        if (into_ != Into::file) return {};
        // Written out, not left as a hole: syncs into blocks that exist are faster.
        const std::string block(64 * 1024, '\0');
        for (; zeros > 0; zeros -= std::min<std::uint64_t>(zeros, block.size()))
            BF_TRY_VOID(write(std::string_view{block}.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(zeros, block.size())))));
        const bool synced = ::fsync(file_) == 0;
        auto failed = io(folder_ / name_, "could not be written");
        ::close(std::exchange(file_, -1));
        if (!synced) return failed;
        return {};
    }
    Status write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto put = ::write(file_, bytes.data(), bytes.size());
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) return io(folder_ / name_, "could not be written");
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
        return {};
    }

    fs::path folder_;
    signer::Client& signer_;
    std::string name_, manifest_;
    std::set<fs::path> folders_;
    std::set<std::string> journals_, databases_;
    Into into_{Into::file};
    int file_{-1};
    bool signer_told_{false};
};

struct Unpacked {
    BackupContents contents;
    std::set<std::string> journals, databases;
};

Status read_manifest(const std::string& text, const std::string& id, BackupContents& contents) {
    const auto json = wire::Json::parse(text);
    const auto made = json ? (*json)["made_at"].integer() : std::nullopt;
    if (!made || (*json)["id"].text() != id) return damaged("its description can't be read");
    if ((*json)["format"].integer() != 1) return Unexpected{Error{ErrorKind::damaged, "The backup was written by a newer BackFuture.", Fate::not_sent, "backup_newer"}};
    contents.id = id;
    contents.made_at = Instant::from_ms(*made);
    contents.version = (*json)["backfuture"].text().value_or("");
    return {};
}

/// Everything in the file into `folder`, which is private and empty.
Result<Unpacked> unpack(const std::string& name, const crypto::Secret& passphrase, const std::string& folder, signer::RestoreAs as, const StartSigner& start) {
    std::ifstream file{name, std::ios::binary};
    if (!file) return Unexpected{Error{ErrorKind::not_found, name + " can't be read: " + std::strerror(errno) + ".", Fate::not_sent, "no_file"}};
    std::string header(backup::kHeaderSize, '\0');
    file.read(header.data(), static_cast<std::streamsize>(header.size()));
    header.resize(static_cast<std::size_t>(file.gcount()));
    BF_TRY_VOID(backup::read_header(header));
    BF_TRY_VOID(prepare_folder(folder + "/vault"));
    BF_TRY(const auto started, start(folder));
    auto& signer = *started.client;
    BF_TRY(const auto hello, signer.hello());
    const signer::SealingKey ours;
    BF_TRY(const auto begun, signer.begin_restore(header, signer::seal(hello.public_key, passphrase), ours.public_key()));
    BF_TRY(const auto key, ours.open(begun.key));

    Unpacker unpacker{folder, signer};
    backup::ArchiveReader archive{unpacker};
    backup::Opener opener{key, header};
    std::string sealed(64 * 1024, '\0'), plain;
    Unpacked result;
    result.contents.bytes = header.size();
    while (file.read(sealed.data(), static_cast<std::streamsize>(sealed.size())) || file.gcount() > 0) {
        const auto got = static_cast<std::size_t>(file.gcount());
        result.contents.bytes += got;
        BF_TRY_VOID(opener.read(std::string_view{sealed}.substr(0, got), plain));
        BF_TRY_VOID(archive.read(plain));
        plain.clear();
    }
    BF_TRY_VOID(opener.finish(plain));
    BF_TRY_VOID(archive.read(plain));
    BF_TRY_VOID(archive.finish());
    if (!unpacker.signer_told()) return damaged("the signer's part is missing");
    BF_TRY_VOID(read_manifest(unpacker.manifest(), begun.backup, result.contents));
    BF_TRY(const auto recovered, signer.end_restore(as));
    if (recovered.damaged > 0) return damaged(std::to_string(recovered.damaged) + " of its " + std::to_string(recovered.secrets) + " secrets do not open");
    result.contents.keys = recovered.keys;
    result.contents.ledger = recovered.ledger;
    result.contents.secrets = recovered.secrets;
    result.contents.files = archive.files();
    result.journals = unpacker.journals();
    result.databases = unpacker.databases();
    BF_TRY_VOID(unpacker.sync_folders());
    return result;
}

/// Opens and looks at everything but the signer's part. With `restored`, notes in the engine's database where it came from.
Status look_at_all(const std::string& folder, Unpacked& unpacked, const std::optional<server::RestoredFrom>& restored) {
    if (!unpacked.databases.contains("engine.db")) return damaged("the engine's database is missing");
    for (const auto& name : unpacked.databases) BF_TRY_VOID(vault::check_whole(fs::path{folder} / name));
    {
        BF_TRY(auto database, store::open_engine_database(folder + "/engine.db"));
        store::ConnectionStore connections{*database};
        store::TradingStore trading{*database};
        BF_TRY(const auto known, connections.connections());
        for (const auto& one : known) unpacked.contents.connections.push_back(one.name);
        BF_TRY(const auto strategies, trading.strategies());
        unpacked.contents.strategies = strategies.size();
        if (restored) BF_TRY_VOID(connections.put_setting(server::kRestoredSetting, server::to_json(*restored)));
    }
    net::Loop loop;
    for (const auto& name : unpacked.journals) {
        journal::DiskFolder journal_folder{folder + "/" + name};
        std::uint64_t entries = 0;
        BF_TRY(const auto opened, journal::Journal::open(journal_folder, loop, [&entries](const journal::Entry&) { ++entries; }));
        if (name == "journal") unpacked.contents.journal_entries = entries;
    }
    return {};
}

/// Who was signed in on the machine that is gone is not signed in here, nor is a script: what was ended since the backup was made would be back.
Status end_sessions(const std::string& web) {
    if (!fs::exists(web)) return {};
    BF_TRY(auto database, vault::Database::open(web));
    for (const std::string table : {"signed_in", "api_token"}) {
        BF_TRY(const auto has, database.integer(("SELECT count(*) FROM sqlite_schema WHERE type='table' AND name='" + table + "'").c_str()));
        if (has != 0) BF_TRY_VOID(database.run(("DELETE FROM " + table).c_str()));
    }
    return {};
}

/// A private folder of its own, gone with it.
class Temporary {
public:
    static Result<Temporary> make(const std::string& in) {
        std::error_code failed;
        auto name = ((in.empty() ? fs::temp_directory_path(failed) : fs::path{in}) / "backfuture-verify-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) return io(name, "can't be made");
        return Temporary{name};
    }
    Temporary(Temporary&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    Temporary& operator=(Temporary&&) = delete;
    ~Temporary() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    explicit Temporary(std::string path) : path_{std::move(path)} {}
    std::string path_;
};

}  // namespace

Result<TakingIn> start_taking_in(const std::string& folder) {
    BF_TRY(auto own, LocalSigner::start(folder, LocalSigner::For::restore));
    const auto held = std::make_shared<LocalSigner>(std::move(own));
    return TakingIn{held, &held->client()};
}

Result<BackupContents> verify_backup(const std::string& file, const crypto::Secret& passphrase, const std::string& in) {
    BF_TRY(const auto place, Temporary::make(in));
    BF_TRY(auto unpacked, unpack(file, passphrase, place.path(), signer::RestoreAs::look, start_taking_in));
    BF_TRY_VOID(look_at_all(place.path(), unpacked, std::nullopt));
    return std::move(unpacked.contents);
}

Status check_empty(const std::string& data) {
    std::error_code failed;
    const auto status = fs::symlink_status(data, failed);
    if (status.type() == fs::file_type::not_found) return {};
    if (status.type() != fs::file_type::directory) return Unexpected{Error{ErrorKind::conflict, data + " is not a folder.", Fate::not_sent, "not_empty"}};
    if (!fs::is_empty(data, failed) || failed)
        return Unexpected{Error{ErrorKind::conflict, "The folder " + data + " is not empty: a backup is restored into an empty folder only, so that nothing is written over. Choose another --data, or move what is there.", Fate::not_sent, "not_empty"}};
    return {};
}

Result<BackupContents> restore_backup(const std::string& file, const crypto::Secret& passphrase, const std::string& data, Instant now, const StartSigner& start) {
    const bool there = fs::exists(data);
    const auto work = [&]() -> Result<BackupContents> {
        BF_TRY_VOID(prepare_folder(data));
        BF_TRY_VOID(lock_folder(data));
        const auto marker = data + "/" + kUnfinishedRestore;
        const int made = ::open(marker.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (made < 0) return io(marker, "can't be made");
        ::close(made);
        BF_TRY_VOID(vault::sync_folder(data));
        BF_TRY(auto unpacked, unpack(file, passphrase, data, signer::RestoreAs::keep, start));
        BF_TRY_VOID(look_at_all(data, unpacked, server::RestoredFrom{unpacked.contents.id, unpacked.contents.made_at, now, {}}));
        BF_TRY_VOID(end_sessions(data + "/web.db"));
        BF_TRY_VOID(vault::sync_folder(data));
        if (::unlink(marker.c_str()) != 0) return io(marker, "could not be removed");
        BF_TRY_VOID(vault::sync_folder(data));
        return std::move(unpacked.contents);
    };
    auto restored = work();
    if (restored) return restored;
    // It was empty before: nothing but what we wrote is there.
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator{data, ignored}) fs::remove_all(entry.path(), ignored);
    if (!there) ::rmdir(data.c_str());
    return restored;
}

void print_contents(bool json, const BackupContents& contents, const char* verdict) {
    if (json) {
        std::string text;
        wire::JsonWriter out{text};
        out.begin_object().member("ok", true).member("id", contents.id).member("backfuture", contents.version).member("made_at", contents.made_at.ms()).member("bytes", contents.bytes);
        out.member("keys", contents.keys).member("ledger", contents.ledger).member("secrets", contents.secrets).key("connections").begin_array();
        for (const auto& name : contents.connections) out.text(name);
        out.end_array().member("strategies", contents.strategies).member("journal_entries", contents.journal_entries).member("files", contents.files).end_object();
        std::puts(text.c_str());
        return;
    }
    std::printf("%s\n", verdict);
    std::printf("  made       %s by BackFuture %s\n", shown_time(contents.made_at).c_str(), contents.version.c_str());
    std::printf("  size       %s, %u files\n", shown_size(contents.bytes).c_str(), contents.files);
    if (contents.keys)
        std::printf("  secrets    %u, every one of them opens\n", contents.secrets);
    else
        std::puts("  secrets    none: the exchange keys have to be entered again after a restore");
    if (contents.keys && !contents.ledger)
        std::puts("  ledger     NOT IN IT: it could not be opened when this backup was made. After a restore nothing is opened until you have said that you know: backfuture ledger accept");
    std::printf("  holds      %zu connections, %llu strategies, %llu journal entries\n", contents.connections.size(), static_cast<unsigned long long>(contents.strategies), static_cast<unsigned long long>(contents.journal_entries));
    for (const auto& name : contents.connections) std::printf("             %s\n", printable(name).c_str());
}

}  // namespace bf::app
