// The signer's part of a backup. What lies in its folder (the vault, its policy, its ledger, whatever comes later) goes out piece by piece as
// one sealed stream (backup/stream.hpp) under a key that only the backup's passphrase gives: who carries the pieces can't read them, and the
// exchange keys in the vault stay sealed by the vault's root key beneath that. On another machine a signer takes the pieces in and puts
// the folder together again.
//
// The vault's own key file is in no backup: in the copy the root key is sealed by the backup's key instead.
#pragma once
#include "backup/archive.hpp"
#include "backup/format.hpp"
#include "backup/stream.hpp"
#include "vault/vault.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bf::signer {

/// A backup on its way out. Of each file what stood in it at the beginning: later changes of an append-only file are cut off.
class BackupOut {
public:
    /// `vault` null: without the keys. `key_file` never goes out, wherever it lies.
    static Result<std::unique_ptr<BackupOut>> begin(const std::filesystem::path& folder, const std::filesystem::path& key_file, vault::Vault* vault,
                                                    const backup::Header& header, const backup::Keys& keys);
    /// The next sealed bytes, at most some 64 KiB.
    Result<std::string> next();
    [[nodiscard]] bool at_end() const { return ended_; }
    [[nodiscard]] const vault::KeyId& id() const { return id_; }

private:
    struct Item {
        std::string name;
        std::string bytes;  ///< Held ready; else `file` is read.
        std::filesystem::path file;
        std::uint64_t size{0};
    };
    BackupOut(const backup::Header& header, const backup::Keys& keys);

    vault::KeyId id_;
    backup::Sealer sealer_;
    std::vector<Item> items_;
    std::size_t item_{0};
    std::uint64_t at_{0};
    std::ifstream open_;
    std::string plain_;
    backup::ArchiveWriter writer_{plain_};
    bool closed_{false};
    bool ended_{false};
};

/// What a restored signer's folder holds.
struct Recovered {
    bool keys{false};  ///< The vault was in it.
    std::uint32_t secrets{0};
    std::uint32_t damaged{0};  ///< Of those: that do not open.
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
