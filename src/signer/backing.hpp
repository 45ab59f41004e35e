// The signer's part of a backup. What lies in its folder (the vault, its limits, its ledger) goes out piece by piece as one sealed stream
// (backup/stream.hpp) under a key that only the backup's passphrase gives: who carries the pieces can't read them, and the exchange keys in
// the vault stay sealed by the vault's root key beneath that. On another machine a signer takes the pieces in and puts the folder together
// again. Limits and ledger are sealed and signed by keys of the vault, and worth nothing without it: they go where it goes.
//
// The vault's own key file is in no backup: in the copy the root key is sealed by the backup's key instead.
#pragma once
#include "backup/archive.hpp"
#include "backup/format.hpp"
#include "backup/stream.hpp"
#include "journal/file.hpp"
#include "vault/vault.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bf::signer {

/// A file of the signer's folder as it stood when the backup began.
struct BackupItem {
    std::string name;   ///< In the folder.
    std::string bytes;  ///< Held ready; else a file is read, up to `used`, behind which it may grow.
    /// Opens that file when its turn comes: of a ledger's many not all are open at once.
    std::function<Result<std::unique_ptr<journal::File>>()> open{};
    std::uint64_t used{0};
    std::uint64_t zeros{0};  ///< That follow.
};

inline constexpr const char* kVaultFile = "vault.db";

/// A backup on its way out.
class BackupOut {
public:
    BackupOut(const backup::Header& header, const backup::Keys& keys, std::vector<BackupItem> items);
    /// The next sealed bytes, at most some 64 KiB.
    Result<std::string> next();
    [[nodiscard]] bool at_end() const { return ended_; }
    [[nodiscard]] const vault::KeyId& id() const { return id_; }

private:
    vault::KeyId id_;
    backup::Sealer sealer_;
    std::vector<BackupItem> items_;
    std::size_t item_{0};
    std::unique_ptr<journal::File> file_{};  ///< The item's, while it is read.
    std::uint64_t at_{0};
    std::string plain_;
    backup::ArchiveWriter writer_{plain_};
    bool closed_{false};
    bool ended_{false};
};

/// What a restored signer's folder holds.
struct Recovered {
    bool keys{false};  ///< The vault was in it.
    std::uint32_t secrets{0};  ///< Exchange keys and second factors.
    std::uint32_t damaged{0};  ///< Of those: that do not open.
    bool ledger{false};        ///< The ledger was in it, too.
};

/// A backup on its way in, into an empty folder.
class BackupIn final : private backup::ArchiveEvents {
public:
    BackupIn(std::filesystem::path folder, const backup::Header& header, backup::Keys keys);
    ~BackupIn() override;
    Status take(std::string_view sealed);
    /// The last piece was taken: every secret is opened once. With a `key_file`, the vault is sealed by a new one made there.
    Result<Recovered> finish(const std::optional<std::filesystem::path>& key_file);

private:
    Status on_file(std::string_view name) override;
    Status on_bytes(std::string_view content) override;
    Status on_end(std::uint64_t zeros) override;
    Status read_plain();

    std::filesystem::path folder_;
    backup::Keys keys_;
    backup::Opener opener_;
    backup::ArchiveReader reader_{*this};
    std::string plain_;
    int file_{-1};
    std::string name_;
};

}  // namespace bf::signer
