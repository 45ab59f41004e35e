#include "app/backup_maker.hpp"

#include "app/processes.hpp"
#include "app/web_copy.hpp"
#include "server/version.hpp"
#include "signer/sealing.hpp"
#include "vault/key_file.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace bf::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 64 * 1024;

Unexpected<Error> io(const std::string& path, const char* what) {
    const int reason = errno;
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    return Unexpected{Error{ErrorKind::io, path + " " + what + ": " + (full ? "the disk is full" : std::strerror(reason)) + ".", Fate::not_sent, full ? "disk_full" : "unwritable"}};
}

/// What goes with the processes: the journal's next segment, what SQLite keeps beside a database, files being made.
bool passes_away(std::string_view name) {
    for (const std::string_view end : {"-wal", "-shm", "-journal", ".part", ".tmp", ".new"})
        if (name.ends_with(end)) return true;
    return name.ends_with("next-segment");
}

struct Found {
    std::vector<std::string> databases, journals, files;
};

/// Both databases and the engine's folders. The signer's own the signer hands out; TLS files are of this machine, or of somebody else's making.
Result<Found> look_around(const std::string& data) {
    Found found;
    std::error_code failed;
    for (const auto* name : {"engine.db", "web.db"})
        if (fs::exists(fs::path{data} / name, failed)) found.databases.emplace_back(name);
    for (const auto* part : kEngineFolders) {
        if (!fs::exists(fs::path{data} / part, failed)) continue;
        for (fs::recursive_directory_iterator at{fs::path{data} / part, failed}, end; !failed && at != end; at.increment(failed)) {
            const auto name = at->path().lexically_relative(data).native();
            if (!at->is_regular_file(failed) || at->is_symlink(failed) || passes_away(name) || !backup::is_plain_path(name)) continue;
            const auto folder = at->path().parent_path().lexically_relative(data).native();
            if (is_segment(at->path().filename().native())) {
                if (std::find(found.journals.begin(), found.journals.end(), folder) == found.journals.end()) found.journals.push_back(folder);
            } else if (name.ends_with(".db")) {
                found.databases.push_back(name);
            } else {
                found.files.push_back(name);
            }
        }
    }
    if (failed) return Unexpected{Error{ErrorKind::io, "The folder " + data + " can't be read: " + failed.message() + ".", Fate::not_sent, "data_folder"}};
    return found;
}

/// The file being written: sealed as it grows, under another name until it is whole.
class Output {
public:
    Output(const BackupPlan& plan, const crypto::Secret& key, const std::string& header) : plan_{plan}, part_{plan.to + ".part"}, sealer_{key, header} { sealed_ = header; }
    ~Output() {
        if (file_ < 0) return;
        ::close(file_);
        ::unlink(part_.c_str());
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    Status open() {
        if (::access(plan_.to.c_str(), F_OK) == 0) return Unexpected{Error{ErrorKind::conflict, "There is already a file " + plan_.to + ": choose another name.", Fate::not_sent, "file_exists"}};
        ::unlink(part_.c_str());
        file_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file_ < 0) return io(part_, "can't be made");
        return {};
    }
    backup::ArchiveWriter& writer() { return writer_; }
    /// Seals and writes what the writer has by now.
    Status flush() {
        sealer_.write(plain_, sealed_);
        plain_.clear();
        return write_sealed();
    }
    Status finish() {
        writer_.finish();
        sealer_.write(plain_, sealed_);
        plain_.clear();
        sealer_.finish(sealed_);
        BF_TRY_VOID(write_sealed());
        if (::fsync(file_) != 0) return io(part_, "could not be written");
        ::close(std::exchange(file_, -1));
        if (::rename(part_.c_str(), plan_.to.c_str()) != 0) return io(part_, "could not be put in place");
        const auto folder = fs::path{plan_.to}.parent_path();
        return vault::sync_folder(folder.empty() ? "." : folder);
    }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    Status write_sealed() {
        for (std::string_view rest = sealed_; !rest.empty();) {
            const auto put = ::write(file_, rest.data(), rest.size());
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) return io(part_, "could not be written");
            rest.remove_prefix(static_cast<std::size_t>(put));
            bytes_ += static_cast<std::uint64_t>(put);
        }
        sealed_.clear();
        if (plan_.written != nullptr) plan_.written->store(bytes_);
        return {};
    }

    const BackupPlan& plan_;
    std::string part_;
    backup::Sealer sealer_;
    std::string plain_, sealed_;
    backup::ArchiveWriter writer_{plain_};
    int file_{-1};
    std::uint64_t bytes_{0};
};

/// A file that only grows, or never changes: as much as it has now.
Status add_file(Output& out, const std::string& name, const fs::path& path) {
    // Its size is that of what is open: another file may take the path meanwhile.
    std::ifstream file{path, std::ios::binary | std::ios::ate};
    // Gone between looking and reading: it was not meant to stay.
    if (!file) return {};
    auto left = static_cast<std::uint64_t>(file.tellg());
    file.seekg(0);
    out.writer().begin(name);
    std::string piece;
    while (left > 0) {
        piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece)));
        if (!file.read(piece.data(), static_cast<std::streamsize>(piece.size()))) return io(path.native(), "became shorter while it was backed up");
        left -= piece.size();
        out.writer().bytes(piece);
        BF_TRY_VOID(out.flush());
    }
    out.writer().end();
    return out.flush();
}

Status add_database(Output& out, const BackupPlan& plan, const std::string& name, vault::Snapshot& snapshot) {
    const auto copy = fs::path{plan.scratch} / "copy.db";
    ::unlink(copy.c_str());
    auto added = snapshot.copy_to(copy);
    if (added) added = add_file(out, name, copy);
    ::unlink(copy.c_str());
    return added;
}

Status add_segment(Output& out, const std::string& name, std::string_view bytes, std::uint64_t zeros) {
    out.writer().begin(name);
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
        out.writer().bytes(bytes.substr(at, kPiece));
        BF_TRY_VOID(out.flush());
    }
    out.writer().end(zeros);
    return out.flush();
}

Status add_signers_part(Output& out, signer::Client& signer, const std::string& backup) {
    out.writer().begin(kSignersPart);
    while (true) {
        BF_TRY(const auto piece, signer.next_of_backup(backup));
        out.writer().bytes(piece.bytes);
        BF_TRY_VOID(out.flush());
        if (piece.last) break;
    }
    out.writer().end();
    return out.flush();
}

std::string manifest(const BackupPlan& plan, const std::string& id, const std::map<std::string, std::uint64_t>& lasts) {
    std::string json;
    wire::JsonWriter writer{json};
    writer.begin_object().member("format", 1).member("backfuture", server::kVersion).member("id", id).member("made_at", plan.now.ms()).member("keys", plan.keys);
    writer.key("journals").begin_object();
    for (const auto& [folder, last] : lasts) writer.member(folder, last);
    writer.end_object().end_object();
    return json;
}

}  // namespace

Result<std::map<std::string, std::uint64_t>> pin_at_rest(BackupSources& sources) {
    for (auto& [name, database] : sources.databases) BF_TRY_VOID(database.pin());
    return std::map<std::string, std::uint64_t>{};
}

Result<BackupMade> make_backup(const BackupPlan& plan, signer::Client& signer) {
    BF_TRY(const auto found, look_around(plan.data));
    if (std::find(found.databases.begin(), found.databases.end(), "engine.db") == found.databases.end())
        return Unexpected{Error{ErrorKind::not_found,
                                "There is no engine.db in " + plan.data + ": it is no data folder, or its database is in PostgreSQL, to be backed up by its own tools.",
                                Fate::not_sent, "no_database"}};
    BackupSources sources;
    bool web = false;
    for (const auto& name : found.databases) {
        if (name == "web.db" && plan.copy_web) {
            web = true;
            continue;
        }
        BF_TRY(auto opened, vault::Snapshot::open(fs::path{plan.data} / name));
        sources.databases.emplace(name, std::move(opened));
    }
    for (const auto& folder : found.journals) {
        BF_TRY(auto opened, JournalCopy::open(plan.data + "/" + folder));
        sources.journals.emplace(folder, std::move(opened));
    }
    BF_TRY(const auto lasts, plan.pin(sources));
    for (auto& [folder, journal] : sources.journals) BF_TRY_VOID(journal.hold_new());
    // The signer last: of what both sides know, its limits and its ledger are never older than what they are about.
    const signer::SealingKey ours;
    BF_TRY(const auto begun, signer.begin_backup(plan.keys, plan.sealed, ours.public_key(), plan.step_up));
    BF_TRY(const auto key, ours.open(begun.key));
    Output out{plan, key, begun.header};
    BF_TRY_VOID(out.open());
    out.writer().file(kManifest, manifest(plan, begun.backup, lasts));
    for (auto& [name, database] : sources.databases) BF_TRY_VOID(add_database(out, plan, name, database));
    if (web) {
        auto added = plan.copy_web();
        if (added) added = add_file(out, "web.db", web_copy_of(plan.data));
        ::unlink(web_copy_of(plan.data).c_str());
        if (!added) return Unexpected{added.error()};
    }
    for (auto& [folder, journal] : sources.journals) {
        const auto last = lasts.find(folder);
        const auto take = [&out, &where = folder](const std::string& name, std::string_view bytes, std::uint64_t zeros) {
            return add_segment(out, where + "/" + name, bytes, zeros);
        };
        BF_TRY_VOID(journal.copy(last == lasts.end() ? std::nullopt : std::optional{last->second}, take));
    }
    for (const auto& name : found.files) BF_TRY_VOID(add_file(out, name, fs::path{plan.data} / name));
    BF_TRY_VOID(add_signers_part(out, signer, begun.backup));
    BF_TRY_VOID(out.finish());
    return BackupMade{begun.backup, out.bytes(), plan.now, plan.keys, begun.ledger_missing};
}

}  // namespace bf::app
