#include "journal/record.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bf::journal {
namespace {

static_assert(std::endian::native == std::endian::little, "the journal's numbers are little-endian");

constexpr std::string_view kMagic = "BFJRNL1\n";
constexpr std::size_t kChecksum = sizeof(std::uint64_t);

template <class Number>
void put(char* at, Number number) {
    std::memcpy(at, &number, sizeof number);
}
template <class Number>
Number get(const char* at) {
    Number number;
    std::memcpy(&number, at, sizeof number);
    return number;
}

}  // namespace

std::uint64_t write_record(std::string& out, std::uint64_t seed, const Record& record) {
    const auto begin = out.size();
    const auto size = record_size(record.payload.size());
    out.resize(begin + size);
    char* at = out.data() + begin;
    put(at + 8, record.sequence);
    put(at + 16, record.previous);
    put(at + 20, static_cast<std::uint32_t>(record.payload.size()));
    put(at + 24, record.lag);
    put(at + 28, record.kind);
    std::copy(record.payload.begin(), record.payload.end(), at + kRecordHead);
    const auto checksum = XXH3_64bits_withSeed(at + kChecksum, size - kChecksum, seed);
    put(at, checksum);
    return checksum;
}

std::optional<Record> read_record(std::string_view bytes, std::uint64_t seed) {
    if (bytes.size() < kRecordHead) return std::nullopt;
    const char* at = bytes.data();
    const auto length = get<std::uint32_t>(at + 20);
    const auto size = record_size(length);
    // A record of zeros is the space not yet written.
    if (get<std::uint64_t>(at + 8) == 0 || length > kPayloadMax || size > bytes.size()) return std::nullopt;
    const auto checksum = get<std::uint64_t>(at);
    if (XXH3_64bits_withSeed(at + kChecksum, size - kChecksum, seed) != checksum) return std::nullopt;
    return Record{checksum, get<std::uint64_t>(at + 8), get<std::uint32_t>(at + 16), get<std::uint32_t>(at + 24), get<std::uint16_t>(at + 28),
                  bytes.substr(kRecordHead, length)};
}

std::uint64_t sequence_at(std::string_view bytes) { return bytes.size() < kRecordHead ? 0 : get<std::uint64_t>(bytes.data() + 8); }

std::string write_header(const SegmentHeader& header) {
    std::string block(kBlock, '\0');
    std::memcpy(block.data(), kMagic.data(), kMagic.size());
    put(block.data() + 16, header.journal);
    put(block.data() + 24, header.number);
    put(block.data() + 32, header.first_sequence);
    put(block.data() + 40, header.previous);
    put(block.data() + 8, XXH3_64bits(block.data() + 16, kBlock - 16));
    return block;
}

std::optional<SegmentHeader> read_header(std::string_view block) {
    if (block.size() != kBlock || !block.starts_with(kMagic)) return std::nullopt;
    if (get<std::uint64_t>(block.data() + 8) != XXH3_64bits(block.data() + 16, kBlock - 16)) return std::nullopt;
    return SegmentHeader{get<std::uint64_t>(block.data() + 16), get<std::uint64_t>(block.data() + 24), get<std::uint64_t>(block.data() + 32),
                         get<std::uint32_t>(block.data() + 40)};
}

}  // namespace bf::journal
