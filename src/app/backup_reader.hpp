// Takes a backup in: into an empty data folder for good, or into a private one for a look that proves it whole. Nothing of it is used before all
// of it was proven to be what was written.
#pragma once
#include "base/error.hpp"
#include "base/time.hpp"
#include "crypto/secret.hpp"
#include "signer/client.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bf::app {

/// What a backup holds, as it was found.
struct BackupContents {
    std::string id;
    std::string version;  ///< Of the BackFuture that made it.
    Instant made_at;
    std::uint64_t bytes{0};
    bool keys{false};
    bool ledger{false};  ///< Of the keys' uses.
    std::uint32_t secrets{0};
    std::vector<std::string> connections;  ///< Names.
    std::uint64_t strategies{0}, groups{0};
    std::uint64_t journal_entries{0};
    std::uint32_t files{0};
};

/// Restores into a private folder that is gone afterwards, opens every database and journal and looks at all of it, opens every secret once.
Result<BackupContents> verify_backup(const std::string& file, const crypto::Secret& passphrase, const std::string& in);

/// Refused unless the folder is not there or empty.
Status check_empty(const std::string& data);
/// The signer that takes the keys in; `owner` keeps it there.
struct TakingIn {
    std::shared_ptr<void> owner;
    signer::Client* client;
};
using StartSigner = std::function<Result<TakingIn>(const std::string& folder)>;
/// A process of this program's.
Result<TakingIn> start_taking_in(const std::string& folder);

/// Into an empty folder. Trading waits there for a person's word.
Result<BackupContents> restore_backup(const std::string& file, const crypto::Secret& passphrase, const std::string& data, Instant now, const StartSigner& start = start_taking_in);

void print_contents(bool json, const BackupContents& contents, const char* verdict);

/// A folder that a restore did not finish in. `serve` starts on none.
inline constexpr const char* kUnfinishedRestore = "restore-unfinished";

}  // namespace bf::app
