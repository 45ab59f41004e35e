// The ledger's reader: whatever stands in its segments, its check ends, names what is wrong, and believes no entry that was not written so.
#include "input.hpp"
#include "signer/ledger_check.hpp"

using namespace bf;
using namespace bf::signer;

namespace {

const LedgerKeys& keys() {
    static const LedgerKeys made{crypto::Secret::take(std::string(kLedgerSeedSize, 's'))};
    return made;
}

/// A sound segment with some entries, to be changed.
const std::string& sound() {
    static const std::string segment = [] {
        LedgerHeader header;
        header.segment = 1;
        header.first_sequence = 1;
        header.public_key = keys().public_key();
        std::string bytes = write_header(header, keys());
        auto link = first_link(bytes);
        for (std::uint64_t i = 1; i <= 6; ++i) {
            LedgerEntry entry;
            entry.sequence = i;
            entry.use = UseClass::order;
            entry.connection = "c1";
            entry.what = "place_order";
            entry.call.emplace().client_order_id = "bf-" + std::to_string(i);
            std::string framed(4, '\0');
            ByteWriter out{framed};
            write_entry(out, entry);
            const auto size = static_cast<std::uint32_t>(framed.size() - 4);
            std::memcpy(framed.data(), &size, 4);
            link = next_link(link, framed);
            const auto tag = keys().tag(link);
            framed.append(reinterpret_cast<const char*>(link.data()), link.size());
            framed.append(reinterpret_cast<const char*>(tag.data()), tag.size());
            bytes += framed;
        }
        bytes.resize(8192, '\0');
        return bytes;
    }();
    return segment;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const bool of_ours = input.below(2) == 1;
    const bool tagged = input.below(2) == 1;
    LedgerChecker::Given given;
    if (tagged) given.keys = &keys();
    std::size_t told = 0;
    std::string segment;
    if (of_ours) {
        // Some bytes of a sound one are changed.
        segment = sound();
        const auto changes = input.below(8);
        for (std::size_t i = 0; i < changes; ++i) {
            const auto high = input.byte(), low = input.byte();
            segment[(std::size_t{high} << 8 | low) % segment.size()] = static_cast<char>(input.byte());
        }
    } else {
        segment = std::string{input.rest()};
        (void)read_head(segment).has_value();
        (void)parse_anchor(segment).has_value();
        if (const auto entry = read_entry(segment)) {
            std::string again;
            ByteWriter out{again};
            write_entry(out, *entry);
            fuzz::must(again == segment, "an entry is written in one form");
        }
    }
    LedgerChecker checker{std::move(given), [&told](const LedgerEntry&, LedgerEntry::Place) { ++told; }};
    checker.segment(segment);
    const auto report = checker.finish();
    fuzz::must(told <= report.entries, "what is told was counted");
    if (of_ours) fuzz::must(report.intact() == (segment == sound()) || !tagged, "a change is found by who holds the key");
    fuzz::must(!(of_ours && segment == sound()) || (report.intact() && told == 6), "what was written is sound");
    return 0;
}
