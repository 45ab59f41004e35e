// The journal's bytes. A segment is a header block of 4,096 bytes, then records one behind the other, then zeros.
//
// A record (little-endian): 8 checksum of all that follows, 8 sequence, 4 previous (the low half of the checksum of the record before),
// 4 length of the payload, 4 lag (how many records before this one were not yet durable when it was written), 2 kind, 2 zero; the
// payload; zeros to a multiple of 8. Sequences rise by one through all segments. The checksum is XXH3-64 seeded with the journal's own
// number, so that records of another journal never fit. `previous` chains the records: none can be swapped, dropped or be a leftover.
// `lag` tells a torn end from damage: when a later record says that a missing one was durable, something was lost that had been
// promised.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bf::journal {

inline constexpr std::size_t kBlock = 4096;
inline constexpr std::size_t kRecordHead = 32;
inline constexpr std::size_t kPayloadMax = 1U << 20;

struct Record {
    std::uint64_t checksum{0};
    std::uint64_t sequence{0};
    std::uint32_t previous{0};
    std::uint32_t lag{0};
    std::uint16_t kind{0};
    std::string_view payload{};  ///< Into the bytes it was read from.
};

struct SegmentHeader {
    std::uint64_t journal{0};         ///< The journal's own number, drawn at its making; the seed of all checksums.
    std::uint64_t number{0};          ///< 1, 2, 3, …
    std::uint64_t first_sequence{0};  ///< Of its first record.
    std::uint32_t previous{0};        ///< What its first record's `previous` must be.
};

constexpr std::size_t record_size(std::size_t payload) { return kRecordHead + (payload + 7) / 8 * 8; }

/// Appends the record to `out` and gives its checksum.
std::uint64_t write_record(std::string& out, std::uint64_t seed, const Record& record);
/// The record that begins `bytes`, if one does that fits its own checksum.
std::optional<Record> read_record(std::string_view bytes, std::uint64_t seed);
/// The sequence that a record at the start of `bytes` would have; 0 if there is no room for one. Cheap, proves nothing.
std::uint64_t sequence_at(std::string_view bytes);

/// Exactly kBlock bytes.
std::string write_header(const SegmentHeader& header);
std::optional<SegmentHeader> read_header(std::string_view block);

}  // namespace bf::journal
