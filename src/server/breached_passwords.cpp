#include "server/breached_passwords.hpp"

#include "base/text.hpp"
#include "crypto/digest.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::server {
namespace {

/// 40 digits, a colon, a count, a line's end.
constexpr std::size_t kLineMax = 64;
/// Where order is looked at before the list is trusted; each is a read from anywhere on the disk.
constexpr std::uint64_t kPlaces = 256;
constexpr std::size_t kNtlmDigits = 32;

char upper(char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

}  // namespace

Unexpected<Error> BreachedPasswords::refuse(const std::string& what) const {
    return Unexpected{Error{ErrorKind::bad_input, "The list of breached passwords " + path_ + " " + what, Fate::not_sent, "breached_list"}};
}

Unexpected<Error> BreachedPasswords::out_of_order(std::uint64_t at) const {
    return refuse("is not sorted by hash (at byte " + std::to_string(at) + "). Take the list ordered by hash, or sort it: LC_ALL=C sort -o SORTED " + path_);
}

Result<BreachedPasswords> BreachedPasswords::open(const std::string& path) {
    BreachedPasswords list{path, net::Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}, 0};
    struct stat about {};
    if (!list.file_.is_open() || ::fstat(list.file_.get(), &about) != 0)
        return list.refuse("can't be read: " + std::string{std::strerror(errno)} + ". Name a file that the user BackFuture runs as may read, or leave out --breached-passwords.");
    if (!S_ISREG(about.st_mode) || about.st_size == 0) return list.refuse("is no file with anything in it.");
    list.size_ = static_cast<std::uint64_t>(about.st_size);
    Line before;
    for (std::uint64_t i = 0; i < kPlaces; ++i) {
        BF_TRY(const auto line, list.line_from(list.size_ * i / kPlaces));
        if (line.begin == line.end || (i > 0 && line.begin == before.begin)) continue;
        if (i > 0 && line.hash <= before.hash) return list.out_of_order(line.begin);
        before = line;
    }
    return list;
}

Result<BreachedPasswords::Line> BreachedPasswords::line_from(std::uint64_t at) const {
    // From the byte before: what begins at `at` is seen by the line's end in front of it.
    const auto from = at == 0 ? 0 : at - 1;
    std::array<char, 2 * kLineMax + 1> bytes;
    std::size_t size = 0;
    while (size < bytes.size()) {
        const auto got = ::pread(file_.get(), bytes.data() + size, bytes.size() - size, static_cast<off_t>(from + size));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return Unexpected{Error{ErrorKind::io, "The list of breached passwords " + path_ + " can't be read: " + std::strerror(errno) + ".", Fate::not_sent, "breached_list"}};
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    const std::string_view read{bytes.data(), size};
    std::size_t begin = 0;
    if (at > 0) {
        begin = read.find('\n');
        if (begin == std::string_view::npos && from + size < size_) return refuse("holds a line at byte " + std::to_string(at) + " that is longer than any of HASH:COUNT.");
        begin = begin == std::string_view::npos ? size : begin + 1;
    }
    Line line{from + begin, from + begin, {}};
    auto text = read.substr(begin);
    if (text.empty()) return line;
    const auto end = text.find('\n');
    line.end = line.begin + (end == std::string_view::npos ? text.size() : end + 1);
    text = trim(text.substr(0, end));
    const auto digits = std::min(text.find(':'), text.size());
    const auto count = digits < text.size() ? text.substr(digits + 1) : "0";
    std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(digits, line.hash.size())), line.hash.begin(), upper);
    if (digits == kNtlmDigits && std::all_of(line.hash.begin(), line.hash.begin() + kNtlmDigits, is_hex)) return refuse("holds NTLM hashes. Take the list of SHA-1 hashes.");
    if (digits != line.hash.size() || !std::all_of(line.hash.begin(), line.hash.end(), is_hex) || count.empty() || count.find_first_not_of("0123456789") != std::string_view::npos)
        return refuse("holds a line at byte " + std::to_string(line.begin) + " that is none of HASH:COUNT, with a SHA-1 hash of 40 hexadecimal digits.");
    return line;
}

Result<bool> BreachedPasswords::holds(std::string_view password) const {
    auto digest = crypto::sha1(as_bytes(password));
    auto text = to_hex(digest);
    Hash wanted;
    std::transform(text.begin(), text.end(), wanted.begin(), upper);
    sodium_memzero(digest.data(), digest.size());
    sodium_memzero(text.data(), text.size());
    // What begins before `low` is smaller, what begins at `high` or behind it larger.
    std::uint64_t low = 0, high = size_;
    std::optional<Hash> smaller, larger;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        BF_TRY(const auto line, line_from(middle));
        if (line.begin >= high) {
            high = middle;
            continue;
        }
        if ((smaller && line.hash <= *smaller) || (larger && line.hash >= *larger)) return out_of_order(line.begin);
        if (line.hash == wanted) return true;
        if (line.hash < wanted) {
            smaller = line.hash;
            low = line.end;
        } else {
            larger = line.hash;
            high = middle;
        }
    }
    return false;
}

}  // namespace bf::server
