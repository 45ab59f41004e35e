#include "backup/archive.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace bf::backup {
namespace {

constexpr std::uint8_t kFile = 1, kEnd = 0;
constexpr std::size_t kNameMax = 200;
constexpr std::size_t kFilesMax = 100'000;

Unexpected<Error> malformed() { return Unexpected{Error{ErrorKind::damaged, "The backup holds something this BackFuture can't read.", Fate::not_sent, "backup_damaged"}}; }

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; }

}  // namespace

bool is_plain_path(std::string_view name) {
    if (name.empty() || name.size() > kNameMax) return false;
    const auto parts = split(name, '/');
    return std::all_of(parts.begin(), parts.end(), [](std::string_view part) { return !part.empty() && part.front() != '.' && std::all_of(part.begin(), part.end(), is_plain); });
}

void ArchiveWriter::begin(std::string_view name) {
    BF_ASSERT(is_plain_path(name));
    ByteWriter out{out_};
    out.integer(kFile);
    out.text(name);
    ++files_;
}

void ArchiveWriter::bytes(std::string_view content) {
    ByteWriter out{out_};
    for (std::size_t at = 0; at < content.size(); at += kBlockMax) out.text(content.substr(at, kBlockMax));
}

void ArchiveWriter::end(std::uint64_t zeros) {
    ByteWriter out{out_};
    out.text({});
    out.integer(zeros);
}

void ArchiveWriter::file(std::string_view name, std::string_view content) {
    begin(name);
    bytes(content);
    end();
}

void ArchiveWriter::finish() {
    ByteWriter out{out_};
    out.integer(kEnd);
    out.integer(files_);
}

std::string_view ArchiveReader::take(std::size_t size) {
    const auto taken = std::string_view{waiting_}.substr(at_, size);
    at_ += size;
    return taken;
}

/// False when more bytes are needed.
Result<bool> ArchiveReader::step() {
    const std::string_view rest = std::string_view{waiting_}.substr(at_);
    const auto length = [&rest]() -> std::uint32_t {
        ByteReader in{rest};
        return in.integer<std::uint32_t>();
    };
    constexpr std::size_t kLength = sizeof(std::uint32_t);
    switch (expect_) {
        case Expect::mark: {
            if (rest.empty()) return false;
            const auto mark = static_cast<std::uint8_t>(take(1).front());
            if (mark > kFile) return malformed();
            expect_ = mark == kFile ? Expect::name : Expect::count;
            return true;
        }
        case Expect::name: {
            if (rest.size() < kLength) return false;
            const auto size = length();
            if (size > kNameMax) return malformed();
            if (rest.size() < kLength + size) return false;
            take(kLength);
            const auto name = take(size);
            if (!is_plain_path(name) || names_.size() >= kFilesMax || !names_.emplace(name).second) return malformed();
            BF_TRY_VOID(events_.on_file(name));
            expect_ = Expect::block;
            return true;
        }
        case Expect::block: {
            if (rest.size() < kLength) return false;
            const auto size = length();
            if (size > kBlockMax) return malformed();
            if (rest.size() < kLength + size) return false;
            take(kLength);
            if (size == 0)
                expect_ = Expect::zeros;
            else
                BF_TRY_VOID(events_.on_bytes(take(size)));
            return true;
        }
        case Expect::zeros: {
            if (rest.size() < sizeof(std::uint64_t)) return false;
            ByteReader in{take(sizeof(std::uint64_t))};
            const auto zeros = in.integer<std::uint64_t>();
            if (zeros > kZerosMax) return malformed();
            BF_TRY_VOID(events_.on_end(zeros));
            expect_ = Expect::mark;
            return true;
        }
        case Expect::count: {
            if (rest.size() < kLength) return false;
            if (length() != names_.size()) return malformed();
            take(kLength);
            expect_ = Expect::nothing;
            return true;
        }
        case Expect::nothing:
            if (!rest.empty()) return malformed();
            return false;
    }
    return malformed();
}

Status ArchiveReader::read(std::string_view bytes) {
    waiting_ += bytes;
    while (true) {
        BF_TRY(const bool more, step());
        if (!more) break;
    }
    waiting_.erase(0, at_);
    at_ = 0;
    return {};
}

Status ArchiveReader::finish() const {
    if (expect_ != Expect::nothing || !waiting_.empty()) return malformed();
    return {};
}

}  // namespace bf::backup
