#include "signer/backing.hpp"

#include "signer/ledger.hpp"
#include "signer/policy_book.hpp"
#include "signer/second_factor.hpp"
#include "vault/key_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::signer {
namespace {

/// The inner stream opens with this only: the head of its backup, and what it is.
std::string bound_to(const backup::Header& header) { return backup::write_header(header) + "secrets"; }

Unexpected<Error> io(const std::filesystem::path& path, const char* what) {
    return Unexpected{Error{ErrorKind::io, path.native() + " " + what + ": " + std::strerror(errno), Fate::not_sent, "unwritable"}};
}

}  // namespace

BackupOut::BackupOut(const backup::Header& header, const backup::Keys& keys, std::vector<BackupItem> items)
    : id_{header.id}, sealer_{keys.secrets.bytes, bound_to(header)}, items_{std::move(items)} {}

Result<std::string> BackupOut::next() {
    std::string sealed;
    // Small files are many: one piece takes as many as fit.
    while (sealed.size() < backup::kChunk && !ended_) {
        plain_.clear();
        if (item_ == items_.size() && !closed_) {
            writer_.finish();
            sealer_.write(plain_, sealed);
            closed_ = true;
            continue;
        }
        if (closed_) {
            sealer_.finish(sealed);
            ended_ = true;
            break;
        }
        auto& item = items_[item_];
        if (item.open && !file_) {
            BF_TRY(file_, item.open());
        }
        if (at_ == 0) writer_.begin(item.name);
        const auto size = item.open ? item.used : item.bytes.size();
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(backup::kBlockMax / 2, size - at_));
        if (item.open) {
            std::string piece(count, '\0');
            BF_TRY_VOID(file_->read(at_, piece));
            writer_.bytes(piece);
        } else {
            writer_.bytes(std::string_view{item.bytes}.substr(static_cast<std::size_t>(at_), count));
        }
        at_ += count;
        if (at_ == size) {
            writer_.end(item.zeros);
            item = {};
            file_.reset();
            ++item_;
            at_ = 0;
        }
        sealer_.write(plain_, sealed);
    }
    return sealed;
}

BackupIn::BackupIn(std::filesystem::path folder, const backup::Header& header, backup::Keys keys)
    : folder_{std::move(folder)}, keys_{std::move(keys)}, opener_{keys_.secrets.bytes, bound_to(header)} {}

BackupIn::~BackupIn() {
    if (file_ >= 0) ::close(file_);
}

Status BackupIn::take(std::string_view sealed) {
    BF_TRY_VOID(opener_.read(sealed, plain_));
    return read_plain();
}

Status BackupIn::read_plain() {
    auto read = reader_.read(plain_);
    plain_.clear();
    return read;
}

Status BackupIn::on_file(std::string_view name) {
    name_ = name;
    const auto path = folder_ / name;
    for (auto slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1)) {
        const auto part = folder_ / name.substr(0, slash);
        if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return io(part, "can't be created");
    }
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file_ < 0) return io(path, "can't be created");
    return {};
}

Status BackupIn::on_bytes(std::string_view content) {
    while (!content.empty()) {
        const auto put = ::write(file_, content.data(), content.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return io(folder_ / name_, "could not be written");
        content.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Status BackupIn::on_end(std::uint64_t zeros) {
    const std::string none(backup::kBlockMax, '\0');
    while (zeros > 0) {
        const auto count = std::min<std::uint64_t>(zeros, none.size());
        BF_TRY_VOID(on_bytes(std::string_view{none}.substr(0, static_cast<std::size_t>(count))));
        zeros -= count;
    }
    const bool synced = ::fsync(file_) == 0;
    ::close(std::exchange(file_, -1));
    if (!synced) return io(folder_ / name_, "could not be written");
    return {};
}

Result<Recovered> BackupIn::finish(const std::optional<std::filesystem::path>& key_file) {
    BF_TRY_VOID(opener_.finish(plain_));
    BF_TRY_VOID(read_plain());
    BF_TRY_VOID(reader_.finish());
    BF_TRY_VOID(vault::sync_folder(folder_));
    Recovered found;
    if (!std::filesystem::exists(folder_ / kVaultFile)) return found;
    found.keys = true;
    found.ledger = std::filesystem::exists(folder_ / "ledger" / kLedgerHeadFile);
    BF_TRY(auto vault, vault::Vault::open(folder_, vault::ByBackup{keys_.secrets}));
    BF_TRY(const auto rows, vault.rows());
    BF_TRY(const auto damages, vault.canary());
    found.secrets = static_cast<std::uint32_t>(rows.size());
    found.damaged = static_cast<std::uint32_t>(damages.size());
    BF_TRY(const auto items, vault.all_items());
    // People's second factors; the others are keys of the signer's own, which nobody entered.
    found.secrets += static_cast<std::uint32_t>(std::count_if(items.begin(), items.end(), [](const auto& item) { return item.first == kFactorKind; }));
    if (const auto whole = vault.verify_items(); !whole) ++found.damaged;
    if (key_file) {
        BF_TRY_VOID(PolicyBook::drop_raises(vault, folder_));
        BF_TRY_VOID(vault.protect_by(vault::ByKeyFile{*key_file}));
        BF_TRY_VOID(vault::sync_folder(folder_));
    }
    return found;
}

}  // namespace bf::signer
