#include "backup/format.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cstring>
#include <sodium.h>

namespace bf::backup {
namespace {

constexpr std::string_view kFamily = "backfuture backup ";
constexpr std::size_t kHashSize = 16;
/// A head that somebody wrote to hurt must not make us allocate all memory or compute for a day.
constexpr std::uint64_t kMemoryMax = 1024ULL * 1024 * 1024;
constexpr std::uint64_t kPassesMax = 16;

constexpr std::string_view kCodeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCodeLength = 26;
constexpr std::size_t kCodeGroup = 5;

std::string hash_of(std::string_view bytes) {
    std::string hash(kHashSize, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(), as_bytes(bytes).data(), bytes.size(), nullptr, 0);
    return hash;
}

/// A key of its own for each use, bound to the backup.
void derive(std::span<unsigned char> into, const crypto::Secret& master, std::string_view use, const vault::KeyId& id) {
    const std::string text = std::string{"backfuture backup: "} + std::string{use} + std::string{vault::view(id)};
    master.reveal([&](std::string_view key) {
        crypto_generichash(into.data(), into.size(), as_bytes(text).data(), text.size(), as_bytes(key).data(), key.size());
    });
}

Unexpected<Error> damaged(const char* what) { return Unexpected{Error{ErrorKind::damaged, what, Fate::not_sent, "backup_damaged"}}; }

void copy(vault::KeyId& to, std::string_view from) { std::copy_n(from.begin(), to.size(), to.begin()); }

}  // namespace

Header new_header(const vault::KdfCost& cost) { return Header{cost, vault::random_key_id(), vault::random_key_id(), {}}; }

std::string write_header(const Header& header) {
    std::string bytes{kMagic};
    ByteWriter out{bytes};
    out.integer(static_cast<std::uint32_t>(header.cost.passes));
    out.integer(header.cost.memory_bytes);
    out.raw(vault::view(header.id));
    out.raw(vault::view(header.salt));
    out.raw(vault::view(header.check));
    out.raw(hash_of(bytes));
    BF_ASSERT(bytes.size() == kHeaderSize);
    return bytes;
}

Result<Header> read_header(std::string_view bytes) {
    if (!bytes.starts_with(kFamily)) return damaged("This file is not a backup of BackFuture.");
    if (bytes.size() >= kMagic.size() && !bytes.starts_with(kMagic)) return damaged("The backup was written by a newer BackFuture, or its first line is damaged: this one can't read it.");
    if (bytes.size() < kHeaderSize) return damaged("The backup is cut short.");
    const auto head = bytes.substr(0, kHeaderSize - kHashSize);
    if (hash_of(head) != bytes.substr(head.size(), kHashSize)) return damaged("The backup's first bytes are damaged.");
    ByteReader in{head.substr(kMagic.size())};
    Header header;
    header.cost.passes = in.integer<std::uint32_t>();
    header.cost.memory_bytes = in.integer<std::uint64_t>();
    copy(header.id, in.raw(header.id.size()));
    copy(header.salt, in.raw(header.salt.size()));
    copy(header.check, in.raw(header.check.size()));
    BF_ASSERT(in.at_end());
    if (header.cost.passes == 0 || header.cost.passes > kPassesMax || header.cost.memory_bytes < crypto_pwhash_MEMLIMIT_MIN || header.cost.memory_bytes > kMemoryMax)
        return damaged("The backup asks for a key derivation outside of all reason.");
    return header;
}

Result<Keys> derive_keys(const crypto::Secret& passphrase, const Header& header) {
    BF_TRY(const auto master, vault::derive_from_passphrase(passphrase, header.cost, header.salt));
    Keys keys{crypto::Secret::zeros(vault::kKeySize), {header.salt, crypto::Secret::zeros(vault::kKeySize)}, {}};
    keys.content.fill([&](std::span<unsigned char> into) { derive(into, master.bytes, "content", header.id); });
    keys.secrets.bytes.fill([&](std::span<unsigned char> into) { derive(into, master.bytes, "secrets", header.id); });
    derive({reinterpret_cast<unsigned char*>(keys.check.data()), keys.check.size()}, master.bytes, "check", header.id);
    return keys;
}

Result<Keys> open_keys(const crypto::Secret& passphrase, const Header& header) {
    BF_TRY(auto keys, derive_keys(passphrase, header));
    if (sodium_memcmp(keys.check.data(), header.check.data(), keys.check.size()) != 0)
        return Unexpected{Error{ErrorKind::denied, "The passphrase is not this backup's.", Fate::not_sent, "wrong_passphrase"}};
    return keys;
}

crypto::Secret new_recovery_code() {
    const auto dice = crypto::Secret::random(kCodeLength);
    auto code = crypto::Secret::zeros(kCodeLength + (kCodeLength - 1) / kCodeGroup);
    dice.reveal([&](std::string_view random) {
        code.fill([&](std::span<unsigned char> into) {
            std::size_t at = 0;
            for (std::size_t i = 0; i < kCodeLength; ++i) {
                if (i > 0 && i % kCodeGroup == 0) into[at++] = '-';
                into[at++] = static_cast<unsigned char>(kCodeAlphabet[static_cast<unsigned char>(random[i]) % kCodeAlphabet.size()]);
            }
        });
    });
    return code;
}

crypto::Secret normalised(crypto::Secret typed) {
    auto bare = crypto::Secret::zeros(kCodeLength);
    const bool is_code = typed.reveal([&](std::string_view text) {
        return bare.fill([&](std::span<unsigned char> into) {
            std::size_t at = 0;
            for (const char c : text) {
                if (c == '-' || c == ' ') continue;
                const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
                // As people read them off paper.
                const char meant = upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
                if (at == into.size() || kCodeAlphabet.find(meant) == std::string_view::npos) return false;
                into[at++] = static_cast<unsigned char>(meant);
            }
            return at == into.size();
        });
    });
    return is_code ? std::move(bare) : std::move(typed);
}

}  // namespace bf::backup
