// The ledger's reader: whatever stands in its segments, its check ends, names what is wrong, and believes no entry that was not written so.
// And the signer's start on a folder that was tampered with: a ledger that calls itself sound holds every entry as it was written, and it can
// be gone on with in any case.
#include "chance.hpp"
#include "remember.hpp"
#include "signer/ledger.hpp"
#include "support/fault_folder.hpp"

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

/// Keeps its files while ledgers come and go.
class Lent final : public journal::Folder {
public:
    explicit Lent(journal::Folder& folder) : folder_{folder} {}
    Result<std::vector<std::string>> list() override { return folder_.list(); }
    Result<std::unique_ptr<journal::File>> open(const std::string& name) override { return folder_.open(name); }
    Result<std::unique_ptr<journal::File>> create(const std::string& name, std::uint64_t size) override { return folder_.create(name, size); }
    Status remove(const std::string& name) override { return folder_.remove(name); }

private:
    journal::Folder& folder_;
};

std::unique_ptr<Ledger> open(journal::Folder& folder, const ports::Clock& clock, std::optional<LedgerHead> kept) {
    constexpr std::uint64_t kSegment = kLedgerHeaderSize + LedgerEntry::kBodyMax + kLedgerFrame;
    static const auto seed = crypto::Secret::take(std::string(kLedgerSeedSize, 's'));
    auto opened = Ledger::open({std::make_unique<Lent>(folder), seed, clock, std::move(kept), kSegment});
    fuzz::must(opened.has_value(), "a ledger opens whatever stands in its folder, unless the disk fails");
    return std::move(*opened);
}

std::uint64_t append(Ledger& ledger, int number) {
    LedgerEntry entry;
    entry.use = UseClass::order;
    entry.connection = "c1";
    entry.what = "place_order";
    entry.detail = std::string(390, static_cast<char>('a' + number % 26));  // So that a few fill a segment.
    entry.call.emplace().client_order_id = "bf-" + std::to_string(number);
    return ledger.append(entry).value();
}

/// Orders by their client id, in order.
std::vector<std::string> orders_of(Ledger& ledger) {
    std::vector<std::string> all;
    LedgerQuery query{.limit = 100};
    for (int pages = 0; pages < 20; ++pages) {
        const auto page = ledger.page(query);
        if (!page) return all;
        for (const auto& entry : page->entries)
            if (entry.use == UseClass::order) all.push_back(entry.call ? entry.call->client_order_id + entry.detail : "?");
        if (page->next == 0) break;
        query.before = page->next;
    }
    return all;
}

struct Written {
    fuzz::SetClock clock;
    test::FaultFolder folder;
    LedgerHead head;
    std::vector<std::string> orders;
    Written() {
        const auto ledger = open(folder, clock, {});
        for (int i = 0; i < 24; ++i) append(*ledger, i);
        fuzz::must(ledger->sync().has_value() && ledger->state() == LedgerState::sound, "a ledger is written");
        head = ledger->head();
        orders = orders_of(*ledger);
    }
};

void folder(fuzz::Input& input) {
    static const Written written;
    test::FaultFolder folder;
    folder.files = written.folder.files;
    std::vector<std::string> names;
    for (const auto& [name, disk] : folder.files) names.push_back(name);
    for (auto changes = 1 + input.below(6); changes > 0; --changes) {
        const auto& name = names[input.below(names.size())];
        const auto found = folder.files.find(name);
        if (found == folder.files.end()) continue;
        auto& bytes = found->second.now;
        switch (input.below(8)) {
            case 0: folder.files.erase(found); break;
            case 1: bytes.resize(input.pair() % (bytes.size() + 1)); break;
            case 2: folder.files[std::string{input.take(input.below(16))}].now = bytes; break;
            case 3: std::swap(bytes, folder.files[names[input.below(names.size())]].now); break;
            case 4: {  // A piece of it to another place.
                const auto size = input.pair() % (bytes.size() + 1), from = input.pair() % (bytes.size() - size + 1), to = input.pair() % (bytes.size() - size + 1);
                std::memmove(bytes.data() + to, bytes.data() + from, size);
                break;
            }
            default:
                if (!bytes.empty()) bytes[input.pair() % bytes.size()] ^= static_cast<char>(input.byte());
                break;
        }
        if (folder.files.contains(name)) folder.files[name].durable = folder.files[name].now;
    }
    auto kept = written.head;
    const auto has_the_last = [](Ledger& ledger) {
        const auto page = ledger.page({.limit = 1, .use = UseClass::order});
        return page && !page->entries.empty() && page->entries[0].call && page->entries[0].call->client_order_id == "bf-99";
    };
    {
        const auto ledger = open(folder, written.clock, kept);
        const auto orders = orders_of(*ledger);
        fuzz::must(ledger->state() != LedgerState::sound || orders == written.orders, "a ledger that calls itself sound holds what was written");
        append(*ledger, 99);
        fuzz::must(ledger->sync().has_value(), "a ledger can be gone on with");
        if (ledger->state() == LedgerState::broken) fuzz::must(ledger->accept("owner").has_value() && ledger->state() == LedgerState::sound, "a person can accept what was found");
        fuzz::must(has_the_last(*ledger), "what is appended is there");
        kept = ledger->head();
    }
    // Accepted is accepted, but for what only shows behind the new beginning: a start or two may find that and ask once more.
    for (int starts = 0;; ++starts) {
        const auto again = open(folder, written.clock, kept);
        kept = again->head();
        fuzz::must(has_the_last(*again), "and is there at the next start");
        if (again->state() == LedgerState::sound) return;
        fuzz::must(starts < 4, "what was accepted is settled");
        (void)again->accept("owner").has_value();
    }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::tame_sodium();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const auto kind = input.below(3);
    if (kind == 2) return folder(input), 0;
    const bool of_ours = kind == 1;
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
