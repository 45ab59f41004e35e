// Puts a backup together from a data folder, running or not: one moment of the databases and the journals, then what the signer hands out, sealed,
// of its own. Everything in the folder goes in, but for what lives only as long as the processes do.
#pragma once
#include "app/journal_copy.hpp"
#include "backup/archive.hpp"
#include "backup/format.hpp"
#include "backup/stream.hpp"
#include "signer/client.hpp"
#include "vault/snapshot.hpp"

#include <atomic>
#include <map>

namespace bf::app {

/// What is copied as one moment: opened first, pinned together.
struct BackupSources {
    std::map<std::string, vault::Snapshot> databases;  ///< By name in the data folder.
    std::map<std::string, JournalCopy> journals;       ///< By folder in the data folder.
};

struct BackupPlan {
    std::string data;
    std::string to;       ///< The new file.
    std::string scratch;  ///< A private folder for copies; emptied again.
    bool keys{false};
    std::string sealed;   ///< The passphrase, in a box to the signer.
    ports::StepUp step_up{};  ///< With keys, where an account has a second factor.
    Instant now;
    /// Pins the databases, opens the journals, and says which record of each is the last to go in: in one breath, where somebody writes.
    /// Nothing for a journal that nobody writes.
    std::function<Result<std::map<std::string, std::uint64_t>>(BackupSources&)> pin;
    /// How much has been written, for those who watch. May be null.
    std::atomic<std::uint64_t>* written{nullptr};
    /// Copies web.db to web_copy_of() for who may not open it. Null: it is opened like the others.
    std::function<Status()> copy_web{};
};

struct BackupMade {
    std::string id;
    std::uint64_t bytes{0};
    Instant at;
    bool keys{false};
    std::string ledger_missing{};  ///< Why the keys' ledger could not go along; empty: it did, or the keys did not.
};

/// Takes as long as copying does. The file is there, whole and on the disk, or not at all.
Result<BackupMade> make_backup(const BackupPlan& plan, signer::Client& signer);

/// Pins what nobody writes.
Result<std::map<std::string, std::uint64_t>> pin_at_rest(BackupSources& sources);

/// In a backup: what it is, and the signer's own stream.
inline constexpr const char* kManifest = "backup.json";
inline constexpr const char* kSignersPart = "signer.sealed";

}  // namespace bf::app
