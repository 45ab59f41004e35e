#include "backtest/file_checksum.hpp"

#include "backtest/candle_disk.hpp"
#include "backtest/candle_fields.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

#include <algorithm>

namespace bf::backtest {
namespace {

constexpr std::string_view kEnding = ".CHECKSUM";

std::string base_name(std::string_view path) { return std::string{path.substr(path.rfind('/') + 1)}; }

}  // namespace

bool is_checksum(const std::string& path) { return path.ends_with(kEnding); }

Result<Checksums::Checksum> Checksums::read(const std::string& path) {
    static constexpr std::size_t kDigits = 64;
    BF_TRY(const auto mapped, MappedFile::open(path));
    const auto text = trim(mapped->bytes());
    Checksum checksum{.digest = to_lower(text.substr(0, kDigits)), .file = {}, .from = base_name(path)};
    auto file = text.substr(checksum.digest.size());
    const bool apart = file.starts_with(' ') || file.starts_with('\t');
    file = trim(file);
    // How sha256sum marks a file that it read as bytes.
    if (file.starts_with('*')) file.remove_prefix(1);
    checksum.file = base_name(file);
    const bool one_line = text.find('\n') == std::string_view::npos;
    if (!apart || !one_line || checksum.file.empty() || checksum.digest.find_first_not_of("0123456789abcdef") != std::string::npos)
        return bad_input(checksum.from + " is no checksum as sha256sum writes it: 64 hexadecimal digits and the file's name, in one line.");
    return checksum;
}

Status Checksums::hold_against(std::string_view bytes, const Checksum& checksum) {
    if (to_hex(crypto::sha256(as_bytes(bytes))) == checksum.digest) return {};
    return bad_input(checksum.file + " is not the file that " + checksum.from + " was made of: it was cut off or changed on its way, or one of the two was published anew since. Download both again.");
}

Result<Checksums> Checksums::among(const std::vector<std::string>& paths) {
    Checksums checksums;
    for (const auto& path : paths) {
        if (!is_checksum(path)) continue;
        BF_TRY(auto checksum, read(path));
        const bool here = std::any_of(paths.begin(), paths.end(), [&](const std::string& other) { return base_name(other) == checksum.file; });
        if (!here) return bad_input(checksum.from + " is the checksum of " + shown(checksum.file) + ", which is not among the files.");
        checksums.given_.push_back(std::move(checksum));
    }
    return checksums;
}

Result<bool> Checksums::verify(const std::string& path, std::string_view bytes) const {
    bool verified = false;
    for (const auto& checksum : given_) {
        if (checksum.file != base_name(path)) continue;
        BF_TRY_VOID(hold_against(bytes, checksum));
        verified = true;
    }
    if (verified) return true;
    const auto beside = read(path + std::string{kEnding});
    if (!beside && beside.error().kind == ErrorKind::not_found) return false;
    if (!beside) return Unexpected{beside.error()};
    if (beside->file != base_name(path)) return bad_input(beside->from + " is the checksum of " + shown(beside->file) + ", not of " + base_name(path) + ".");
    BF_TRY_VOID(hold_against(bytes, *beside));
    return true;
}

}  // namespace bf::backtest
