// What an installation knows of its backups, as it keeps it. Pure.
#pragma once
#include "base/time.hpp"
#include "wire/json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bf::server {

struct LastBackup {
    std::string id;  ///< As the file itself says.
    Instant made_at;
    std::uint64_t bytes{0};
    bool keys{false};
    std::optional<Instant> verified_at{};  ///< By `backfuture backup verify`, as far as it was told here.
    std::string ledger_missing{};  ///< Why the keys' ledger is not in it; empty: it is, or the keys are not.
};

/// The backup that this installation came out of.
struct RestoredFrom {
    std::string id;
    Instant made_at;
    Instant restored_at;
    std::optional<Instant> confirmed_at{};  ///< Until then nothing is traded.
};

struct BackupState {
    std::optional<LastBackup> last{};
    std::optional<RestoredFrom> restored{};
};

std::string to_json(const LastBackup& backup);
std::string to_json(const RestoredFrom& restored);
/// Nothing for what is not ours.
std::optional<LastBackup> read_last_backup(const wire::JsonValue& json);
std::optional<RestoredFrom> read_restored_from(const wire::JsonValue& json);

/// The settings they are kept under.
inline constexpr const char* kLastBackupSetting = "backup_last";
inline constexpr const char* kRestoredSetting = "restored_from";

}  // namespace bf::server
