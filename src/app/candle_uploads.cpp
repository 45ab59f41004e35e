#include "app/candle_uploads.hpp"

#include "app/candle_problems.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::app {
namespace {

constexpr std::size_t kUploadsMax = 100;
constexpr std::uint64_t kUploadedMax = std::uint64_t{4} << 30;
constexpr milliseconds kUploadIdle = seconds{900};

}  // namespace

CandleUploads::CandleUploads(net::Loop& loop, const std::string& folder) : loop_{loop}, folder_{folder + "/.uploads"} {}

CandleUploads::~CandleUploads() {
    if (sweep_timer_) loop_.cancel(*sweep_timer_);
    for (auto& [id, kept] : kept_)
        if (kept.fd >= 0) ::close(kept.fd);
}

Status CandleUploads::prepare() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    if (::mkdir(folder_.c_str(), 0700) != 0) return candle_disk_error("Making the folder for uploads");
    sweep();
    return {};
}

void CandleUploads::sweep() {
    for (auto at = kept_.begin(); at != kept_.end();) {
        const auto now = at++;
        if (!now->second.importing && loop_.steady() - now->second.touched > kUploadIdle) (void)drop(now->first);
    }
    sweep_timer_ = loop_.after(seconds{60}, [this] { sweep(); });
}

Result<CandleUploads::Upload> CandleUploads::begin(const std::string& name, std::uint64_t bytes) {
    std::uint64_t taken = bytes;
    for (const auto& [id, kept] : kept_) taken += kept.upload.bytes;
    if (kept_.size() >= kUploadsMax || taken > kUploadedMax) return refuse_candles(ErrorKind::conflict, "Too many uploads wait for their import: import or drop them first.", "too_many");
    Kept kept;
    kept.upload = {"u" + std::to_string(++last_id_), name, bytes, 0};
    kept.folder = folder_ + "/" + kept.upload.id;
    kept.path = kept.folder + "/" + name;
    if (::mkdir(kept.folder.c_str(), 0700) != 0) return candle_disk_error("Keeping the upload");
    kept.fd = ::open(kept.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (kept.fd < 0) return candle_disk_error("Keeping the upload");
    kept.touched = loop_.steady();
    const auto upload = kept.upload;
    kept_.emplace(upload.id, std::move(kept));
    return upload;
}

std::optional<CandleUploads::Upload> CandleUploads::find(const std::string& id) const {
    const auto found = kept_.find(id);
    return found == kept_.end() ? std::nullopt : std::optional{found->second.upload};
}

Result<CandleUploads::Upload> CandleUploads::add(const std::string& id, std::uint64_t offset, std::span<const unsigned char> bytes) {
    auto& kept = kept_.at(id);
    auto& upload = kept.upload;
    if (kept.importing) return refuse_candles(ErrorKind::conflict, "The upload is being imported.", "importing");
    if (offset != upload.received) return refuse_candles(ErrorKind::conflict, "The next piece begins at byte " + std::to_string(upload.received) + ".", "wrong_offset");
    if (bytes.size() > upload.bytes - upload.received) return bad_input("The piece is longer than what is left of the file.");
    for (std::size_t done = 0; done < bytes.size();) {
        const auto put = ::pwrite(kept.fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(upload.received + done));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return candle_disk_error("Keeping the upload");
        done += static_cast<std::size_t>(put);
    }
    upload.received += bytes.size();
    kept.touched = loop_.steady();
    return upload;
}

void CandleUploads::remove(Kept& kept) {
    if (kept.fd >= 0) ::close(kept.fd);
    std::error_code ignored;
    std::filesystem::remove_all(kept.folder, ignored);
}

Status CandleUploads::drop(const std::string& id) {
    const auto found = kept_.find(id);
    if (found == kept_.end()) return refuse_candles(ErrorKind::not_found, "There is no such upload.", "not_found");
    if (found->second.importing) return refuse_candles(ErrorKind::conflict, "The upload is being imported.", "importing");
    remove(found->second);
    kept_.erase(found);
    return {};
}

Result<std::vector<std::string>> CandleUploads::take(const std::vector<std::string>& ids) {
    std::vector<std::string> paths;
    for (const auto& id : ids) {
        const auto found = kept_.find(id);
        if (found == kept_.end()) return refuse_candles(ErrorKind::not_found, "There is no upload \"" + id + "\".", "not_found");
        const auto& [upload, folder, path, fd, touched, importing] = found->second;
        if (importing) return refuse_candles(ErrorKind::conflict, upload.name + " is being imported.", "importing");
        if (upload.received != upload.bytes)
            return refuse_candles(ErrorKind::conflict, upload.name + " is not here yet: " + std::to_string(upload.received) + " of " + std::to_string(upload.bytes) + " bytes are.", "incomplete");
        paths.push_back(path);
    }
    for (const auto& id : ids) kept_.at(id).importing = true;
    return paths;
}

void CandleUploads::imported(const std::vector<std::string>& ids) {
    for (const auto& id : ids) {
        const auto found = kept_.find(id);
        if (found == kept_.end()) continue;
        remove(found->second);
        kept_.erase(found);
    }
}

}  // namespace bf::app
