#include "signer/backing.hpp"

#include "vault/key_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::signer {
namespace {

constexpr std::string_view kVault = "vault.db";
/// The inner stream opens with this only: the head of its backup, and what it is.
std::string bound_to(const backup::Header& header) { return backup::write_header(header) + "secrets"; }

bool belongs_in(const std::string& name, const std::filesystem::path& path, const std::filesystem::path& key_file) {
    const auto ends = [&name](std::string_view end) { return std::string_view{name}.ends_with(end); };
    // The key of this machine's vault, files half made, and what SQLite keeps beside an open database.
    if (path == key_file || path.native() == key_file.native() + ".new" || name.starts_with("root.key")) return false;
    if (name == kVault || ends(".new") || ends(".tmp") || ends("-journal") || ends("-wal") || ends("-shm")) return false;
    return backup::is_plain_path(name);
}

Unexpected<Error> io(const std::filesystem::path& path, const char* what) {
    return Unexpected{Error{ErrorKind::io, path.native() + " " + what + ": " + std::strerror(errno), Fate::not_sent, "unwritable"}};
}

}  // namespace

BackupOut::BackupOut(const backup::Header& header, const backup::Keys& keys) : id_{header.id}, sealer_{keys.secrets.bytes, bound_to(header)} {}

Result<std::unique_ptr<BackupOut>> BackupOut::begin(const std::filesystem::path& folder, const std::filesystem::path& key_file, vault::Vault* vault,
                                                    const backup::Header& header, const backup::Keys& keys) {
    std::unique_ptr<BackupOut> out{new BackupOut{header, keys}};
    if (vault != nullptr) {
        BF_TRY(auto bytes, vault->copy_sealed_by(keys.secrets));
        out->items_.push_back({std::string{kVault}, std::move(bytes), {}, 0});
    }
    std::error_code failed;
    for (std::filesystem::recursive_directory_iterator at{folder, failed}, end; !failed && at != end; at.increment(failed)) {
        if (!at->is_regular_file(failed) || at->is_symlink(failed)) continue;
        const auto name = at->path().lexically_relative(folder).native();
        if (!belongs_in(name, at->path(), key_file)) continue;
        out->items_.push_back({name, {}, at->path(), at->file_size(failed)});
    }
    if (failed) return Unexpected{Error{ErrorKind::io, "the signer's folder could not be read: " + failed.message()}};
    std::sort(out->items_.begin(), out->items_.end(), [](const Item& a, const Item& b) { return a.name < b.name; });
    return out;
}

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
        if (at_ == 0) {
            writer_.begin(item.name);
            if (item.file.empty()) {
                item.size = item.bytes.size();
            } else {
                open_ = std::ifstream{item.file, std::ios::binary};
                if (!open_) return io(item.file, "can't be read");
            }
        }
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(backup::kBlockMax / 2, item.size - at_));
        if (item.file.empty()) {
            writer_.bytes(std::string_view{item.bytes}.substr(static_cast<std::size_t>(at_), count));
        } else {
            std::string piece(count, '\0');
            if (!open_.read(piece.data(), static_cast<std::streamsize>(count))) return io(item.file, "became shorter while it was backed up");
            writer_.bytes(piece);
        }
        at_ += count;
        if (at_ == item.size) {
            writer_.end();
            item.bytes = {};
            open_.close();
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

Status BackupIn::on_end(std::uint64_t) {
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
    if (!std::filesystem::exists(folder_ / kVault)) return found;
    found.keys = true;
    BF_TRY(auto vault, vault::Vault::open(folder_, vault::ByBackup{keys_.secrets}));
    BF_TRY(const auto rows, vault.rows());
    BF_TRY(const auto damages, vault.canary());
    found.secrets = static_cast<std::uint32_t>(rows.size());
    found.damaged = static_cast<std::uint32_t>(damages.size());
    BF_TRY(const auto items, vault.all_items());
    found.secrets += static_cast<std::uint32_t>(items.size());
    if (const auto whole = vault.verify_items(); !whole) ++found.damaged;
    if (key_file) {
        BF_TRY_VOID(vault.protect_by(vault::ByKeyFile{*key_file}));
        BF_TRY_VOID(vault::sync_folder(folder_));
    }
    return found;
}

}  // namespace bf::signer
